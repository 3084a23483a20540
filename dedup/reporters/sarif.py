"""`--format sarif`: SARIF 2.1.0 for code scanning services: one result for each duplicate.

The location is the newcomer, the related location the article that is kept (or was there); the partial fingerprint
stands for the two texts, so that renaming a file keeps a result and editing it opens a new one. A file holds no more results
than GitHub takes (25,000 a run, of which it shows 5,000); the log says so where there are more.
"""
from __future__ import annotations

import os
from itertools import islice
from typing import Any, BinaryIO
from urllib.parse import quote

from dedup import __version__
from dedup.article import Entry, Result
from dedup.reporters.output import (Finding, RenderOptions, TextStream, dumps, error_place, errors, file_name,
                                    findings, fingerprint, kinship, local, name, score)

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
RESULTS, DISPLAYED = 25_000, 5_000  # GitHub's limits of a run
RULE = {
    "id": "duplicate-article",
    "name": "DuplicateArticle",
    "shortDescription": {"text": "Near-duplicate article"},
    "fullDescription": {"text": "Apart from boilerplate, the text is that of another article of the collection."},
    "help": {"text": "Remove one of the two, or keep both if they are meant to stand side by side."},
    "defaultConfiguration": {"level": "warning"},
    "properties": {"tags": ["duplicate"], "precision": "high"},
}


def render(result: Result, out: BinaryIO, *, options: RenderOptions) -> str | None:
    """Write the report to `out`, one result a line; what to tell where there are more than GitHub takes or shows."""
    note = _beyond(sum(1 for _ in findings(result, options.changed)))
    driver = {"name": "dedup", "semanticVersion": __version__, "rules": [RULE]}
    unread = [{"level": "error", "message": _message(error.error),
               "locations": [_location(error_place(error, options))]} for error in errors(result)]
    said = [{"level": "note", "message": _message(note)}] if note else []
    invocation = {"executionSuccessful": not unread, "toolExecutionNotifications": [*said, *unread]}
    with TextStream(out) as text:
        text.write(f'{{"$schema": {dumps(SCHEMA)}, "version": "2.1.0", "runs": [{{\n')
        text.write(f'"tool": {dumps({"driver": driver})},\n')
        text.write(f'"invocations": [{dumps(invocation)}],\n"columnKind": "unicodeCodePoints",\n"results": [')
        separator = "\n"
        for finding in islice(findings(result, options.changed), RESULTS):
            text.write(separator + dumps(_result(result, finding, options)))
            separator = ",\n"
        text.write("\n]}]}\n")
    return note


def _beyond(count: int) -> str | None:
    if count <= DISPLAYED:
        return None
    some = f", and is given the first {RESULTS:,}" if count > RESULTS else ""
    return (f"sarif: {count:,} duplicates, of which GitHub shows {DISPLAYED:,}{some}; accept those that are known "
            "(--update-baseline), or read them all with --format html or json")


def _result(result: Result, finding: Finding, options: RenderOptions) -> dict[str, Any]:
    newcomer, other = (local(result, article, options) for article in (finding.article, finding.other))
    link = f"[{_escaped(name(other))}](1)"
    message = f"Duplicate of {link}, which it would replace" if finding.kept else f"{kinship(finding.member)} of {link}"
    member = finding.member
    return {
        "ruleId": RULE["id"], "ruleIndex": 0, "level": "warning", "message": {"text": message},
        "locations": [_location(newcomer)],
        "relatedLocations": [{"id": 1, "message": {"text": "already there" if finding.kept else "kept"},
                              **_location(other)}],
        "partialFingerprints": {
            "duplicatePair/v1": fingerprint(result.text_of(finding.article), result.text_of(finding.other))},
        "properties": {"id": newcomer.id, "duplicateOf": other.id, "cluster": finding.cluster.number,
                       "relation": member.relation, "match": member.match, "similarity": score(member.similarity),
                       "containment": score(member.containment), "reason": finding.cluster.reason},
    }


def _location(entry: Entry) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(entry.path)},
                                 "region": {"startLine": entry.line or 1}}}


def _uri(path: str) -> str:
    """A relative path as a relative URI reference, an absolute one as a file URI, byte for byte."""
    quoted = quote(file_name(path))
    return f"file://{quoted}" if os.path.isabs(path) else quoted


def _message(text: str) -> dict[str, str]:
    return {"text": _escaped(text)}


def _escaped(text: str) -> str:
    """Text that holds no placeholder and no link (SARIF 2.1.0, sections 3.11.5 and 3.11.6)."""
    for char in "\\[]":
        text = text.replace(char, "\\" + char)
    return text.replace("{", "{{").replace("}", "}}")
