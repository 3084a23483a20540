"""What one block says by itself: which cues it carries, what form it has, whom it addresses."""
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from dedup.article import Block
from dedup.boilerplate.cues import Rule, RuleSet
from dedup.boilerplate.form import Form, measure

APPEAL = ("donation", "newsletter", "paywall")  # classes that come as running text and address the reader
CACHED = 300  # longer blocks are seldom met twice
TAIL = 1500  # how far from the end of a long block sentences are looked at, in characters
_SCRIPTS = {"ar": re.compile("[\u0600-\u06ff]"), "zh": re.compile("[\u3400-\u9fff]"), "ru": re.compile("[\u0400-\u04ff]")}
_LATIN = ("de", "en", "es", "fr", "it", "pl", "pt")
_CYRILLIC = ("ru", "uk")
_TOKEN = re.compile(r"\w+")
_PIECE = re.compile(r"[.!?…؟][\"'”’»)\]]{0,3}\s+|[。！？][”」』]?")
_QUOTATION = re.compile(r'"[^"]{1,300}"')


@dataclass(slots=True)
class Item:
    """A block, or one sentence of it, while it is being judged."""

    block: int
    start: int
    end: int
    form: Form
    hits: tuple[Rule, ...]
    address: int  # 0 none, 1 the reader or the outlet, 2 both
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
    def cue(self) -> int:
        """The points of the cues alone: the heaviest counts in full, each further class or phrase adds to it."""
        return sum(rule.weight for rule in self.hits)

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


@dataclass(frozen=True)
class Lexicon:
    """The rules that judge one text."""

    rules: tuple[Rule, ...]
    second: frozenset[str]
    first: frozenset[str]
    allowed: tuple[re.Pattern[str], ...]
    off: frozenset[str]
    seen: dict[str, tuple[Form, tuple[Rule, ...], int]] = field(default_factory=dict, compare=False)

    def look(self, text: str) -> tuple[Form, tuple[Rule, ...], int]:
        """Form, cues and address of a block's text."""
        known = self.seen.get(text)
        if known is None:
            known = self._look(text)
            if len(text) <= CACHED:
                if len(self.seen) > 50_000:
                    self.seen.clear()
                self.seen[text] = known
        return known

    def _look(self, text: str) -> tuple[Form, tuple[Rule, ...], int]:
        form = measure(text)
        line = form.normal
        if any(pattern.fullmatch(line) for pattern in self.allowed):
            return form, (), 0
        tokens = set(_TOKEN.findall(line))
        address = (not tokens.isdisjoint(self.second)) + (not tokens.isdisjoint(self.first))
        spoken = _QUOTATION.sub(" ", line) if '"' in line else line
        hits = []
        for rule in self.rules:
            if form.words > rule.words or not line:
                continue
            seen = spoken if rule.anchor == "phrase" else line
            if rule.literals and not any(literal in seen for literal in rule.literals):
                continue
            if rule.matches(seen):
                hits.append(rule)
        return form, tuple(sorted(hits, key=lambda rule: (-rule.weight, rule.id))), address


_lexicons: dict[tuple[str, tuple[str, ...], frozenset[str]], Lexicon] = {}


def lexicon(rules: RuleSet, text: str, lang: str | None, off: frozenset[str]) -> Lexicon:
    """The rules for a text: those of its language, the user's own and those of every language."""
    codes = languages(rules, text, lang)
    key = (rules.version, codes, off)
    if key not in _lexicons:
        parts = [*map(rules.language, codes), *rules.own]
        chosen = tuple(rule for part in parts for rule in part.rules if rule.id not in off and rule.kind not in off)
        _lexicons[key] = Lexicon(chosen, frozenset().union(*(part.second for part in parts)),
                                 frozenset().union(*(part.first for part in parts)), rules.allowed, off)
    return _lexicons[key]


def languages(rules: RuleSet, text: str, lang: str | None) -> tuple[str, ...]:
    """The codes of the rule files that judge a text: given language, else script, else stop words, else all of the script.

    English and what is the same everywhere go with every language: sites of all languages carry English furniture.
    """
    known = set(rules.codes)
    code = (lang or "").lower().replace("_", "-").split("-")[0]
    if code in known and code != "any":
        return _ordered({code, "en", "any"}, known)
    sample = text[:3000]
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


def items_of(text: str, blocks: Sequence[Block], words: Lexicon) -> list[Item]:
    """The items of a text: its blocks; of its last block, or when there are few, also sentences."""
    items = []
    for number, block in enumerate(blocks):
        form, hits, address = words.look(block.text)
        pieces = None
        if form.words >= 25 and form.sentences and (number == len(blocks) - 1 or len(blocks) <= 3):
            pieces = _sentences(text, block)
        if pieces:
            for start, end in pieces:
                form, hits, address = words.look(text[start:end].strip())
                items.append(_item(number, start, end, form, hits, address, True))
        else:
            items.append(_item(number, block.start, block.end, form, hits, address, False))
    return items


def _item(number: int, start: int, end: int, form: Form, hits: tuple[Rule, ...], address: int, piece: bool) -> Item:
    item = Item(number, start, end, form, hits, address, piece=piece)
    for rule in hits:
        item.fixed.append((rule.id, rule.weight))
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
