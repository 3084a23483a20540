"""Arithmetic on some hundred numbers at once without NumPy: they stand side by side, in lanes, in one long integer.

One operation on the long integer is one on each number, as long as nothing flows from one lane into the next; so a lane
is twice as wide as the numbers in it, and a product is cut back before the next step.
"""
from __future__ import annotations

from array import array
from collections.abc import Iterable
from functools import lru_cache


class Lanes:
    """Lanes for numbers of 32 or 64 `bits`, each twice as wide. The first number stands lowest."""

    def __init__(self, bits: int) -> None:
        self.bits, self.width, self.bytes = bits, 2 * bits, bits // 4
        self.code = {32: "I", 64: "Q"}[bits]

    def pack(self, values: Iterable[int]) -> int:
        """The numbers side by side."""
        plain = array(self.code, values)
        spread = array(self.code, bytes(self.bytes * len(plain)))
        spread[::2] = plain
        return int.from_bytes(spread.tobytes(), "little")

    def unpack(self, lanes: int, count: int) -> array[int]:
        """The first `count` numbers; nothing may stand above them, nor in the upper half of a lane."""
        return array(self.code, lanes.to_bytes(count * self.bytes, "little"))[::2]

    def all(self, value: int, count: int) -> int:
        """`count` times the same number."""
        return _all(self.bytes, value, count)

    def cut(self, lanes: int, count: int) -> int:
        """`count` numbers modulo 2^bits."""
        return lanes & _all(self.bytes, (1 << self.bits) - 1, count)

    def shift(self, lanes: int, count: int, by: int) -> int:
        """`count` numbers below 2^bits, each shifted right."""
        return lanes >> by & _all(self.bytes, (1 << self.bits - by) - 1, count)

    def first(self, lanes: int, count: int) -> int:
        """The first `count` lanes."""
        return lanes & (1 << count * self.width) - 1

    def behind(self, lanes: int, first: int) -> int:
        """The lanes without the first ones."""
        return lanes >> first * self.width

    def minima(self, values: Iterable[int], factors: int, summands: int, count: int) -> int:
        """The least of value · factor + summand modulo 2^bits, for each of `count` factors and summands in lanes."""
        bits, ones = self.bits, self.all(1, count)
        mask = least = self.all((1 << bits) - 1, count)
        borrow = ones << bits
        for value in values:
            other = value * factors + summands & mask
            greater = least + borrow - other >> bits & ones  # 1: not the lesser of the two
            least ^= (least ^ other) & (greater << bits) - greater
        return least


@lru_cache(maxsize=256)
def _all(size: int, value: int, count: int) -> int:
    return int.from_bytes(value.to_bytes(size, "little") * count, "little")
