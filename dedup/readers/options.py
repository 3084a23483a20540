"""How to read: the names of fields, and the limits that keep hostile input from eating the machine."""
from __future__ import annotations

from typing import NamedTuple

from dedup.errors import InputError


class Limits(NamedTuple):
    """Bounds in bytes (`ratio`: decompressed to compressed); an input beyond one is an error that names it."""

    article: int = 16 << 20  # one file of one article, one record, one page
    ratio: int = 1000  # looked at from `expanded` on; gzip reaches 1032 at most, news about 10
    expanded: int = 256 << 20
    depth: int = 100  # levels of lists and objects in a record


class ReadOptions(NamedTuple):
    """The fields of a record that hold its text, id, source, date (dots lead into objects: `meta.site`), and limits."""

    text_field: str = "text"
    id_field: str = "id"
    source_field: str | None = None  # default: site, else source
    date_field: str = "date"
    limits: Limits = Limits()
    html_field: str = ""  # holds the article as HTML, from which its text is taken
    lines: bool = False  # whether each line of a text file is an article


DEFAULTS = ReadOptions()


def too_long(what: str, limit: int) -> InputError:
    """The error for an input beyond the article limit."""
    return InputError(f"{what} is longer than {limit:,} bytes, the limit for one article (max-article); split it")
