"""Adding the evidence up: what every block of a text scores, what is masked for matching and what is stripped.

Points are given for cues, form, neighbours, repetition and consensus, and taken away for content. From MASK on a block is
left out of matching, from STRIP on it leaves the text. Judging goes on until a pass removes nothing more, so that what is
left is judged clean whenever it is judged again.
"""
from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from dedup.article import Block, Span
from dedup.boilerplate import regions
from dedup.boilerplate.cues import RuleSet
from dedup.boilerplate.evidence import LINE, Item, items_of, lexicon

MASK = 4
STRIP = 6


class Repeated(Protocol):
    """What repetition over a corpus says of a block."""

    decision: str  # "mask", "strip-with-cue" or "strip"
    key: str
    hosts: int
    edge: bool
    diverse: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one block, or one piece of it, scores and what its score is made of; [start, end) in code points."""

    block: int
    start: int
    end: int
    kind: str  # the boilerplate class, "" for content
    rule: str  # the rule or repeated block that weighs most, "" for content
    score: int
    parts: tuple[tuple[str, int], ...] = field(default=())  # (what, points), they add up to the score
    evidence: tuple[str, ...] = field(default=())  # of "cue", "form", "repetition", "consensus"
    mask: bool = False
    strip: bool = False


def judge(text: str, blocks: Sequence[Block], rules: RuleSet, *, lang: str | None = None,
          repeats: Mapping[int, Repeated] | None = None, consensus: Mapping[int, str] | None = None,
          disabled: Collection[str] = frozenset()) -> list[Judgement]:
    """One judgement for every block, or piece of a block, in order.

    `lang` is the language when it is known. `repeats` and `consensus` map numbers of blocks to what the corpus and the
    copies say; `disabled` holds ids of rules and classes that count for nothing.
    """
    if not blocks:
        return []
    words = lexicon(rules, text, lang, frozenset(disabled))
    active = words.active(text)
    if not active and not repeats and not consensus and all(len(block.text) > LINE for block in blocks):
        return [Judgement(number, block.start, block.end, "", "", 0) for number, block in enumerate(blocks)]
    items = items_of(text, blocks, words, active)
    for item in items:
        _outside(item, repeats or {}, consensus or {}, words.off)
    live = items
    while True:
        regions.score(live)
        gone = [item for item in live if item.total >= STRIP]
        gone = regions.allowed(live, gone)
        if not gone:
            break
        for item in gone:
            item.strip = True
        live = [item for item in live if not item.strip]
        if not live:
            break
    return [_judgement(item) for item in _whole(items, blocks)]


def _outside(item: Item, repeats: Mapping[int, Repeated], consensus: Mapping[int, str], off: frozenset[str]) -> None:
    """Evidence from the corpus and from the copies of the article."""
    repeat = repeats.get(item.block)
    if repeat and repeat.key not in off and "repeat" not in off:
        item.repeat = repeat.key
        enough = repeat.decision == "strip" or repeat.decision == "strip-with-cue" and (
            item.hits or item.address or item.form.short)
        item.fixed.append((f"repeated on {repeat.hosts} hosts", STRIP if enough else MASK))
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
