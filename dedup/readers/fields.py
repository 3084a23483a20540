"""From a record of any format (JSON, CSV, Parquet) to an article."""
from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dedup import dates
from dedup.article import Article
from dedup.errors import InputError
from dedup.patterns import lazy
from dedup.readers.frontmatter import host
from dedup.readers.options import ReadOptions

PARAGRAPHS = "\n\n"  # between the paragraphs of a text that is a list of them
HTML = "HTML in its text field, of which the text was taken"
_MISSING = object()
_LEVELS = 4  # of objects inside each other in which a text is looked for
_WORTH = 40  # characters from which a field may be it
_USUAL = frozenset("text body content maintext articlebody articletext fulltext bodytext rawcontent story paragraphs".split())
_OPENS = lazy(r"\s*<(?:!doctype|html|head|body|p|div|article|section|main|h[1-6]|ul|ol|table|blockquote|figure|span|strong|b|"
              r"em|i|a|img|br)(?=[\s/>])", 2)  # 2: re.IGNORECASE
_PARAGRAPH = lazy(r"</?(?:p|div|br)(?=[\s/>])", 2)


def article(record: Mapping[str, Any], path: str, line: int | None, options: ReadOptions) -> Article:
    """A record as an article. Raises InputError where its text field is missing or no text."""
    markup = get(record, options.html_field) if options.html_field else None
    text, notes = get(record, options.text_field), list[str]()
    if isinstance(markup, str) and markup.strip():
        text = markup
    elif isinstance(text, (list, tuple)) and all(isinstance(part, str) for part in text):
        text = PARAGRAPHS.join(text)
    elif not isinstance(text, str):
        raise InputError(_wrong(record, text, options))
    elif markup := text if is_html(text) else None:
        notes.append(HTML)
    url, title, lang = (_string(record.get(name)) for name in ("url", "title", "lang"))
    stated = get(record, options.date_field)
    date = dates.normalise(stated, lang)
    if stated not in (None, "") and date is None:
        notes.append(f"no date that is understood in the field {options.date_field!r}")
    if markup:
        from dedup.readers import html

        page = html.fragment(text, path)
        text, url, title, lang = page.text, url or page.url, title or page.title, lang or page.lang
        date = date or page.date
    if options.source_field:
        source = _string(get(record, options.source_field))
    else:
        source = _string(record.get("site")) or _string(record.get("source")) or host(url)
    return Article(own_id(get(record, options.id_field)), path, text, line, source, date, url, title, lang, record, tuple(notes))


def is_html(text: str) -> bool:
    """Whether a text is HTML rather than text that speaks of it: it begins with a tag, or has paragraphs and no line ends."""
    if "</" not in text and "<br" not in text[:10_000]:
        return False
    return bool(_OPENS.match(text)) or "\n" not in text.strip() and len(_PARAGRAPH.findall(text)) > 1


def get(record: Mapping[str, Any], name: str) -> Any:
    """A field, by its name or else by a dotted path; None where there is none."""
    value = record.get(name, _MISSING)
    if value is _MISSING and "." in name:
        value = record
        for part in name.split("."):
            value = value.get(part, _MISSING) if isinstance(value, Mapping) else _MISSING
    return None if value is _MISSING else value


def replaced(record: Mapping[str, Any], name: str, value: Any) -> dict[str, Any]:
    """A copy of a record with another value in a field, found as `get` finds it; a list of paragraphs stays one."""
    copy = dict(record)
    first, _, rest = name.partition(".")
    if name in copy or not isinstance(copy.get(first), Mapping):
        old = copy.get(name)
        if isinstance(old, (list, tuple)) and isinstance(value, str):
            value = list(old) if value == PARAGRAPHS.join(old) else [part for part in value.split(PARAGRAPHS) if part.strip()]
        copy[name] = value
    else:
        copy[first] = replaced(copy[first], rest, value)
    return copy


def own_id(value: Any) -> str:
    """A record's id as a string, "" where it has none; a number as JSON writes it."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, default=str)


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def named(value: Any) -> str:
    """What kind of JSON value it is, in words."""
    names = {dict: "an object", list: "a list", bool: "true or false", int: "a number", float: "a number", str: "a string"}
    return "null" if value is None else names.get(type(value), f"of type {type(value).__name__}")


def _wrong(record: Mapping[str, Any], text: Any, options: ReadOptions) -> str:
    """What is wrong with a record without a text, and what may hold it instead."""
    name = options.text_field
    nearest = likeliest(record)
    remedy = f"try --text-field {nearest}" if nearest and nearest != name else "name the right one with --text-field"
    if text is not None or name in record:
        return f"its field {name!r} is no text but {named(text)}" + (f" ({remedy})" if nearest else "")
    return f"no field {name!r}; it has {_listed(record)} ({remedy})"


def likeliest(record: Mapping[str, Any], usual: bool = False) -> str | None:
    """The field that is likely to hold the text, as a dotted path: one that is called so, else (not if `usual`) the longest."""
    found: list[tuple[bool, int, str]] = []
    level: list[tuple[str, Any]] = [("", record)]
    for _ in range(_LEVELS):
        below: list[tuple[str, Any]] = []
        for above, value in level:
            for key, item in value.items():
                path = f"{above}{key}"
                if isinstance(item, Mapping):
                    below.append((f"{path}.", item))
                size = len(item) if isinstance(item, str) else sum(map(len, item)) if _is_paragraphs(item) else 0
                if size >= _WORTH:
                    found.append((str(key).lower().replace("_", "") in _USUAL, size, path))
        level = below
    name, _, path = max(found, default=(False, 0, ""))
    return path if path and (name or not usual) else None


def _is_paragraphs(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _listed(record: Mapping[str, Any]) -> str:
    names = [str(name)[:40] for name in record]
    return ", ".join(map(repr, names[:8])) + (" …" if len(names) > 8 else "") if names else "no fields at all"
