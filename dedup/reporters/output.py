"""What all reporters share: their options, a text stream onto bytes, and the findings of a cluster.

Reports are written to a binary stream, so that their bytes do not depend on the locale and `paths0` can hold any file
name. Text is UTF-8 with "\\n" line ends; lone surrogates, which JSON may hold, are spelled "\\ud800".
"""
from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, BinaryIO, NamedTuple

from dedup import doubts, terminal
from dedup.article import Boilerplate, Cluster, Entry, Member, Related, Result, Span, Unreadable, cut
from dedup.overrides import Override
from dedup.patterns import lazy
from dedup.reporters import spread

_UNFIT = lazy(r"[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class RenderOptions(NamedTuple):
    """How to show a result, whatever it holds."""

    color: bool = False
    width: int = 80  # columns
    verbose: int = 0  # 1 and more: nothing is cut
    notes: Sequence[str] = ()  # what the reader should know of the run, one sentence each
    changed: Collection[int] | None = None  # article numbers that are new; None: no article is newer than another
    new: str = "staged"  # what they are called
    again: str = "scan --staged"  # what told of them
    files: Mapping[str, str] = MappingProxyType({})  # path as shown → path for the system, where they differ
    references: Mapping[str, str] = MappingProxyType({})  # the same of a reference corpus, whose paths may be shown alike
    overrides: Sequence[Override] = ()  # the user's word that the run obeyed


class TextStream(io.TextIOWrapper):
    """UTF-8 text onto a binary stream, which stays open."""

    def __init__(self, out: BinaryIO) -> None:
        super().__init__(out, "utf-8", "backslashreplace", newline="\n")

    def __enter__(self) -> TextStream:
        return self

    def __exit__(self, *error: object) -> None:
        self.detach()  # flushes; closing would close the caller's stream


def dumps(value: Any) -> str:
    """Strict JSON on one line: no NaN, letters as they are, what is not fit for UTF-8 or a terminal escaped."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=_as_json)
    return _UNFIT.sub(lambda char: f"\\u{ord(char.group()):04x}", text)


def _as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Sequence):
        return list(value)
    return value.item() if hasattr(value, "item") else str(value)  # a NumPy scalar, or a path


def score(value: float | None) -> float | None:
    """A similarity as it is published: 4 decimals."""
    return None if value is None else round(float(value), 4)


def place(path: str, line: int | None) -> str:
    """Where an article stands: `path`, or `path:line` of a file of many."""
    return path if line is None else f"{path}:{line}"


def heading(text: str, removed: Sequence[Span]) -> str:
    """The first line of an article that is not boilerplate, "" where there is none."""
    kept = cut(text, removed) or text
    return next((terminal.line(words.strip("#*= ")) for words in kept.splitlines() if words.strip("#*= ")), "")


def title(result: Result, article: int) -> str:
    """What an article is called: its own title, else its first line that is not boilerplate, "" where it has neither."""
    stated = result.entries[article].title
    return terminal.line(stated) if stated else heading(result.text_of(article), result.removed_of(article))


def local(result: Result, article: int, options: RenderOptions) -> Entry:
    """An entry with its path as seen from the working folder, as services expect it; absolute if it is elsewhere."""
    return _local(result.entries[article], options.files if article < result.count else options.references)


def _local(entry: Entry, files: Mapping[str, str]) -> Entry:
    path = files.get(entry.path, entry.path)
    here = os.path.join(os.getcwd(), "")
    return entry._replace(path=path.removeprefix(here).replace(os.sep, "/"))


def file_name(path: str) -> bytes:
    """A path as the file system has it."""
    try:
        return os.fsencode(path)
    except UnicodeEncodeError:  # no path from a disk, but whatever was given comes out
        return path.encode("utf-8", "surrogatepass")


def name(entry: Entry) -> str:
    """What a person calls an article: its place, and its id when that is something else."""
    where = place(entry.path, entry.line)
    own = entry.id.removesuffix(f"#{entry.line}")
    return where if f"/{entry.path}".endswith(f"/{own}") else f"{entry.id} ({where})"


def member_record(result: Result, member: Member) -> dict[str, Any]:
    """A member of a cluster as in the JSON report."""
    entry = result.entries[member.article]
    return {"id": entry.id, "path": entry.path, "line": entry.line, "relation": member.relation, "match": member.match,
            "similarity": score(member.similarity), "containment": score(member.containment),
            "title": title(result, member.article) or None, "source": entry.source, "date": entry.date}


def ordered(result: Result) -> list[Cluster]:
    """The clusters as a person wants them: the largest first, of equal ones the most doubtful."""
    def key(cluster: Cluster) -> tuple[float, ...]:
        return -len(cluster.members), -max(doubts.of(member, result.settings) for member in cluster.members), cluster.number

    return sorted(result.clusters, key=key)


def cluster_record(result: Result, cluster: Cluster) -> dict[str, Any]:
    """A cluster as in the JSON report: the canonical first, then the others by id."""
    return {"cluster": cluster.number, "canonical": result.entries[cluster.canonical].id, "reason": cluster.reason,
            "members": [member_record(result, member) for member in cluster.members]}


def boilerplate_record(result: Result, row: Boilerplate) -> dict[str, Any]:
    """A row of the boilerplate list as in the JSON report."""
    examples = [{"id": result.entries[one.article].id, "start": one.start, "end": one.end,
                 "text": result.text_of(one.article)[one.start:one.end]} for one in row.examples]
    return {"kind": row.kind, "key": row.key, "class": row.cls, "articles": row.articles, "characters": row.characters,
            "example": row.example, "examples": examples, "ids": [result.entries[number].id for number in row.where]}


def related_record(result: Result, pair: Related) -> dict[str, Any]:
    """A pair that is no pair of copies as in the JSON report."""
    return {"left": result.entries[pair.left].id, "right": result.entries[pair.right].id, "relation": pair.relation,
            "shared": score(pair.shared), "own": score(pair.own)}


def flow_record(flow: spread.Flow) -> dict[str, Any]:
    """Who copied whom as in the JSON report; the delay in seconds."""
    return {"first": flow.first, "later": flow.later, "articles": flow.articles, "median_delay": flow.delay}


def error_record(error: Unreadable) -> dict[str, Any]:
    """An unreadable input as in the JSON report."""
    return {"path": error.path, "line": error.line, "error": error.error}


def boilerplate_rows(result: Result) -> list[Boilerplate]:
    """What was removed, the most frequent first."""
    return sorted(result.boilerplate, key=lambda row: (-row.articles, -row.characters, row.kind, row.key))


def errors(result: Result) -> list[Unreadable]:
    """What could not be read, by path and line."""
    return sorted(result.errors, key=lambda error: (error.path, error.line or 0, error.error))


def error_place(error: Unreadable, options: RenderOptions) -> Entry:
    """Where an unreadable input stands, as `local`."""
    return _local(Entry("", error.path, error.line), options.files)


class Finding(NamedTuple):
    """One duplicate to tell somebody about: `article` is the newcomer, `other` what was there (or is kept)."""

    article: int
    other: int
    kept: bool  # the newcomer is the canonical: it is better than what was there
    member: Member  # how the one of the two that is not canonical relates to the canonical
    cluster: Cluster


def findings(result: Result, changed: Collection[int] | None) -> Iterator[Finding]:
    """Each dropped copy and its canonical; with `changed`, each of those that has copies and one already there."""
    for cluster in result.clusters:
        copies = [member for member in cluster.members if member.article != cluster.canonical]
        for member in copies:
            if changed is None or member.article in changed:
                yield Finding(member.article, cluster.canonical, False, member, cluster)
        if changed is not None and cluster.canonical in changed:
            there = next((member for member in copies if member.article not in changed), None)
            if there is not None:  # else its copies are all new, and were told of above
                yield Finding(cluster.canonical, there.article, True, there, cluster)


def sentence(result: Result, finding: Finding, options: RenderOptions) -> str:
    """One line on a finding, for the person who brought the newcomer."""
    other = name(local(result, finding.other, options))
    if finding.kept:
        return f"Duplicate of {other}, which it would replace: {finding.cluster.reason}"
    return f"{kinship(finding.member)} of {other}, which is kept: {finding.cluster.reason}"


_WORDS = {relation: f"{relation.capitalize()} copy"
          for relation in ("exact", "reformatted", "edited", "abridged", "expanded")}


def kinship(member: Member) -> str:
    """How a copy relates to its canonical, in words: "Edited copy (93% alike)"."""
    words = _WORDS.get(member.relation or "", "Copy")
    degree = alike(member)
    return f"{words} ({degree})" if degree and member.relation != "exact" else words


def alike(member: Member) -> str:
    """How alike a copy and its canonical are, by the rule that made them copies: "93% alike", "99% contained"."""
    if member.relation == "exact":
        return "identical"
    if member.match == "override":
        return "by your override"
    if member.match == "containment" and member.containment is not None:
        return f"{percent(member.containment)} contained"
    return "" if member.similarity is None else f"{percent(member.similarity)} alike"


def percent(share: float) -> str:
    """A share in percent; 100% means all of it."""
    return "100%" if share >= 1 else f"{min(round(share * 100), 99)}%"


def fingerprint(left: str, right: str) -> str:
    """32 hex digits that stand for a pair of texts, whichever comes first, wherever they lie."""
    digests = sorted(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in (left, right))
    return hashlib.sha256(b"".join(digests)).hexdigest()[:32]
