"""Adding the evidence up: what every block of a text scores, what is masked for matching and what is stripped.

Points are given for cues, form, neighbours, repetition and consensus, and taken away for content. From MASK on a block
is left out of matching, from STRIP on it leaves the text. Judging goes on until a pass removes nothing more, so that
what is left is judged clean whenever it is judged again.
"""
from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple, Protocol

from dedup import arrays
from dedup.article import Block, Span
from dedup.blocks import split
from dedup.boilerplate import evidence, regions
from dedup.boilerplate.cues import RuleSet
from dedup.boilerplate.evidence import Item, Unit, units_of
from dedup.boilerplate.lexicon import Lexicon, Said, lexicon

MASK = 4
STRIP = 6


class Repeated(Protocol):
    """What repetition over a corpus says of a block."""

    @property
    def decision(self) -> str: ...  # "mask", "strip-with-cue" or "strip"

    @property
    def key(self) -> str: ...

    @property
    def hosts(self) -> int: ...

    @property
    def heavy(self) -> bool: ...


class Judgement(NamedTuple):
    """What one block, or one piece of it, scores and what its score is made of; [start, end) in code points."""

    block: int
    start: int
    end: int
    kind: str  # the boilerplate class, "" for content
    rule: str  # the rule or repeated block that weighs most, "" for content
    score: int
    parts: tuple[tuple[str, int], ...] = ()  # (what, points), they add up to the score
    evidence: tuple[str, ...] = ()  # of "cue", "form", "repetition", "consensus"
    mask: bool = False
    strip: bool = False


class Given(NamedTuple):
    """An article to be judged.

    `lang` is its language when that is known. `repeats` and `consensus` map numbers of blocks to what the corpus and the
    copies say.
    """

    text: str
    blocks: Sequence[Block]
    lang: str | None = None
    repeats: Mapping[int, Repeated] | None = None
    consensus: Mapping[int, str] | None = None


def judge(text: str, blocks: Sequence[Block], rules: RuleSet, *, lang: str | None = None,
          repeats: Mapping[int, Repeated] | None = None, consensus: Mapping[int, str] | None = None,
          disabled: Collection[str] = frozenset()) -> list[Judgement]:
    """One judgement for every block, or piece of a block, in order.

    `disabled` holds ids of rules and classes that count for nothing.
    """
    return judge_all([Given(text, blocks, lang, repeats, consensus)], rules, disabled)[0]


def judge_all(articles: Sequence[Given], rules: RuleSet, disabled: Collection[str] = frozenset()) -> list[list[Judgement]]:
    """The same for each of many articles, for less: what their lines say is told together."""
    off = frozenset(disabled)
    every = [_Judging(one) for one in articles]
    left = [one for one in every if one.pieces]
    while left:
        together: dict[Lexicon, list[str]] = {}
        for one in left:
            one.words = lexicon(rules, one.current, one.article.lang, off)
            one.units = units_of(one.current, one.pieces)
            one.seen = one.said.setdefault(one.words, {})
            together.setdefault(one.words, []).extend(unit.text for unit in one.units if unit.text not in one.seen)
        if arrays.at_hand():
            told = {words: words.ahead(texts) for words, texts in together.items()}
            for one in left:
                said = told[one.words]
                one.seen.update((unit.text, said[unit.text]) for unit in one.units if unit.text in said)
        left = [one for one in left if one.goes_on(off)]
    return [sorted(one.found, key=lambda found: found.start) for one in every]


class _Judging:
    """An article while it is judged, pass by pass."""

    words: Lexicon
    units: Sequence[Unit]
    seen: dict[str, Said]  # what its units say by these rules

    def __init__(self, article: Given) -> None:
        self.article = article
        self.found: list[Judgement] = []
        self.kept = [(0, len(article.text))]  # of its text
        self.current, self.pieces = article.text, article.blocks  # what is kept, and the blocks of that
        self.said: dict[Lexicon, dict[str, Said]] = {}

    def goes_on(self, off: frozenset[str]) -> bool:
        """Judge what is kept; whether something went, and something is left."""
        text, blocks, _, *outside = self.article
        first = self.current is text
        place = _Places(self.kept, blocks)
        told = [said or {} for said in outside] if first else [
            {at: said[number] for at, block in enumerate(self.pieces) if (number := place.block(block.start)) in said}
            if said else {} for said in outside]
        judged = _once(self.current, self.pieces, self.units, self.words, self.seen, off, *told)
        gone = [one for one in judged if one.strip]
        self.found += gone or judged if first else [part for one in (gone or judged) for part in place.back(one)]
        if gone:
            self.kept = place.without(gone)
            self.current = "".join(text[start:end] for start, end in self.kept)
            self.pieces = split(self.current)
        return bool(gone and self.pieces)


def _once(text: str, blocks: Sequence[Block], units: Sequence[Unit], words: Lexicon, seen: dict[str, Said], off: frozenset[str],
          repeats: Mapping[int, Repeated], consensus: Mapping[int, str]) -> list[Judgement]:
    said = words.read([unit.text for unit in units], seen)
    # that other copies share a block takes points from it, and gives none
    if not repeats and not any(one.hits for one in said) and set(consensus.values()) <= {"shared"}:
        return [Judgement(unit.block, unit.start, unit.end, "", "", 0) for unit in units]
    items = [evidence.item(unit, one, len(text)) for unit, one in zip(units, said)]
    spoken = _spoken(items, repeats)
    for item in items:
        _outside(item, repeats, consensus, off, item.block in spoken)
    regions.score(items)
    for item in regions.allowed(items, [item for item in items if item.total >= STRIP]):
        item.strip = True
    return [_judgement(item) for item in _whole(items, blocks)]


