"""The decision on an article as the records that are written carry it."""
from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from typing import Any

from dedup.article import Article, Cluster, Member, Related, Result, Unreadable, cut
from dedup.readers.fields import replaced


class Decisions:
    """What a run decided, looked up by article number."""

    def __init__(self, result: Result) -> None:
        self.result = result
        self.places: dict[int, tuple[Cluster, Member]] = {
            member.article: (cluster, member) for cluster in result.clusters for member in cluster.members}
        self.related: dict[int, list[tuple[int, Related]]] = {}
        for pair in result.related:
            for one, other in ((pair.left, pair.right), (pair.right, pair.left)):
                self.related.setdefault(one, []).append((other, pair))

    def kept(self, number: int) -> bool:
        """Whether an article is the canonical version: the chosen copy, or one without copies."""
        place = self.places.get(number)
        return place is None or place[0].canonical == number

    def of(self, number: int) -> dict[str, Any]:
        """The `dedup` object of an article."""
        place = self.places.get(number)
        text, entries = self.result.text_of(number), self.result.entries
        decision: dict[str, Any] = {
            "cluster": None, "canonical": entries[number].id, "kept": self.kept(number), "relation": None,
            "match": None, "similarity": None, "containment": None, "reason": "no copy found"}
        if place:
            cluster, member = place
            decision |= {
                "cluster": cluster.number, "canonical": entries[cluster.canonical].id,
                "reason": member.reason or (cluster.reason if decision["kept"] else "")}
            if not decision["kept"]:
                decision |= {
                    "relation": member.relation, "match": member.match,
                    "similarity": _rounded(member.similarity), "containment": _rounded(member.containment)}
            if cluster.canonical >= self.result.count:
                decision["canonical_in"] = "reference"
        if number in self.related:
            decision["related"] = [
                {"id": entries[other].id, "relation": pair.relation, "shared": _rounded(pair.shared), "own": _rounded(pair.own)}
                for other, pair in sorted(self.related[number])]
        decision["removed"] = [
            {"start": span.start, "end": span.end, "class": span.kind, "rule": span.rule,
             "evidence": list(span.evidence), "text": text[span.start:span.end]}
            for span in self.result.removed_of(number)]
        return decision

    def cleaned(self, number: int) -> str:
        """The text of an article without its boilerplate."""
        return cut(self.result.text_of(number), self.result.removed_of(number))

    def record(self, number: int, article: Article, text_field: str = "text") -> dict[str, Any]:
        """An article as an output record: every input field, the cleaned text, id, path and the decision.

        No field of the user's is overwritten but the text and an old decision. Where the record has an `id` or `path`
        of its own that is not ours, ours stands in the decision.
        """
        entry, decision = self.result.entries[number], self.of(number)
        if article.line is not None:
            decision["line"] = article.line
        if article.record is None:
            known = {"title": article.title, "url": article.url, "date": article.date, "source": article.source}
            record = {"id": entry.id, "path": entry.path, **{key: value for key, value in known.items() if value},
                      "text": self.cleaned(number)}
        else:
            record = replaced(article.record, text_field, self.cleaned(number))
            record.pop("dedup", None)
            for name, value in (("id", entry.id), ("path", entry.path)):
                if _as_string(record.setdefault(name, value)) != value:
                    decision[name] = value
        return {**record, "dedup": decision}


def decision(result: Result, number: int) -> dict[str, Any]:
    """The `dedup` object of one article; for many, keep a `Decisions`."""
    return Decisions(result).of(number)


def unreadable(error: Unreadable) -> dict[str, Any]:
    """The line that stands for an input that could not be read."""
    return {"id": error.id, "path": error.path, "line": error.line, "dedup": {"error": error.error}}


def line(record: Mapping[str, Any]) -> bytes:
    """A record as one line of strict JSON; values that JSON lacks become strings, NaN and infinities null."""
    try:
        text = _encode(record)
    except ValueError:
        text = _encode(_finite(record))
    return text.encode("utf-8") + b"\n"


def _as_string(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _plain(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(bytes(value)).decode("ascii")
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, (list, tuple)) else value


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=_plain).encode
