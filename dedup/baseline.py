"""Accepted duplicates: a JSON object in the repository, one line for each pair, `"fingerprint": "reason"`, sorted.

A fingerprint stands for the two texts: a renamed file stays accepted, an edited one is asked about again. Lines that
are independent and sorted merge well and read well in a review. The reason is the user's to write; it is kept.
"""
from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from dedup import staging
from dedup.article import Cluster, Member, Result
from dedup.errors import ConfigError
from dedup.reporters.output import fingerprint

NAME = ".dedup-baseline.json"


def read(path: Path, *, required: bool = False) -> dict[str, str]:
    """Fingerprint → reason; {} where there is no file, unless one is `required`. Raises ConfigError."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        if required:
            raise ConfigError(f"{path}: there is no such baseline; make it with --update-baseline") from None
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: cannot be read as a baseline ({error})") from None
    if not isinstance(found, dict) or not all(isinstance(reason, str) for reason in found.values()):
        raise ConfigError(f"{path}: not a baseline: want an object of fingerprints with a reason (or \"\") each")
    return found


def write(path: Path, accepted: Mapping[str, str]) -> None:
    """Replace the file, at once."""
    lines = ",\n".join(f"  {json.dumps(pair)}: {json.dumps(accepted[pair], ensure_ascii=False)}"
                       for pair in sorted(accepted))
    with staging.file(path) as out:
        out.write(f"{{\n{lines}\n}}\n".encode() if accepted else b"{}\n")


def pairs(result: Result) -> Iterator[tuple[Cluster, Member, str]]:
    """Every dropped copy with the fingerprint of it and its canonical."""
    for cluster in result.clusters:
        kept = result.text_of(cluster.canonical)
        for member in cluster.members:
            if member.article != cluster.canonical:
                yield cluster, member, fingerprint(kept, result.text_of(member.article))


def subtract(result: Result, accepted: Mapping[str, str]) -> tuple[Result, frozenset[str]]:
    """The result without accepted copies, and the fingerprints that were met."""
    if not accepted:
        return result, frozenset()
    found = {(cluster.number, member.article): pair for cluster, member, pair in pairs(result)}
    left: list[Cluster] = []
    for cluster in result.clusters:
        members = tuple(member for member in cluster.members
                        if found.get((cluster.number, member.article)) not in accepted)
        if len(members) > 1:
            left.append(cluster._replace(number=len(left) + 1, members=members))
    return result._replace(clusters=tuple(left)), frozenset(found.values()) & accepted.keys()
