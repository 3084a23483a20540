"""The frame of a raw page: what stands around the body in text that was scraped with everything around the article."""
from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from dedup.boilerplate.body import PLAYER, STRONG, TOLD
from dedup.boilerplate.evidence import Item
from dedup.boilerplate.points import STRIP
from dedup.patterns import lazy

_WORD = lazy(r"\w+")
_TAG = lazy(r"<[^<>]{0,300}>")
ENDS = ("newsletter", "copyright", "paywall", "cookie", "nav", "donation", "form")  # classes of lines that follow an article
WITHIN = (PLAYER, "donation")  # classes of lines that frame nothing
CAPTION = 8  # lines without a cue above the body that may be its title, byline and date
NEAR = 20  # items before the body among which a paragraph may be its standfirst
RESUMED = 15  # items after the body among which a paragraph may go on with it
LONG = 35  # words of a paragraph that is no teaser
TIED = .7  # of the long words of a sentence that stand in the article
TITLE = 3  # words up to which a line is no title
WHOLE = 200  # words of a line that may be the article once more, as code or for the reader to copy
SAID = 8  # words that nobody says twice in a row
MENU = 8  # lines in a row that may be a menu
REST, NOTE, FEW = .3, .1, .05  # of the prose before the line that closes an article, a note on its author, or a section
# of links, what may follow in its body
MOST = 1  # times the prose of the body that may go with its frame though nothing else speaks against it
TEASED, RIVAL = 3, 1  # times the prose of the body that may stand outside it, and that may do so in one stretch
ALL, HALF = 100, .5  # words of a paragraph that may be all of an article, and how many of the words of the body that is
SHORT, DOUBT = 300, .15  # words of a body that may be the wrong stretch: so little prose outside speaks for another one
LEAST = 90  # words of prose in a body that is worth its name
FRAME = 4  # different lines of furniture around the body that make a page raw


def marks(items: Sequence[Item], cues: Sequence[int], first: int, last: int) -> list[bool]:
    """Which items are furniture by themselves: by a cue, or since they stand outside the body and twice on the page.

    Menus come twice, for large and small screens; a title may, too: the last one above the body is the article's.
    """
    marks = [cue >= 2 for cue in cues[:len(items)]]
    if last < 0:
        return marks
    places: dict[str, list[int]] = {}
    for at in (*range(first), *range(last + 1, len(items))):
        item = items[at]
        if not (item.credit or item.form.title) and item.form.normal:
            places.setdefault(item.form.normal, []).append(at)
    places = {normal: twins for normal, twins in places.items() if len(twins) > 1}
    inside = {item.form.normal for item in items[first:last + 1] if not (item.credit or item.form.title)} if places else set()
    for normal in places.keys() - inside:  # there it would be a table of contents
        before = [at for at in places[normal] if at < first]
        if before and items[before[-1]].form.words > TITLE:
            before.pop()
        for at in (*before, *(at for at in places[normal] if at > last)):
            marks[at] = True
    return marks


def score(items: Sequence[Item], cues: Sequence[int], marks: Sequence[bool], first: int, last: int) -> None:
    """A raw page: everything around the body goes, but for what may be the article's title, byline and date."""
    outside = [*range(first), *range(last + 1, len(items))]
    marked = {items[at].form.normal for at in outside
              if cues[at] >= 2 and not (items[at].form.prose or items[at].credit or items[at].kind in WITHIN)}
    if len(marked) < FRAME:
        return
    inner = sum(item.form.words for item in items[first:last + 1] if item.form.prose)
    outer = sum(items[at].form.words for at in outside if items[at].form.prose and cues[at] < STRONG)
    if inner < LEAST or outer > TEASED * inner or outer > inner and len(marked) < 2 * FRAME:
        return
    before = _stretch(items, cues, range(first))
    rival = max(before, _stretch(items, cues, range(last + 1, len(items))))
    last = _end(items, cues, first, last)
    titled = {at + 1 for at, item in enumerate(items) if item.form.title}  # whatever else it is, it is no furniture
    doubted = _around(items, cues, marks, range(first)) if inner < SHORT and before > max(LONG, DOUBT * inner) else set()
    around = [*_before(items, marks, first, last), *_after(items, cues, first, last)]
    told = {at for at in around if items[at].form.words >= LONG and _paragraph(items[at]) and not items[at].repeat}
    if sum(items[at].form.words for at in told) > MOST * inner:
        doubted = doubted | told  # more would go than stay: only what is certain does
    for index in around:
        whole = items[index].form.words > max(ALL, HALF * inner) and not items[index].cue
        if index in doubted or items[index].form.prose and (rival > RIVAL * inner or index in titled or whole):
            continue  # which of the two is the article is not plain
        items[index].add("page frame")
        items[index].kinds = items[index].kinds or "frame"
    for item in (*_echoes(items), *_doubles(items)):
        item.add("said before")
        item.kinds = item.kinds or "frame"
    for index in range(first, last + 1):
        if cues[index] >= 3 and not items[index].form.prose:
            items[index].add("inside a raw page")


