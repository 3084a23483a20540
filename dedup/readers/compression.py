"""Bytes as stored → bytes as meant: gzip and zstd, streaming, refusing bombs."""
from __future__ import annotations

import gzip
import io
import os
import zlib
from typing import TYPE_CHECKING, BinaryIO, cast

from dedup.errors import InputError, MissingExtra
from dedup.readers.options import Limits, too_long

if TYPE_CHECKING:
    from dedup.sources import Source

_GUESS = 1 << 20
ZSTD_WINDOW = 1 << 27  # bytes; what zstd itself grants without --long=31


class StreamError(InputError):
    """Nothing more can be read of a file."""


def opened(source: Source, limits: Limits) -> BinaryIO:
    """A buffered stream of a source's decompressed bytes, for the caller to close; fails by OSError or InputError."""
    raw = source.open()
    if not source.compression:
        return raw
    size = _size(raw)
    stream = gzip.GzipFile(fileobj=raw, mode="rb") if source.compression == ".gz" else _zstd(raw)
    return io.BufferedReader(cast(io.RawIOBase, _Guarded(raw, stream, size, limits)), 1 << 18)


def whole(source: Source, limits: Limits) -> bytes:
    """All of a source that is one article. Raises OSError or InputError."""
    with opened(source, limits) as stream:
        # to ask for much is to reserve much
        step = 1 << 16 if source.compression else _size(stream) + 1
        data = stream.read(min(step, limits.article + 1))
        while len(data) <= limits.article and (more := stream.read(min(1 << 20, limits.article + 1 - len(data)))):
            data += more
    if len(data) > limits.article:
        raise too_long("it", limits.article)
    return data


def _size(raw: BinaryIO) -> int:
    """How many bytes a stream has; a guess where it does not say."""
    if isinstance(raw, io.BytesIO):
        return len(raw.getbuffer())
    try:
        return os.fstat(raw.fileno()).st_size
    except (OSError, AttributeError):  # it comes from elsewhere
        return getattr(raw, "size", None) or _GUESS


def _zstd(raw: BinaryIO) -> BinaryIO:
    try:
        import zstandard
    except ImportError:
        raw.close()
        raise MissingExtra("reading .zst", "zstd") from None
    decompressor = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
    return cast(BinaryIO, decompressor.stream_reader(raw, read_across_frames=True))


class _Guarded(io.RawIOBase):
    """A decompressing stream that counts what comes out and speaks of damage in one kind of error."""

    def __init__(self, raw: BinaryIO, stream: BinaryIO | gzip.GzipFile, size: int, limits: Limits) -> None:
        self.raw_file, self.stream, self.limits = raw, stream, limits
        self.most = max(limits.expanded, size * limits.ratio)
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer))
        try:
            data = self.stream.read(len(view))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise StreamError(f"damaged compressed data: {error}") from None
        except OSError:
            raise
        except Exception as error:  # zstandard.ZstdError, which cannot be named without the library
            raise StreamError(f"damaged compressed data: {error}") from None
        self.count += len(data)
        if self.count > self.most:
            raise StreamError(f"it grows to more than {self.limits.ratio} times its size (a decompression bomb?); "
                              "decompress it yourself if you trust it")
        view[:len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self.stream.close()
            self.raw_file.close()
        super().close()


def writer(raw: BinaryIO, suffix: str) -> BinaryIO:
    """A stream that compresses into `raw`, which it leaves open; no name and no time go in."""
    if suffix == ".gz":
        return cast(BinaryIO, gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=6, mtime=0))
    try:
        import zstandard
    except ImportError:
        raise MissingExtra("writing .zst", "zstd") from None
    return cast(BinaryIO, zstandard.ZstdCompressor(level=10).stream_writer(raw, closefd=False))
