"""Keys and sizes of the blocks of many texts: every block of a corpus passes here."""
from __future__ import annotations

import hashlib
from array import array
from collections.abc import Sequence
from itertools import pairwise

from dedup.arrays import Array, np
from dedup.blocks import texts as blocks_of
from dedup.boilerplate import compiled
from dedup.boilerplate.likeness import scan


def counted(texts: Sequence[str], data: Sequence[bytes]) -> tuple[Array, Array, Array]:
    """`likeness.scan` of the blocks of some texts, end to end: keys uint64 and tokens int32; and how many blocks each text has.

    `data`: the same texts in UTF-8.
    """
    if compiled.at_hand() and texts:
        return _counted(data)
    keys, tokens, counts = array("Q"), array("i"), array("q")
    for text in texts:
        found = scan(blocks_of(text))
        for row, values in zip((keys, tokens), found):
            row.extend(values)
        counts.append(len(found[0]))
    return np.array(keys, np.uint64), np.array(tokens, np.int32), np.array(counts, np.int64)


def _counted(data: Sequence[bytes]) -> tuple[Array, Array, Array]:
    """The same, compiled, but for blocks with markup, addresses, or letters beyond ASCII."""
    from dedup.boilerplate.compiled import keys as twin

    text = b"\n".join([*data, b""])
    behind = np.cumsum([len(one) + 1 for one in data]) - 1
    counts, letters, starts, stops, ends, tokens, hard = twin.scanned(np.frombuffer(text, np.uint8), behind)
    squeezed, hashed = letters.tobytes(), hashlib.blake2b
    digests = [hashed(squeezed[start:end], digest_size=8).digest() for start, end in pairwise([0, *ends.tolist()])]
    keys = np.frombuffer(b"".join(digests), "<u8").astype(np.uint64)
    none = np.diff(ends, prepend=0) == 0
    keys[none] = tokens[none] = 0
    if hard.any():
        places = zip(starts[hard].tolist(), stops[hard].tolist())
        keys[hard], tokens[hard] = scan([text[start:stop].decode("utf-8", "surrogatepass") for start, stop in places])
    return keys, tokens, counts
