"""Cue rules: what sites write around their articles, as data in `rules/<lang>.toml` and in files of the user's own.

A rule is a pattern for a normalised line (see `form.normal`) with a weight in points. Its alternatives are compiled when
a text first holds one of their literals, so that a run pays only for the languages and rules it meets.
"""
from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from dedup.boilerplate.pattern import branches, few, openings, slow, ways
from dedup.errors import ConfigError

ANCHORS = ("line", "start", "end", "phrase")
EXTENTS = ("line", "heading-only", "label+continuation", "until-heading", "to-end")
POSITIONS = ("any", "head", "tail")
UNBOUNDED = ("ar", "fa", "he", "ja", "th", "zh")  # a phrase may begin inside a word: there are no spaces, or articles are joined to it
FORMAT = 4  # of the index


class Branch(NamedTuple):
    """A pattern. What it matches holds all the words of one of its `ways` and begins with one of its `openings`."""

    pattern: str
    ways: tuple[tuple[str, ...], ...]
    openings: tuple[str, ...]

    def matches(self, text: str, anchor: str) -> bool:
        """Whether it matches a normalised line."""
        compiled = _compiled(self.pattern)
        if anchor == "line":
            return compiled.fullmatch(text) is not None
        if anchor == "start":
            return compiled.match(text) is not None
        return compiled.search(text) is not None  # an "end" pattern carries its own \Z


class Rule(NamedTuple):
    """One cue: a line carries it that one of its branches matches, or that is one of its lines."""

    id: str
    kind: str
    anchor: str
    weight: int
    extent: str
    position: str
    words: int  # the longest line, in words, that it may judge
    branches: tuple[Branch, ...]
    lines: frozenset[str]  # all lines that match, when they are few: then there are no branches
    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()

    def matches(self, text: str) -> bool:
        """Whether a normalised line carries this cue."""
        return text in self.lines or any(branch.matches(text, self.anchor) for branch in self.branches)

    def opened(self, branch: Branch) -> bool:
        """Whether a line that a branch of it matches begins with one of its openings."""
        return self.anchor in ("line", "start") and bool(branch.openings[0])


@lru_cache(maxsize=None)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


class Language(NamedTuple):
    """The rules of one language and the words that show whom a text addresses."""

    code: str
    rules: tuple[Rule, ...]
    second: frozenset[str]  # words that address the reader
    first: frozenset[str]  # words by which an outlet speaks of itself


class RuleSet:
    """All cue rules of a run; `version` changes whenever their data does."""

    def __init__(self, sources: tuple[tuple[str, bytes], ...], version: str) -> None:
        """`sources`: file name and content, packaged ones first."""
        self.sources, self.version = sources, version
        self._parsed: dict[str, Language] = {}

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
            made = _made(code)
            if made and made["digest"] == _digest(data):
                self._parsed[code] = _unpack(code, made)
            else:
                self._parsed[code] = parse(name, data, code)
        return self._parsed[code]

    @cached_property
    def own(self) -> tuple[Language, ...]:
        """The user's own files: they judge every text."""
        return tuple(parse(name, data, "user") for name, data in self.sources[self._packaged:])

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


def _digest(data: bytes) -> str:
    return hashlib.blake2b(b"%d:%s" % (FORMAT, data), digest_size=8).hexdigest()


@lru_cache(maxsize=1)
def _index() -> str:
    path = Path(__file__).parent / "rules" / "index.json"
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _made(code: str) -> Any:
    """The packaged rules of one language as `pack` left them: reading patterns anew takes half a second."""
    start = f'"{code}": '
    at = _index().find(start + "{")  # no text within has a quote that is not escaped
    return json.JSONDecoder().raw_decode(_index(), at + len(start))[0] if at >= 0 else None


def pack(rules: RuleSet) -> str:
    """The index of the packaged rules, to be written to `rules/index.json` whenever they change (a test sees to it)."""
    made = {}
    for code in rules.codes:
        data = dict(rules.sources)[code + ".toml"]
        language = parse(code + ".toml", data, code)
        made[code] = {"digest": _digest(data), "second": sorted(language.second), "first": sorted(language.first),
                      "rules": [[rule.id, rule.kind, rule.anchor, rule.weight, rule.extent, rule.position, rule.words,
                                 rule.branches, sorted(rule.lines)] for rule in language.rules]}
    return "{" + ",\n".join(f'"{code}": {_lines(language)}' for code, language in made.items()) + "}\n"


def _lines(made: Mapping[str, Any]) -> str:
    """As JSON, a rule to a line."""
    parts = {name: json.dumps(value, ensure_ascii=False) for name, value in made.items() if name != "rules"}
    rules = ",\n".join(json.dumps(rule, ensure_ascii=False, separators=(",", ":")) for rule in made["rules"])
    return "{" + "".join(f'"{name}": {value},\n' for name, value in parts.items()) + f'"rules": [\n{rules}]}}'


def _unpack(code: str, made: Mapping[str, Any]) -> Language:
    rules = tuple(Rule(*[*values[:7], tuple(Branch(pattern, tuple(map(tuple, ways)), tuple(begun))
                                            for pattern, ways, begun in values[7]),
                         frozenset(values[8])]) for values in made["rules"])
    return Language(code, rules, frozenset(made["second"]), frozenset(made["first"]))


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
    import tomllib  # here, since the packaged rules come from their index

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
    pattern = entry["pattern"]
    bounded = anchor == "phrase" and code not in UNBOUNDED
    try:
        reason = slow(pattern)
        parts = [(part, ways(part), openings(part)) for part in branches(pattern)]
    except (re.error, RecursionError, OverflowError) as error:
        raise bad(f"bad pattern: {error}") from error
    if reason:
        raise bad(reason)
    lines = frozenset(few(pattern) or ()) if anchor == "line" else frozenset[str]()
    form = "(?:%s)\\Z" if anchor == "end" else "\\b(?:%s)" if bounded else "%s"
    made = () if lines else tuple(Branch(form % part, needed, begun) for part, needed, begun in parts)
    return Rule(entry["id"], entry["class"], anchor, entry["weight"], extent, position,
                entry.get("words", 60 if anchor == "phrase" else 25), made, lines,
                tuple(entry.get("examples", ())), tuple(entry.get("counterexamples", ())))


if __name__ == "__main__":
    (Path(__file__).parent / "rules" / "index.json").write_text(pack(load()), encoding="utf-8")