def _stretch(items: Sequence[Item], cues: Sequence[int], places: range) -> int:
    """Words of the most prose without a break."""
    best = told = 0
    for at in places:
        told = told + items[at].form.words if items[at].form.prose and cues[at] < STRONG else 0
        best = max(best, told)
    return best


def _around(items: Sequence[Item], cues: Sequence[int], marks: Sequence[bool], places: Sequence[int]) -> set[int]:
    """Paragraphs, and the lines around each up to the next furniture."""
    plain = {at for at in places if not marks[at] and cues[at] < 2}
    found: set[int] = set()
    for at in places:
        if at in plain and items[at].form.prose:
            for way in (-1, 1):
                probe = at
                while probe in plain and abs(probe - at) <= MENU:
                    found.add(probe)
                    probe += way
    return found


def _before(items: Sequence[Item], marks: Sequence[bool], first: int, last: int) -> list[int]:
    """What stands before the article of a raw page: all but its title, the lines right above the body and a standfirst.

    From the first real paragraph on only furniture goes; a single one above a menu belongs to the menu.
    """
    near = title = next((at for at in range(first - 1, -1, -1) if items[at].form.title), first)
    least = max(0, near - CAPTION) if near == first else near
    while near > least and not marks[near - 1]:
        near -= 1
    menu = _last_menu(items, first)

    def paragraph(at: int) -> bool:
        return 0 <= at < first and not marks[at] and _paragraph(items[at])

    begun = next((at for at in range(first) if paragraph(at)
                  and (at > menu or paragraph(at - 1) or paragraph(at + 1))), first)
    begun = max(begun, title) if title < first else begun  # what stands above the title is no part of the article
    contents = _contents(items, first, last)
    words: set[str] = set()

    def lead(at: int) -> bool:
        """Whether a paragraph, parted from the body by a wall or a form, speaks of what the body speaks of."""
        if not paragraph(at) or items[at].form.words < LONG - 10:
            return False
        words.update(words or {word for item in items[first:last + 1] for word in _words(item)})
        return _tied(items[at], words)

    def own(at: int) -> bool:
        form = items[at].form
        if at in contents:
            return False
        sentence = form.words >= 8 and (form.terminal or form.sentences) or form.words >= 15 and not form.names
        if at >= begun:
            return items[at].cue < 2 or items[at].credit
        if items[at].credit and at >= first - NEAR or lead(at):
            return True
        return not marks[at] and (at >= near or at >= first - NEAR and sentence and not form.bullet)

    return [at for at in range(first) if not own(at)]


def _contents(items: Sequence[Item], first: int, last: int) -> set[int]:
    """A table of contents above the body: three lines or more, close together, that stand in the body again."""
    inside = {item.form.normal for item in items[first:last + 1] if not item.form.prose}
    found = [at for at in range(first) if not (items[at].form.prose or items[at].credit or items[at].form.title)
             and items[at].form.normal in inside and items[at].form.words > 1]
    runs: list[list[int]] = []
    for at in found:
        if not runs or at - runs[-1][-1] > 2:
            runs.append([])
        runs[-1].append(at)
    return {at for run in runs if len(run) >= 3 for at in run}


def _last_menu(items: Sequence[Item], first: int) -> int:
    """Where the last menu above the body ends: a run of lines, several of them entries that menus have; -1 without one."""
    count, found, last = 0, set[str](), -1
    for at in range(first):
        if items[at].form.prose:
            count, found = 0, set()
            continue
        count += 1
        if items[at].cue >= 2 and not items[at].credit:
            found.add(items[at].form.normal)
        if count >= MENU and len(found) >= FRAME:
            last = at
    return last


def _paragraph(item: Item, words: int = 20) -> bool:
    """Running text that speaks of the matter, not to the reader."""
    size = item.form.words
    return item.form.prose and item.cue < 2 and (size >= TOLD or size >= words and not item.address)


def _after(items: Sequence[Item], cues: Sequence[int], first: int, last: int) -> list[int]:
    """What stands after the body of a raw page: from the first furniture on, paragraphs only from a plain cue on.

    Paragraphs close to the body stay when they are long or follow one another: the article goes on after an insertion.
    """
    def prose(at: int) -> bool:
        return last < at < len(items) and _paragraph(items[at], 12)

    found: list[int] = []
    words: set[str] = set()
    opened, plain, closed, near = False, False, False, last
    own = {item.form.normal for item in items[first:last + 1]}  # what stands between its parts does not end an article
    for at in range(last + 1, len(items)):
        ends = items[at].form.normal not in own and _ends(items[at])
        spoken = items[at].form.full and all(rule.anchor == "phrase" for rule in items[at].hits)
        opened = opened or ends and cues[at] >= 4 or cues[at] >= 2 and not spoken and any(
            cue >= 2 for cue in cues[at + 1:at + NEAR])
        plain = plain or ends and cues[at] >= STRONG
        closed = closed or _bio(items[at]) or _closes(items, at)
        resumes = prose(at) and not closed and at <= near + RESUMED
        if resumes and not (items[at].form.words >= LONG or prose(at - 1) or prose(at + 1)):
            words = words or {word for item in items[first:last + 1] for word in _words(item)}
            resumes = _tied(items[at], words)
        near = at if resumes or not (opened or closed) else near
        if (opened or closed) and not found:
            found += _leading(items, cues, last + 1, at)
        if (plain or closed) and not resumes or (opened or closed) and not items[at].form.prose:
            found.append(at)
    return found


