"""What is the article's own by the place where it stands: its headline and lead, code, lists of addresses.

Whatever the words of such a line say, and however many other articles hold it.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence

from dedup.article import Block
from dedup.boilerplate.evidence import Item
from dedup.boilerplate.lexicon import Said
from dedup.patterns import lazy

FIRST = 40  # lines among which the first paragraph is
HEAD = 12  # lines above it among which the headline is
TITLE = 3  # words of the shortest headline
TIED = .5  # of the telling words of a headline that stand in the article
LISTED, APART = 3, 4  # addresses that make a list, and lines from one to the next
_FENCE = ("```", "~~~")
_PROMPT, _GOES_ON = ">>> ", "... "
_CALL = lazy(r"[()\[\]{}=:;]")
_HOME = lazy(r"(?:https?://)?[^/?#\s]{4,80}/?")  # of a site: an address with a path is of a page
_WORD = lazy(r"\w{4,}")
_LONG = 6  # letters of a word that names a topic
_STEM = 4  # letters of a word by which its forms are told
_UNSPACED = lazy("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_PAIR = lazy("(?=([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]{2}))")


def telling(text: str) -> set[str]:
    """Stems of the words that can say what a text is about, of four letters or more; of unspaced scripts two signs in a row."""
    folded = text.casefold()
    if not folded.isascii() and _UNSPACED.search(folded):
        return set(_PAIR.findall(folded)) | {word[:_STEM] for word in _WORD.findall(folded) if not _UNSPACED.search(word)}
    return {word[:_STEM] for word in _WORD.findall(folded)}


def tied(text: str, words: set[str]) -> bool:
    """Whether a line speaks of what the article speaks of: two telling words or more, and half of them, stand in it."""
    own = telling(text)
    met = len(own & words)
    return met >= 2 and met >= TIED * len(own)


def head(items: Mapping[int, Item], said: Sequence[Said], units: Sequence[Block]) -> None:
    """Marks what of some items, by place, is the headline or the lead of an article.

    `said`: what its first units say. The first paragraph is one that speaks to nobody, if there is one. The headline is
    the line above it that speaks most of what the article speaks of; the first line may be it though it begins like a label.
    """
    prose = [at for at, one in enumerate(said) if one.form.prose]
    first = next((at for at in prose if not (said[at].hits or said[at].address)), prose[0] if prose else 0)
    if first in items:
        items[first].lead = True
    lines = [(at, items[at]) for at in range(max(0, first - HEAD), first) if at in items]
    some = [item for at, item in lines if TITLE <= item.form.words and not (item.credit or item.form.prose) and (
        item.cue < 2 or at == 0 and all(rule.anchor != "line" for rule in item.hits))]
    if some:
        words = telling("\n".join([unit.text for unit in units[first:]]))
        best = max(len(telling(item.form.text) & words) for item in some)
        for item in some:
            item.own = len(telling(item.form.text) & words) == best and tied(item.form.text, words)


def topic(items: Sequence[Item]) -> set[str]:
    """Stems of the long words of the headline."""
    found = (item.form.normal for item in items[:FIRST] if item.own)
    return {word[:_LONG] for line in found for word in _WORD.findall(line) if len(word) >= _LONG}


def code(units: Sequence[Block]) -> set[int]:
    """Which lines are code: between fences, or at a prompt and what goes on below one."""
    found: set[int] = set()
    fences = [at for at, unit in enumerate(units) if unit.text.startswith(_FENCE)]
    for start, end in zip(fences[::2], fences[1::2]):
        found.update(range(start, end + 1))
    if any(unit.text.startswith(_PROMPT) and _CALL.search(unit.text) for unit in units):  # others quote mails like that
        found.update(at for at, unit in enumerate(units) if unit.text.startswith((_PROMPT, _GOES_ON)))
    return found


def addresses(items: Sequence[Item]) -> set[int]:
    """Which lines are addresses of sites, in a list: three or more different ones, close to each other."""
    found: set[int] = set()
    run: list[int] = []
    for at in (*(at for at, item in enumerate(items) if _address(item)), len(items) + APART):
        if run and at - run[-1] > APART:
            if len({items[place].form.normal for place in run}) >= LISTED:
                found.update(run)
            run = []
        run.append(at)
    return found


def _address(item: Item) -> bool:
    return item.form.words == 1 and item.form.link == 1 and _HOME.fullmatch(item.form.text) is not None
