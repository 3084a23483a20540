"""Records as rows of CSV or TSV: objects and lists as JSON, the decision in columns `dedup.cluster`, `dedup.kept`, …"""
from __future__ import annotations

import csv
import io
import pickle
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO

from dedup.records import line

SEPARATORS = {".csv": ",", ".tsv": "\t"}
_DECISION = "dedup"
_FIRST = ("cluster", "canonical", "kept", "relation", "match", "similarity", "containment", "reason")


def write(rows: Iterable[Mapping[str, Any]], stream: BinaryIO, separator: str) -> None:
    """Records of any shape as one table in UTF-8, with a heading; a field that a record has not is empty."""
    with tempfile.TemporaryFile() as spool:  # which columns there are is known at the end only
        names: dict[str, None] = {}
        decided: dict[str, None] = {f"{_DECISION}.{name}": None for name in _FIRST}
        count = 0
        for row in rows:
            flat = dict(_flat(row))
            pickle.dump(flat, spool)
            count += 1
            for name in flat:
                (decided if name.startswith(f"{_DECISION}.") else names)[name] = None
        spool.seek(0)
        text = io.TextIOWrapper(stream, "utf-8", "backslashreplace", newline="", write_through=True)
        table = csv.DictWriter(text, [*names, *decided], delimiter=separator)
        table.writeheader()
        for _ in range(count):
            table.writerow(pickle.load(spool))
        text.detach()


def read(stream: BinaryIO, separator: str) -> Iterator[dict[str, Any]]:
    """The records of such a table; what is no part of a decision is text."""
    import json

    text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
    csv.field_size_limit(1 << 30)
    for row in csv.DictReader(text, delimiter=separator):
        record: dict[str, Any] = {}
        decision: dict[str, Any] = {}
        for name, value in row.items():
            if not (name or "").startswith(f"{_DECISION}."):
                record[name] = value
            elif value:
                key = name.removeprefix(f"{_DECISION}.")
                decision[key] = json.loads(value) if key in _VALUES else value
        yield {**record, _DECISION: decision} if decision else record


_VALUES = ("cluster", "kept", "similarity", "containment", "line", "removed", "related")


def _flat(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if name == _DECISION and isinstance(value, Mapping):
            yield from ((f"{_DECISION}.{key}", _cell(part)) for key, part in value.items())
        else:
            yield str(name), _cell(value)


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    return line(value)[:-1].decode("utf-8")
