"""The persistent index: what was found out about articles, by their content, and one frozen table of recurrent blocks.

One SQLite file. Rows are keyed by content, so they stay true whatever happens to files and commits; all is written in
transactions, so a killed process leaves the old state or the new one; blobs carry checksums.
"""
from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from dedup import postings, soundness
from dedup.arrays import np
from dedup.article import Span
from dedup.boilerplate.table import Repeats
from dedup.boilerplate.table import Kind
from dedup.errors import InputError
from dedup.features import Features, Traits
from dedup.sealing import Damaged, seal, unseal
from dedup.spans import SpanTable

FORMAT = 3
WAIT = 120.0  # seconds to wait for another process that writes

Spec = Mapping[str, Any]  # all that rows depend on besides content
Key = tuple[bytes, str]  # digest of the text, context (source and language) as JSON

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
CREATE TABLE kinds (number INTEGER PRIMARY KEY, data BLOB);
CREATE TABLE kind_hashes (value INTEGER PRIMARY KEY, kind INTEGER);
CREATE TABLE kind_keys (value INTEGER, kind INTEGER, PRIMARY KEY (value, kind)) WITHOUT ROWID;
CREATE TABLE kind_bands (value INTEGER, kind INTEGER, PRIMARY KEY (value, kind)) WITHOUT ROWID;
CREATE TABLE articles (number INTEGER PRIMARY KEY AUTOINCREMENT, text BLOB, context TEXT, digest INTEGER,
                       facts BLOB, hashes BLOB, UNIQUE (text, context));
CREATE INDEX articles_digest ON articles (digest);
CREATE TABLE bands (first INTEGER PRIMARY KEY, data BLOB);
CREATE TABLE samples (first INTEGER PRIMARY KEY, data BLOB);
CREATE TABLE files (number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, errors TEXT);
CREATE INDEX files_unread ON files (number) WHERE errors IS NULL;
CREATE TABLE contents (file INTEGER, place INTEGER, line INTEGER, article INTEGER, own TEXT, source TEXT, date TEXT,
                       url TEXT, PRIMARY KEY (file, place)) WITHOUT ROWID;
