"""Cue rules: what sites write around their articles, as data in `rules/<lang>.toml` and in files of the user's own.

A rule is a pattern for a normalised line (see `form.normal`) with a weight in points. It is compiled when a line first
may match it, so that a run pays only for the languages and rules it meets.
"""
from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from dedup.boilerplate.pattern import slow
from dedup.boilerplate.screen import Screen
from dedup.errors import ConfigError

ANCHORS = ("line", "start", "end", "phrase")
EXTENTS = ("line", "heading-only", "label+continuation", "until-heading", "to-end")
POSITIONS = ("any", "head", "tail")
EVERYWHERE = ("any", "en")  # rules that judge every text: sites of all languages carry English furniture
OWN = "user"  # the code of rules in files of the user's own
# A phrase may begin inside a word: there are no spaces, or articles are joined to it.
UNBOUNDED = ("ar", "fa", "he", "ja", "th", "zh")


class Rule(NamedTuple):
    """One cue: a line carries it that its pattern matches."""

    id: str
    kind: str
    anchor: str
    weight: int
    extent: str
    position: str
    words: int  # the longest line, in words, that it may judge
    pattern: str
    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()

    def matches(self, text: str) -> bool:
        """Whether a normalised line carries this cue."""
        compiled = _compiled(self.pattern)
        if self.anchor == "line":
            return compiled.fullmatch(text) is not None
        if self.anchor == "start":
            return compiled.match(text) is not None
        return compiled.search(text) is not None  # an "end" pattern carries its own \Z


@lru_cache(maxsize=None)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


class Language(NamedTuple):
    """The rules of one language and the words that show whom a text addresses."""

    code: str
    rules: tuple[Rule, ...]
    second: frozenset[str]  # words that address the reader
    first: frozenset[str]  # words by which an outlet speaks of itself


class Watched(NamedTuple):
    """Rules that are looked for together, and what tells which of them may match a line."""

    rules: tuple[Rule, ...]
    screen: Screen


class RuleSet:
    """All cue rules of a run; `version` changes whenever their data does."""

    def __init__(self, sources: tuple[tuple[str, bytes], ...], version: str) -> None:
        """`sources`: file name and content, packaged ones first."""
        self.sources, self.version = sources, version
        self._parsed: dict[str, Language] = {}
        self._watched: dict[tuple[str, ...], Watched] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return RuleSet, (self.sources, self.version)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The languages with packaged rules, in order."""
        return tuple(name.removesuffix(".toml") for name, _ in self.sources[:self._packaged])

    @cached_property
    def _packaged(self) -> int:
        return sum("/" not in name for name, _ in self.sources)

    def language(self, code: str) -> Language:
        """The rules of one language, parsed when first asked for."""
        if code not in self._parsed:
            name, data = next(source for source in self.sources if source[0] == code + ".toml")
            self._parsed[code] = parse(name, data, code)
        return self._parsed[code]

    def watched(self, codes: tuple[str, ...]) -> list[Watched]:
        """The rules of some languages and the user's own: those that judge every text together, those of each other language."""
        everywhere = tuple(code for code in codes if code in EVERYWHERE)
        return [self._watch(some) for some in (everywhere, *((code,) for code in codes if code not in EVERYWHERE), (OWN,))]

    def _watch(self, codes: tuple[str, ...]) -> Watched:
        if codes not in self._watched:
            languages = self.own if codes == (OWN,) else map(self.language, codes)
            rules = tuple(rule for language in languages for rule in language.rules)
            self._watched[codes] = Watched(rules, Screen([(rule.pattern, rule.anchor) for rule in rules]))
        return self._watched[codes]

    @cached_property
    def own(self) -> tuple[Language, ...]:
        """The user's own files: they judge every text."""
        return tuple(parse(name, data, OWN) for name, data in self.sources[self._packaged:])

    @cached_property
    def allowed(self) -> tuple[re.Pattern[str], ...]:
        """Lines that are never boilerplate, whatever speaks against them. ConfigError as for rules."""
        found = []
        for name, data in self.sources[self._packaged:]:
            import tomllib

            for entry in tomllib.loads(data.decode()).get("allow", []):
                try:
                    reason = slow(entry)
                    found.append(re.compile(entry))
                except (re.error, TypeError, RecursionError, OverflowError) as error:
                    raise ConfigError(f"{name}: allow: {entry!r}: {error}") from error
                if reason:
                    raise ConfigError(f"{name}: allow: {entry!r}: {reason}")
        return tuple(found)


