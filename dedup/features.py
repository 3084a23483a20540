"""What is kept of an article for matching: its masks, its signature, the size and digest of its shingle set."""
from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from dedup import arrays, blocks, contained, engines, sketches
from dedup.arrays import np
from dedup.article import Span
from dedup.boilerplate import cues, strip
from dedup.boilerplate.form import normal
from dedup.boilerplate.table import Repeats
from dedup.errors import ConfigError
from dedup.patterns import lazy
from dedup.spans import SpanTable, masked_text, whole_text

UNRULED = ("comments", "leftover", "nav", "repeated")  # classes of blocks that are found without a rule
_BLOCK = lazy("[0-9a-f]{12}")  # the key of a recurrent block


class _Recipe(NamedTuple):
    ngram: int = 5
    num_perm: int = 128
    seed: int = 1
    boilerplate: str = "strip"
    rules: tuple[str, ...] = ()
    disabled: tuple[str, ...] = ()
    lang: str = ""
    engine: str = "numpy"
    sampled: bool = True  # whether anyone asks for samples: an index does, and the search for contained articles


class Recipe(_Recipe):
    """Everything that features depend on besides the text."""

    __slots__ = ()

    def __new__(cls, *values: Any, **more: Any) -> Recipe:
        """Raises ConfigError for a rule or class to switch off that there is not."""
        self = super().__new__(cls, *values, **more)
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
        return self


class Features(NamedTuple):
    """Of articles 0..n-1; the first ones are those of `Sketches`."""

    signatures: np.ndarray  # uint32 [n, num_perm]
    sizes: np.ndarray  # int64 [n], shingles
    digests: np.ndarray  # uint64 [n]
    samples: np.ndarray  # uint64 [m], sampled shingles for containment
    sample_offsets: np.ndarray  # int64 [n+1]
    lengths: np.ndarray  # int64 [n], code points that are not masked
    masks: SpanTable
    removed: SpanTable

    def mask(self, number: int) -> np.ndarray:
        """What of an article is masked, int64 [k, 2]."""
        return self.masks.places_of(number)

    def cut_from(self, number: int) -> tuple[Span, ...]:
        """What is removed from an article."""
        return self.removed.row(number)

    def rows(self) -> Iterator[Traits]:
        """One article after the other."""
        samples = np.split(self.samples, self.sample_offsets[1:-1])
        for at, (signature, size, digest, sample, length) in enumerate(zip(
                self.signatures, self.sizes.tolist(), self.digests.tolist(), samples, self.lengths.tolist())):
            yield Traits(signature.tolist(), size, digest, sample.tolist(), length,
                         [(start, end) for start, end in self.masks.places_of(at).tolist()], self.removed.row(at))


class Traits(NamedTuple):
    """The same of one article, in plain numbers."""

    signature: Sequence[int]
    size: int
    digest: int
    sample: Sequence[int]
    length: int
    masks: Sequence[tuple[int, int]]
    removed: tuple[Span, ...]


class FewFeatures:
    """Features of a few articles, by number: what `Features` says of single articles."""

    def __init__(self, rows: Sequence[Traits]) -> None:
        self._rows = rows
        self.digests, self.sizes = array("Q", [one.digest for one in rows]), array("q", [one.size for one in rows])

    def mask(self, number: int) -> Sequence[tuple[int, int]]:
        """What of an article is masked."""
        return self._rows[number].masks

    def cut_from(self, number: int) -> tuple[Span, ...]:
        """What is removed from an article."""
        return self._rows[number].removed


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
    repeats = table.evidence(pieces, source) if table is not None else None
    return judge_all([strip.Given(text, pieces, lang, repeats, consensus)], recipe)[0]


def judge_all(articles: Sequence[strip.Given], recipe: Recipe, *, marked: bool = False) -> list[list[strip.Judgement]]:
    """The same for each of many articles; `marked`: only of what is masked."""
    off = frozenset(recipe.disabled)
    if recipe.lang:
        articles = [one._replace(lang=recipe.lang) for one in articles]
    found = strip.judge_all(articles, ruleset(recipe.rules), off, marked=marked)
    return [[one._replace(kind="", rule="", evidence=(), mask=False, strip=False) if off & {one.kind, one.rule} else one
             for one in judgements] for judgements in found] if off else found


def extract(texts: Sequence[str], sources: Sequence[str | None], langs: Sequence[str | None], recipe: Recipe,
            table: Repeats | None, counted: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None) -> Features:
    """Mask → shingle → sign of a batch of articles; `table` is the corpus's repetition, frozen.

    `counted`: `scan_blocks` of all texts end to end, and which blocks are like no other, where that is known.
    """
    masks: list[tuple[tuple[int, int], ...]] = []
    removed: list[tuple[Span, ...]] = []
    for masked, off in _spans(texts, sources, langs, recipe, table, counted):
        masks.append(masked)
        removed.append(off)
    found = _sketch([masked_text(text, mask) for text, mask in zip(texts, masks)], recipe)
    lengths = [len(text) - sum(end - start for start, end in mask) for text, mask in zip(texts, masks)]
    return Features(*found, np.array(lengths, np.int64), SpanTable.plain(masks), SpanTable.build(removed))


def extract_whole(texts: Sequence[bytes], lengths: np.ndarray, recipe: Recipe) -> Features:
    """The same where nothing is masked, of texts in UTF-8 with so many code points."""
    found = _sketch([*map(whole_text, texts)], recipe)
    nothing: list[tuple[()]] = [()] * len(texts)
    return Features(*found, lengths, SpanTable.plain(nothing), SpanTable.build(nothing))


def _sketch(texts: engines.Texts, recipe: Recipe) -> sketches.Sketches:
    found = engines.load(recipe.engine).sketch(texts, recipe.ngram, recipe.num_perm, recipe.seed)
    return found if recipe.sampled else found.unsampled()


def traits(texts: Sequence[str], sources: Sequence[str | None], langs: Sequence[str | None], recipe: Recipe,
           table: Repeats | None) -> list[Traits]:
    """The same, article by article; for a few of them NumPy is not imported."""
    from dedup.engines import plain

    if arrays.at_hand() or len(texts) > plain.FEW or recipe.engine != "numpy":
        return list(extract(texts, sources, langs, recipe, table).rows()) if texts else []
    found = []
    for text, (masks, removed) in zip(texts, _spans(texts, sources, langs, recipe, table)):
        hashes = plain.shingle(masked_text(text, masks), recipe.ngram)
        found.append(Traits(
            plain.sign(hashes, recipe.num_perm, recipe.seed), len(hashes), sketches.digest(hashes),
            contained.plain_sample(hashes), len(text) - sum(end - start for start, end in masks), masks, removed))
    return found


def _spans(texts: Sequence[str], sources: Sequence[str | None], langs: Sequence[str | None], recipe: Recipe,
           table: Repeats | None, counted: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None,
           ) -> Iterator[tuple[tuple[tuple[int, int], ...], tuple[Span, ...]]]:
    """What of each text is masked, and what is removed."""
    if recipe.boilerplate == "off":
        yield from (((), ()) for _ in texts)
        return
    pieces = list(map(blocks.split, texts))
    repeats = table.evidence_of(pieces, sources, counted) if table is not None else [None] * len(texts)
    for judgements in judge_all(list(map(strip.Given, texts, pieces, langs, repeats)), recipe, marked=True):
        yield strip.masked(judgements), strip.removed(judgements) if recipe.boilerplate == "strip" else ()
