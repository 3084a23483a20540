"""A configuration to begin with: every setting with what it means, commented out unless given."""
from __future__ import annotations

import json
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from dedup import settings, staging
from dedup.errors import ConfigError

SECTION = "[tool.dedup]"


def add(path: Path, values: settings.Settings, given: Collection[str]) -> None:
    """Put a section of ours at the end of a TOML file, new or not; `given` settings hold.

    Raises ConfigError where there is one already, here or in the setup.cfg beside it, or where the
    file is not TOML.
    """
    for file in (path, path.with_name("setup.cfg")):
        if file.is_file() and settings.read_file(file) is not None:
            raise ConfigError(f"{file}: has settings of dedup already; dedup config show prints them")
    before = path.read_bytes() if path.is_file() else b""
    text = section(values, given)
    gap = "" if not before else "\n" if before.endswith(b"\n") else "\n\n"
    after = before + f"{gap}{text}".encode()
    tomllib.loads(after.decode())  # what was there may end in the middle of something
    with staging.file(path) as out:
        out.write(after)


def section(values: settings.Settings, given: Collection[str]) -> str:
    """The section as TOML."""
    lines = [SECTION, "# A line without its # holds; flags and DEDUP_* in the environment go before."]
    for name in settings.NAMES:
        mark = "" if name in given else "# "
        key, value = name.replace("_", "-"), _toml(name, getattr(values, name))
        lines += ["", f"# {settings.metadata(name)['help']}", f"{mark}{key} = {value}"]
    return "\n".join(lines) + "\n"


def _toml(name: str, value: Any) -> str:
    """A value as TOML writes it, which for texts and lists of them is JSON."""
    shown = settings.shown(name, value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return json.dumps(list(value), ensure_ascii=False)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return shown if shown == str(value) else json.dumps("" if shown == "-" else shown)
