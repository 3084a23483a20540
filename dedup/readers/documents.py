"""PDF and Word documents: one article a file, by pypdf and python-docx."""
from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dedup import dates
from dedup.article import Article, Passed
from dedup.errors import InputError, MissingExtra
from dedup.readers import compression
from dedup.readers.options import ReadOptions

if TYPE_CHECKING:
    from dedup.sources import Source


def read(source: Source, options: ReadOptions) -> Iterator[Article | Passed]:
    """The one article of a document. Raises InputError and MissingExtra."""
    name, read_ = {".pdf": ("PDF", _pdf), ".docx": ("Word documents", _word)}[source.format]
    limits = options.limits._replace(article=options.limits.expanded)
    try:
        text, title, date = read_(io.BytesIO(compression.whole(source, limits)))
    except ImportError:
        missing = MissingExtra(f"reading {name}", "documents")
        if not source.walked:
            raise missing from None
        yield Passed(source.path, f"not read, since {missing}")
        return
    except (InputError, OSError):
        raise
    except Exception as error:  # what the libraries raise for damage has no name in common
        raise InputError(f"damaged or not {name}: {str(error)[:200]}") from None
    if not text.strip():
        raise InputError("no text in it (pictures of pages? run OCR over it)")
    yield Article("", source.path, text, date=dates.normalise(date), title=title or None)


def _pdf(data: io.BytesIO) -> tuple[str, str | None, Any]:
    import pypdf

    reader = pypdf.PdfReader(data)
    if reader.is_encrypted and not reader.decrypt(""):
        raise InputError("encrypted: it needs a password")
    about = reader.metadata
    text = "\n".join(page.extract_text() for page in reader.pages)
    return (text, about.title, about.creation_date) if about else (text, None, None)


def _word(data: io.BytesIO) -> tuple[str, str | None, Any]:
    import docx

    document = docx.Document(data)
    lines: list[str] = []
    for part in document.iter_inner_content():
        if isinstance(part, docx.table.Table):
            lines += ("\t".join(cell.text for cell in row.cells) for row in part.rows)
        else:
            lines.append(part.text)
    return "\n".join(lines), document.core_properties.title, document.core_properties.created
