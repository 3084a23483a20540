"""Blocks of many texts counted together are those of each text, counted by itself."""
from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from dedup.blocks import texts
from dedup.boilerplate.keys import counted
from dedup.boilerplate.likeness import scan

BLANKS = [*filter(str.isspace, map(chr, range(0x110000))), "\r\n", "\n\n"]
SIGNS = ["’", "“", "—", "€", "£", "§", "\u200b", "\u2060", "⌘", "<b>", "</p>", "](x)", "]", "(", "http://a.b", "http", "htt", "p",
         "www.a", "ww", "w.", ".", "0", "_", "\x00", "\x7f"]
WORDS = ["storm", "Ib", "THE", "é", "Straße", "İ", "ﬁ", "日本", "ไทย", "\ud800", "\U0001d400", "a" * 30, "word " * 9]
PIECES = st.sampled_from(BLANKS) | st.sampled_from(SIGNS) | st.sampled_from(WORDS) | st.sampled_from(" \n") | st.text(max_size=4)


@given(st.lists(st.lists(PIECES, max_size=30).map("".join), max_size=5))
@example(["".join(BLANKS), "", "".join(f"{blank}word{blank}\n" for blank in BLANKS), "\u00a0‘\u00a0"])
@example(["“" + "x" * 20 + "”", "“" + "x" * 9 + "”"])  # without a blank: by words where it is long
def test_blocks_are_counted_together_as_alone(some: list[str]) -> None:
    keys, tokens, counts = counted(some)
    found = [scan(texts(text)) for text in some]
    assert counts.tolist() == [len(row) for row, _ in found]
    assert keys.tolist() == [key for row, _ in found for key in row]
    assert tokens.tolist() == [size for _, row in found for size in row]
