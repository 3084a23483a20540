"""The Python interface: `from dedup import scan, strip`."""
from __future__ import annotations

from collections.abc import Sequence
from os import PathLike, fspath
from typing import Any, NamedTuple

from dedup.article import Result, Span, cut


class Stripped(NamedTuple):
    """A text without its boilerplate, and what was taken off: spans of the text as given, in code points."""

    text: str
    removed: tuple[Span, ...]


def scan(paths: str | PathLike[str] | Sequence[str | PathLike[str]], **settings: Any) -> Result:
    """Find copies and boilerplate in files and folders, as `dedup scan` does; nothing is written.

    `settings` are those of `dedup config show` with underscores (`threshold=0.6`); configuration files and the
    environment are not looked at. Inputs that cannot be read are in `errors` of the result. Raises DedupError.
    """
    from dedup import pipeline, sources
    from dedup.settings import resolve

    several = [paths] if isinstance(paths, (str, PathLike)) else paths
    values, _ = resolve(settings, isolated=True)
    beside: list[str] = []
    found, failed = sources.find([fspath(path) for path in several], exclude=values.exclude, notes=beside)
    result = pipeline.scan(found, values, failed=failed)
    return result._replace(notes=(*beside, *result.notes))


def strip(text: str, *, lang: str = "", rules: Sequence[str] = (), disable: Sequence[str] = ()) -> Stripped:
    """Take the boilerplate off one text, as `dedup strip` does. `lang`: its language, else it is detected."""
    from dedup import features
    from dedup.boilerplate.strip import removed

    spans = removed(features.judge(text, features.Recipe(rules=tuple(rules), disabled=tuple(disable), lang=lang)))
    return Stripped(cut(text, spans), spans)
