"""The stages in order: read → mask → match → verify → cluster → canonical → consensus → strip.

The only module that knows the order, and the last to see `Settings`: stages get plain parameters.
"""
from __future__ import annotations

import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from dedup import canonical, cluster, contained, engines, features, ids, lsh, readers, verify, workers
from dedup.article import Boilerplate, Cluster, Entry, Member, Pair, Result, Span, Unreadable
from dedup.blocks import split
from dedup.boilerplate import consensus, repeats, strip
from dedup.corpus import Chunk, Corpus, block_arrays, spool
from dedup.settings import Settings
from dedup.sources import Source

Progress = Callable[[str, int, int], None]  # phase, done, total

TASK_BYTES = 8 << 20  # input a worker reads at a time
BATCH_BYTES = 2 << 20  # text a worker signs at a time
FAST_FROM = 3000  # articles from which compiling and loading the fast engine pays


def silent(phase: str, done: int, total: int) -> None:
    """No progress shown."""


def scan(sources: Sequence[Source], settings: Settings, *, overrides: Sequence[tuple[str, str, str]] = (),
         progress: Progress = silent, spool_dir: Path | None = None) -> Result:
    """Read, match and strip everything in `sources`.

    `overrides`: ("same" | "different", id, id), the user's word over ours. Texts are spooled to a temporary folder that
    lives as long as the result.
    """
    folder = tempfile.TemporaryDirectory(prefix="dedup-", dir=spool_dir, ignore_cleanup_errors=True)
    jobs = settings.jobs or workers.cores()
    chunks = read(sources, settings, Path(folder.name), jobs, progress)
    names, warning = ids.assign([entry for chunk in chunks for entry in chunk.entries])
    corpus = Corpus(chunks, names)
    recipe = recipe_of(settings, len(corpus))
    table = find_repeats(corpus, chunks, recipe, progress)
    found = extract(corpus, recipe, table, jobs, progress)
    return None


def recipe_of(settings: Settings, articles: int) -> features.Recipe:
    """What the features of a run of that many articles depend on."""
    return features.Recipe(
        settings.ngram, settings.num_perm, settings.seed, settings.boilerplate, settings.rules, settings.disable,
        settings.lang, engines.choose(settings.engine, articles))
