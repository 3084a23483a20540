"""Every setting with its default, its limits and where its value came from.

Precedence: command-line flags, then `DEDUP_*` in the environment, then `[tool.dedup]` in the nearest pyproject.toml or
`[tool:dedup]` in the nearest setup.cfg, then the defaults below.
"""
from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dedup import canonical
from dedup.errors import ConfigError, reason

POLICIES = ("source:NAME", "path:GLOB", "earliest", "latest", "longest", "cleanest", "richest")


def _number(kind: Callable[[str], Any], low: float, high: float) -> Callable[[Any], Any]:
    def parse(value: Any) -> Any:
        if isinstance(value, bool):
            raise ValueError("is not a number")
        try:
            number = kind(value)
        except ValueError:
            raise ValueError(f"is not a {'whole ' if kind is int else ''}number") from None
        if not low <= number <= high:
            raise ValueError(f"is not between {low:.10g} and {high:.10g}")
        return number
    return parse


def _choice(*choices: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"is not one of {', '.join(choices)}")
        return str(value)
    return parse


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("is not a text")
    return value


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() not in ("true", "false", "1", "0", "yes", "no"):
        raise ValueError("is not true or false")
    return str(value).lower() in ("true", "1", "yes")


def _code(value: Any) -> str:
    if not isinstance(value, str) or value and not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]+)*", value):
        raise ValueError("is not the code of a language, such as en")
    known = languages() if value else ()
    if value and re.split("[-_]", value.lower())[0] not in known:
        raise ValueError(f"is no language with rules (known: {', '.join(known)}; for others leave it out)"
                         f"{nearest(value.lower(), known)}")
    return value


def languages() -> list[str]:
    """The codes of the languages that there are boilerplate rules for."""
    return sorted(path.stem for path in Path(__file__).with_name("boilerplate").joinpath("rules").glob("*.toml")
                  if path.stem != "any")


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """A hint at the one of the known names that a mistyped one may have meant, "" where none is near."""
    import difflib

    near = difflib.get_close_matches(name, known, 1, cutoff)
    return f"; did you mean {near[0]!r}?" if near else ""


def _words(value: Any) -> tuple[str, ...]:
    """A list, or one text separated by commas or line ends."""
    if isinstance(value, str):
        value = value.replace("\n", ",").split(",")
    if not isinstance(value, (list, tuple)) or not all(isinstance(word, str) for word in value):
        raise ValueError("is not a list of texts")
    return tuple(word.strip() for word in value if word.strip())


def _policies(value: Any) -> tuple[str, ...]:
    words = _words(value)
    for word in words:
        name, _, argument = word.partition(":")
        if name in ("source", "path") and argument or word in POLICIES[2:]:
            continue
        raise ValueError(f"has {word!r}, which is not one of {', '.join(POLICIES)}")
    return words


def _size(value: Any) -> int:
    """Bytes: a number, optionally with K, M or G (powers of 1024)."""
    text = str(value).strip().upper().removesuffix("B")
    factor = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}.get(text[-1:], 1)
    try:
        number = float(text[:-1] if factor > 1 else text) * factor
    except ValueError:
        number = 0
    if not 1 <= number < 1 << 40:
        raise ValueError("is not a size such as 500K or 64M")
    return int(number)


_METADATA: list[dict[str, Any]] = []  # of the settings below, in their order


def _setting(default: Any, parse: Callable[[Any], Any], help: str, metavar: str | None = None) -> Any:
    _METADATA.append({"parse": parse, "help": help, "metavar": metavar, "default": default})
    return default


class Settings(NamedTuple):
    """The resolved settings of a run. Stages never see this object, only plain parameters."""

    threshold: float = _setting(
        0.7, _number(float, 0.05, 1), "Jaccard similarity from which two articles are copies, if nothing of weight is lost")
    containment: float = _setting(
        0.25, _number(float, 0.05, 1.1),
        "share of the smaller article found in the larger from which it is a copy, if nothing of weight is lost; 1.1: off")
    recall: float = _setting(
        0.98, _number(float, 0.5, 0.999999), "probability that a pair exactly at the threshold becomes a candidate")
    ngram: int = _setting(5, _number(int, 1, 50), "words in a shingle")
    num_perm: int = _setting(128, _number(int, 16, 1024), "permutations in a signature")
    seed: int = _setting(1, _number(int, 0, 2**32 - 1), "seed of the permutations")
    boilerplate: str = _setting(
        "strip", _choice("strip", "mask", "off"),
        "strip: ignore and remove it; mask: only ignore it when comparing; off: neither")
    rules: tuple[str, ...] = _setting((), _words, "file of further boilerplate rules (may be repeated)", "FILE")
    disable: tuple[str, ...] = _setting((), _words, "boilerplate rules or classes switched off", "ID,…")
    lang: str = _setting("", _code, "language of all articles instead of the detected one", "CODE")
    keep: tuple[str, ...] = _setting(
        canonical.DEFAULT, _policies,
        "which copy is kept, the first policy that decides: " + ", ".join(POLICIES), "POLICY,…")
    text_field: str = _setting("text", _text, "record field that holds the text; dots lead into objects: data.body")
    html_field: str = _setting("", _text, "record field that holds the article as HTML, from which the text is taken")
    lines: bool = _setting(False, _flag, "whether each line of a .txt file is an article")
    id_field: str = _setting("id", _text, "record field that holds the id")
    source_field: str = _setting("", _text, "record field that holds the source (else site or source)")
    date_field: str = _setting("date", _text, "record field that holds the date")
    max_article: int = _setting(
        16 << 20, _size, "longest file of one article, or record, that is read, in bytes or as 64M", "SIZE")
    exclude: tuple[str, ...] = _setting((), _words, "files and folders to leave out, as in .gitignore", "GLOB")
    errors: str = _setting("fail", _choice("fail", "warn"), "whether unreadable inputs make the exit status 2")
    engine: str = _setting("auto", _choice("auto", "datasketch", "numpy", "numba"), "which implementation of the hot loops")
    jobs: int = _setting(0, _number(int, 0, 1024), "worker processes; 0: one for each core")
    max_memory: int = _setting(
        0, lambda value: 0 if value in (0, "", "-") else _size(value),
        "memory that signatures may take, as 500M or 8G, before they go to disk; else half of the machine's", "SIZE")
    color: str = _setting("auto", _choice("auto", "always", "never"), "colour in the report")


