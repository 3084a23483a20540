"""What one block says by itself: which cues it carries, what form it has, whom it addresses."""
from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import accumulate, chain

from dedup.article import Block
from dedup.boilerplate.cues import PREFIX, SHORTEST, Rule, RuleSet
from dedup.boilerplate.form import Form, fold
from dedup.patterns import lazy

APPEAL = ("donation", "newsletter", "paywall")  # classes that come as running text and address the reader
SHORTISH = 45  # words up to which a line may be more than an appeal or a notice
SIGNED = ("comments", "comment-meta")  # classes of lines that may as well be the author's own
CREDIT = "credit"  # the class of rules that name what is the article's own
CACHED = 300  # longer blocks are seldom met twice
LINE = 80  # characters up to which a block may be one of the listed lines
TAIL = 1500  # how far from the end of a long block sentences are looked at, in characters
_SCRIPTS = {"ar": lazy("[\u0600-\u06ff]"), "zh": lazy("[\u3400-\u9fff]"),
            "ru": lazy("[\u0400-\u04ff]")}
_LATIN = ("de", "en", "es", "fr", "it", "pl", "pt")
_CYRILLIC = ("ru", "uk")
_TOKEN = lazy(r"\w+")
_STARTS = lazy(r"\b\w{1,%d}" % PREFIX)
_PIECE = lazy(r"[.!?…؟][\"'”’»)\]]{0,3}\s+|[。！？][”」』]?")
_QUOTATION = lazy(r'"[^"]{1,300}"')


