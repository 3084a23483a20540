"""Whether an index is what was written: pages, types, references between tables, checksums.

Reading checks what it reads; this is for `dedup index info`, and for telling an error in the program from one in the file.
"""
from __future__ import annotations

import sqlite3

from dedup.sealing import Damaged, unseal

_NUMBER, _TEXT, _BYTES, _MAYBE = "'integer'", "'text'", "'blob'", "'text', 'null'"
_COLUMNS = {
    "meta": {"name": _TEXT, "value": _BYTES},
    "kinds": {"number": _NUMBER, "data": _BYTES},  # a number is none where the schema is damaged
    "kind_hashes": {"value": _NUMBER, "kind": _NUMBER},
    "kind_keys": {"value": _NUMBER, "kind": _NUMBER},
    "kind_bands": {"value": _NUMBER, "kind": _NUMBER},
    "articles": {"number": _NUMBER, "text": _BYTES, "context": _TEXT, "digest": _NUMBER, "facts": _BYTES, "hashes": _BYTES},
    "bands": {"first": _NUMBER, "data": _BYTES},
    "samples": {"first": _NUMBER, "data": _BYTES},
    "files": {"number": _NUMBER, "name": _TEXT, "errors": _MAYBE},
    "contents": {"file": _NUMBER, "place": _NUMBER, "line": "'integer', 'null'", "article": _NUMBER, "own": _TEXT,
                 "source": _MAYBE, "date": _MAYBE, "url": _MAYBE},
    "tracked": {"path": _BYTES, "file": _NUMBER},
}
_REFERENCES = (("contents", "article", "articles"), ("contents", "file", "files"), ("tracked", "file", "files"),
               ("kind_hashes", "kind", "kinds"), ("kind_keys", "kind", "kinds"), ("kind_bands", "kind", "kinds"))


def examine(db: sqlite3.Connection) -> None:
    """Raises Damaged, or sqlite3.DatabaseError, when an index is not sound."""
    said = str(db.execute("PRAGMA integrity_check").fetchone()[0])
    if said != "ok":
        raise Damaged(said.splitlines()[0])
    for table, columns in _COLUMNS.items():
        good = " AND ".join(f"typeof({column}) IN ({types})" for column, types in columns.items())
        if db.execute(f"SELECT 1 FROM {table} WHERE NOT ({good})").fetchone():
            raise Damaged(f"a row of {table} is none")
    for table, column, other in _REFERENCES:
        if db.execute(f"SELECT 1 FROM {table} WHERE {column} NOT IN (SELECT number FROM {other})").fetchone():
            raise Damaged(f"a row of {table} belongs to none of {other}")
    for digest, facts, hashes in db.execute("SELECT digest, facts, hashes FROM articles"):
        unseal(facts, digest)
        unseal(hashes, digest)
    for number, data in db.execute("SELECT number, data FROM kinds"):
        unseal(data, number)
    for table in ("bands", "samples"):
        for first, data in db.execute(f"SELECT first, data FROM {table}"):
            unseal(data, first + (1 << 63))
    values = dict(db.execute("SELECT name, value FROM meta"))
    for value in values.values():
        unseal(value)
    if not values.keys() >= {"format", "spec"}:
        raise Damaged("it does not say what it was built with")
