"""What can go wrong, as exceptions whose text says what, where and what to do."""
from __future__ import annotations

import errno
import os


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

    SAID = "needs an optional library"

    def __init__(self, what: str, extra: str) -> None:
        wanted = extra if extra == "datasketch" else f"'article-dedup[{extra}]'"  # the smallest install has none
        remedy = (f"in .pre-commit-config.yaml give the hook additional_dependencies: [{wanted}]"
                  if "PRE_COMMIT" in os.environ else f"pip install {wanted}")
        super().__init__(f"{what} {self.SAID}: {remedy}")


def reason(error: Exception) -> str:
    """What went wrong with a file, and what to do."""
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    remedy = {
        errno.ENOENT: "check the name, or whether it was removed meanwhile",
        errno.EACCES: "check its permissions",
        errno.EISDIR: "name the files in it",
        errno.ELOOP: "symlink loop: remove the link or exclude it",
    }.get((error.errno if isinstance(error, OSError) else None) or 0)
    return text[:1].lower() + text[1:] + (f" ({remedy})" if remedy else "")
