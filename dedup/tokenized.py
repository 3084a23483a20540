"""An article as it is aligned: its tokens, where lines begin, which lines are prose."""
from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from dedup.alignment import HashedSequence, TokenSequence
from dedup.arrays import np
from dedup.engines import BEGINS, FIGURE
from dedup.once import once
from dedup.patterns import lazy
from dedup.shingles import UNSPACED, fold, kind, tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.engines import Engine

PROSE = 10  # tokens that make a line prose rather than a menu entry, a title or a label
UNSPACED_WORD = 0.6  # words that one character of an unspaced script stands for: Chinese has 1.5 to 1.8 to a word
_WORD = lazy(r"[^\W\d_][\w'’]*")
_DIGIT = lazy(r"\d")
_YEAR = lazy(r"(?:1[89]|20)\d\d")


class TokenizedText:
    """A masked article, in pure Python; every part is made when it is first asked for."""

    def __init__(self, text: str) -> None:
        self.text = text

    @once
    def _lines(self) -> list[list[str]]:
        """The folded tokens of each line that has any."""
        return [line for line in map(tokens, fold(self.text).split("\n")) if line]

    @once
    def tokens(self) -> list[str]:
        """The folded tokens."""
        return [token for line in self._lines for token in line]

    @once
    def size(self) -> int:
        """How many tokens there are."""
        return len(self.tokens)

    @once
    def sequence(self) -> TokenSequence:
        """The tokens, ready to be aligned."""
        return TokenSequence(self.tokens)

    @once
    def begins(self) -> bytes:
        """1 for a token that begins a line, 0 for any other."""
        return b"".join([b"\1" + bytes(len(line) - 1) for line in self._lines])

    @once
    def prose(self) -> bytes:
        """1 for a token in a line of prose, 0 for any other; all 1 where there is no such line."""
        starts = [at for at, begins in enumerate(self.begins) if begins]
        marks = b"".join([(b"\1" if end - start >= PROSE else b"\0") * (end - start)
                          for start, end in pairwise([*starts, self.size])])
        return marks if 1 in marks else b"\1" * self.size

    @once
    def words_a_token(self) -> float:
        """How many words a token stands for: 1, or less the more of the text is in scripts without spaces."""
        if self.text.isascii() or not self.size:
            return 1.0
        characters = sum([self.text.count(one) for one in set(self.text) if kind(one) == UNSPACED])
        return 1 - (1 - UNSPACED_WORD) * min(characters / self.size, 1.0)

    @once
    def names(self) -> frozenset[str]:
        """Folded tokens that stand with a capital here and never without; all where the text knows no capitals."""
        upper: list[str] = []
        lower: list[str] = []
        for word in set(_WORD.findall(self.text)):
            (upper if word[0].isupper() else lower).append(word)
        if not upper:
            return frozenset(self.tokens)
        return frozenset(tokens(fold(" ".join(upper)))).difference(tokens(fold(" ".join(lower))))

    @once
    def years(self) -> tuple[list[str], list[str]]:
        """The years that the first line with any token names, and the other tokens of that line."""
        start, text = 0, self.text
        while start <= len(text):
            end = text.find("\n", start)
            end = end if end >= 0 else len(text)
            if (line := text[start:end].strip()) and (found := tokens(fold(line))):
                return ([token for token in found if _YEAR.fullmatch(token)],
                        [token for token in found if not _YEAR.fullmatch(token)])
            start = end + 1
        return [], []

    def same_words(self, other: TokenizedText) -> bool:
        """Whether two articles have the same tokens."""
        return self.tokens == other.tokens


class HashedText(TokenizedText):
    """A masked article whose tokens an engine has hashed already, so that most questions need no strings."""

    def __init__(self, text: str, words: NDArray[np.uint64], engine: Engine) -> None:
        """`words`: uint64 [n] as `words` of an engine gives them."""
        super().__init__(text)
        self.size = len(words)
        self._words, self._engine = words, engine

    @once
    def _hashes(self) -> NDArray[np.uint64]:
        return self._words & ~np.uint64(BEGINS | FIGURE)

    @once
    def sequence(self) -> TokenSequence:
        return HashedSequence(self._hashes, self._engine)

    @once
    def begins(self) -> bytes:
        return (self._words & np.uint64(BEGINS)).astype(np.uint8).tobytes()

    def same_words(self, other: TokenizedText) -> bool:
        assert isinstance(other, HashedText)
        return np.array_equal(self._hashes, other._hashes)


class HashedTexts(NamedTuple):
    """The hashed tokens of some articles, each one's `row` among them, and the engine that aligns them."""

    hashes: NDArray[np.uint64]  # of all, end to end
    offsets: NDArray[np.int64]  # [n+1]
    engine: Engine
    row: Mapping[int, int]  # by number of the article

    def of(self, number: int, text: str) -> HashedText:
        """One of the articles, whose masked text is `text`."""
        row = self.row[number]
        return HashedText(text, self.hashes[self.offsets[row]:self.offsets[row + 1]], self.engine)
