"""The Python interface: `from dedup import scan, strip`.

>>> from dedup import scan, strip
>>> result = scan("samples/")
>>> result
<ScanResult: 19 articles, 7 copies in 5 clusters>
>>> largest = max(result.clusters, key=len)
>>> largest.canonical.id, [copy.id for copy in largest.copies]
('estuary/bridge-scraped.md', ['estuary/bridge-cut.txt', 'estuary/bridge.txt'])
>>> largest.canonical.title, largest.copies[0].relation
('Corran Bridge reopens after eleven weeks', 'abridged')
>>> len(largest.canonical.text) < len(largest.canonical.original)
True
>>> result["w-1002"].kept, result["w-1002"].cluster.canonical.id
(False, 'w-1001')

Records that are in memory already are scanned as they are:

>>> news = [{"id": 1, "text": "The pier opened on Monday."}, {"id": 2, "text": "The ferry left."},
...         {"id": 3, "text": "The pier opened on Monday."}]
>>> [(article.id, article.kept, article.relation) for article in scan(records=news)]
[('1', True, None), ('2', True, None), ('3', False, 'exact')]

`to_pandas()` and `to_arrow()` give them back with what was decided; `report()` writes a report.
"""
from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property, partial
from itertools import chain
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dedup.article import Article, Boilerplate, Cluster, Member, Result, Span, Unreadable, cut
from dedup.errors import ConfigError, InputError

if TYPE_CHECKING:
    from dedup.overrides import Override
    from dedup.settings import Settings
    from dedup.sources import Source

Paths = str | PathLike[str] | Sequence[str | PathLike[str]]


class Stripped(NamedTuple):
    """A text without its boilerplate, and what was taken off: spans of the text as given, in code points."""

    text: str
    removed: tuple[Span, ...]


def scan(paths: Paths = (), *, records: Any = None, against: Any = (), index: str | PathLike[str] | None = None,
         overrides: Any = (), **settings: Any) -> ScanResult:
    """Find copies and boilerplate, as `dedup scan` does; nothing is written but the index.

    `paths`: files and folders. `records`: mappings with a text (or only texts), a DataFrame of pandas or polars, a Table of
    pyarrow or a Dataset of Hugging Face. `against`: a reference corpus, of paths or of records. `index`: the file of a
    persistent index, which is made where there is none. `overrides`: a file of them, or tuples
    ("same" or "different", id, id).

    `settings` are those of `dedup config show` with underscores (`threshold=0.6`, `text_field="body"`); configuration files
    and the environment are not looked at. Inputs that cannot be read are in `errors` of the result. Raises DedupError.
    """
    from dedup import gate, pipeline
    from dedup.settings import resolve

    values, _ = resolve(settings, isolated=True)
    own = _Input(paths, records, "records", values)
    reference = _Input(against, None, "reference", values) if _are_paths(against) else _Input((), against, "reference", values)
    for error in reference.failed:
        raise InputError(f"against: {error.path}: {error.error}")
    known: AbstractContextManager[Any] = nullcontext()
    if index is not None:
        known = gate.opened(Path(index), gate.spec(values))
    with known as kept:
        result = pipeline.scan(own.sources, values, failed=own.failed, against=reference.sources,
                               overrides=_overrides(overrides), index=kept)
    return ScanResult(result._replace(notes=(*own.notes, *result.notes)), own, values)


def strip(text: str, *, lang: str = "", rules: Sequence[str] = (), disable: Sequence[str] = ()) -> Stripped:
    """Take the boilerplate off one text, as `dedup strip` does. `lang`: its language, else it is detected."""
    from dedup import features
    from dedup.boilerplate.strip import removed

    spans = removed(features.judge(text, features.Recipe(rules=tuple(rules), disabled=tuple(disable), lang=lang)))
    return Stripped(cut(text, spans), spans)