NAMES = Settings._fields
_FIELDS = dict(zip(NAMES, _METADATA, strict=True))


def metadata(name: str) -> Mapping[str, Any]:
    """`help`, `metavar`, `parse` and `default` of a setting."""
    return _FIELDS[name]


def shown(name: str, value: Any) -> str:
    """A value as a person writes it; - for nothing."""
    if name in ("max_article", "max_memory") and value:
        factor = next(factor for factor in (1 << 30, 1 << 20, 1 << 10, 1) if value % factor == 0)
        return f"{value // factor}{ {1 << 30: 'G', 1 << 20: 'M', 1 << 10: 'K'}.get(factor, '')}"
    if name == "max_memory":
        return "-"
    return (",".join(value) if isinstance(value, tuple) else str(value)) or "-"


def parse(name: str, value: Any, origin: str) -> Any:
    """One value of a setting, checked; ConfigError names its origin."""
    try:
        return _FIELDS[name]["parse"](value)
    except (ValueError, TypeError) as error:
        reason = str(error) if str(error).startswith(("is ", "has ")) else f"is not a valid value ({error})"
        key = name.replace("_", "-")
        raise ConfigError(f"{origin if origin.endswith(key) else f'{origin}: {key}'} = {value!r} {reason}") from None


def unknown(name: str, origin: str) -> ConfigError:
    """The error for a key that is no setting, with the nearest one that is."""
    known = [known.replace("_", "-") for known in NAMES]
    hint = nearest(name.replace("_", "-"), known) or f"; known: {', '.join(known)}"
    return ConfigError(f"{origin}: unknown setting {name!r}{hint}")


def read_file(path: Path) -> dict[str, Any] | None:
    """The settings a configuration file holds, or None when it has no section of ours."""
    import configparser  # here, so that who has no such file does not wait for it
    import tomllib

    try:
        if path.suffix == ".toml":
            document = tomllib.loads(path.read_text("utf-8"))
            ours = path.name != "pyproject.toml" and "tool" not in document  # all of it
            tools = document.get("tool", {})
            table = document if ours else tools.get("dedup") if isinstance(tools, dict) else tools
            if table is not None and not isinstance(table, dict):
                raise ConfigError(f"{path}: [tool.dedup] is not a table")
            return table
        parser = configparser.ConfigParser(interpolation=None)
        parser.read_string(path.read_text("utf-8"))
        return dict(parser["tool:dedup"]) if "tool:dedup" in parser else None
    except (OSError, UnicodeError, RecursionError, tomllib.TOMLDecodeError, configparser.Error) as error:
        said = " ".join(reason(error).split())
        raise ConfigError(f"{path}: cannot be read as a configuration file ({said[:300]})") from None


def find_file(start: Path) -> tuple[Path, dict[str, Any]] | None:
    """The nearest configuration with a section of ours, in `start` or a folder above it."""
    for folder in [start, *start.parents]:
        found = [(path, table) for path in (folder / "pyproject.toml", folder / "setup.cfg")
                 if path.is_file() and (table := read_file(path)) is not None]
        if len(found) > 1:
            raise ConfigError(f"{folder}: settings both in pyproject.toml and in setup.cfg; keep one of them")
        if found:
            return found[0]
        if (folder / ".git").exists():
            return None
    return None


def resolve(flags: Mapping[str, Any], *, config: str | None = None, isolated: bool = False,
            environ: Mapping[str, str] = os.environ, start: Path | None = None) -> tuple[Settings, dict[str, str]]:
    """Settings from flags, environment, configuration file and defaults, and where each value came from."""
    values: dict[str, Any] = {}
    origins = dict.fromkeys(NAMES, "default")

    def layer(table: Mapping[str, Any], origin: Callable[[str], str], base: Path | None = None) -> None:
        for key, value in table.items():
            name = key.replace("-", "_")
            if name not in _FIELDS:
                raise unknown(key, origin(key))
            values[name] = parse(name, value, origin(key))
            if base is not None and name == "rules":  # relative to the file that names them
                values[name] = tuple(str(base / rule) for rule in values[name])
            origins[name] = origin(key)

    if not isolated:
        found = None
        if config is not None:
            path = Path(config)
            table = read_file(path)
            if table is None:
                raise ConfigError(f"{path}: has no section [tool.dedup] or [tool:dedup]")
            found = path, table
        else:
            found = find_file(start if start is not None else Path.cwd())
        if found is not None:
            layer(found[1], lambda key: str(found[0]), found[0].parent)
        prefix = "DEDUP_"
        layer({key[len(prefix):].lower(): value for key, value in sorted(environ.items()) if key.startswith(prefix)},
              lambda key: f"${prefix}{key.upper()}")
    layer(flags, lambda key: f"--{key.replace('_', '-')}")
    return Settings(**values), origins
