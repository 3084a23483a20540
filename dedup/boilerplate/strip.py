"""Adding the evidence up: what every block of a text scores, what is masked for matching and what is stripped.

Points are given for cues, form, neighbours, repetition and consensus, and taken away for content. From MASK on a block
is left out of matching, from STRIP on it leaves the text. Judging goes on until a pass removes nothing more, so that
what is left is judged clean whenever it is judged again.
"""
from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import accumulate, groupby
from operator import attrgetter
from typing import NamedTuple, Protocol, TypeVar

from dedup.article import Block, Span
from dedup.boilerplate import evidence, own, regions
from dedup.boilerplate.cues import RuleSet
from dedup.boilerplate.evidence import Item, units_of
from dedup.boilerplate.languages import samples
from dedup.boilerplate.lexicon import Lexicon, Told, lexicons
from dedup.boilerplate.points import DOUBTED, MASK, STRIP
from dedup.readers.frontmatter import header

METADATA = "metadata"  # what is said of front matter instead of a rule
T = TypeVar("T")
_START = attrgetter("start")


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


def judge_all(articles: Sequence[Given], rules: RuleSet, disabled: Collection[str] = frozenset(), *,
              marked: bool = False) -> list[list[Judgement]]:
    """The same for each of many articles, for less: what their lines say is told together.

    `marked`: of content nothing is said, only what is masked has a judgement, without its parts.
    """
    off = frozenset(disabled)
    every = [_Judging(one) for one in articles]
    told: dict[Lexicon, Told] = {}  # what the lines of all articles say, by the rules that judge them
    left = [one for one in every if one.pieces]
    while left:
        anew = [one for one in left if one.told != samples(one.current)]  # else they are of the language that they were of
        for one, words in zip(anew, lexicons(rules, [one.current for one in anew], [one.article.lang for one in anew], off)):
            one.words, one.told = words, samples(one.current)
        together: dict[Lexicon, list[str]] = {}
        for one in left:
            one.units, one.of = units_of(one.current, one.pieces)
            one.lines = [unit.text for unit in one.units]
            together.setdefault(one.words, []).extend(one.lines)
        for words, lines in together.items():
            words.tell(lines, told.setdefault(words, Told(words)))
        left = [one for one in left if one.goes_on(told[one.words], off, marked)]
    return [sorted(one.said(), key=_START) for one in every]