def load(files: Sequence[Path] = ()) -> RuleSet:
    """The packaged rules and those of `files`. ConfigError names the file, the rule and what is wrong with it."""
    folder = Path(__file__).parent / "rules"
    sources = [(entry.name, entry.read_bytes()) for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
               if entry.name.endswith(".toml")]
    for path in files:
        try:
            sources.append((path.resolve().as_posix(), path.read_bytes()))
        except OSError as error:
            raise ConfigError(f"{path}: cannot read these rules: {error.strerror}") from error
    digest = hashlib.blake2b(digest_size=8)
    for name, data in sources:
        digest.update(b"%d:%s" % (len(data), data))
    rules = RuleSet(tuple(sources), digest.hexdigest())
    if files:
        _check_ids(rules)
    return rules


def _check_ids(rules: RuleSet) -> None:
    seen: dict[str, str] = {}
    languages = [(code + ".toml", rules.language(code)) for code in rules.codes]
    named = [*languages, *zip((name for name, _ in rules.sources[len(languages):]), rules.own)]
    for name, language in named:
        for rule in language.rules:
            if rule.id in seen:
                raise ConfigError(f"{name}: rule {rule.id!r}: this id stands in {seen[rule.id]} already")
            seen[rule.id] = name
    _ = rules.allowed


def parse(name: str, data: bytes, code: str) -> Language:
    """One rule file. ConfigError names the file, the rule and what is wrong with it."""
    import tomllib

    try:
        table = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{name}: not a TOML file: {error}") from error
    unknown = sorted(table.keys() - {"rule", "allow", "words"})
    if unknown:
        raise ConfigError(f"{name}: unknown table {unknown[0]!r} (known: rule, allow, words)")
    entries = table.get("rule", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigError(f"{name}: rules are written as [[rule]]")
    if not isinstance(table.get("allow", []), list):
        raise ConfigError(f"{name}: allow is a list of patterns")
    words = table.get("words", {})
    if not isinstance(words, dict) or not all(map(_is_texts, words.values())):
        raise ConfigError(f"{name}: words are lists, called second and first")
    rules = tuple(_rule(name, code, number, entry) for number, entry in enumerate(entries, 1))
    return Language(code, rules, frozenset(words.get("second", ())), frozenset(words.get("first", ())))


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _rule(name: str, code: str, number: int, entry: Mapping[str, Any]) -> Rule:
    def bad(reason: str) -> ConfigError:
        return ConfigError(f"{name}: rule {entry.get('id', number)!r}: {reason}")

    fields = {"id": str, "class": str, "pattern": str, "anchor": str, "weight": int, "extent": str, "position": str,
              "words": int, "examples": list, "counterexamples": list}
    for key, value in entry.items():
        if key not in fields:
            raise bad(f"unknown field {key!r}")
        if not isinstance(value, fields[key]) or isinstance(value, bool):
            raise bad(f"{key} must be {fields[key].__name__}")
        if fields[key] is list and not _is_texts(value):
            raise bad(f"{key} must be texts")
    for key in ("id", "class", "pattern", "weight"):
        if key not in entry:
            raise bad(f"{key} is missing")
    anchor = entry.get("anchor", "line")
    extent, position = entry.get("extent", "line"), entry.get("position", "any")
    for key, value, known in (("anchor", anchor, ANCHORS), ("extent", extent, EXTENTS),
                              ("position", position, POSITIONS)):
        if value not in known:
            raise bad(f"{key} {value!r} is not one of {', '.join(known)}")
    if not 1 <= entry["weight"] <= 10:
        raise bad("weight must be from 1 to 10")
    bounded = anchor == "phrase" and code not in UNBOUNDED
    pattern = ("(?:%s)\\Z" if anchor == "end" else "\\b(?:%s)" if bounded else "%s") % entry["pattern"]
    if code == OWN:  # the packaged ones are tested
        try:
            reason = slow(entry["pattern"])
            re.compile(pattern)
            if not reason:
                Screen([(pattern, anchor)])
        except (re.error, ValueError, RecursionError, OverflowError) as error:
            raise bad(f"bad pattern: {error}") from error
        if reason:
            raise bad(reason)
    return Rule(entry["id"], entry["class"], anchor, entry["weight"], extent, position,
                entry.get("words", 60 if anchor == "phrase" else 25), pattern,
                tuple(entry.get("examples", ())), tuple(entry.get("counterexamples", ())))
