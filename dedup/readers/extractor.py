"""Which reader takes the text out of web pages: part of the settings, since results depend on it."""
from __future__ import annotations

import importlib.util
from pathlib import Path


def name() -> str:
    """"trafilatura VERSION" where it is installed, else "plain"."""
    found = importlib.util.find_spec("trafilatura")
    if found is None or found.origin is None:
        return "plain"
    # importlib.metadata would read the same name, but importing it takes a tenth of the time that a commit hook has
    versions = list(Path(found.origin).parents[1].glob("trafilatura-*.dist-info"))
    if len(versions) == 1:
        return f"trafilatura {versions[0].name.removeprefix('trafilatura-').removesuffix('.dist-info')}"
    from importlib.metadata import version

    return f"trafilatura {version('trafilatura')}"
