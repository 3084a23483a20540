"""Keys and sizes of the blocks of many texts: every block of a corpus passes here."""
from __future__ import annotations

from array import array
from collections.abc import Sequence

from dedup.arrays import Array, np
from dedup.blocks import texts as blocks_of
from dedup.boilerplate.likeness import scan


def counted(texts: Sequence[str]) -> tuple[Array, Array, Array]:
    """`likeness.scan` of the blocks of some texts, end to end: keys uint64 and tokens int32; how many blocks each text has."""
    keys, tokens, counts = array("Q"), array("i"), array("q")
    for text in texts:
        found = scan(blocks_of(text))
        for row, values in zip((keys, tokens), found):
            row.extend(values)
        counts.append(len(found[0]))
    return np.array(keys, np.uint64), np.array(tokens, np.int32), np.array(counts, np.int64)
