"""The rules that judge a text, and what each block of it says by itself: its form, its cues, whom it addresses."""
from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from dedup import arrays
from dedup.arrays import np
from dedup.boilerplate.cues import Branch, Language, Rule, RuleSet
from dedup.boilerplate.form import Form, Lines, ends
from dedup.boilerplate.form import sizes as sizes_of
from dedup.boilerplate.languages import likely, samples, written
from dedup.boilerplate.pattern import SHORTEST, telling
from dedup.boilerplate.screen import Screen
from dedup.once import once
from dedup.patterns import lazy

SIGNED = ("comments", "comment-meta")  # classes of lines that may as well be the author's own
CREDIT = "credit"  # the class of rules that name what is the article's own
CACHED = 300  # longer blocks are seldom met twice
LINE = 80  # characters up to which a block may be one of the listed lines
TABLE = "|"  # with which a row of a table begins
KNOWN = 50_000  # lines that are kept in mind
TOGETHER = 1024  # of them that are looked at together: what fits into the caches
WORD = 24  # letters of the longest words that are kept in mind
_TOKEN = lazy(r"\w+")
_QUOTATION = lazy(r'"[^"]{1,300}"')


class Said:
    """What one text says by itself: its form, the rules that it matches, heaviest first, and whom it addresses."""

    hits: tuple[Rule, ...] = ()
    allowed = False  # a line that the user wants to keep
    credit = False  # it names who wrote, took or sent something, or says when

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self.form, self._lexicon = Form(text), lexicon

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
        self.looked: dict[str, int] = {}  # the lines that were looked at; their words, 0 where they were not counted
        self.cued = set[str]()  # those that match a rule

    def __missing__(self, text: str) -> Said:
        said = self[text] = Said(text, self._lexicon)
        if words := self.looked.get(text):
            said.form.words = words
        return said

    def say(self, found: Mapping[str, Said]) -> None:
        """What some lines say."""
        self.update(found)
        self.cued.update(text for text, said in found.items() if said.hits)


class Way(NamedTuple):
    """One way in which a branch of a rule may match a line."""

    rule: Rule
    branch: Branch
    most: int  # words of the longest line that the rule judges
    rest: tuple[str, ...]  # what the line holds besides


class Ways(dict[str, tuple[Way, ...]]):
    """For each word of a text the ways whose telling word stands in it; found once for a word, and kept for most."""

    def __init__(self, first: Mapping[str, Sequence[Way]]) -> None:
        """`first`: ways by their telling word."""
        super().__init__()
        self._first = first
        self._heads: dict[int, dict[tuple[str, ...], list[str]]] = {}  # those words, by the letters they begin with
        for word in first:
            head = tuple(word[:SHORTEST])
            self._heads.setdefault(len(head), {}).setdefault(head, []).append(word)

    def __missing__(self, word: str) -> tuple[Way, ...]:
        found = set[str]()
        for size, heads in self._heads.items():
            letters = [*zip(*(word[at:] for at in range(size)))]
            if not heads.keys().isdisjoint(letters):
                found.update(start for at, some in enumerate(letters) for start in heads.get(some, ())
                             if word.startswith(start, at))
        ways = tuple(way for start in found for way in self._first[start])
        if len(word) <= WORD:
            if len(self) > 200_000:
                self.clear()
            self[word] = ways
        return ways


