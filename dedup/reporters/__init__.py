"""How results are shown: one module for each `--format`, in the order in which they are offered.

Each has `render(result, out, *, options)`, which writes UTF-8 (paths0: file names) to the binary stream `out` and
leaves it open; it may return a sentence for the user. To add one: a module with that function, and its line here.
"""
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from dedup.reporters.output import RenderOptions

__all__ = ["REPORTERS", "RenderOptions"]


class _Reporters(Mapping[str, Any]):
    """Format → module, imported when it is asked for."""

    modules = {"text": "text", "json": "json_", "jsonl": "jsonl", "csv": "csv_", "github": "github", "sarif": "sarif",
               "html": "html", "paths0": "paths0"}

    def __getitem__(self, name: str) -> Any:
        return import_module(f"dedup.reporters.{self.modules[name]}")

    def __iter__(self) -> Iterator[str]:
        return iter(self.modules)

    def __len__(self) -> int:
        return len(self.modules)


REPORTERS = _Reporters()
