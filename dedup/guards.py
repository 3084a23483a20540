"""Reasons to doubt that two articles which share much are copies of one article.

Every guard looks at the two (masked) articles alone, so that a pair is judged the same wherever it is met. A guard
never makes a copy; it only takes one back.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dedup.alignment import Passage, Sequence3, WordSequence, covered, passages
from dedup.arrays import np
from dedup.boilerplate.form import strange
from dedup.engines import BEGINS, FIGURE
from dedup.once import once
from dedup.patterns import lazy
from dedup.shingles import SEPARATOR, WORD, fold, kind, token_hash, tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dedup.engines import Engine

SHORT = 50  # tokens below which an article is decided by edit similarity
# ASCII separators as blanks, in UTF-8
_BLANKS = bytes(byte if byte == 10 or byte > 127 or chr(byte).isalnum() else 32 for byte in range(256))
_WRITTEN = bytes(byte if chr(byte).isalnum() or byte == 95 else 32 for byte in range(128)) + bytes(range(128, 256))
_LETTER = lazy(r"[^\W\d_]")
_CAPITAL = lazy(r"[A-Z]\w*")
_DIGIT = lazy(r"\d")
_YEAR = lazy(r"(?:1[89]|20)\d\d")
_PROSE = 10  # tokens that make a line prose rather than a menu entry
_CHANGED = 0.5  # share of the names and figures in shared passages that may be others
_SOME = 0.25  # ... if so many changed ones stand to a token: an updated story has few figures to a page
_DENSE = 0.065
_SPARSE = 0.03  # below it, others are no slots but the counters and times of a long page
_WHOLE = 0.9  # share of the smaller article from which on it does not matter where in the larger one it stands
_NEARLY = 0.8  # ... and from which how much more stands in the larger one does not matter, if both begin alike:
_ALIKE = 0.75  # share of either beginning
_LEAD = 100  # tokens of the beginning
_ENOUGH = 0.97  # what the share of the smaller article and half that of the beginnings must come to
_OPENING = 0.3  # share of the beginning of both articles that must be shared: copies keep the top of a story
MOST = 0.6  # share of a digest that no single story in it reaches
_TOP = 0.8  # share of a story's beginning that must stand in a digest
_STORY = 40  # tokens of it
_COMPACT = 0.7  # share of the stretch from its first to its last token there that is the story's
_APART = 0.2  # overlap, in the smaller one, up to which two passages are separate
_PART = 0.4  # share of the larger article's prose that must be shared
PROSE = BEGINS  # of a word: whether it stands in a line of prose


def with_prose(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The words that an engine gives of some articles, changed in place: with PROSE in place of BEGINS."""
    begins = np.flatnonzero(words & np.uint64(BEGINS))
    lengths = np.append(begins[1:], len(words)) - begins if len(words) else begins
    words &= ~np.uint64(BEGINS)
    words |= np.repeat(np.where(lengths >= _PROSE, np.uint64(PROSE), np.uint64(0)), lengths)
    return words


class Words(NamedTuple):
    """The words of articles as `with_prose` gives them, each article's `row` of them, and the engine that aligns them."""

    hashes: NDArray[np.uint64]
    offsets: NDArray[np.int64]
    engine: Engine
    row: Mapping[int, int]

    def form(self, number: int, text: str) -> Form:
        """The form of one of them, of this text."""
        row = self.row[number]
        return WordForm(text, self.hashes[self.offsets[row]:self.offsets[row + 1]], self.engine)