class ScanResult(Sequence["ScannedArticle"]):
    """What a scan found: its articles, in the order in which they were given.

    `result["some id"]` is the article with that id, `result[0]` the first one; `clusters` are the groups of copies.
    """

    def __init__(self, result: Result, given: _Input, settings: Settings) -> None:
        self.result, self._input, self._settings = result, given, settings
        self._places: dict[int, tuple[Cluster, Member]] = {
            member.article: (cluster, member) for cluster in result.clusters for member in cluster.members}
        self._clusters: dict[int, ScannedCluster] = {}

    def __repr__(self) -> str:
        counts = self.result.summary
        return (f"<ScanResult: {counts['articles']} articles, {counts['duplicates']} copies in "
                f"{counts['clusters']} clusters>")

    def __len__(self) -> int:
        return self.result.count

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return [ScannedArticle(self, number) for number in self.result.order[key]]
        return ScannedArticle(self, self._numbers[key] if isinstance(key, str) else self.result.order[key])

    def __iter__(self) -> Iterator[ScannedArticle]:
        return (ScannedArticle(self, number) for number in self.result.order)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {self.result.entries[number].id: number for number in self.result.order}

    @cached_property
    def clusters(self) -> list[ScannedCluster]:
        """The groups of copies, by number."""
        return [self._cluster(cluster) for cluster in self.result.clusters]

    def _cluster(self, cluster: Cluster) -> ScannedCluster:
        return self._clusters.setdefault(cluster.number, ScannedCluster(self, cluster))

    @property
    def kept(self) -> list[ScannedArticle]:
        """The articles that are kept: the canonical of each cluster, and those without copies."""
        return [article for article in self if article.kept]

    @property
    def related(self) -> list[tuple[ScannedArticle, ScannedArticle, float]]:
        """Pairs that share passages, though each holds something of its own, with the share of the smaller one."""
        return [(ScannedArticle(self, pair.left), ScannedArticle(self, pair.right), pair.shared) for pair in self.result.related]

    @property
    def summary(self) -> dict[str, int]:
        """The counts of the report."""
        return self.result.summary

    @property
    def boilerplate(self) -> tuple[Boilerplate, ...]:
        """What was removed, by rule or block."""
        return self.result.boilerplate

    @property
    def errors(self) -> tuple[Unreadable, ...]:
        """What could not be read, and why."""
        return self.result.errors

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of the run."""
        return self.result.notes

    def records(self) -> Iterator[dict[str, Any]]:
        """Every input, in order, as `dedup scan --annotate` writes it: its own fields, the cleaned text, and `dedup`."""
        from dedup import write

        return write.annotated(self.result, self._input.read(), self._settings.text_field)

    def to_pandas(self) -> Any:
        """The records as a DataFrame; what was decided stands in columns `dedup.kept`, `dedup.cluster`, …"""
        import pandas

        def flat(record: Mapping[str, Any]) -> dict[str, Any]:
            decision = record["dedup"]
            return {**{name: value for name, value in record.items() if name != "dedup"},
                    **{f"dedup.{name}": decision.get(name) for name in {**dict.fromkeys(_COLUMNS), **decision}}}

        frame = pandas.DataFrame(map(flat, self.records()))
        if len(frame):
            frame["dedup.cluster"] = frame["dedup.cluster"].astype("Int64")
        return frame

    def to_arrow(self) -> Any:
        """The records as a Table of pyarrow; `dedup` is a struct."""
        from dedup.readers import parquet

        stream = io.BytesIO()
        parquet.write(self.records(), stream)
        import pyarrow.parquet

        return pyarrow.parquet.read_table(io.BytesIO(stream.getvalue()))

    def report(self, path: str | PathLike[str], format: str | None = None) -> None:
        """Write a report to a file, in the form that its suffix says (.html, .json, .csv, .sarif, …)."""
        from dedup import console
        from dedup.reporters import REPORTERS

        try:
            [wanted] = console.reports(format, [fspath(path)])
        except console.Misuse as error:
            raise ConfigError(str(error)) from None
        console.show(REPORTERS[wanted.format], self.result, fspath(path), "never", 0,
                     {source.path: source.real for source in self._input.sources}, {})


_COLUMNS = ("cluster", "canonical", "kept", "relation", "match", "similarity", "containment", "reason")


class ScannedCluster:
    """Copies of one article. It can be iterated over: the canonical first, then the others by id."""

    def __init__(self, scan: ScanResult, cluster: Cluster) -> None:
        self._scan, self._cluster = scan, cluster
        self.number: int = cluster.number
        self.reason: str = cluster.reason  # why the canonical is kept

    def __repr__(self) -> str:
        return f"<ScannedCluster {self.number}: {self.canonical.id!r} and {len(self) - 1} more>"

    def __len__(self) -> int:
        return len(self._cluster.members)

    def __iter__(self) -> Iterator[ScannedArticle]:
        return iter(self.members)

    @property
    def canonical(self) -> ScannedArticle:
        """The article that is kept; one of the reference corpus where there is such a copy."""
        return ScannedArticle(self._scan, self._cluster.canonical)

    @property
    def members(self) -> list[ScannedArticle]:
        """All of them: the canonical first, then the others by id."""
        return [ScannedArticle(self._scan, member.article) for member in self._cluster.members]

    @property
    def copies(self) -> list[ScannedArticle]:
        """Those that are not kept."""
        return [article for article in self.members if not article.kept]


class ScannedArticle:
    """One article and what was decided on it."""

    def __init__(self, scan: ScanResult, number: int) -> None:
        self._scan, self._number, self._entry = scan, number, scan.result.entries[number]

    def __repr__(self) -> str:
        return f"<ScannedArticle {self.id!r}{'' if self.kept else ', a copy of ' + repr(self._canonical)}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ScannedArticle) and (self._scan, self._number) == (other._scan, other._number)

    def __hash__(self) -> int:
        return hash((id(self._scan), self._number))

    @property
    def _canonical(self) -> str:
        place = self._scan._places.get(self._number)
        return self._scan.result.entries[place[0].canonical if place else self._number].id

    @property
    def _member(self) -> Member:
        place = self._scan._places.get(self._number)
        return place[1] if place else Member(self._number)

    @property
    def id(self) -> str:
        """The record's own id, else the path, with #N for a record without one."""
        return self._entry.id

    @property
    def path(self) -> str:
        """The file it was read from; `records` for one that was given as a record."""
        return self._entry.path

    @property
    def line(self) -> int | None:
        """The number of a record in its file."""
        return self._entry.line

    @property
    def title(self) -> str:
        """Its title, else its first line that is not boilerplate."""
        from dedup.reporters.output import title

        return title(self._scan.result, self._number)

    @property
    def source(self) -> str | None:
        """The outlet."""
        return self._entry.source

    @property
    def date(self) -> str | None:
        """When it was published, in ISO 8601."""
        return self._entry.date

    @property
    def url(self) -> str | None:
        """Where it stood."""
        return self._entry.url

    @property
    def text(self) -> str:
        """The text without its boilerplate."""
        return cut(self.original, self.removed)

    @property
    def original(self) -> str:
        """The text as it was read."""
        return self._scan.result.text_of(self._number)

    @property
    def removed(self) -> tuple[Span, ...]:
        """What was taken off: spans of the original."""
        return self._scan.result.removed_of(self._number)

    @property
    def cluster(self) -> ScannedCluster | None:
        """The copies that it belongs to; None where there are none."""
        place = self._scan._places.get(self._number)
        return self._scan._cluster(place[0]) if place else None

    @property
    def kept(self) -> bool:
        """Whether it is the canonical of its cluster, or has no copies."""
        place = self._scan._places.get(self._number)
        return place is None or place[0].canonical == self._number

    @property
    def relation(self) -> str | None:
        """How a copy relates to its canonical: exact, reformatted, edited, abridged or expanded."""
        return self._member.relation

    @property
    def match(self) -> str | None:
        """The rule by which a copy is one: exact, jaccard, containment, edit or override."""
        return self._member.match

    @property
    def similarity(self) -> float | None:
        """The Jaccard similarity of a copy and its canonical, 0 to 1."""
        return None if self._member.similarity is None else round(self._member.similarity, 4)

    @property
    def containment(self) -> float | None:
        """The share of the smaller of a copy and its canonical that stands in the other, 0 to 1."""
        return None if self._member.containment is None else round(self._member.containment, 4)

    @property
    def reason(self) -> str:
        """Why it is kept, or a copy."""
        place = self._scan._places.get(self._number)
        return self._member.reason or (place[0].reason if place else "no copy found")


