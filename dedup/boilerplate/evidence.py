"""What one block says by itself: which cues it carries, what form it has, whom it addresses."""
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from dedup.article import Block
from dedup.boilerplate.cues import PREFIX, SHORTEST, Rule, RuleSet
from dedup.boilerplate.form import WINDOW, Form, fold, measure
from dedup.patterns import lazy

APPEAL = ("donation", "newsletter", "paywall")  # classes that come as running text and address the reader
CACHED = 300  # longer blocks are seldom met twice
LINE = 80  # characters up to which a block may be one of the listed lines
HUGE = 100_000
SEEN = 2000
TAIL = 1500  # how far from the end of a long block sentences are looked at, in characters
_SCRIPTS = {"ar": lazy("[\u0600-\u06ff]"), "zh": lazy("[\u3400-\u9fff]"),
            "ru": lazy("[\u0400-\u04ff]")}
_LATIN = ("de", "en", "es", "fr", "it", "pl", "pt")
_CYRILLIC = ("ru", "uk")
_TOKEN = lazy(r"\w+")
_STARTS = lazy(r"\b\w{1,%d}" % PREFIX)
_PIECE = lazy(r"[.!?…؟][\"'”’»)\]]{0,3}\s+|[。！？][”」』]?")
_QUOTATION = lazy(r'"[^"]{1,300}"')


@dataclass(slots=True)
class Item:
    """A block, or one sentence of it, while it is being judged."""

    block: int
    start: int
    end: int
    form: Form
    hits: tuple[Rule, ...]
    address: int  # 0 none, 1 the reader or the outlet, 2 both
    cue: int = 0  # points of the cues alone
    fixed: list[tuple[str, int]] = field(default_factory=list)  # points that no pass changes
    context: list[tuple[str, int]] = field(default_factory=list)  # points of this pass
    evidence: set[str] = field(default_factory=set)
    kinds: str = ""  # the class that a region gave
    repeat: str = ""
    shared: bool = False
    alone: str = ""
    piece: bool = False
    strip: bool = False

    @property
    def kind(self) -> str:
        return self.hits[0].kind if self.hits else self.kinds or ("repeated" if self.repeat else "")

    @property
    def rule(self) -> str:
        return self.hits[0].id if self.hits else self.repeat or self.kinds

    @property
    def total(self) -> int:
        return max(0, sum(points for _, points in self.fixed) + sum(points for _, points in self.context))

    def parts(self) -> list[tuple[str, int]]:
        return [part for part in (*self.fixed, *self.context) if part[1]]


Active = Sequence[tuple[Rule, tuple[str, ...]]]


@dataclass(frozen=True)
class Lexicon:
    """The rules that judge one text."""

    rules: tuple[Rule, ...]
    second: frozenset[str]
    first: frozenset[str]
    allowed: tuple[re.Pattern[str], ...]
    off: frozenset[str]
    lines: dict[str, tuple[Rule, ...]]  # rules that are lists of lines, by line
    seen: dict[str, tuple[Rule, ...]] = field(default_factory=dict, compare=False)
    forms: dict[str, tuple[Form, int]] = field(default_factory=dict, compare=False)

    def active(self, text: str, blocks: Sequence[Block]) -> Active:
        """The rules that may match in a text, each with its literals that the text holds (none: it has no literals)."""
        if len(text) > HUGE:  # of long lines patterns see the ends only
            text = "\n".join(block.text if len(block.text) <= SEEN else block.text[:SEEN] + " " + block.text[-SEEN:]
                             for block in blocks)
        folded = fold(text)
        starts = set(_STARTS.findall(folded))
        starts.update([start[:SHORTEST] for start in starts])
        found = []
        for rule in self.rules:
            if rule.lines or rule.gate and starts.isdisjoint(rule.gate):
                continue
            literals = tuple(literal for literal in rule.literals if literal in folded)
            if literals or not rule.literals:
                found.append((rule, literals))
        return found

    def cues(self, text: str, active: Active) -> tuple[Rule, ...]:
        """The rules that a block's text matches, heaviest first."""
        known = self.seen.get(text)
        if known is None:
            known = self._cues(text, active)
            if len(text) <= CACHED:
                _keep(self.seen, text, known)
        return known

    def _cues(self, text: str, active: Active) -> tuple[Rule, ...]:
        folded = fold(text if len(text) <= 2 * WINDOW else text[:WINDOW] + " " + text[-WINDOW:])
        hopeful = [rule for rule, literals in active if not literals or any(literal in folded for literal in literals)]
        if not hopeful and len(text) > LINE:
            return ()
        form, _ = self.form(text)
        line = form.normal
        if not line or any(pattern.fullmatch(line) for pattern in self.allowed):
            return ()
        spoken = _QUOTATION.sub(" ", line) if '"' in line else line
        hits = [rule for rule in hopeful
                if form.words <= rule.words and rule.matches(spoken if rule.anchor == "phrase" else line)]
        hits += self.lines.get(line, ())
        return tuple(sorted(hits, key=lambda rule: (-rule.weight, rule.id)))

    def form(self, text: str) -> tuple[Form, int]:
        """The form of a block's text, and whether it addresses the reader or speaks of the outlet (0, 1, 2: both)."""
        known = self.forms.get(text)
        if known is None:
            form = measure(text)
            tokens = set(_TOKEN.findall(form.normal))
            known = form, (not tokens.isdisjoint(self.second)) + (not tokens.isdisjoint(self.first))
            if len(text) <= CACHED:
                _keep(self.forms, text, known)
        return known