class Form:
    """What the guards need of one article, each part made when first asked for."""

    def __init__(self, text: str) -> None:
        self.text = text

    @once
    def size(self) -> int:
        """How many tokens there are."""
        return len(self.tokens)

    def same_words(self, other: Form) -> bool:
        """Whether two articles have the same tokens."""
        return self.tokens == other.tokens

    @once
    def _lines(self) -> list[list[str]]:
        folded = fold(self.text)
        if not folded.isascii():
            letters = [letter for letter in set(folded) if letter > "\x7f"]
            if any(kind(letter) not in (SEPARATOR, WORD) for letter in letters):
                return [tokens(line) for line in folded.split("\n")]
            for letter in letters:
                if kind(letter) == SEPARATOR:
                    folded = folded.replace(letter, " ")
        plain = folded.encode("utf-8", "surrogatepass").translate(_BLANKS)
        return [line.split() for line in plain.decode("utf-8", "surrogatepass").split("\n")]

    @once
    def tokens(self) -> list[str]:
        """The folded tokens."""
        return [token for line in self._lines for token in line]

    @once
    def head(self) -> str:
        """The first line that has any tokens."""
        start, text = 0, self.text
        while start <= len(text):
            end = text.find("\n", start)
            end = end if end >= 0 else len(text)
            line = text[start:end]
            if any(map(str.isalnum, line)) if line.isascii() else tokens(fold(line)):
                return line
            start = end + 1
        return ""

    @once
    def years(self) -> list[str]:
        """The years that its head names, in order."""
        if not _DIGIT.search(self.head):
            return []
        found: list[str] = _YEAR.findall(self.head if self.head.isascii() else fold(self.head))
        return found

    @once
    def sequence(self) -> Sequence3:
        """The tokens, ready to be aligned."""
        return Sequence3(self.tokens)

    def _marked(self) -> bytes:
        """1 for a token in a line of prose, 0 for another."""
        return b"".join([(b"\1" if len(line) >= _PROSE else b"\0") * len(line) for line in self._lines])

    @once
    def _prose(self) -> bytes:
        mask = self._marked()
        return mask if mask.count(1) >= SHORT else b"\1" * len(mask)

    @once
    def prose(self) -> int:
        """Which tokens stand in lines of prose; all of them where there are next to none."""
        return int.from_bytes(self._prose, "little")

    @once
    def top(self) -> int:
        """The first tokens of the prose."""
        lead = self._prose[:_LEAD]
        end = len(lead) - 1
        for _ in range(min(_LEAD, self._prose.count(1)) - lead.count(1)):
            end = self._prose.index(1, end + 1)
        return int.from_bytes(self._prose[:end + 1], "little")

    @once
    def names(self) -> frozenset[str]:
        """Folded tokens that stand with a capital here and never without: names, and German nouns."""
        words = _words(self.text)
        plain = {*filter(str.islower, filter(str.isalpha, words))}  # most of them
        others, upper = words - plain, []
        if not self.text.isascii():
            plain = {*map(str.casefold, plain)}
        for word in others:
            if not word[0].isalpha():
                letter = _LETTER.search(word)
                word = word[letter.start():] if letter else ""
            if word[:1].isupper():
                upper.append(word)
            else:
                plain.add(word.casefold())
        capital = {word for word in upper if word.casefold() not in plain}
        foreign = (token for word in capital if not word.isascii() for token in tokens(fold(word)))
        return frozenset([*(word.lower() for word in capital if word.isascii()), *foreign])

    @once
    def telling(self) -> int:
        """Which tokens are names or figures."""
        kinds = dict.fromkeys(self.tokens, 0)
        kinds.update((token, 1) for token in kinds if not token.isalpha() and _DIGIT.search(token))
        kinds.update(dict.fromkeys(self.names, 1))
        return int.from_bytes(bytes(map(kinds.__getitem__, self.tokens)), "little")

    def may_tell(self, places: Sequence[tuple[int, int]]) -> int:
        """How many of the tokens [start, end) are names or figures, or more."""
        return sum([end - start for start, end in places])

    def told(self, other: Form) -> int | None:
        """What `told` of an engine says of the two, if it says anything."""
        return None


def _words(text: str) -> set[str]:
    """The distinct words of a text, as written: runs of letters, figures and "_"."""
    for sign in set(strange(text)):
        if not sign.isalnum():
            text = text.replace(sign, " ")
    return {*text.encode().translate(_WRITTEN).decode().split()}


