"""Files that are not on this machine (`s3://`, `hf://`, `https://` and the like), by way of fsspec."""
from __future__ import annotations

import re
from typing import Any, BinaryIO, cast

from dedup.errors import DedupError, InputError, MissingExtra
from dedup.patterns import lazy

_URL = lazy(r"[A-Za-z][A-Za-z0-9+.-]+(?:::[A-Za-z0-9+.-]+)*://")
MAGIC = lazy(r"[*?\[]")


def is_remote(name: str) -> bool:
    """Whether a name is an address that fsspec opens."""
    return bool(_URL.match(name))


def find(url: str) -> tuple[str, list[str]]:
    """The folder (or the file) that an address names, and all files there, by name. Raises InputError and MissingExtra."""
    fs, path = _filesystem(url)
    try:
        if MAGIC.search(re.sub(r"^https?://[^?]*\?", "", url)) and not url.startswith("http"):
            base = re.split(r"[^/]*[*?\[]", path, maxsplit=1)[0].rstrip("/")
            found = [name for name in fs.glob(path) if not fs.isdir(name)]
        elif fs.isdir(path) and not fs.isfile(path):
            base, found = path.rstrip("/"), fs.find(path)
        else:
            base, found = path, [path]
            fs.info(path)
        return str(fs.unstrip_protocol(base)), [str(fs.unstrip_protocol(name)) for name in sorted(found)]
    except DedupError:
        raise
    except Exception as error:
        raise _failed(error) from None


def opened(url: str) -> BinaryIO:
    """The bytes as stored. Raises InputError and MissingExtra."""
    fs, path = _filesystem(url)
    try:
        return cast(BinaryIO, fs.open(path, "rb"))
    except Exception as error:
        raise _failed(error) from None


def size(url: str) -> int:
    """How many bytes, 0 where the server does not say. Raises InputError and MissingExtra."""
    fs, path = _filesystem(url)
    try:
        return int(fs.size(path) or 0)
    except Exception as error:
        raise _failed(error) from None


def _filesystem(url: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ImportError:
        raise MissingExtra(f"reading {url.partition('://')[0]}://", "remote") from None
    try:
        return cast(tuple[Any, str], fsspec.core.url_to_fs(url))
    except (ImportError, ValueError) as error:  # a library for this kind of place, or the kind, is not known
        raise InputError(str(error)[:300]) from None
    except Exception as error:
        raise _failed(error) from None


def _failed(error: Exception) -> InputError:
    what = str(error).partition("\n")[0][:300]
    if isinstance(error, FileNotFoundError):
        return InputError(f"not found there: {what} (check the address)")
    return InputError(f"{type(error).__name__}: {what}")
