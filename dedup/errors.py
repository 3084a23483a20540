"""What can go wrong, as exceptions whose text says what, where and what to do."""
from __future__ import annotations


class DedupError(Exception):
    """Anything that ends a run with exit status 2 and one clear line."""


class ConfigError(DedupError):
    """A setting, rule file or combination of flags that cannot be used."""


class InputError(DedupError):
    """An input that cannot be read."""


class OutputError(DedupError):
    """An output that cannot be written."""


class MissingExtra(DedupError):
    """An optional library that is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an optional library: pip install 'article-dedup[{extra}]'")