class _Judging:
    """An article while it is judged, pass by pass."""

    words: Lexicon
    told: tuple[str, ...] = ()  # by what its languages are told
    units: Sequence[Block]
    of: Sequence[int]  # the piece that each unit is, or is a sentence of
    lines: Sequence[str]  # of the units
    doubted = False  # more than half of it would have gone in one pass
    spared: frozenset[str] = frozenset()  # the paragraphs that stay for that

    def __init__(self, article: Given) -> None:
        self.article = article
        self.kept = [(0, len(article.text))]  # of its text
        self.current, self.pieces = article.text, article.blocks  # what is kept, and the blocks of that
        self.numbers: Sequence[int] = range(len(article.blocks))  # which blocks of the article those are
        self.found = self._set_aside(header(article.text))

    def _set_aside(self, size: int) -> list[Judgement]:
        """The blocks of the first `size` code points, which are about the text: no part of what is judged and matched."""
        said = [Judgement(number, block.start, block.end, "", METADATA, 0, mask=True)
                for number, block in enumerate(self.pieces) if block.start < size]
        if said:
            start = said[-1].end
            self.kept = [(start, len(self.current))]
            self.current, self.numbers = self.current[start:], self.numbers[len(said):]
            self.pieces = [Block(block.start - start, block.end - start, block.text) for block in self.pieces[len(said):]]
        return said

    def said(self) -> list[Judgement]:
        """All judgements; of what stays since more than half would have gone it is said that it does."""
        text = self.article.text
        return [one._replace(parts=(*one.parts, (DOUBTED, 0))) if not one.strip and any(
            text[one.start:one.end].strip() in spared for spared in self.spared) else one
            for one in self.found] if self.spared else self.found

    def goes_on(self, told: Told, off: frozenset[str], marked: bool) -> bool:
        """Judge what is kept; whether something went, and something is left."""
        repeats, consensus = self._outside(self.article.repeats), self._outside(self.article.consensus)
        # that other copies share a block takes points from it, and gives none
        if told.cued.isdisjoint(self.lines) and set(consensus.values()) <= {"shared"}:
            if not repeats:
                if not marked:
                    self._keep([Judgement(block, unit.start, unit.end, "", "", 0) for unit, block in zip(self.units, self.of)])
                return False
            if marked and self._stays(told, off, repeats):
                return False
        items = self._items(told, range(len(self.units)))
        self.doubted = _score(items, off, repeats, consensus, self.doubted)
        if self.doubted:
            self.spared |= {item.form.text for item in items if any(what == DOUBTED for what, _ in item.made)}
        gone = [item for item in items if item.strip]
        _whole([item for item in items if item.piece], self.pieces)
        if marked:
            self._keep([_marked(item) for item in gone or items if (item.made or item.least) and item.total >= MASK])
        else:
            self._keep(list(map(_judgement, gone or items)))
        if gone:
            place = _Places(self.kept, self.article.blocks)
            self.kept = place.without([(item.start, item.end) for item in gone])
            self.current = "".join([self.article.text[start:end] for start, end in self.kept])
            sizes = [piece.end - piece.start for piece in self.pieces]
            for item in gone:
                sizes[item.block] -= item.end - item.start
            self.numbers = [number for number, size in zip(self.numbers, sizes) if size]
            self.pieces = left_of(self.pieces, sizes, self.current)
        return bool(gone and self.pieces)

    def _items(self, told: Told, places: Sequence[int]) -> list[Item]:
        units, of, pieces, size = self.units, self.of, self.pieces, len(self.current)
        items = [evidence.item(unit := units[at], block := of[at], told[unit.text], size, piece=unit is not pieces[block])
                 for at in places]
        if len(places) == len(units):
            for at in own.code(units) | own.addresses(items):
                items[at].set_aside()
        own.head(dict(zip(places, items)), [told[unit.text] for unit in units[:own.FIRST]], units)
        return items

    def _stays(self, told: Told, off: frozenset[str], repeats: Mapping[int, Repeated]) -> bool:
        """Whether nothing goes where nothing but repetition speaks against a text; then what it says is kept."""
        places = [at for at, block in enumerate(self.of) if block in repeats]
        items = self._items(told, places)
        _recurring(items, repeats, off)
        regions.labels(items, places, len(self.units))
        if any(item.total >= STRIP for item in items):
            return False
        self._keep([_marked(item) for item in items if item.total >= MASK])
        return True

    def _outside(self, said: Mapping[int, T] | None) -> Mapping[int, T]:
        """What is said of the blocks of the article, by number of a piece."""
        if not said or self.current is self.article.text:
            return said or {}
        return {at: said[number] for at, number in enumerate(self.numbers) if number in said}

    def _keep(self, judged: Sequence[Judgement]) -> None:
        """Judgements of what is kept, with their places in the article."""
        if self.current is self.article.text or not judged:
            self.found += judged
        else:
            place = _Places(self.kept, self.article.blocks)
            self.found += [part for one in judged for part in place.back(one)]


def _score(items: Sequence[Item], off: frozenset[str], repeats: Mapping[int, Repeated], consensus: Mapping[int, str],
           doubted: bool) -> bool:
    """Gives the items their points, and says whether they go; whether only what is certain does, since most would go."""
    if repeats:
        _recurring([item for item in items if item.block in repeats], repeats, off)
    for item in items if consensus else ():
        said = consensus.get(item.block, "")
        item.shared = said == "shared"
        item.alone = "" if item.shared else said
    regions.score(items)
    gone = [item for item in items if (item.made or item.least) and item.total >= STRIP]
    doubted = doubted or regions.most(items, gone)
    for item in regions.allowed(items, gone, doubted):
        item.strip = True
    return doubted


