"""The body of a page: the stretch of blocks with the greatest sum of prose minus furniture.

That is body text extraction (Finn et al. 2001), on blocks instead of tags.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dedup.boilerplate.evidence import Item
from dedup.once import once

STRONG = 5  # a cue that names its class
OPENS = ("until-heading", "to-end")  # extents of lines that open a section
PLAYER = "player"  # the class of lines that videos leave in the midst of articles
TOLD = 60  # words of a paragraph that is no call to the reader though it addresses him
LABEL = 3  # words of a name, a label or a mark, even with a full stop
REFRAIN = 3  # times that a label stands between paragraphs to part nothing


class Body:
    """The stretch of items with the most prose and the least furniture: its first and last item, 0 and -1 without any prose.

    It is looked for only where it matters: it begins and ends with an item that speaks for it, so that the furniture at
    either end of a text is outside in any case.
    """

    def __init__(self, items: Sequence[Item], cues: Sequence[int]) -> None:
        self._items, self._cues = items, cues
        self._head, self._tail = 0, len(items)  # where the furniture at the ends has its end, and begins
        while self._head < self._tail and self._furniture(self._head):
            self._head += 1
        while self._tail > self._head and self._furniture(self._tail - 1):
            self._tail -= 1

    def _furniture(self, at: int) -> bool:
        return self._cues[at] >= 2 and (self._cues[at] >= STRONG or not self._items[at].form.prose)

    @once
    def _place(self) -> tuple[int, int]:
        best, place, total, start = 0.0, (0, -1), 0.0, 0
        for index, value in enumerate(_values(self._items, self._cues)):
            if total <= 0:
                total, start = 0.0, index
            total += value
            if total > best:
                best, place = total, (start, index)
        return place

    @property
    def first(self) -> int:
        return self._place[0]

    @property
    def last(self) -> int:
        return self._place[1]

    def outside(self, at: int) -> bool:
        """Whether an item, or what follows the items, is no part of it."""
        return not (self._head <= at < self._tail and self.first <= at <= self.last)


def _values(items: Sequence[Item], cues: Sequence[int]) -> list[float]:
    """How much each item speaks for the body of the page, in words.

    A heading of related stories or comments opens a section of teasers: single paragraphs among titles count for little
    there, until two paragraphs in a row resume the article.
    """
    prose = [cue < STRONG and item.form.prose for item, cue in zip(items, cues)]
    long = [told and item.form.words >= 20 for item, told in zip(items, prose)]
    refrain = _refrains(items, long)
    solid = [at for at in range(len(items)) if not refrain[at]]
    values = [0.0] * len(items)
    count = Counter(item.form.normal for item, cue in zip(items, cues) if cue >= STRONG)
    teasers = False  # inside such a section
    for place, at in enumerate(solid):
        form, cue = items[at].form, cues[at]
        if prose[at]:
            value = float(min(form.words, 100))
            alone = place + 1 < len(solid) and (items[solid[place + 1]].form.short or items[solid[place + 1]].form.words <= LABEL)
            if place and long[at] and long[solid[place - 1]]:
                teasers = False
            elif teasers and (form.words < TOLD or alone):
                value *= .1
        elif cue >= STRONG and count[form.normal] < REFRAIN and any(rule.extent in OPENS for rule in items[at].hits):
            value, teasers = -15.0, True
        elif cue >= 2:
            value = -1.0 if items[at].kind == PLAYER else -8.0
        elif form.short:
            value = -3.0 - 3 * form.bullet - 4 * (form.link > .5)
        else:
            value = 3.0 if form.terminal and form.words > LABEL else -1.0
        values[at] = value
    return values


def _refrains(items: Sequence[Item], long: Sequence[bool]) -> list[bool]:
    """Which items are labels that stand between two paragraphs again and again, and part nothing."""
    between = Counter(items[at].form.normal for at in range(1, len(items) - 1)
                      if long[at - 1] and long[at + 1] and items[at].form.short)
    often = {label for label, times in between.items() if times >= REFRAIN}
    return [item.form.normal in often for item in items] if often else [False] * len(items)