class Said:
    """What one text says by itself: its form, the rules that it matches, heaviest first, and whom it addresses."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self.form = Form(text)
        self.hits: tuple[Rule, ...] = ()
        self.allowed = False  # a line that the user wants to keep
        self.credit = False  # it names who wrote, took or sent something, or says when
        self._lexicon = lexicon

    @cached_property
    def address(self) -> int:
        """0 nobody, 1 the reader or the outlet itself, 2 both."""
        tokens = set(_TOKEN.findall(_unquoted(self.form.normal)))  # in quotations others speak
        return (not tokens.isdisjoint(self._lexicon.second)) + (not tokens.isdisjoint(self._lexicon.first))


@dataclass(slots=True)
class Item:
    """A block, or one sentence of it, while it is being judged."""

    block: int
    start: int
    end: int
    said: Said
    hits: tuple[Rule, ...] = ()  # those that may match where it stands
    cue: int = 0  # points of the cues alone
    fixed: list[tuple[str, int]] = field(default_factory=list)  # points that no pass changes
    context: list[tuple[str, int]] = field(default_factory=list)  # points of this pass
    least: int = 0  # points that repetition is worth, whatever else is said
    told: str = ""  # how often it recurs
    evidence: set[str] = field(default_factory=set)
    kinds: str = ""  # the class that a region gave
    repeat: str = ""
    shared: bool = False
    alone: str = ""
    piece: bool = False
    strip: bool = False

    @property
    def form(self) -> Form:
        return self.said.form

    @property
    def credit(self) -> bool:
        return self.said.credit

    @property
    def address(self) -> int:
        return self.said.address

    @property
    def kind(self) -> str:
        return self.hits[0].kind if self.hits else self.kinds or ("repeated" if self.repeat else "")

    @property
    def rule(self) -> str:
        return self.hits[0].id if self.hits else self.repeat or self.kinds

    @property
    def total(self) -> int:
        if self.said.allowed:
            return 0
        return max(self.least, sum(points for _, points in self.fixed) + sum(points for _, points in self.context))

    def parts(self) -> list[tuple[str, int]]:
        found = [part for part in (*self.fixed, *self.context) if part[1]]
        more = self.total - sum(points for _, points in found)
        return [*found, (self.told, more)] if self.told and more > 0 else found


@dataclass(frozen=True, eq=False)
class Lexicon:
    """The rules that judge one text."""

    rules: tuple[Rule, ...]
    second: frozenset[str]
    first: frozenset[str]
    allowed: tuple[re.Pattern[str], ...]
    lines: dict[str, tuple[Rule, ...]]  # rules that are lists of lines, by line
    bare: tuple[int, ...]  # places of rules that are no lists and have no literals
    sizes: tuple[int, ...]  # of the longest lines that literals may judge, in words
    literals: dict[str, tuple[int, list[int]]]  # the longest line that a literal may judge, and its rules' places
    free: tuple[str, ...]  # literals that may stand inside a word, or in long lines
    gated: dict[str, tuple[str, ...]]  # the others, by how they begin
    known: dict[str, Said] = field(default_factory=dict, compare=False)

    def read(self, texts: Sequence[str], seen: dict[str, Said]) -> list[Said]:
        """What each text says by itself; `seen` is what was said of others of the article, and is added to."""
        fresh = [text for text in dict.fromkeys(texts) if text not in seen and text not in self.known]
        new = sorted([Said(text, self) for text in fresh], key=lambda said: said.form.words)
        for said, hopeful in zip(new, self._hopeful(new)):
            said.allowed = any(pattern.fullmatch(said.form.normal) for pattern in self.allowed)
            hits = () if said.allowed else self._hits(said.form, hopeful)
            heavier = bool(hits) and hits[0].kind == CREDIT
            said.hits = () if heavier else tuple(rule for rule in hits if rule.kind != CREDIT)
            said.credit = len(said.hits) < len(hits) or any(
                rule.kind in SIGNED and rule.extent == "line" for rule in hits)
            seen[said.form.text] = said
        found = [seen.get(text) or self.known[text] for text in texts]
        for said in new:
            if len(said.form.text) <= CACHED:
                _keep(self.known, said.form.text, said)
        return found

    def _hopeful(self, texts: Sequence[Said]) -> list[set[int]]:
        """For each text, shortest first, the places of the rules whose literals it holds."""
        # of long lines patterns see the ends only
        lines = [fold(said.form.ends) for said in texts]
        folded, starts = "\n".join(lines), list(accumulate([len(line) + 1 for line in lines], initial=0))
        sizes = [said.form.words for said in texts]
        ends = {size: starts[bisect_right(sizes, size)] for size in self.sizes}
        begun = set(_STARTS.findall(folded[:ends[SHORTISH]]))
        begun.update([start[:SHORTEST] for start in begun])
        bare = {size: {place for place in self.bare if self.rules[place].words >= size} for size in set(sizes)}
        hopeful = [set(bare[size]) for size in sizes]
        for literal in chain(self.free, *(self.gated[start] for start in begun & self.gated.keys())):
            size, rules = self.literals[literal]
            at = folded.find(literal, 0, ends[size])
            while at >= 0:
                number = bisect_right(starts, at) - 1
                hopeful[number].update(rules)
                at = folded.find(literal, starts[number + 1], ends[size])
        return hopeful

    def _hits(self, form: Form, hopeful: Collection[int]) -> tuple[Rule, ...]:
        if not hopeful and len(form.text) > LINE:
            return ()
        line = form.normal
        if not line or form.text.startswith("|"):  # a row of a table
            return ()
        spoken = _unquoted(line)
        hits = [rule for rule in map(self.rules.__getitem__, hopeful)
                if form.words <= rule.words and rule.matches(spoken if rule.anchor == "phrase" else line)]
        hits += self.lines.get(line, ())
        return tuple(sorted(hits, key=lambda rule: (-rule.weight, rule.id)))


def _unquoted(line: str) -> str:
    return _QUOTATION.sub(" ", line) if '"' in line else line


def _keep(cache: dict[str, Said], key: str, value: Said) -> None:
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
        _lexicons[key] = _lexicon(chosen, frozenset().union(*(part.second for part in parts)),
                                  frozenset().union(*(part.first for part in parts)), rules.allowed)
    return _lexicons[key]


def _lexicon(rules: tuple[Rule, ...], second: frozenset[str], first: frozenset[str],
             allowed: tuple[re.Pattern[str], ...]) -> Lexicon:
    lines: dict[str, tuple[Rule, ...]] = {}
    places: dict[str, list[int]] = {}
    free: dict[str, None] = {}
    for place, rule in enumerate(rules):
        for line in rule.lines:
            lines[line] = (*lines.get(line, ()), rule)
        for literal in () if rule.lines else rule.literals:
            places.setdefault(literal, []).append(place)
            if not rule.gate or rule.words > SHORTISH:
                free[literal] = None
    gated: dict[str, tuple[str, ...]] = {}
    for literal in sorted(places.keys() - free.keys()):
        start = literal[:PREFIX]
        gated[start] = (*gated.get(start, ()), literal)
    bare = tuple(place for place, rule in enumerate(rules) if not rule.lines and not rule.literals)
    literals = {literal: (max(rules[place].words for place in some), some) for literal, some in places.items()}
    sizes = tuple({SHORTISH, *(size for size, _ in literals.values())})
    return Lexicon(rules, second, first, allowed, lines, bare, sizes, literals, tuple(free), gated)


def languages(rules: RuleSet, text: str, lang: str | None) -> tuple[str, ...]:
    """The rule files that judge a text: by the given language, else script, else stop words, else all of the script.

    English and what is the same everywhere go with every language: sites of all languages carry English furniture.
    """
    known = set(rules.codes)
    code = (lang or "").lower().replace("_", "-").split("-")[0]
    if code in known and code != "any":
        return _ordered({code, "en", "any"}, known)
    return _ordered({*_likely(text[:2000]), "en", "any"}, known)


@lru_cache(maxsize=16)  # what is left of a text once its end is gone begins as before
def _likely(sample: str) -> frozenset[str]:
    """The languages that a text may be in, by how it begins."""
    for script, pattern in () if sample.isascii() else _SCRIPTS.items():
        if (count := len(pattern.findall(sample))) and count > .3 * sum(map(str.isalpha, sample)):
            return frozenset(_CYRILLIC) if script == "ru" else frozenset([script])
    tokens = frozenset(_TOKEN.findall(sample.casefold()))
    counts = {candidate: len(tokens & stopwords(candidate)) for candidate in _LATIN}
    best = max(counts.values())
    return frozenset(code for code in _LATIN if best < 5 or counts[code] > .6 * best)


def _ordered(codes: Iterable[str], known: set[str]) -> tuple[str, ...]:
    return tuple(sorted(set(codes) & known))


@lru_cache(maxsize=None)
def stopwords(code: str) -> frozenset[str]:
    """The stop words of a language, from the stop-words library."""
    from stop_words import safe_get_stop_words

    return frozenset(word.casefold() for word in safe_get_stop_words(code))


@dataclass(frozen=True, slots=True)
class Unit:
    """What is judged as one: a block, or a sentence of it; [start, end) in code points."""

    block: int
    start: int
    end: int
    text: str
    piece: bool = False


def units_of(text: str, blocks: Sequence[Block]) -> list[Unit]:
    """The units of a text: its blocks; of its last block, or when there are few, also sentences."""
    found = []
    for number, block in enumerate(blocks):
        pieces = []
        if number == len(blocks) - 1 or len(blocks) <= 3:
            form = Form(block.text)
            pieces = _sentences(text, block) if form.words >= 25 and form.sentences else []
        found += [Unit(number, start, end, text[start:end].strip(), True) for start, end in pieces] or [
            Unit(number, block.start, block.end, block.text)]
    return found


def item(unit: Unit, said: Said, size: int) -> Item:
    """A unit of a text of `size` code points, to be judged. Rules for its head or tail match in that half only."""
    halves = ("any", *["head"] * (2 * unit.start < size), *["tail"] * (2 * unit.end > size))
    hits = tuple(rule for rule in said.hits if rule.position in halves)
    item = Item(unit.block, unit.start, unit.end, said, hits, piece=unit.piece)
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
