"""Lines, letters and words of texts in one pass over their bytes: the twin of `likeness.scan` of `blocks.texts`."""
from __future__ import annotations

import numpy as np

from dedup.engines.numba_ import kernel

_LETTER, _SPACE, _BLANK, _SIGN = (1 << bit for bit in range(4))
_LOWER = np.array([ord(chr(code).lower()) for code in range(128)] + [0] * 128, np.uint8)
_KINDS = np.array([_LETTER * chr(code).isalpha() | _SPACE * (code == 32) | _BLANK * chr(code).isspace()
                   | _SIGN * (chr(code) in "\n\r<(p.") for code in range(128)] + [_SIGN] * 128, np.uint8)


@kernel
def _blank(data, at):  # type: ignore[no-untyped-def]
    """How many bytes the blank has that begins here: 0 where none does."""
    first = data[at]
    if first < 0x80:
        return int(_KINDS[first] & _BLANK != 0)
    second = data[at + 1]
    if first == 0xC2:
        return 2 * (second == 0x85 or second == 0xA0)
    if first == 0xE2 and second == 0x80:
        third = data[at + 2]
        return 3 * (third <= 0x8A or third == 0xA8 or third == 0xA9 or third == 0xAF)
    if first == 0xE1 and second == 0x9A or first == 0xE3 and second == 0x80:
        return 3 * (data[at + 2] == 0x80)
    return 3 * (first == 0xE2 and second == 0x81 and data[at + 2] == 0x9F)


@kernel
def _begins(data, end):  # type: ignore[no-untyped-def]
    """Where the character begins that ends here."""
    end -= 1
    while data[end] & 0xC0 == 0x80:
        end -= 1
    return end


@kernel
def scanned(data, ends):  # type: ignore[no-untyped-def]
    """How many blocks each of some texts has, and the letters of all blocks, end to end; of each block the bytes [start, stop)
    where it stands, where its letters end, how many words it has, and whether it is hard: then it is to be told otherwise.

    `data`: uint8, UTF-8 with a line end behind each text; `ends`: where those are.
    """
    most = 0
    for byte in data:
        most += byte == 10 or byte == 13
    counts, letters = np.zeros(len(ends), np.int64), np.empty(len(data), np.uint8)
    starts, stops, lettered = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    words, hard = np.empty(most, np.int32), np.zeros(most, np.bool_)
    block = size = at = 0
    for text in range(len(ends)):
        first, begin = block, at
        while at <= ends[text]:
            while at < ends[text] and _blank(data, at):
                at += _blank(data, at)
            start, known, more = at, size, 0  # more: bytes of signs beyond ASCII, but for one each
            spaces, odd = 0, False
            while True:
                byte = data[at]
                kind = _KINDS[byte]
                letters[size] = _LOWER[byte]
                size += kind & _LETTER
                spaces += (kind & _SPACE) // _SPACE
                if kind & _SIGN:
                    if byte == 10 or byte == 13:
                        break
                    if byte == 0xC2:
                        more += 1
                        at += 1
                    elif byte == 0xE2 and (data[at + 1] == 0x80 or data[at + 1] == 0x82):
                        more += 2
                        at += 2
                    elif byte == 40:  # of "]("
                        odd |= at > start and data[at - 1] == 93
                    elif byte == 112:  # of "http"
                        odd |= at > start + 2 and data[at - 1] == 116 and data[at - 2] == 116 and data[at - 3] == 104
                    elif byte == 46:  # of "www."
                        odd |= at > start + 2 and data[at - 1] == 119 and data[at - 2] == 119 and data[at - 3] == 119
                    else:
                        odd = True
                at += 1
            stop = at
            at += 1
            while stop > start:
                last = _begins(data, stop)
                if not _blank(data, last):
                    break
                spaces -= data[last] == 32
                more -= stop - last - 1
                stop = last
            if stop > start:
                if odd or more and stop - start - more >= 12 * (spaces + 1):
                    hard[block] = True
                    size = known
                starts[block], stops[block], lettered[block], words[block] = start, stop, size, spaces + 1
                block += 1
        if block == first and ends[text] > begin:  # blank lines only
            starts[block], stops[block], lettered[block], words[block] = begin, begin, size, 0
            block += 1
        counts[text] = block - first
    return counts, letters[:size], starts[:block], stops[:block], lettered[:block], words[:block], hard[:block]