class WordForm(Form):
    """The same of an article of which the hashes of its words are at hand: they need not be made anew from the text."""

    def __init__(self, text: str, words: NDArray[np.uint64], engine: Engine) -> None:
        super().__init__(text)
        self.size = len(words)
        self._words, self._engine = words, engine

    @once
    def _hashes(self) -> NDArray[np.uint64]:
        return self._words & ~np.uint64(PROSE | FIGURE)

    def same_words(self, other: Form) -> bool:
        assert isinstance(other, WordForm)
        return np.array_equal(self._hashes, other._hashes)

    @once
    def sequence(self) -> Sequence3:
        return WordSequence(self._hashes, self._engine)

    @once
    def telling(self) -> int:
        names = np.array([*map(token_hash, self.names or [""])], np.uint64) & ~np.uint64(PROSE | FIGURE)
        names.sort()
        named = names.take(np.searchsorted(names, self._hashes), mode="clip") == self._hashes
        return int.from_bytes((named | (self._words & np.uint64(FIGURE) != 0)).tobytes(), "little")

    def may_tell(self, places: Sequence[tuple[int, int]]) -> int:
        if self._capitals is None:
            return super().may_tell(places)
        return sum([word & FIGURE > 0 or word & ~(PROSE | FIGURE) in self._capitals
                    for start, end in places for word in self._words[start:end].tolist()])

    def told(self, other: Form) -> int | None:
        assert isinstance(other, WordForm)
        return self._engine.told(self.sequence.grams, other.sequence.grams, self.text, other.text)

    @once
    def _capitals(self) -> frozenset[int] | None:
        """The words that stand with a capital, if that of no word is beyond ASCII."""
        if any(map(str.isalnum, strange(self.text))):
            return None
        return frozenset([token_hash(word.lower()) & ~(PROSE | FIGURE) for word in {*_CAPITAL.findall(self.text)}])

    def _marked(self) -> bytes:
        return (self._words & np.uint64(PROSE)).astype(np.uint8).tobytes()


