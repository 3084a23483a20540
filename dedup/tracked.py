"""Which articles of the index stand in the repository now, where, and under which id.

The index holds the paths of one commit's tree. What differs from it (what is staged) lies over it in a temporary table.
"""
from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from dedup import git, readers
from dedup.article import Article, Entry, Unreadable
from dedup.errors import InputError, MissingExtra
from dedup.index import Index
from dedup.sources import shown


PASSING = (MissingExtra.SAID, git.ABSENT)  # why a content cannot be read today, and perhaps tomorrow


class Place(NamedTuple):
    """Where an article stands: the file and its number in it, and what the file says of it."""

    path: bytes
    file: int
    number: int  # 0-based place in the file
    line: int | None
    own: str
    source: str | None
    date: str | None
    url: str | None

    def entry(self, id: str) -> Entry:
        """The article without its text."""
        return Entry(id, shown(os.fsdecode(self.path)), self.line, self.source, self.date, self.url)


class Tracked:
    """The tracked files in an index. All methods want to be called inside one transaction that writes."""

    def __init__(self, index: Index, repository: git.Repository, options: readers.ReadOptions,
                 admitted: Callable[[bytes], bool]) -> None:
        self.index, self.db, self.repository, self.options = index, index.db, repository, options
        self.admitted = admitted
        self.db.execute("CREATE TEMP TABLE IF NOT EXISTS overlay (path BLOB PRIMARY KEY, file INTEGER) WITHOUT ROWID")
        self.db.execute("CREATE INDEX IF NOT EXISTS temp.overlay_file ON overlay (file)")
        self.db.execute("DELETE FROM overlay")
        if index.get("passing"):
            for reason in PASSING:
                self.db.execute("UPDATE files SET errors = NULL WHERE errors LIKE ?", (f"%{reason}%",))
            index.put("passing", False)

    # --- what is tracked ----------------------------------------------------------------------------------------------

    def move(self, tree: str | None) -> None:
        """Make the paths those of another tree."""
        old = self.index.get("tree")
        if old == tree and tree is not None:
            return
        if tree is None or old is None or not self.repository.has(old):
            self.db.execute("DELETE FROM tracked")
            changes = [] if tree is None else self.repository.listed(tree)
        else:
            changes = self.repository.changes(old, tree)
        self._note("tracked", changes)
        self.index.put("tree", tree)

    def lay(self, changes: Iterable[git.Change]) -> None:
        """Lay what differs from that tree over it."""
        self._note("overlay", changes)

    def _note(self, table: str, changes: Iterable[git.Change]) -> None:
        for path, blob in changes:
            file = None if blob is None else self.file(path, blob)
            if file is None and table == "tracked":
                self.db.execute("DELETE FROM tracked WHERE path = ?", (path,))
            else:
                self.db.execute(f"REPLACE INTO {table} VALUES (?, ?)", (path, file))

    def file(self, path: bytes, blob: str) -> int | None:
        """The number of a content, new or known; None where no reader knows files of such a name."""
        source = git.source(self.repository.top, path, blob)
        if source is None:
            return None
        name = f"{source.format}{source.compression}:{blob}"
        row = self.db.execute("SELECT number FROM files WHERE name = ?", (name,)).fetchone()
        if row is None:
            row = self.db.execute("INSERT INTO files (name) VALUES (?) RETURNING number", (name,)).fetchone()
        return int(row[0])

    def is_unread(self, file: int) -> bool:
        """Whether nothing is known of a content."""
        return bool(self.db.execute("SELECT errors IS NULL FROM files WHERE number = ?", (file,)).fetchone()[0])

    def unread(self) -> dict[int, git.Blob]:
        """The files that stand somewhere and were never read, each at one place."""
        found = {}
        ask = "SELECT number, name FROM files WHERE errors IS NULL"
        for file, name in self.db.execute(ask).fetchall():
            path = next(self.paths(file), None)
            if path is not None and (source := git.source(self.repository.top, path, name.partition(":")[2])):
                found[file] = source
        return found

    def fill(self, file: int, articles: Sequence[tuple[Article, int]], errors: Sequence[Unreadable]) -> None:
        """What a file holds: its articles with their numbers in the index, and what is wrong with it."""
        if any(reason in error.error for error in errors for reason in PASSING):
            self.index.put("passing", True)
        said = json.dumps([[error.line, error.id, error.error] for error in errors])
        self.db.execute("UPDATE files SET errors = ? WHERE number = ?", (said, file))
        for place, (article, number) in enumerate(articles):
            self.db.execute("INSERT OR IGNORE INTO contents VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (
                file, place, article.line, number, article.id, article.source, article.date, article.url))

    # --- where things stand -------------------------------------------------------------------------------------------

    def paths(self, file: int) -> Iterator[bytes]:
        """The paths at which a content stands now, as far as they are looked at."""
        ask = ("SELECT path FROM overlay WHERE file = ? UNION ALL "
               "SELECT path FROM tracked WHERE file = ? AND path NOT IN (SELECT path FROM overlay)")
        return (path for path, in self.db.execute(ask, (file, file)).fetchall() if self.admitted(path))

    def at(self, path: bytes) -> int | None:
        """The content at a path now."""
        for table in ("overlay", "tracked"):
            row = self.db.execute(f"SELECT file FROM {table} WHERE path = ?", (path,)).fetchone()
            if row is not None:
                return None if row[0] is None or not self.admitted(path) else int(row[0])
        return None

    def places(self, article: int) -> list[Place]:
        """Where an article stands now."""
        ask = "SELECT file, place, line, own, source, date, url FROM contents WHERE article = ?"
        return [Place(path, *row) for row in self.db.execute(ask, (article,)).fetchall() for path in self.paths(row[0])]

    def contents(self, path: bytes) -> tuple[list[tuple[Place, int]], list[Unreadable]]:
        """The articles that stand at a path now with their numbers, and what could not be read there."""
        file = self.at(path)
        if file is None:
            return [], []
        ask = "SELECT place, line, own, source, date, url, article FROM contents WHERE file = ? ORDER BY place"
        found = [(Place(path, file, *row[:-1]), row[-1]) for row in self.db.execute(ask, (file,)).fetchall()]
        errors, = self.db.execute("SELECT errors FROM files WHERE number = ?", (file,)).fetchone()
        where = shown(os.fsdecode(path))
        return found, [Unreadable(where, error, line, id) for line, id, error in json.loads(errors or "[]")]

    def articles(self, place: Place) -> list[Article]:
        """All articles of the file at a place, read again. Raises InputError where they cannot be read."""
        name, = self.db.execute("SELECT name FROM files WHERE number = ?", (place.file,)).fetchone()
        source = git.source(self.repository.top, place.path, name.partition(":")[2])
        found = [article for article in readers.read(source, self.options) if isinstance(article, Article)] if source else []
        if len(found) <= place.number:
            raise InputError(f"{shown(os.fsdecode(place.path))}: its content is not in the repository any more")
        return found

    # --- ids ----------------------------------------------------------------------------------------------------------

    def id(self, place: Place) -> str:
        """The id of the article, as `ids.assign` gives it to all tracked articles together."""
        where = shown(os.fsdecode(place.path))
        wanted = place.own or (where if place.line is None else f"{where}#{place.line}")
        if any((other.path, other.number) != (place.path, place.number) for other in self._called(wanted)):
            return f"{where}#{place.line or 1}"
        return wanted

    def _called(self, id: str) -> Iterator[Place]:
        """The articles that would have this id if no other had."""
        ask = "SELECT file, place, line, own, source, date, url FROM contents WHERE own = ? AND own <> ''"
        for row in self.db.execute(ask, (id,)).fetchall():
            for path in self.paths(row[0]):
                yield Place(path, *row)
        stem, _, line = id.rpartition("#")
        for name, wanted in ((id, None), (stem, int(line) if line.isdecimal() else None)):
            for place, _ in self.contents(_encoded(name))[0] if name else ():
                if not place.own and place.line == wanted:
                    yield place


def _encoded(name: str) -> bytes:
    try:
        return os.fsencode(name)
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogatepass")