def left_of(blocks: Sequence[Block], sizes: Sequence[int], text: str) -> list[Block]:
    """The blocks of a text of whose former blocks so many characters are left each: a line end stays with its line."""
    ends = [*accumulate(sizes, initial=0)]
    return [Block(start, end, block.text if end - start == block.end - block.start else text[start:end].strip())
            for start, end, block in zip(ends, ends[1:], blocks) if start < end]


class _Places:
    """From a text with parts cut out back to the whole one."""

    def __init__(self, kept: Sequence[tuple[int, int]], blocks: Sequence[Block]) -> None:
        self.kept = kept
        self.ends = list(accumulate([end - start for start, end in kept]))
        self.starts = [block.start for block in blocks]

    def part(self, at: int) -> int:
        return min(bisect_right(self.ends, at), len(self.kept) - 1)

    def parts(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The stretches of the whole text that a part of this one is."""
        for part in range(self.part(start), self.part(end - 1) + 1):
            first, last = self.kept[part]
            begins = self.ends[part] - (last - first)
            yield first + max(0, start - begins), min(last, first + end - begins)

    def back(self, one: Judgement) -> Iterator[Judgement]:
        """With its places in the whole text, once for every stretch of it."""
        for start, end in self.parts(one.start, one.end):
            yield Judgement(bisect_right(self.starts, start) - 1, start, end, *one[3:])

    def without(self, gone: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """What is kept of the whole text once more is gone."""
        whole = list[tuple[int, int]]()
        for start, end in gone:
            if whole and whole[-1][1] == start:
                start, _ = whole.pop()
            whole.append((start, end))
        cuts = [part for place in whole for part in self.parts(*place)]  # in order, as the kept parts are
        left, cut = [], 0
        for first, last in self.kept:
            while cut < len(cuts) and cuts[cut][0] < last:
                left.append((first, cuts[cut][0]))
                first, cut = cuts[cut][1], cut + 1
            left.append((first, last))
        return [(start, end) for start, end in left if start < end]


def _recurring(items: Sequence[Item], repeats: Mapping[int, Repeated], off: frozenset[str]) -> None:
    """Evidence from the corpus on items of recurrent blocks."""
    spoken = _spoken(items, repeats)
    for item in items:
        repeat = repeats[item.block]
        item.said.keep()
        if item.credit or repeat.key in off or "repeated" in off or item.form.link == 1:
            continue
        item.repeat = repeat.key
        # shortness is no cue where only two articles share a line, or much of this one recurs: it may be a title
        cued = item.block in spoken or item.form.short and not item.piece and repeat.hosts > 2 and not repeat.heavy
        enough = repeat.decision == "strip" or repeat.decision == "strip-with-cue" and cued
        if item.lead and not (item.hits or item.address):
            enough = False  # copies and digests hold it, too
        item.least, item.told = STRIP if enough else MASK, f"repeated on {repeat.hosts} hosts"
        item.evidence = item.evidence | {"repetition"}


def _spoken(items: Sequence[Item], repeats: Mapping[int, Repeated]) -> set[int]:
    """Recurrent blocks of which half the words or more speak to the reader or hold a cue: they go whole or not at all.

    Of a paragraph that only two articles share less than the reader and the outlet both is too little: they may quote it.
    """
    words: Counter[int] = Counter()
    for item in items:
        says = item.hits or item.address > (item.form.prose and repeats[item.block].hosts < 3)
        words[item.block] += item.form.words if says else -item.form.words
    return {block for block, more in words.items() if more >= 0}


def _whole(items: Sequence[Item], blocks: Sequence[Block]) -> None:
    """Pieces of one block that all go take the block's line end with them."""
    for number, some in groupby(items, attrgetter("block")):
        pieces = [*some]
        if all(item.strip for item in pieces):
            pieces[-1].end = blocks[number].end


def _judgement(item: Item) -> Judgement:
    if item.total >= MASK:
        return _marked(item)._replace(parts=tuple(item.parts()))
    return Judgement(item.block, item.start, item.end, "", "", item.total, tuple(item.parts()))


def _marked(item: Item) -> Judgement:
    """Of what is masked, without what its score is made of."""
    return Judgement(item.block, item.start, item.end, item.kind, item.rule, item.total, (), tuple(sorted(item.evidence)), True,
                     item.strip)


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