CREATE INDEX contents_article ON contents (article);
CREATE INDEX contents_own ON contents (own) WHERE own <> '';
CREATE TABLE tracked (path BLOB PRIMARY KEY, file INTEGER) WITHOUT ROWID;
CREATE INDEX tracked_file ON tracked (file);
"""
_OUTSIDE = ("locked", "readonly", "unable to open", "I/O", "full")  # what SQLite says when the file is not to blame
_TABLES = ("meta", "kinds", "kind_hashes", "kind_keys", "kind_bands", "articles", "bands", "samples", "files", "contents",
           "tracked")


class Refused(InputError):
    """An index that was built otherwise than this run would."""


class Foreign(Damaged):
    """A file that is no index: whoever named it may have meant another, and wants it back as it is."""


class Hashes(NamedTuple):
    """Of some articles, in ascending order."""

    numbers: np.ndarray  # int64 [n]
    digests: np.ndarray  # uint64 [n], of their shingle sets
    signatures: np.ndarray  # uint32 [n, num_perm]
    samples: np.ndarray  # uint64 [m]
    owners: np.ndarray  # int64 [m], whose each sample is: a row


def signed(value: int) -> int:
    """An unsigned 64-bit number as SQLite keeps it."""
    return value - (1 << 64) if value >= 1 << 63 else value


def unsigned(value: int) -> int:
    """The number back."""
    return value & 0xFFFFFFFFFFFFFFFF


def key(digest: bytes, source: str | None, lang: str | None) -> Key:
    """By what an article is known: all its features follow from these, the spec and the snapshot."""
    return digest, json.dumps([source, lang], separators=(",", ":"))


class Index:
    """An open index. One process may write at a time; others wait."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Raises Foreign when the file is no index, Damaged when it is no longer one, InputError when it cannot be opened."""
        self.path = Path(path)
        with self._told():
            self.db = sqlite3.connect(self.path, timeout=WAIT, isolation_level=None)
            self.db.execute("PRAGMA temp_store = MEMORY")
            try:
                self.db.execute("PRAGMA synchronous = NORMAL")
                tables = {name for name, in self.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            except UnicodeDecodeError:  # in what SQLite says of it
                raise Damaged("its tables have no names") from None
            if tables and not tables >= set(_TABLES):
                raise Foreign("it is another database")
            self.empty = not tables

    def is_empty(self) -> bool:
        """Whether it holds nothing yet, not even a spec."""
        return not self.db.execute("SELECT 1 FROM sqlite_master").fetchone()

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turns what SQLite says into an error that names the file and the way out."""
        try:
            yield
        except Foreign as error:
            raise self._foreign(error) from None
        except Damaged as error:
            raise Damaged(f"{self.path}: the index is damaged ({error}); build it again: dedup index build") from None
        except sqlite3.DatabaseError as error:
            if any(word in str(error) for word in _OUTSIDE):
                raise InputError(f"{self.path}: the index cannot be used: {error}") from None
            if "not a database" in str(error):
                raise self._foreign(error) from None
            raise Damaged(f"{self.path}: the index is damaged ({error}); build it again: dedup index build") from None

    def _foreign(self, why: Exception) -> Foreign:
        return Foreign(f"{self.path}: is no index of dedup ({why}); name another file, or remove this one")

    def close(self) -> None:
        """Frees the file."""
        self.db.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @contextlib.contextmanager
    def transaction(self, *, write: bool = True) -> Iterator[None]:
        """All inside is done at once, or not at all; what is read belongs to one state. One may hold another."""
        if self.db.in_transaction:
            yield
            return
        with self._told():
            self.db.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                yield
            except BaseException as error:
                self.db.rollback()
                if isinstance(error, (ArithmeticError, LookupError, TypeError, ValueError, struct.error)):
                    soundness.examine(self.db)  # what stumbles over damage has no name for it
                raise
            self.db.execute("COMMIT")

    # --- what it depends on -------------------------------------------------------------------------------------------

    def create(self, spec: Spec) -> None:
        """Empty, for this spec. Inside a transaction."""
        for table in _TABLES:
            self.db.execute(f"DROP TABLE IF EXISTS {table}")
        for statement in _SCHEMA.split(";\n"):
            self.db.execute(statement)
        self.put("format", FORMAT)
        self.put("spec", dict(spec))
        self.empty = False
        for name in ("snapshot", "num_perm"):
            self.__dict__.pop(name, None)

    def get(self, name: str, default: Any = None) -> Any:
        """A value of the index as a whole."""
        row = self.db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return json.loads(unseal(row[0])) if row else default

    def put(self, name: str, value: Any) -> None:
        """Set a value; inside a transaction."""
        self.db.execute("REPLACE INTO meta VALUES (?, ?)", (name, seal(json.dumps(value).encode())))

    def check(self, spec: Spec) -> None:
        """Raises Refused, with the reason, when it was built for another spec."""
        with self._told():
            built, number = self.get("spec"), self.get("format")
            if built is None:
                raise Damaged("it does not say what it was built with")
        if number != FORMAT:
            raise Refused(f"{self.path}: an index of format {number}, and this version writes {FORMAT}; build it again: "
                          "dedup index build")
        other = [name for name in {**built, **spec} if built.get(name) != json.loads(json.dumps(spec.get(name)))]
        if other:
            had, have = ({name: side.get(name) for name in other} for side in (built, spec))
            raise Refused(f"{self.path}: built with {_said(had)}, and this run has {_said(have)}; build it again "
                          "(dedup index build), or name another file")

    def only(self, corpus: str) -> None:
        """Forget everything unless it was found out for this corpus: of another, the table of blocks would be wrong."""
        with self.transaction():
            if self.get("corpus") != corpus:
                self.create(self.get("spec"))
                self.put("corpus", corpus)

    # --- the frozen table of recurrent blocks -------------------------------------------------------------------------

    @property
    def snapshot_id(self) -> str | None:
        """The digest of the frozen table; None before there is one."""
        found = self.get("snapshot")
        return None if found is None else str(found)

    @cached_property
    def num_perm(self) -> int:
        """The length of its signatures."""
        return int(self.get("spec")["num_perm"])

    @cached_property
    def snapshot(self) -> Repeats:
        """The frozen table; only what is asked for is read."""
        return Snapshot(self.db)

    def freeze(self, table: Repeats) -> None:
        """Set the table, once, before any article comes. Inside a transaction."""
        for number, kind in enumerate(table.kinds):
            data = json.dumps(kind._asdict(), separators=(",", ":")).encode()
            self.db.execute("INSERT INTO kinds VALUES (?, ?)", (number, seal(data, number)))
            near = (("kind_keys", kind.keys), ("kind_bands", kind.bands)) if kind.varied else ()
            for rows, values in (("kind_hashes", kind.hashes), *near):
                self.db.executemany(
                    f"REPLACE INTO {rows} VALUES (?, ?)", [(signed(value), number) for value in values])
        self.put("snapshot", table.id)
        self.__dict__.pop("snapshot", None)

    # --- articles -----------------------------------------------------------------------------------------------------

    def known(self, keys: Sequence[Key]) -> dict[Key, int]:
        """The numbers of the articles among `keys` that are in the index."""
        ask = "SELECT number FROM articles WHERE text = ? AND context = ?"
        rows = ((key, self.db.execute(ask, key).fetchone()) for key in dict.fromkeys(keys))
        return {key: row[0] for key, row in rows if row}

    def add(self, keys: Sequence[Key], found: Iterable[Traits]) -> None:
        """Put the features of articles in, in the order of their keys; known ones stay. Inside a transaction."""
        for (text, context), one in zip(keys, found):
            places = [place for mask in one.masks for place in mask]
            removed = [[span.start, span.end, span.kind, span.rule, span.evidence] for span in one.removed]
            facts = struct.pack(f"<qqI{len(places)}q", one.size, one.length, len(one.masks), *places)
            hashes = struct.pack(f"<{len(one.signature)}I{len(one.sample)}Q", *one.signature, *one.sample)
            self.db.execute(
                "INSERT OR IGNORE INTO articles (text, context, digest, facts, hashes) VALUES (?, ?, ?, ?, ?)",
                (text, context, signed(one.digest), seal(facts + json.dumps(removed).encode(), one.digest),
                 seal(hashes, one.digest)))

    def traits(self, number: int) -> Traits:
        """The features of one article."""
        ask = "SELECT digest, facts, hashes FROM articles WHERE number = ?"
        digest, facts, hashes = self.db.execute(ask, (number,)).fetchone()
        digest = unsigned(digest)
        size, length, masks, removed = _facts(facts, digest)
        signature, sample = _plain_hashes(hashes, digest, self.num_perm)
        return Traits(signature, size, digest, sample, length, masks, tuple(removed))

    def since(self, number: int) -> Iterator[tuple[int, tuple[int, ...], tuple[int, ...]]]:
        """(digest, signature, sample) of the articles with a word that are numbered higher."""
        ask = "SELECT digest, hashes FROM articles WHERE number > ? AND digest <> 0 ORDER BY number"
        for digest, hashes in self.db.execute(ask, (number,)).fetchall():
            yield unsigned(digest), *_plain_hashes(hashes, unsigned(digest), self.num_perm)

    def features(self, numbers: Sequence[int]) -> Features:
        """The features of articles, in the order given."""
        num_perm = self.num_perm
        signatures = np.empty((len(numbers), num_perm), np.uint32)
        sizes, lengths = np.empty(len(numbers), np.int64), np.empty(len(numbers), np.int64)
        digests = np.empty(len(numbers), np.uint64)
        ask = "SELECT digest, facts, hashes FROM articles WHERE number = ?"
        samples, counts, masks, removed = [np.zeros(0, np.uint64)], [0], [], []
        for row, number in enumerate(numbers):
            digest, facts, hashes = self.db.execute(ask, (number,)).fetchone()
            digests[row] = digest = unsigned(digest)
            signatures[row], part = _hashes(hashes, digest, num_perm)
            sizes[row], lengths[row], places, spans = _facts(facts, digest)
            samples.append(part)
            counts.append(len(part))
            masks.append(places)
            removed.append(spans)
        return Features(signatures, sizes, digests, np.concatenate(samples), np.cumsum(counts).astype(np.int64), lengths,
                        SpanTable.plain(masks), SpanTable.build(removed))

    def hashes(self) -> Hashes:
        """What all articles with a word can be found by."""
        num_perm = self.num_perm
        rows = self.db.execute("SELECT number, digest, hashes FROM articles WHERE digest <> 0 ORDER BY number").fetchall()
        parts = [_hashes(data, unsigned(digest), num_perm) for _, digest, data in rows]
        return Hashes(
            np.array([number for number, *_ in rows], np.int64), np.array([unsigned(digest) for _, digest, _ in rows], np.uint64),
            np.stack([signature for signature, _ in parts]) if parts else np.zeros((0, num_perm), np.uint32),
            np.concatenate([np.zeros(0, np.uint64), *(sample for _, sample in parts)]),
            np.repeat(np.arange(len(parts)), [len(sample) for _, sample in parts]))

    def merge(self, *, late: int = 0) -> None:
        """Make the postings anew when more than `late` articles are without. Inside a transaction."""
        merged, last = self.get("merged", 0), self.last()
        if last - merged <= late:
            return
        spec, found = self.get("spec"), self.hashes()  # articles without a word have no neighbours
        keys = postings.band_keys(found.signatures, spec["bands"], spec["rows"])
        postings.write(self.db, "bands", keys.ravel(), np.repeat(found.numbers, spec["bands"]))
        postings.write(self.db, "samples", found.samples, found.numbers[found.owners])
        digests = np.zeros(last + 1, np.uint64)
        digests[found.numbers] = found.digests
        self.db.execute("REPLACE INTO meta VALUES ('digests', ?)", (seal(digests.tobytes()),))
        self.put("merged", last)

    def count(self) -> int:
        """How many articles it knows."""
        return int(self.db.execute("SELECT count(*) FROM articles").fetchone()[0])

    def last(self) -> int:
        """The highest number of an article there ever was."""
        row = self.db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'articles'").fetchone()
        return int(row[0]) if row else 0

    # --- care ---------------------------------------------------------------------------------------------------------

    def prune(self, keep: Iterable[int]) -> int:
        """Drop every article but those numbered `keep`, and files that hold others; how many went."""
        with self.transaction():
            self.db.execute("CREATE TEMP TABLE kept (number INTEGER PRIMARY KEY)")
            self.db.executemany("INSERT OR IGNORE INTO kept VALUES (?)", ((number,) for number in keep))
            gone = self.db.execute("DELETE FROM articles WHERE number NOT IN (SELECT number FROM kept)").rowcount
            self.db.execute("DELETE FROM files WHERE number IN (SELECT file FROM contents WHERE article NOT IN kept)")
            self.db.execute("DELETE FROM contents WHERE file NOT IN (SELECT number FROM files)")
            self.db.execute("DROP TABLE kept")
            if self.get("merged") is not None:
                self.put("merged", -1)
                self.merge()
        with self._told():
            self.db.execute("VACUUM")
        return int(gone)

    def info(self) -> dict[str, Any]:
        """What is in it; raises Damaged when the file is not sound."""
        with self.transaction(write=False):
            soundness.examine(self.db)
            count = {table: self.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in _TABLES}
            made = self.get("frozen")
            frozen = f"{made['day']}, of {made['articles']:,} articles" if made else None
            return {"articles": count["articles"], "paths": self.get("paths", []), "files": count["files"],
                    "tracked": count["tracked"], "blocks": count["kinds"],
                    "frozen": frozen, "snapshot": self.snapshot_id, **self.get("spec"),
                    "bytes": os.path.getsize(self.path)}


class Snapshot(Repeats):
    """The frozen table as it lies in the index: rows are read when a block asks for them."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.kinds = _Kinds(db)  # type: ignore[assignment]

    @cached_property
    def _exact(self) -> Any:
        return _Exact(self.kinds)  # type: ignore[arg-type]

    @cached_property
    def _near(self) -> Any:
        return _Near(self.kinds)  # type: ignore[arg-type]

    @cached_property
    def _bands(self) -> Any:
        return _Bands(self.kinds)  # type: ignore[arg-type]


class _Kinds(Sequence[Kind]):
    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.total = int(db.execute("SELECT count(*) FROM kinds").fetchone()[0])
        self.read: dict[int, Kind] = {}

    def __len__(self) -> int:
        return self.total

    def __getitem__(self, number: Any) -> Any:
        if not 0 <= number < self.total:
            raise IndexError(number)
        if number not in self.read:
            row = self.db.execute("SELECT data FROM kinds WHERE number = ?", (number,)).fetchone()
            data: dict[str, Any] = json.loads(unseal(row[0], number))
            fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
            self.read[number] = Kind(**fields)
        return self.read[number]


class _Exact:
    def __init__(self, kinds: _Kinds) -> None:
        self.kinds = kinds

    def get(self, value: int) -> Kind | None:
        row = self.kinds.db.execute("SELECT kind FROM kind_hashes WHERE value = ?", (signed(value),)).fetchone()
        return self.kinds[row[0]] if row else None


class _Near:
    def __init__(self, kinds: _Kinds) -> None:
        self.kinds = kinds

    def get(self, value: int, default: object = ()) -> list[tuple[Kind, frozenset[int]]]:
        ask = "SELECT kind FROM kind_keys WHERE value = ? ORDER BY kind"
        rows = self.kinds.db.execute(ask, (signed(value),)).fetchall()
        return [(self.kinds[number], frozenset(self.kinds[number].pairs)) for number, in rows]


class _Bands:
    def __init__(self, kinds: _Kinds) -> None:
        self.db = kinds.db

    def isdisjoint(self, values: Iterable[int]) -> bool:
        ask = "SELECT 1 FROM kind_bands WHERE value = ?"
        return not any(self.db.execute(ask, (signed(value),)).fetchone() for value in values)


def _said(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value!r}" for name, value in values.items())


def _hashes(data: bytes, digest: int, num_perm: int) -> tuple[np.ndarray, np.ndarray]:
    """(signature, sample) of a row."""
    data = unseal(data, digest)
    return np.frombuffer(data, "<u4", num_perm), np.frombuffer(data, "<u8", offset=4 * num_perm)


def _plain_hashes(data: bytes, digest: int, num_perm: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The same without NumPy."""
    data = unseal(data, digest)
    values = struct.unpack(f"<{num_perm}I{(len(data) - 4 * num_perm) // 8}Q", data)
    return values[:num_perm], values[num_perm:]


def _facts(data: bytes, digest: int) -> tuple[int, int, list[tuple[int, int]], list[Span]]:
    """(size, length, masks, removed spans) of a row."""
    data = unseal(data, digest)
    size, length, count = struct.unpack_from("<qqI", data)
    places = struct.unpack_from(f"<{2 * count}q", data, 20)
    spans = [Span(start, end, kind, rule, tuple(evidence))
             for start, end, kind, rule, evidence in json.loads(data[20 + 16 * count:])]
    return size, length, list(zip(places[::2], places[1::2])), spans