def _keep(cache: dict[str, Any], key: str, value: Any) -> None:
    if len(cache) >= 50_000:
        cache.clear()
    cache[key] = value


_lexicons: dict[tuple[str, tuple[str, ...], frozenset[str]], Lexicon] = {}


def lexicon(rules: RuleSet, text: str, lang: str | None, off: frozenset[str]) -> Lexicon:
    """The rules for a text: those of its language, the user's own and those of every language."""
    codes = languages(rules, text, lang)
    key = (rules.version, codes, off)
    if key not in _lexicons:
        parts = [*map(rules.language, codes), *rules.own]
        chosen = tuple(rule for part in parts for rule in part.rules if rule.id not in off and rule.kind not in off)
        lines: dict[str, tuple[Rule, ...]] = {}
        for rule in chosen:
            for line in rule.lines:
                lines[line] = (*lines.get(line, ()), rule)
        _lexicons[key] = Lexicon(chosen, frozenset().union(*(part.second for part in parts)),
                                 frozenset().union(*(part.first for part in parts)), rules.allowed, off, lines)
    return _lexicons[key]


def languages(rules: RuleSet, text: str, lang: str | None) -> tuple[str, ...]:
    """The rule files that judge a text: by the given language, else script, else stop words, else all of the script.

    English and what is the same everywhere go with every language: sites of all languages carry English furniture.
    """
    known = set(rules.codes)
    code = (lang or "").lower().replace("_", "-").split("-")[0]
    if code in known and code != "any":
        return _ordered({code, "en", "any"}, known)
    sample = text[:2000]
    letters = sum(map(str.isalpha, sample))
    for script, pattern in _SCRIPTS.items():
        if not sample.isascii() and len(pattern.findall(sample)) > .3 * letters:
            found = set(_CYRILLIC) if script == "ru" else {script}
            return _ordered({*found, "en", "any"}, known)
    tokens = frozenset(_TOKEN.findall(sample.casefold()))
    counts = {candidate: len(tokens & stopwords(candidate)) for candidate in _LATIN}
    best = max(counts.values())
    likely = set(_LATIN) if best < 5 else {candidate for candidate in _LATIN if counts[candidate] > .6 * best}
    return _ordered({*likely, "en", "any"}, known)


def _ordered(codes: Iterable[str], known: set[str]) -> tuple[str, ...]:
    return tuple(sorted(set(codes) & known))


@lru_cache(maxsize=None)
def stopwords(code: str) -> frozenset[str]:
    """The stop words of a language, from the stop-words library."""
    from stop_words import safe_get_stop_words

    return frozenset(word.casefold() for word in safe_get_stop_words(code))


def items_of(text: str, blocks: Sequence[Block], words: Lexicon, active: Active) -> list[Item]:
    """The items of a text: its blocks; of its last block, or when there are few, also sentences."""
    items = []
    for number, block in enumerate(blocks):
        form, address = words.form(block.text)
        pieces = None
        if form.words >= 25 and form.sentences and (number == len(blocks) - 1 or len(blocks) <= 3):
            pieces = _sentences(text, block)
        if pieces:
            for start, end in pieces:
                sentence = text[start:end].strip()
                form, address = words.form(sentence)
                items.append(_item(number, start, end, form, words.cues(sentence, active), address, True))
        else:
            hits = words.cues(block.text, active)
            items.append(_item(number, block.start, block.end, form, hits, address, False))
    return items


def _item(number: int, start: int, end: int, form: Form, hits: tuple[Rule, ...], address: int, piece: bool) -> Item:
    item = Item(number, start, end, form, hits, address, piece=piece)
    kinds: set[str] = set()
    for rule in hits:
        if rule.anchor == "phrase" or rule.kind not in kinds:  # of line patterns of one class only the heaviest counts
            item.fixed.append((rule.id, rule.weight))
            item.cue += rule.weight
        kinds.add(rule.kind)
        item.evidence.add("cue")
    return item


def _sentences(text: str, block: Block) -> list[tuple[int, int]]:
    """[start, end) of the sentences at the end of a block, the first piece being all that stands before them.

    The last one ends where the block's line ends begin: the line end stays as long as anything of the block does.
    """
    end = block.start + len(text[block.start:block.end].rstrip())
    start = max(block.start, end - TAIL)
    cuts = [start + match.end() for match in _PIECE.finditer(text[start:end])]
    cuts = [cut for cut in cuts if cut < end]
    if not cuts:
        return []
    return list(zip([block.start, *cuts], [*cuts, end]))
