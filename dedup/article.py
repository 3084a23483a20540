"""The plain data that flows from stage to stage.

Named tuples, here and in most modules: frozen dataclasses of as many fields take eight times as long to define, and a
commit hook defines fifty before it does anything.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple


class Article(NamedTuple):
    """One article as read; `text` in Unicode code points, newlines untouched, no BOM.

    `path` is the file as shown to the user; `line` is the 1-based record number in a file of many, else None.
    `id` is the record's own id, or "" until `sources.assign_ids` gives it one. `record` holds a record's input fields.
    """

    id: str
    path: str
    text: str
    line: int | None = None
    source: str | None = None
    date: str | None = None
    url: str | None = None
    title: str | None = None
    lang: str | None = None
    record: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()  # what the user should know of how it was read


class Unreadable(NamedTuple):
    """An input that could not be read: an error as a value, so that the rest of the run goes on."""

    path: str
    error: str
    line: int | None = None
    id: str | None = None


class Passed(NamedTuple):
    """An input that was found in a folder and turned out to hold no article: no error, but the user is told."""

    path: str
    why: str


class Block(NamedTuple):
    """One line of a text: [start, end) in code points, with its trailing line ends (blank lines included)."""

    start: int
    end: int
    text: str  # the line without surrounding whitespace


class Span(NamedTuple):
    """A removed piece of text: [start, end) in code points, and why it went."""

    start: int
    end: int
    kind: str  # the boilerplate class, e.g. "nav-heading"
    rule: str  # the rule or block that decided, e.g. "en.nav.social"
    evidence: tuple[str, ...]  # of "cue", "form", "repetition", "consensus"


class Pair(NamedTuple):
    """Two articles (numbers in id order, left < right) that were compared exactly, and are copies by the rule `match`."""

    left: int
    right: int
    match: str  # exact, jaccard, containment, edit, override
    similarity: float  # exact Jaccard of the masked shingle sets
    containment: float  # intersection over the smaller set


class Member(NamedTuple):
    """One article in a cluster and how it relates to the canonical (None for the canonical itself)."""

    article: int
    relation: str | None = None  # exact, reformatted, edited, abridged, expanded
    match: str | None = None
    similarity: float | None = None
    containment: float | None = None
    reason: str = ""


class Cluster(NamedTuple):
    """Copies of one article: the canonical first, then the others in id order."""

    number: int
    canonical: int
    reason: str  # why this one is canonical
    members: tuple[Member, ...] = ()


class Entry(NamedTuple):
    """What is known of an article without its text."""

    id: str
    path: str
    line: int | None = None
    source: str | None = None
    date: str | None = None
    url: str | None = None
    title: str | None = None


class Related(NamedTuple):
    """Two articles (numbers in id order, left < right) that are no copies, though much speaks for it.

    `overlapping`: they share passages, but each holds something of its own. Nothing is dropped for it.
    """

    left: int
    right: int
    shared: float  # the share of the smaller article that stands in the other one, 0 to 1
    own: float  # the larger of the shares of the two that stand in one of them only, 0 to 1
    relation: str = "overlapping"
    reason: str = ""


class Example(NamedTuple):
    """One place where a rule or block removed something: [start, end) in code points of an article's text as read."""

    article: int
    start: int
    end: int


class Boilerplate(NamedTuple):
    """One row of the list of what was removed: a rule or a recurring block, and where it removed something."""

    kind: str  # "rule" or "block"
    key: str
    cls: str
    articles: int
    characters: int
    example: str
    where: Sequence[int] = ()  # the numbers of all its articles, in order
    examples: tuple[Example, ...] = ()  # a few of its removals, each of other words


class Result(NamedTuple):
    """What a run found. Articles are numbered 0..n-1 in id order; `order` lists them as they were read.

    The last `references` entries are those of a reference corpus: compared with, but in no output. They are not in
    `order`, and stand in a cluster only as its canonical.
    """

    settings: Mapping[str, Any]
    entries: Sequence[Entry]
    order: Sequence[int]
    clusters: tuple[Cluster, ...]
    boilerplate: tuple[Boilerplate, ...]
    errors: tuple[Unreadable, ...]
    characters_removed: int
    text_of: Callable[[int], str]  # the article's text as read
    removed_of: Callable[[int], tuple[Span, ...]]  # what was taken off it, in order, without overlap
    notes: tuple[str, ...] = ()  # what the user should know about the run
    related: tuple[Related, ...] = ()  # pairs that are no copies, in order of their numbers
    references: int = 0
    ran: tuple[str, int] | None = None  # the engine and the workers: what comes out is the same, so it is in no report

    @property
    def count(self) -> int:  # type: ignore[override]
        """The articles of the run; numbers from here on are references."""
        return len(self.entries) - self.references

    @property
    def kept(self) -> int:
        """The articles of the run that are canonical, or have no copies."""
        return self.count - sum(member.article != cluster.canonical for cluster in self.clusters for member in cluster.members)

    @property
    def summary(self) -> dict[str, int]:
        """The counts of the report."""
        return {
            "articles": self.count,
            "unique": self.kept,
            "clusters": len(self.clusters),
            "duplicates": self.count - self.kept,
            "unreadable": len(self.errors),
            "characters_removed": self.characters_removed,
        }


def cut(text: str, spans: Sequence[Span]) -> str:
    """The text without the spans: nothing else is touched."""
    kept, at = [], 0
    for span in spans:
        kept.append(text[at:span.start])
        at = span.end
    return "".join([*kept, text[at:]])
