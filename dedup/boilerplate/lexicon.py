"""The rules that judge a text, and what each block of it says by itself: its form, its cues, whom it addresses."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from dedup.boilerplate.cues import EVERYWHERE, Rule, RuleSet
from dedup.boilerplate.form import Form, ends, normal
from dedup.boilerplate.form import size as size_of
from dedup.boilerplate.languages import likely, samples, written
from dedup.once import once
from dedup.patterns import lazy

SIGNED = ("comments", "comment-meta")  # classes of lines that may as well be the author's own
CREDIT = "credit"  # the class of rules that name what is the article's own
CACHED = 300  # longer blocks are seldom met twice
TABLE = "|"  # with which a row of a table begins
KNOWN = 200_000  # lines that are kept in mind
_TOKEN = lazy(r"\w+")
_QUOTATION = lazy(r'"[^"]{1,300}"')


class Said:
    """What one text says by itself: its form, the rules that it matches, heaviest first, and whom it addresses."""

    hits: tuple[Rule, ...] = ()
    allowed = False  # a line that the user wants to keep
    credit = False  # it names who wrote, took or sent something, or says when

    def __init__(self, text: str, lexicon: Lexicon, words: int = 0) -> None:
        """`words`: how many it has, where that is known."""
        self.form, self._lexicon = Form(text), lexicon
        if words:
            self.form.words = words

    @once
    def address(self) -> int:
        """0 nobody, 1 the reader or the outlet itself, 2 both."""
        tokens = set(_TOKEN.findall(unquoted(self.form.normal)))  # in quotations others speak
        return (not tokens.isdisjoint(self._lexicon.second)) + (not tokens.isdisjoint(self._lexicon.first))

    def keep(self) -> None:
        """More articles hold the same line: what it says is kept for them."""
        if len(self.form.text) <= CACHED:
            self._lexicon.known[self.form.text] = self


class Told(dict[str, "Said"]):
    """What lines say by themselves; of those that say nothing it is made out when it is asked for."""

    def __init__(self, lexicon: Lexicon) -> None:
        super().__init__()
        self._lexicon = lexicon
        self.looked: dict[str, int] = {}  # the lines that were looked at, and their words
        self.cued = set[str]()  # those that match a rule

    def __missing__(self, text: str) -> Said:
        said = self[text] = Said(text, self._lexicon, self.looked.get(text, 0))
        return said

    def say(self, text: str, said: Said) -> None:
        """What a line says."""
        self[text] = said
        if said.hits:
            self.cued.add(text)


class Lexicon:
    """The rules that judge one text."""

    def __init__(self, rules: RuleSet, codes: tuple[str, ...], off: frozenset[str]) -> None:
        """`codes`: the languages whose rules they are; `off`: ids of rules, and classes, that count for nothing."""
        languages = [*map(rules.language, codes), *rules.own]
        self.second = frozenset[str]().union(*(language.second for language in languages))
        self.first = frozenset[str]().union(*(language.first for language in languages))
        self._watched, self._allowed, self._off = rules.watched(codes), rules.allowed, off
        self._most = max((rule.words for some, _ in self._watched for rule in some), default=0)
        self.known: dict[str, Said | int] = {}  # what short lines say; of those that say nothing their words

    def tell(self, texts: Sequence[str], told: Told) -> None:
        """What each text says by itself goes into `told`, but for those that were looked at."""
        looked, known = told.looked, self.known
        for text in texts:
            if text in looked:
                continue
            said = known.get(text)
            if said is None:
                said = self._said(text)
                if len(text) <= CACHED:
                    if len(known) >= KNOWN:
                        known.clear()
                    known[text] = said
            elif isinstance(said, int):  # it recurs, so its form is looked at once for all
                known[text] = said = Said(text, self, said)
            if isinstance(said, int):
                looked[text] = said
            else:
                looked[text] = said.form.words
                told.say(text, said)

    def _said(self, text: str) -> Said | int:
        """What a line says, or how many words it has that say nothing."""
        size = size_of(text)
        if text[:1] == TABLE or size > self._most and not self._allowed:
            return size
        line = normal(ends(text))
        allowed = bool(self._allowed) and any([pattern.fullmatch(line) for pattern in self._allowed])
        hits = [] if allowed or size > self._most else self._hits(line, size)
        if not (hits or allowed):
            return size
        said = Said(text, self, size)
        said.form.normal, said.allowed = line, allowed
        if hits:
            said.hits = () if hits[0].kind == CREDIT else tuple([rule for rule in hits if rule.kind != CREDIT])
            said.credit = len(said.hits) < len(hits) or any([rule.kind in SIGNED and rule.extent == "line" for rule in hits])
        return said

    def _hits(self, line: str, size: int) -> list[Rule]:
        """The rules that match a normalised line of so many words, heaviest first."""
        spoken = unquoted(line)
        hits = list[Rule]()
        for rules, screen in self._watched if line else ():
            places = screen(line)
            if spoken is not line:  # where a quotation was words come together
                places = [*{*places, *screen(spoken)}]
            for rule in map(rules.__getitem__, places):
                # that a line is marked as one of a list makes it no longer for a rule that is for whole lines
                if (size_of(line) if rule.anchor == "line" else size) <= rule.words and (
                        rule.matches(spoken if rule.anchor == "phrase" else line)) and self._off.isdisjoint((rule.id, rule.kind)):
                    hits.append(rule)
        return sorted(hits, key=lambda rule: (-rule.weight, rule.id)) if len(hits) > 1 else hits


def unquoted(line: str) -> str:
    """What is no quotation."""
    return _QUOTATION.sub(" ", line) if '"' in line else line


_lexicons: dict[tuple[str, tuple[str, ...], frozenset[str]], Lexicon] = {}


def lexicons(rules: RuleSet, texts: Sequence[str], langs: Sequence[str | None], off: frozenset[str]) -> list[Lexicon]:
    """The rules for each text: those of its language, the user's own and those of every language."""
    found = []
    for codes in languages(rules, texts, langs):
        key = (rules.version, codes, off)
        if key not in _lexicons:
            _lexicons[key] = Lexicon(rules, codes, off)
        found.append(_lexicons[key])
    return found


def languages(rules: RuleSet, texts: Sequence[str], langs: Sequence[str | None]) -> list[tuple[str, ...]]:
    """The rule files that judge each text: those of the languages that it is in.

    What a text is said to be in, a page's `lang` or a field, decides only between languages that its words leave open:
    pages and feeds are often wrong about it. English and what is the same everywhere go with every language: sites of
    all languages carry English furniture.
    """
    known = frozenset(rules.codes)
    given = [lang.lower().replace("_", "-").split("-")[0] if lang else "" for lang in langs]
    parts = [samples(text) for text in texts]
    told = likely({sample for some in parts for sample in some})
    return [_ordered(_spoken(some, told, code if code in known - {"any"} else ""), known) for some, code in zip(parts, given)]


def _spoken(samples: Sequence[str], told: Mapping[str, frozenset[str]], given: str) -> frozenset[str]:
    """The languages of a text by those of its samples; where nothing tells, the one that is given, or all of its script."""
    found = [frozenset([given]) if given in told[sample] else told[sample] for sample in samples]
    return frozenset[str]().union(*found) or (frozenset([given]) if given else written(samples[0]))


@lru_cache(maxsize=None)
def _ordered(codes: frozenset[str], known: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted((codes | {*EVERYWHERE}) & known))