class Side(NamedTuple):
    """One of two articles, and which of its tokens lie in shared passages: a mask as `covered` makes it."""

    form: Form
    shared: int

    @property
    def story(self) -> int:
        """How many tokens of its prose are shared."""
        return (self.shared & self.form.prose).bit_count()

    @property
    def compact(self) -> bool:
        """Whether what is shared stands in one place rather than around something else."""
        first, last = (self.shared & -self.shared).bit_length(), self.shared.bit_length()
        return last > 0 and self.shared.bit_count() >= _COMPACT * ((last - first) // 8 + 1)

    @property
    def cover(self) -> float:
        """Share of its prose that is shared."""
        return self.story / max(self.form.prose.bit_count(), 1)

    @property
    def lead(self) -> float:
        """Share of the beginning of its prose that is shared."""
        return (self.shared & self.form.top).bit_count() / max(self.form.top.bit_count(), 1)


class Evidence:
    """Two articles side by side: `small` is the one with fewer tokens (the left one when they are equal)."""

    def __init__(self, left: Form, right: Form) -> None:
        self.edition = edition(left, right)
        self._forms = (right, left) if right.size < left.size else (left, right)

    @once
    def passages(self) -> list[Passage]:
        """The shared passages, in the order of the smaller article."""
        return passages(self._forms[0].sequence, self._forms[1].sequence)

    @once
    def small(self) -> Side:
        """The smaller article."""
        form = self._forms[0]
        return Side(form, covered([(passage.left, passage.left_end) for passage in self.passages], form.size))

    @once
    def large(self) -> Side:
        """The larger article."""
        form = self._forms[1]
        return Side(form, covered([(passage.right, passage.right_end) for passage in self.passages], form.size))

    @once
    def _replaced(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """[start, end) in either article of what stands between neighbouring runs, where there is something in both.

        An insertion stands for nothing: a byline between title and text is no slot that somebody filled otherwise.
        """
        ours, theirs = [], []
        for end, _, other_end, _, runs in self.passages:
            for start, other_start, length in runs:
                if start > end and other_start > other_end:
                    ours.append((end, start))
                    theirs.append((other_end, other_start))
                end, other_end = start + length, other_start + length
        return ours, theirs

    @once
    def _others(self) -> tuple[int, int]:
        """Which tokens of either article stand for others in shared passages."""
        runs = [run for passage in self.passages for run in passage.runs]
        equal = [(start, start + length) for start, _, length in runs], [(start, start + length) for _, start, length in runs]
        small, large = (covered(replaced, form.size) & ~covered(some, form.size)
                        for form, replaced, some in zip(self._forms, self._replaced, equal))
        return small, large

    @once
    def _changes(self) -> tuple[int, int]:
        """How many tokens are replaced, and no more than how many stand in shared passages, but one at least: both articles
        together."""
        left, right = (form.sequence for form in self._forms)
        return left.changes(right) or (
            sum([end - start for replaced in self._replaced for start, end in replaced]), self._shared())

    def _shared(self) -> int:
        shared = end = 0
        for passage in self.passages:
            shared += passage.left_end - max(passage.left, end)
            end = passage.left_end
        return max(shared + max((passage.right_end - passage.right for passage in self.passages), default=0), 1)

    @property
    def most(self) -> float:
        """No less than `differing`, for a fraction of its cost: most copies differ in little."""
        replaced, shared = self._changes
        return replaced / shared

    @property
    def slots(self) -> float:
        """No less than the changed names and figures a token, for a fraction of the cost: most words are neither."""
        told = self._forms[0].told(self._forms[1])
        if told is None:
            told = sum([form.may_tell(replaced) for form, replaced in zip(self._forms, self._replaced)])
        return told / self._changes[1]

    @property
    def differing(self) -> float:
        """Share of the tokens of shared passages, both articles together, that stand for others."""
        shared = self.small.shared.bit_count() + self.large.shared.bit_count()
        return sum([other.bit_count() for other in self._others]) / max(shared, 1)

    @once
    def changed(self) -> tuple[float, int, float]:
        """Of the names and figures in shared passages: (share that are others, how many, changed ones a token).

        Both articles together.
        """
        sides = self.small, self.large
        total = sum((side.form.telling & side.shared).bit_count() for side in sides)
        changed = sum((side.form.telling & other).bit_count() for side, other in zip(sides, self._others))
        return changed / max(total, 1), total, changed / max(sum(side.shared.bit_count() for side in sides), 1)

    def side(self, form: Form) -> Side:
        """The side of one of the two articles."""
        return self.small if self.small.form is form else self.large

    @property
    def part(self) -> bool:
        """Whether the larger article holds the beginning and a good deal of the smaller one in one of its places."""
        return (self.small.lead >= _TOP and self.small.cover >= _PART and self.large.cover < MOST
                and self.large.compact)


def template(evidence: Evidence, limit: float = _CHANGED) -> str | None:
    """The same sentences about something else: scores, weather, earnings, the announcement of every week."""
    if evidence.most <= _SPARSE or evidence.slots <= _SPARSE or evidence.differing <= _SPARSE:  # the quickest to tell first
        return None
    changed, total, density = evidence.changed
    if total >= 4 and (changed > limit and density > _SPARSE or changed > _SOME and density > _DENSE):
        return f"{changed:.0%} of the names and figures in the shared passages are others"
    return None


def edition(left: Form, right: Form) -> str | None:
    """The same piece of another year: the titles differ in the year and in nothing else."""
    if left.head == right.head or left.years == right.years:  # most copies keep the title
        return None
    one, other = (tokens(fold(form.head)) for form in (left, right))
    if len(one) == len(other) >= 3:
        others = [pair for pair in zip(one, other) if pair[0] != pair[1]]
        if others and all(_YEAR.fullmatch(word) for pair in others for word in pair):
            return f"the titles name different years: {others[0][0]} and {others[0][1]}"
    return None


def background(evidence: Evidence) -> str | None:
    """Only a part is common: a background passage, a long quotation, boilerplate nobody recognised.

    Copies keep the top of a story; what a follow-up takes over stands below a top of its own. So the less of the
    smaller article is shared, the more of both beginnings must be.
    """
    small, large = evidence.small, evidence.large
    lead = min(small.lead, large.lead)
    if small.cover >= (_NEARLY if lead >= _ALIKE else _WHOLE):
        return None
    if large.cover < _PART or small.cover + (small.lead + large.lead) / 4 < _ENOUGH:
        return f"shared passages cover only {small.cover:.0%} and {large.cover:.0%} of the two"
    if lead < _OPENING:
        return f"shared passages cover {small.cover:.0%} of the smaller one, but not the beginning of both"
    return None


def digest(places: Sequence[Side]) -> bool:
    """Whether an article is made of several others: `places` are its sides of the pairs with those it holds.

    Two of them stand in separate places of it, and none makes up most of it (abridged copies of one article overlap).
    """
    stories = [place for place in places if place.story >= _STORY]
    return any(not overlapping(one, other) for at, one in enumerate(stories) for other in stories[:at])


def overlapping(one: Side, other: Side) -> bool:
    """Whether two passages of one article have more than an edge in common."""
    common = (one.shared & other.shared & one.form.prose).bit_count()
    return common >= _APART * min(one.story, other.story)


def objection(evidence: Evidence, *, contained: bool, changed: float = _CHANGED) -> str | None:
    """Why the two are no copies after all, or None.

    contained: their Jaccard alone does not make them copies. changed: share of names and figures that may be others.
    """
    return evidence.edition or template(evidence, changed) or (background(evidence) if contained else None)
