"""Prints the page on the Python interface, docs/python.md, made from the docstrings of dedup.api."""
from __future__ import annotations

import inspect
import re
from functools import cached_property

from dedup import api

CLASSES = (api.ScanResult, api.ScannedCluster, api.ScannedArticle, api.Stripped)


def page() -> str:
    """The page in Markdown; a test holds the file to it and runs its examples."""
    before, examples = (inspect.getdoc(api) or "").split("\n\n", 1)
    parts = ["# From Python", before.replace("The Python interface: `from dedup import scan, strip`.",
                                             "`from dedup import scan, strip`. This page is made from the docstrings."),
             _fenced(examples)]
    for function in (api.scan, api.strip):
        signature = re.sub(r"'([^']+)'", r"\1", str(inspect.signature(function)))
        parts += [f"## {function.__name__}", f"```python\n{function.__name__}{signature}\n```", inspect.getdoc(function) or ""]
    for cls in CLASSES:
        parts += [f"## {cls.__name__}", inspect.getdoc(cls) or ""]
        rows = [f"- `{name}{'' if isinstance(member, (property, cached_property)) else '()'}`: {_sentence(member)}"
                for name, member in vars(cls).items() if not name.startswith("_") and inspect.getdoc(member)
                and not isinstance(member, type(vars(api.Stripped)["text"]))]
        parts += ["\n".join(rows)] if rows else []
    return "\n\n".join(parts) + "\n"


def _sentence(member: object) -> str:
    return " ".join((inspect.getdoc(member) or "").split())


def _fenced(text: str) -> str:
    """Examples as code, the text between them as it is."""
    return re.sub(r"((?:^(?:>>>|\.\.\.).*\n(?:^(?!>>>|\.\.\.)\S.*\n)*)+)", r"```python\n\1```\n", text + "\n", flags=re.M).strip()


if __name__ == "__main__":
    print(page(), end="")