def _leading(items: Sequence[Item], cues: Sequence[int], start: int, end: int) -> list[int]:
    """The lines right before the first furniture, where they are as many as a menu and some of them recur or hold a cue.

    Lists stay, and what ends the article: a line that ends like a sentence, a credit.
    """
    start = max((at + 1 for at in range(start, end) if items[at].form.prose), default=start)
    while start < end and (items[start].form.bullet or items[start].form.terminal or items[start].credit):
        start += 1
    lines = [at for at in range(start, end) if items[at].form.normal]
    known = sum(cues[at] > 0 or bool(items[at].repeat) for at in lines)
    listed = start and items[start - 1].form.normal.endswith(":") or 2 * sum(items[at].form.bullet for at in lines) > len(lines)
    return lines if len({items[at].form.normal for at in lines}) >= MENU and 10 * known >= len(lines) and not listed else []


def _tied(item: Item, words: set[str]) -> bool:
    """Whether a sentence says mostly what the article says, in those words: it goes on after an insertion."""
    own = [word for word in _words(item) if len(word) > 4]
    return sum(word in words for word in own) > TIED * len(own)


def _ends(item: Item) -> bool:
    """Whether a line opens what stands below articles. A sentence that holds such words does not."""
    if item.form.full and all(rule.anchor == "phrase" for rule in item.hits):
        return False
    return any(rule.extent != "line" or rule.kind in ENDS for rule in item.hits)


def _closes(items: Sequence[Item], at: int) -> bool:
    """Whether no article goes on after a line: the mark of the rights in it, or a form with fields for more than an address."""
    if items[at].form.prose:
        return False
    for rule in items[at].hits:
        if rule.kind == "copyright" and rule.weight > STRONG and rule.anchor != "phrase":
            return True
        if rule.kind == "form" and rule.weight > STRONG:
            around = items[max(0, at - MENU):at + MENU]
            return len({item.form.normal for item in around if any(hit.kind == "form-field" for hit in item.hits)}) >= 2
    return False


def _bio(item: Item) -> bool:
    """Whether a line heads a note on the author."""
    return not item.form.prose and any(rule.kind == "author-bio" for rule in item.hits)


def _end(items: Sequence[Item], cues: Sequence[int], first: int, last: int) -> int:
    """The last item of the body, when what follows the line that closes it was taken for its end."""
    told = list(accumulate(item.form.words if item.form.prose else 0 for item in items[first:last + 1]))
    times = Counter(item.form.normal for item, cue in zip(items[first:last + 1], cues[first:]) if cue >= STRONG)

    def ends(at: int) -> bool:
        return times[items[at].form.normal] == 1 and not items[at].form.prose and _ends(items[at])

    for at in range(first + 1, last + 1):
        rest = (told[-1] - told[at - first]) / max(told[at - first], TOLD)
        if rest < NOTE and _bio(items[at]) or rest < REST and _closes(items, at) or rest < FEW and ends(at):
            return at - 1
    return last


def _echoes(items: Sequence[Item]) -> list[Item]:
    """What a page says again: three or more paragraphs in a row that stand above, and the lines among them that do."""
    found: list[Item] = []
    said = set[str]()
    run: list[Item] = []
    strange = 0  # lines in a row that are new
    for item in items:
        form = item.form
        again = form.normal in said
        said.add(form.normal)
        if again:
            run.append(item)
            strange = 0
        elif form.prose or strange >= 2:
            found += _echo(run)
            run, strange = [], 0
        elif form.normal:
            strange += 1
    return [*found, *_echo(run)]


def _doubles(items: Sequence[Item]) -> list[Item]:
    """Captions that stand again right below themselves, and lines that hold most of the page again: code, or for copying."""
    found = []
    whole = max((at for at, item in enumerate(items) if item.form.words >= WHOLE), default=-1)  # the last line of that kind
    said: set[tuple[str, ...]] = set()
    for at, item in enumerate(items):
        grams = _grams(item) if at <= whole else set()
        if item.form.words >= WHOLE and 2 * len(grams & said) > len(grams):
            found.append(item)
        elif item.form.words >= SAID and any(
                item.form.normal == other.form.normal and other.total < STRIP for other in items[max(0, at - 2):at]):
            found.append(item)  # one of them stays
        said |= grams
    return found


def _words(item: Item) -> list[str]:
    text = item.form.text.lower()
    return _WORD.findall(_TAG.sub(" ", text) if "<" in text else text)


def _grams(item: Item) -> set[tuple[str, ...]]:
    """The words of a line without its tags, each with the three that follow."""
    words = _words(item)
    return set(zip(words, words[1:], words[2:], words[3:]))


def _echo(run: Sequence[Item]) -> Sequence[Item]:
    told = [item.form.words for item in run if item.form.prose]
    return run if len(told) >= 3 and sum(told) >= TOLD else []