class _Input:
    """What is scanned: files, or records that are spooled to a temporary one."""

    def __init__(self, paths: Any, records: Any, name: str, settings: Settings) -> None:
        from dedup import scratch, sources

        several = [paths] if isinstance(paths, (str, PathLike)) else list(paths)
        self.sources: list[Source]
        self.failed: list[Unreadable]
        self.sources, self.failed = [], []
        self.notes: list[str] = []  # what of the folders is not read
        if several:
            self.sources, self.failed = sources.find([fspath(path) for path in several], exclude=settings.exclude,
                                                     notes=self.notes)
        self.settings = settings
        self.given: list[Mapping[str, Any]] | None = None
        if records is not None:
            from dedup.records import line

            self._folder = scratch.folder()
            self.given = list(_mappings(records, settings.text_field))
            real = str(Path(self._folder.name, "records.jsonl"))
            with open(real, "wb") as out:
                out.writelines(map(line, self.given))
            self.sources = [*self.sources, sources.Source(name, real, f"{name}.jsonl", ".jsonl")]

    def read(self) -> Iterator[Article | Unreadable]:
        """Everything once more, records with their own values."""
        from dedup import pipeline, readers

        reread = partial(readers.read, options=pipeline.read_options(self.settings))
        for item in chain(self.failed, chain.from_iterable(map(reread, self.sources))):
            if self.given is not None and isinstance(item, Article) and item.path == self.sources[-1].path:
                item = item._replace(record=self.given[(item.line or 1) - 1])
            yield item