class _Places:
    """From a text with parts cut out back to the whole one."""

    def __init__(self, kept: Sequence[tuple[int, int]], blocks: Sequence[Block]) -> None:
        self.kept = kept
        self.ends = list(accumulate(end - start for start, end in kept))
        self.starts = [block.start for block in blocks]

    def part(self, at: int) -> int:
        return min(bisect_right(self.ends, at), len(self.kept) - 1)

    def whole(self, at: int) -> int:
        part = self.part(at)
        return self.kept[part][1] - (self.ends[part] - at)

    def block(self, at: int) -> int:
        """The number of the block of the whole text in which a place lies."""
        return bisect_right(self.starts, self.whole(at)) - 1

    def back(self, one: Judgement) -> Iterator[Judgement]:
        """With its places in the whole text, once for every stretch of it."""
        if len(self.kept) == 1 and self.kept[0][0] == 0:
            yield one
            return
        for part in range(self.part(one.start), self.part(one.end - 1) + 1):
            first, last = self.kept[part]
            begins = self.ends[part] - (last - first)
            start, end = first + max(0, one.start - begins), min(last, first + one.end - begins)
            yield Judgement(bisect_right(self.starts, start) - 1, start, end, *one[3:])

    def without(self, gone: Sequence[Judgement]) -> list[tuple[int, int]]:
        """What is kept of the whole text once more is gone."""
        cuts = [(part.start, part.end) for one in gone for part in self.back(one)]  # in order, as the kept parts are
        left, cut = [], 0
        for first, last in self.kept:
            while cut < len(cuts) and cuts[cut][0] < last:
                left.append((first, cuts[cut][0]))
                first, cut = cuts[cut][1], cut + 1
            left.append((first, last))
        return [(start, end) for start, end in left if start < end]


def _spoken(items: Sequence[Item], repeats: Mapping[int, Repeated]) -> set[int]:
    """Recurrent blocks of which half the words or more speak to the reader or hold a cue: they go whole or not at all.

    Of a paragraph that only two articles share less than the reader and the outlet both is too little: they may quote it.
    """
    words: Counter[int] = Counter()
    for item in items if repeats else ():
        repeat = repeats.get(item.block)
        if repeat:
            says = item.hits or item.address > (item.form.prose and repeat.hosts < 3)
            words[item.block] += item.form.words if says else -item.form.words
    return {block for block, more in words.items() if more >= 0}


def _outside(item: Item, repeats: Mapping[int, Repeated], consensus: Mapping[int, str], off: frozenset[str],
             spoken: bool) -> None:
    """Evidence from the corpus and from the copies of the article."""
    repeat = repeats.get(item.block)
    if repeat and not item.credit and repeat.key not in off and "repeated" not in off and item.form.link < 1:
        item.repeat = repeat.key
        # shortness is no cue where only two articles share a line, or much of this one recurs: it may be a title
        cued = spoken or item.form.short and not item.piece and repeat.hosts > 2 and not repeat.heavy
        enough = repeat.decision == "strip" or repeat.decision == "strip-with-cue" and cued
        item.least, item.told = STRIP if enough else MASK, f"repeated on {repeat.hosts} hosts"
        item.evidence.add("repetition")
    said = consensus.get(item.block)
    if said == "shared":
        item.shared = True
    elif said:
        item.alone = said


def _whole(items: Sequence[Item], blocks: Sequence[Block]) -> Iterator[Item]:
    """Pieces of one block that all go take the block's line end with them."""
    first = 0
    while first < len(items):
        last = first
        while last + 1 < len(items) and items[last + 1].block == items[first].block:
            last += 1
        pieces = items[first:last + 1]
        if all(item.strip for item in pieces):
            pieces[-1].end = blocks[pieces[-1].block].end
        yield from pieces
        first = last + 1


def _judgement(item: Item) -> Judgement:
    score = item.total
    if not (score or item.made):
        return Judgement(item.block, item.start, item.end, "", "", 0)
    boiler = score >= MASK or item.strip
    return Judgement(item.block, item.start, item.end, item.kind if boiler else "", item.rule if boiler else "", score,
                     tuple(item.parts()), tuple(sorted(item.evidence)) if boiler else (), boiler, item.strip)


def removed(judgements: Sequence[Judgement]) -> tuple[Span, ...]:
    """The spans that leave the text, in order, without overlap; neighbours of one rule are one span."""
    spans: list[Span] = []
    for one in judgements:
        if not one.strip:
            continue
        last = spans[-1] if spans else None
        if last and last.end == one.start and last.rule == one.rule:
            evidence = tuple(sorted({*last.evidence, *one.evidence}))
            spans[-1] = Span(last.start, one.end, last.kind, last.rule, evidence)
        else:
            spans.append(Span(one.start, one.end, one.kind, one.rule, one.evidence))
    return tuple(spans)


def masked(judgements: Sequence[Judgement]) -> tuple[tuple[int, int], ...]:
    """[start, end) of what matching leaves out, merged: everything removed and more."""
    spans: list[tuple[int, int]] = []
    for one in judgements:
        if one.mask:
            if spans and spans[-1][1] == one.start:
                spans[-1] = (spans[-1][0], one.end)
            else:
                spans.append((one.start, one.end))
    return tuple(spans)
