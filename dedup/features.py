"""What is kept of an article for matching: its masks, its signature, the size and digest of its shingle set."""
from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dedup import blocks, contained, engines
from dedup.article import Block, Span
from dedup.boilerplate import cues, strip
from dedup.boilerplate.form import normal
from dedup.boilerplate.table import Repeat, Repeats
from dedup.errors import ConfigError
from dedup.patterns import lazy
from dedup.spans import SpanTable, gather, masked_text


UNRULED = ("comments", "leftover", "nav", "repeated")  # classes of blocks that are found without a rule
_BLOCK = lazy("[0-9a-f]{12}")  # the key of a recurrent block


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that features depend on besides the text."""

    ngram: int = 5
    num_perm: int = 128
    seed: int = 1
    boilerplate: str = "strip"
    rules: tuple[str, ...] = ()
    disabled: tuple[str, ...] = ()
    lang: str = ""
    engine: str = "numpy"

    def __post_init__(self) -> None:
        """Raises ConfigError for a rule or class to switch off that there is not."""
        if self.disabled:
            rules = ruleset(self.rules)
            every = [rule for one in (*map(rules.language, rules.codes), *rules.own) for rule in one.rules]
            known = {*UNRULED, *(rule.id for rule in every), *(rule.kind for rule in every)}
            for name in self.disabled:
                if name not in known and not _BLOCK.fullmatch(name):
                    import difflib

                    near = difflib.get_close_matches(name, sorted(known), 1)
                    raise ConfigError(f"disable: there is no rule or class {name!r}" + (
                        f"; did you mean {near[0]!r}?" if near else "; the report names those that took something off"))


class Features(NamedTuple):
    """Of articles 0..n-1. `digests` are equal where the shingle sets are, 0 where there is none."""

    signatures: np.ndarray  # uint32 [n, num_perm]
    sizes: np.ndarray  # int64 [n], shingles
    digests: np.ndarray  # uint64 [n]
    samples: np.ndarray  # uint64 [m], sampled shingles for containment
    sample_offsets: np.ndarray  # int64 [n+1]
    lengths: np.ndarray  # int64 [n], code points that are not masked
    masks: SpanTable
    removed: SpanTable


@lru_cache(maxsize=4)
def ruleset(files: tuple[str, ...]) -> cues.RuleSet:
    """The built-in rules with the user's; read once a process. ConfigError where one of these breaks its own word."""
    rules = cues.load([Path(file) for file in files])
    for rule in (rule for one in (rules.own if files else ()) for rule in one.rules):
        for texts, wanted in ((rule.examples, True), (rule.counterexamples, False)):
            for text in texts:
                if rule.matches(normal(text)) != wanted:
                    raise ConfigError(f"rule {rule.id!r}: the {'' if wanted else 'counter'}example {text!r} "
                                      f"{'does not match' if wanted else 'matches'} its pattern")
    return rules


def judge(text: str, recipe: Recipe, *, source: str | None = None, lang: str | None = None,
          table: Repeats | None = None, consensus: Mapping[int, str] | None = None,
          ) -> list[strip.Judgement]:
    """Every block of a text with what speaks for and against its being boilerplate."""
    pieces = blocks.split(text)
    return _judge(text, pieces, recipe, lang, table.evidence(pieces, source) if table is not None else None, consensus)


def _judge(text: str, pieces: Sequence[Block], recipe: Recipe, lang: str | None, repeats: Mapping[int, Repeat] | None,
           consensus: Mapping[int, str] | None = None) -> list[strip.Judgement]:
    off = frozenset(recipe.disabled)
    found = strip.judge(text, pieces, ruleset(recipe.rules), lang=recipe.lang or lang, repeats=repeats,
                        consensus=consensus, disabled=off)
    return [one._replace(kind="", rule="", evidence=(), mask=False, strip=False) if off & {one.kind, one.rule} else one
            for one in found] if off else found


def extract(texts: Sequence[str], sources: Sequence[str | None], langs: Sequence[str | None], recipe: Recipe,
            table: Repeats | None) -> Features:
    """Mask → shingle → sign of a batch of articles; `table` is the corpus's repetition, frozen."""
    masks: list[tuple[tuple[int, int], ...]] = []
    removed: list[tuple[Span, ...]] = []
    judged = recipe.boilerplate != "off"
    pieces = [blocks.split(text) if judged else [] for text in texts]
    repeats = table.evidence_of(pieces, sources) if table is not None and judged else [None] * len(texts)
    for text, blocks_, lang, known in zip(texts, pieces, langs, repeats):
        judgements = _judge(text, blocks_, recipe, lang, known)
        masks.append(strip.masked(judgements))
        removed.append(strip.removed(judgements) if recipe.boilerplate == "strip" else ())
    engine = engines.load(recipe.engine)
    hashes, offsets = engine.shingle([masked_text(text, mask) for text, mask in zip(texts, masks)], recipe.ngram)
    samples, sample_offsets = contained.sample(hashes, offsets)
    lengths = [len(text) - sum(end - start for start, end in mask) for text, mask in zip(texts, masks)]
    return Features(
        engine.sign(hashes, offsets, recipe.num_perm, recipe.seed), np.diff(offsets), _digests(hashes, offsets),
        samples, sample_offsets, np.array(lengths, np.int64), SpanTable.plain(masks), SpanTable.build(removed))


def _digests(hashes: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    data, ends = hashes.tobytes(), (offsets * 8).tolist()
    values = [int.from_bytes(hashlib.blake2b(data[low:high], digest_size=8).digest(), "little") or 1 if high > low else 0
              for low, high in zip(ends, ends[1:])]
    return np.array(values, np.uint64)


def room(name: str, shape: tuple[int, ...], dtype: Any, folder: Path | None) -> np.ndarray:
    """Room for an array: in memory, or in a new file of a folder, from where the system may take it out of memory."""
    if folder is None or not all(shape):
        return np.empty(shape, dtype)
    return np.memmap(folder / name, dtype, "w+", shape=shape)


def join(parts: list[Features], order: np.ndarray, signatures: np.ndarray | None = None,
         folder: Path | None = None) -> Features:
    """Batches one behind the other, then rows in `order` (row i of the answer is row order[i]).

    `signatures`: those of the answer, where they have been taken out of the parts. Those lose their samples on the way:
    of all that is held they are the most. In a file of `folder` where one is given.
    """
    def rows(values: list[np.ndarray]) -> np.ndarray:
        return np.concatenate(values)[order]

    counts = [np.diff(part.sample_offsets) for part in parts]
    held = [part.samples for part in parts]
    parts[:] = [part._replace(samples=np.zeros(0, np.uint64)) for part in parts]
    samples, sample_offsets = gather(held, counts, order, lambda size: room("samples", (size,), np.uint64, folder))
    return Features(
        rows([part.signatures for part in parts]) if signatures is None else signatures, rows([part.sizes for part in parts]),
        rows([part.digests for part in parts]), samples, sample_offsets,
        rows([part.lengths for part in parts]), SpanTable.join([part.masks for part in parts], order),
        SpanTable.join([part.removed for part in parts], order))