def _mappings(records: Any, text_field: str) -> Iterator[Mapping[str, Any]]:
    """The records of a list, a DataFrame, a Table or a Dataset."""
    if hasattr(records, "to_pylist"):  # pyarrow
        records = records.to_pylist()
    elif hasattr(records, "to_dicts"):  # polars
        records = records.to_dicts()
    elif hasattr(records, "iterrows"):  # pandas
        records = records.to_dict(orient="records")
    if isinstance(records, (str, bytes, Mapping)) or not isinstance(records, Iterable):
        raise ConfigError(f"records: want an iterable of mappings or texts, a DataFrame, a Table or a Dataset, "
                          f"not {type(records).__name__}")
    for number, record in enumerate(records, 1):
        if isinstance(record, str):
            record = {text_field: record}
        if not isinstance(record, Mapping):
            raise ConfigError(f"records: number {number} is no mapping and no text but {type(record).__name__}")
        yield record


def _are_paths(value: Any) -> bool:
    if isinstance(value, (str, PathLike)):
        return True
    return isinstance(value, (list, tuple)) and all(isinstance(one, (str, PathLike)) for one in value)


def _overrides(given: Any) -> tuple[Override, ...]:
    from dedup import overrides

    if isinstance(given, (str, PathLike)):
        return overrides.read(Path(given))
    found = []
    for one in given:
        if len(one) != 3 or one[0] not in ("same", "different"):
            raise ConfigError(f"overrides: {one!r} is not (\"same\" or \"different\", id, id)")
        found.append(overrides.Override(one[0], str(one[1]), str(one[2])))
    return overrides.checked(found, "overrides")
