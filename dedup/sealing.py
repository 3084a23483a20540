"""Bytes that tell when they were damaged."""
from __future__ import annotations

import struct
import zlib

from dedup.errors import InputError


class Damaged(InputError):
    """Stored data that is not what was stored."""


def seal(data: bytes, context: int = 0) -> bytes:
    """The data with a checksum of it and of the place where it belongs."""
    return data + struct.pack("<I", _checksum(data, context))


def unseal(data: bytes, context: int = 0) -> bytes:
    """The data without its checksum. Raises Damaged when it does not fit."""
    if not isinstance(data, bytes) or len(data) < 4 or struct.unpack("<I", data[-4:])[0] != _checksum(data[:-4], context):
        raise Damaged("a checksum does not fit")
    return data[:-4]


def _checksum(data: bytes, context: int) -> int:
    return zlib.crc32(data, zlib.crc32(struct.pack("<Q", context & 0xFFFFFFFFFFFFFFFF)))
