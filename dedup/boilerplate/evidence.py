"""What is judged as one, and the points that are given for it."""
from __future__ import annotations

from collections.abc import Sequence, Set

from dedup.article import Block
from dedup.boilerplate.cues import Rule
from dedup.boilerplate.form import Form
from dedup.boilerplate.lexicon import Said
from dedup.boilerplate.points import WORTH
from dedup.patterns import lazy

APPEAL = ("donation", "newsletter", "paywall")  # classes that come as running text and address the reader
TAIL = 1500  # how far from the end of a long block sentences are looked at, in characters
_PIECE = lazy(r"[.!?…؟。！？](?:(?<=[。！？])[”」』]?|[\"'”’»)\]]{0,3}\s+)")  # that all begin with one set is quicker


class Item:
    """A block, or one sentence of it, while it is being judged."""

    cue = 0  # points of the cues alone
    score = 0  # points of the cues, and of what is around it
    made: list[tuple[str, int]] = []  # what they are given for; this one is never filled
    least = 0  # points that repetition is worth, whatever else is said
    told = ""  # how often it recurs
    evidence: Set[str] = frozenset()
    kinds = ""  # the class that a region gave
    repeat = ""
    shared = False
    alone = ""
    strip = False
    own = False  # the article's own by the place where it stands
    lead = False  # its first paragraph

    def __init__(self, block: int, start: int, end: int, said: Said, hits: tuple[Rule, ...] = (), *, piece: bool) -> None:
        self.block, self.start, self.end, self.said, self.piece = block, start, end, said, piece
        self.form, self.credit = said.form, said.credit
        self.hits = hits  # those that may match where it stands

    @property
    def address(self) -> int:
        return self.said.address

    @property
    def kind(self) -> str:
        return self.hits[0].kind if self.hits else self.kinds or ("repeated" if self.repeat else "")

    @property
    def rule(self) -> str:
        return self.hits[0].id if self.hits else self.repeat or self.kinds

    @property
    def total(self) -> int:
        points = self.score if self.score > self.least else self.least
        return 0 if self.own or self.said.allowed else points

    def set_aside(self) -> None:
        """It is the article's own, whatever its words say."""
        self.own, self.hits, self.cue, self.score, self.made, self.evidence = True, (), 0, 0, [], frozenset()

    def add(self, what: str, points: int | None = None) -> None:
        """Evidence of the table, for its points or for others."""
        worth = WORTH[what]
        self._give(what, worth.points if points is None else points, worth.kind)

    def cued(self, rule: Rule) -> None:
        """A rule that matches."""
        self._give(rule.id, rule.weight, "cue")
        self.cue += rule.weight

    def spared(self, what: str) -> None:
        """Evidence that takes away what its surroundings gave, and leaves its cues."""
        points = sum(points for _, points in self.made if points > 0) - self.cue
        if points:
            self._give(what, -points, "")

    def _give(self, what: str, points: int, kind: str) -> None:
        if self.made:
            self.made.append((what, points))
        else:
            self.made = [(what, points)]
        self.score += points
        if kind and kind not in self.evidence:
            self.evidence = self.evidence | {kind}

    def parts(self) -> list[tuple[str, int]]:
        found = [part for part in self.made if part[1]]
        more = self.total - self.score
        return [*found, (self.told, more)] if self.told and more > 0 else found


def units_of(text: str, blocks: Sequence[Block]) -> tuple[list[Block], list[int]]:
    """What of a text is judged as one: its blocks; of its last block, or when there are few, sentences. And of which block."""
    whole = len(blocks) - 1 if len(blocks) > 3 else 0
    units, of = list(blocks[:whole]), list(range(whole))
    for number, block in enumerate(blocks[whole:], whole):
        form = Form(block.text)
        pieces = _sentences(text, block) if form.words >= 25 and form.sentences else []
        some = [Block(start, end, text[start:end].strip()) for start, end in pieces] or [block]
        units += some
        of += [number] * len(some)
    return units, of


def item(unit: Block, block: int, said: Said, size: int, *, piece: bool) -> Item:
    """A unit of a text of `size` code points, to be judged. Rules for its head or tail match in that half only."""
    if not said.hits:
        return Item(block, unit.start, unit.end, said, piece=piece)
    hits = said.hits
    if any([rule.position != "any" for rule in hits]):
        halves = ("any", *["head"] * (2 * unit.start < size), *["tail"] * (2 * unit.end > size))
        hits = tuple([rule for rule in hits if rule.position in halves])
    item = Item(block, unit.start, unit.end, said, hits, piece=piece)
    kinds: set[str] = set()
    for rule in hits:
        if rule.anchor == "phrase" or rule.kind not in kinds:  # of line patterns of one class only the heaviest counts
            item.cued(rule)
        kinds.add(rule.kind)
    return item


def _sentences(text: str, block: Block) -> list[tuple[int, int]]:
    """[start, end) of the sentences at the end of a block, the first piece being all that stands before them.

    The last one ends where the block's line ends begin: the line end stays as long as anything of the block does.
    """
    end = block.start + len(text[block.start:block.end].rstrip())
    start = max(block.start, end - TAIL)
    cuts = [start + match.end() for match in _PIECE.finditer(text[start:end])]
    cuts = [cut for cut in cuts if cut < end]
    if not cuts:
        return []
    return list(zip([block.start, *cuts], [*cuts, end]))