class Watch:
    """Tells which branches of some rules may match a line: by how it begins, or by its words.

    Most lines begin like no rule for lines, and hold no word that the others ask for.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._openings: dict[int, dict[str, list[tuple[Rule, Branch]]]] = {}  # what a line must begin with, by how that does
        self._bare: list[Way] = []  # ways of the other branches without a telling word
        first: dict[str, list[Way]] = {}  # those with one, by it
        for rule in rules:
            for branch in rule.branches:
                if rule.opened(branch):
                    for head in dict.fromkeys(opening[:SHORTEST] for opening in branch.openings):
                        self._openings.setdefault(len(head), {}).setdefault(head, []).append((rule, branch))
                    continue
                for way in branch.ways:
                    if way and way[0].isalpha() and telling(way[0]):
                        first.setdefault(way[0], []).append(Way(rule, branch, rule.words, way[1:]))
                    else:
                        self._bare.append(Way(rule, branch, rule.words, way[::-1]))
        self._ways = Ways(first)

    def branches(self, line: str, size: int) -> list[tuple[Rule, Branch]]:
        """What may match a normalised line of `size` words, or what of it is no quotation; some of it may be told twice."""
        found = self.opened(line, size)
        spoken = unquoted(line)
        text = line if spoken is line else f"{line}\n{spoken}"  # where a quotation was words come together
        for ways in (self._bare, *filter(None, map(self._ways.__getitem__, text.split()))):
            found += [(rule, branch) for rule, branch, most, rest in ways
                      if size <= most and _holds(text, (rest,)) and any(map(text.__contains__, branch.openings))]
        return found

    def opened(self, line: str, size: int) -> list[tuple[Rule, Branch]]:
        """Those of them that are told by how the line begins."""
        found = []
        for length, heads in self._openings.items():
            for one in heads.get(line[:length], ()):
                rule, branch = one
                if size <= rule.words and line.startswith(branch.openings) and _holds(line, branch.ways):
                    found.append(one)
        return found


def _may(text: str, branch: Branch) -> bool:
    """Whether a branch may match in a text."""
    return _holds(text, branch.ways) and any(map(text.__contains__, branch.openings))


def _holds(line: str, ways: Sequence[Sequence[str]]) -> bool:
    """Whether all words of one of some ways stand in a line."""
    for way in ways:
        if not way or way[0] in line and all(map(line.__contains__, way)):
            return True
    return False


class Lexicon:
    """The rules that judge one text."""

    def __init__(self, rules: Sequence[Rule], languages: Sequence[Language], allowed: Sequence[re.Pattern[str]]) -> None:
        self.rules, self.allowed = rules, allowed
        self.second = frozenset[str]().union(*(language.second for language in languages))
        self.first = frozenset[str]().union(*(language.first for language in languages))
        self.lines: dict[str, tuple[Rule, ...]] = {}  # rules that are lists of lines, by line
        for rule in rules:
            for line in rule.lines:
                self.lines[line] = (*self.lines.get(line, ()), rule)
        self.watch = Watch(rules)
        self.most = max((rule.words for rule in rules), default=0)  # words of the longest line that a rule may judge
        self.known: dict[str, Said] = {}  # what short lines say that may say something, or recur

    def tell(self, texts: Sequence[str], told: Told) -> None:
        """What each text says by itself goes into `told`, but for those that were looked at."""
        some = [text for text in dict.fromkeys(texts) if text not in told.looked]
        told.looked.update(dict.fromkeys(some, 0))
        new = [text for text in some if text not in self.known]
        if len(new) < len(some):
            told.say({text: self.known[text] for text in some if text in self.known})
        if len(self.known) >= KNOWN:
            self.known.clear()
        ahead = arrays.at_hand() and not (self.allowed or self._screen.blind)
        for start in range(0, len(new), TOGETHER):
            part = new[start:start + TOGETHER]
            sizes = sizes_of(part) if ahead else []
            told.looked.update(zip(part, sizes))
            found = self._ahead(part, sizes) if ahead else {text: self._said(text) for text in part}
            told.say(found)
            self.known.update((text, said) for text, said in found.items() if len(text) <= CACHED)

    @once
    def _screen(self) -> Screen:
        return Screen(self.rules)

    def _ahead(self, texts: Sequence[str], sizes: Sequence[int]) -> dict[str, Said]:
        """What many texts of so many words say, told in arrays, but for those that say nothing."""
        lines, words = Lines.normal([ends(text) for text in texts]), np.array(sizes)
        asked = self._screen.branches(lines, words)
        if quoting := lines.having(b'"'):  # without a quotation words come together
            spoken = Lines.joined([unquoted(lines[at]) for at in quoting])
            for at, more in self._screen.branches(spoken, words[quoting]).items():
                asked.setdefault(quoting[at], []).extend(more)
        listed = {at for at, text in enumerate(texts) if len(text) <= LINE and lines[at] in self.lines}
        found = {}
        for at in {*asked, *listed, *self._screen.begun(lines)}:
            text, size = texts[at], sizes[at]
            if size <= self.most and text[:1] != TABLE:
                line = lines[at]
                branches = self.watch.opened(line, size)
                if at in asked:
                    both = f"{line}\n{unquoted(line)}" if '"' in line else line
                    branches += [one for one in asked[at] if size <= one[0].words and _may(both, one[1])]
                if branches or at in listed:
                    said = found[text] = Said(text, self)
                    said.form.normal, said.form.words = line, size
                    self._match(said, branches)
        return found

    def _said(self, text: str) -> Said:
        said = Said(text, self)
        if text.startswith(TABLE):
            return said
        size = said.form.words
        branches: Sequence[tuple[Rule, Branch]] = ()
        if size <= self.most:
            branches = self.watch.branches(said.form.normal, size)
        if branches or self.allowed or len(text) <= LINE:
            self._match(said, branches)
        return said

    def _match(self, said: Said, branches: Sequence[tuple[Rule, Branch]]) -> None:
        """Finds out which of some branches match, and what else is listed."""
        if self.allowed and any(pattern.fullmatch(said.form.normal) for pattern in self.allowed):
            said.allowed = True
        elif hits := self._hits(said.form.normal, branches):
            said.hits = () if hits[0].kind == CREDIT else tuple(rule for rule in hits if rule.kind != CREDIT)
            said.credit = len(said.hits) < len(hits) or any(rule.kind in SIGNED and rule.extent == "line" for rule in hits)

    def _hits(self, line: str, branches: Sequence[tuple[Rule, Branch]]) -> tuple[Rule, ...]:
        """The rules that match a normalised line, heaviest first, of those in question and those that list it."""
        hits = {rule.id: rule for rule in self.lines.get(line, ())}
        if branches and line:
            spoken = unquoted(line)
            tried = set[tuple[str, str]]()
            for rule, branch in branches:
                if rule.id not in hits and (rule.id, branch.pattern) not in tried:
                    tried.add((rule.id, branch.pattern))
                    if branch.matches(spoken if rule.anchor == "phrase" else line, rule.anchor):
                        hits[rule.id] = rule
        return tuple(sorted(hits.values(), key=lambda rule: (-rule.weight, rule.id)))


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
            parts = [*map(rules.language, codes), *rules.own]
            chosen = tuple(rule for part in parts for rule in part.rules if rule.id not in off and rule.kind not in off)
            _lexicons[key] = Lexicon(chosen, parts, rules.allowed)
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
    return tuple(sorted((codes | {"en", "any"}) & known))
