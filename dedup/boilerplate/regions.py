"""What the surroundings of a block say: the body of the page, menus, sections of links, comment threads, appeals.

The body is the stretch of blocks with the greatest sum of prose minus furniture (body text extraction, Finn et al.
2001, on blocks instead of tags).
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from dedup.boilerplate.evidence import APPEAL, Item

STRONG = 5  # a cue that names its class
MASK, STRIP = 4, 6
OPENS = ("until-heading", "to-end")
ENDS = ("newsletter", "copyright", "paywall", "cookie", "nav", "donation", "form")  # classes of lines that follow an article
NOTICES = ("cookie", "copyright")  # classes that stand as one sentence at the very edge
PLAYER = "player"  # the class of lines that videos leave in the midst of articles
WITHIN = (PLAYER, "donation")  # classes of lines that frame nothing
OUTERMOST = 2
CAPTION = 8  # lines without a cue above the body that may be its title, byline and date
NEAR = 20  # items before the body among which a paragraph may be its standfirst
RESUMED = 15  # items after the body among which a paragraph may go on with it
TOLD = 60  # words of a paragraph that is no call to the reader though it addresses him
LONG = 35  # words of a paragraph that is no teaser
TITLE = 3  # words up to which a line is no title
LABEL = 6  # words of a heading, or a rubric
MENU = 8  # lines in a row that may be a menu
REFRAIN = 3  # times that a label stands between paragraphs to part nothing
REST, NOTE = .3, .1  # of the prose before the line that closes an article, or before a note on its author, what may follow
FRAME = 4  # different lines of furniture around the body that make a page raw
SHARE = .4  # more of an article than this goes on more than one kind of evidence only


def score(items: Sequence[Item]) -> None:
    """Writes each item's points of context, given the items that are left."""
    for item in items:
        item.context.clear()
        item.kinds = ""
    if not items:
        return
    cues = [item.cue for item in items]
    repeated = any(item.repeat or item.alone for item in items)
    if not any(cues) and not repeated:
        return
    thread = _thread(items)
    first, last = body(items[:thread], cues[:thread])
    marks = _marks(items[:thread], cues, first, last)
    _edges(items, cues, first, last)
    _alone(items, last)
    _neighbours(items, cues)
    _appeals(items, cues)
    _menus(items[:thread], cues, marks, first, last)
    _sections(items, cues, first, last)
    _frame(items[:thread], cues, marks, first, last)
    for item in items[thread:]:
        _add(item, "comment thread", STRIP)
        item.kinds = "comments"
    _labels(items)
    if items[0].kind == "related" and not items[0].form.bullet:
        items[0].context.append(("headline", -STRIP))  # "Watch: …" is what headlines say, too
    for index, item in enumerate(items):
        _content(item, min(index, len(items) - 1 - index) < OUTERMOST)


def body(items: Sequence[Item], cues: Sequence[int]) -> tuple[int, int]:
    """First and last item of the stretch with the most prose and the least furniture; (0, -1) without any prose."""
    best, place, total, start = 0.0, (0, -1), 0.0, 0
    for index, value in enumerate(_values(items, cues)):
        if total <= 0:
            total, start = 0.0, index
        total += value
        if total > best:
            best, place = total, (start, index)
    return place


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


def _echo(run: Sequence[Item]) -> Sequence[Item]:
    told = [item.form.words for item in run if item.form.prose]
    return run if len(told) >= 3 and sum(told) >= TOLD else []


def _marks(items: Sequence[Item], cues: Sequence[int], first: int, last: int) -> list[bool]:
    """Which items are furniture by themselves: by a cue, or since they stand outside the body and twice on the page.

    Menus come twice, for large and small screens; a title may, too: the last one above the body is the article's.
    """
    marks = [cue >= 2 for cue in cues[:len(items)]]
    if last < 0:
        return marks
    places: dict[str, list[int]] = {}
    for at, item in enumerate(items):
        if not (item.credit or item.form.title) and item.form.normal:
            places.setdefault(item.form.normal, []).append(at)
    for twins in places.values():
        if len(twins) > 1 and not any(first <= at <= last for at in twins):  # there it would be a table of contents
            before = [at for at in twins if at < first]
            if before and items[before[-1]].form.words > TITLE:
                before.pop()
            for at in (*before, *(at for at in twins if at > last)):
                marks[at] = True
    return marks


def _values(items: Sequence[Item], cues: Sequence[int]) -> list[float]:
    """How much each item speaks for the body of the page, in words.

    A heading of related stories or comments opens a section of teasers: single paragraphs among titles count for little
    there, until two paragraphs in a row resume the article.
    """
    prose = [item.form.prose and cue < STRONG for item, cue in zip(items, cues)]
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
            alone = place + 1 < len(solid) and items[solid[place + 1]].form.short
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
            value = 3.0 if form.terminal else -1.0
        values[at] = value
    return values


def _refrains(items: Sequence[Item], long: Sequence[bool]) -> list[bool]:
    """Which items are labels that stand between two paragraphs again and again, and part nothing."""
    between = Counter(items[at].form.normal for at in range(1, len(items) - 1)
                      if items[at].form.short and long[at - 1] and long[at + 1])
    return [between[item.form.normal] >= REFRAIN for item in items]


def _add(item: Item, what: str, points: int, evidence: str = "form") -> None:
    item.context.append((what, points))
    item.evidence.add(evidence)


def _edges(items: Sequence[Item], cues: list[int], first: int, last: int) -> None:
    for index, item in enumerate(items):
        outside = index < first or index > last
        if item.credit:
            continue
        if cues[index] and not item.form.prose and item.kind != "donation":  # a salutation opens letters, too
            if item.form.words <= 4 and item.form.short and (cues[index] >= MASK or not item.repeat):
                _add(item, "short", 1)
            if outside:
                _add(item, "edge", 1)
            elif item.kind == "nav-heading" and not any(cues[max(0, index - 1):index] + cues[index + 1:index + 2]):
                item.context.append(("between paragraphs", -1))
        if index > last >= 0 and item.form.prose and item.address and len(item.hits) > 1:
            _add(item, "tail", 1)
        if item.alone and (cues[index] or item.form.short):
            _add(item, item.alone, 2 if item.alone == "alone-edge" else int(cues[index] >= STRONG), "consensus")


def _alone(items: Sequence[Item], last: int) -> None:
    """Three or more headlines after the body, in no other copy: links. Marked lists and tables are the article's."""
    run: list[Item] = []
    for item in [*items[max(0, last + 1):], None]:
        if item and item.alone == "alone-edge" and not (item.form.prose or item.form.full or item.form.bullet):
            run.append(item)
            continue
        if len(run) >= 3 and sum(one.form.words for one in run) >= 3 * len(run):
            for one in run:
                _add(one, "lines of one copy", STRIP, "consensus")
                one.kinds = one.kinds or "leftover"
        run = []


def _labels(items: Sequence[Item]) -> None:
    """A few words that recur without a cue, or a date, next to the article's own text: a rubric or heading of it."""
    for index, item in enumerate(items):
        if not item.repeat or item.hits:
            continue
        form = item.form
        dated = form.words <= 2 * sum(map(str.isdigit, form.normal))
        if dated or form.words <= LABEL and not form.full:
            around = [other.repeat for other in items[max(0, index - 2):index + 3]]
            if sum(map(bool, around)) < 3:
                item.least = MASK


def _neighbours(items: Sequence[Item], cues: Sequence[int]) -> None:
    for index, item in enumerate(items):
        if cues[index] and not item.form.prose and not item.credit:
            around = (*cues[max(0, index - 1):index], *cues[index + 1:index + 2])
            if any(cue >= 4 for cue in around):
                _add(item, "neighbours", 2)


def _appeals(items: Sequence[Item], cues: Sequence[int]) -> None:
    """Runs of blocks in which the outlet asks its readers: they go together or stay together."""
    asks = [sum(rule.weight for rule in item.hits if rule.kind in APPEAL) for item in items]
    index = 0
    while index < len(items):
        if not asks[index]:
            index += 1
            continue
        end = index
        probe = index + 1
        while probe < len(items) and probe - end <= 3:
            if asks[probe]:
                end = probe
            elif not items[probe].address and probe - end > 1:
                break
            probe += 1
        # at its ends the article begins again: a paragraph that speaks to nobody is no part of an appeal there
        asking = [at for at in range(index, end + 1) if items[at].address or not items[at].form.prose]
        run = range(asking[0], asking[-1] + 1) if asking else range(0)
        rules = {rule.id for at in run for rule in items[at].hits if rule.kind in APPEAL}
        total = sum(asks[at] for at in run)
        addressed = sum(items[at].address > 0 or any(rule.anchor == "phrase" for rule in items[at].hits) for at in run)
        before = sum(item.form.words for item in items[:run.start] if item.form.prose)
        after = sum(item.form.words for item in items[run.stop:] if item.form.prose)
        size = sum(items[at].form.words for at in run)
        asked = len(rules) >= (3 if after else 2) and total >= 9 and addressed * 2 >= len(run)
        if asked and before >= 40 and size < 1.2 * (before + after):
            for at in (*run, *_buttons(items, run.stop)):
                _add(items[at], "appeal", 8)
                items[at].kinds = items[at].kinds or "donation"
        elif len(run) >= 3:
            for at in run:
                if items[at].kind == "donation":
                    _add(items[at], "half an appeal", -STRIP)
        index = end + 1


def _buttons(items: Sequence[Item], start: int) -> range:
    """What stands between an appeal and the end, if it is a line or two of a few words, and none that names an author."""
    rest = items[start:]
    few = all(item.form.words <= LABEL and not item.form.heading and not item.credit
              and not any(map(str.isdigit, item.form.normal)) for item in rest)
    return range(start, len(items)) if few and len(rest) <= 2 else range(0)


def _menus(items: Sequence[Item], cues: Sequence[int], marks: Sequence[bool], first: int, last: int) -> None:
    """Runs of short lines among which menu entries stand."""
    index = 0
    while index < len(items):
        if not items[index].form.short:
            index += 1
            continue
        end = index
        while end + 1 < len(items) and items[end + 1].form.short:
            end += 1
        run = list(range(index, end + 1))
        marked = [at for at in run if marks[at] and not items[at].credit]
        inside = first <= index and end <= last
        share = len(marked) / len(run)
        cued = {items[at].form.normal for at in marked if cues[at] >= 2}
        if len(run) >= 4 and len(cued) >= 3 and share >= (.4 if inside else .2):
            if end < first or index <= first <= end:
                run = [at for at in run if at <= marked[-1]]
            elif not inside:
                run = [at for at in run if at >= marked[0]]
            for at in run:
                if not items[at].credit:
                    _add(items[at], "menu", 4 + 2 * (cues[at] == 0))
                    items[at].kinds = "nav"
        index = end + 1


def _sections(items: Sequence[Item], cues: Sequence[int], first: int, last: int) -> None:
    """What a heading or label takes with it."""
    for index, item in enumerate(items):
        extent = next((rule.extent for rule in item.hits if rule.weight >= STRONG), "line")
        if extent == "label+continuation":
            follows = items[index + 1] if index + 1 < len(items) else None
            if follows and item.kind == "source-url" and any(rule.kind == "source-url" for rule in follows.hits):
                _add(follows, "continues a label", STRIP)
        elif extent == "until-heading":
            end = index + 1
            bullets = index + 1 < len(items) and items[index + 1].form.bullet
            while end < len(items) and end - index <= 15:
                form = items[end].form
                if bullets and not form.bullet:
                    break
                if form.prose or form.heading or form.words > 25 or cues[end] >= STRONG:
                    break
                if form.full and not form.bullet:
                    break
                end += 1
            listed = items[index + 1:end]
            if end < len(items) and items[end].form.prose and listed and not listed[-1].form.bullet:
                listed = listed[:-1]  # the heading of what follows
            if len(listed) >= 2 or (listed and end >= len(items)):
                for one in listed:
                    _add(one, "listed under a heading", STRIP)
                    one.kinds = item.kind
            elif listed:
                _add(item, "its list stays", -STRIP)


def _thread(items: Sequence[Item]) -> int:
    """Where a comment thread begins: at the line that opens it, or the first signed and dated like a comment.

    It goes on to the end. The number of items when there is none.
    """
    kinds = [{rule.kind for rule in item.hits} for item in items]
    marks = [bool(kind & {"comments", "comment-form", "comment-meta"}) for kind in kinds]
    headed = [any(rule.kind == "comments" and rule.extent == "to-end" for rule in item.hits) for item in items]
    prose = 0
    for index, item in enumerate(items):
        opens = any(rule.extent == "to-end" for rule in item.hits)
        followed = index + NEAR >= len(items) or any(marks[index + 1:index + 1 + NEAR])
        if prose >= 60 and followed and (opens or "comments" in kinds[index]):
            rest, found = len(items) - index, sum(marks[index:])
            dated = sum("comments" in kind for kind in kinds[index:])
            if not headed[index] and any(headed[at] and 2 * sum(marks[at:]) > found for at in range(index, len(items))):
                continue  # the article's own signature, or what others wrote of it elsewhere
            if found >= .04 * rest and (found >= 3 if opens else dated >= 3 and found >= .1 * rest):
                return index
        prose += item.form.words if item.form.prose else 0
    return len(items)


def _frame(items: Sequence[Item], cues: Sequence[int], marks: Sequence[bool], first: int, last: int) -> None:
    """A raw page: everything around the body goes, but for what may be the article's title, byline and date."""
    outside = [*range(first), *range(last + 1, len(items))]
    marked = {items[at].form.normal for at in outside
              if cues[at] >= 2 and not (items[at].form.prose or items[at].credit or items[at].kind in WITHIN)}
    inner = sum(item.form.words for item in items[first:last + 1] if item.form.prose)
    outer = sum(items[at].form.words for at in outside if items[at].form.prose and cues[at] < STRONG)
    if len(marked) < FRAME or inner < 60 or outer > 2 * inner or outer > inner and len(marked) < 2 * FRAME:
        return
    last = _end(items, cues, first, last)
    titled = {at + 1 for at, item in enumerate(items) if item.form.title}  # whatever else it is, it is no furniture
    for index in [*_before(items, marks, first), *_after(items, cues, first, last)]:
        if items[index].form.prose and (outer > inner or index in titled):
            continue  # which of the two is the article is not plain
        _add(items[index], "page frame", STRIP)
        items[index].kinds = items[index].kinds or "frame"
    for item in _echoes(items):
        _add(item, "said before", STRIP)
        item.kinds = item.kinds or "frame"
    for index in range(first, last + 1):
        if cues[index] >= 3 and not items[index].form.prose:
            _add(items[index], "page frame", 2)


def _paragraph(item: Item, words: int = 20) -> bool:
    """Running text that speaks of the matter, not to the reader."""
    size = item.form.words
    return item.form.prose and item.cue < 2 and (size >= TOLD or size >= words and not item.address)


def _before(items: Sequence[Item], marks: Sequence[bool], first: int) -> list[int]:
    """What stands before the article of a raw page: all but its title, the lines right above the body and a standfirst.

    From the first real paragraph on only furniture goes; a single one above a menu belongs to the menu.
    """
    near = next((at for at in range(first - 1, -1, -1) if items[at].form.title), first)
    least = max(0, near - CAPTION) if near == first else near
    while near > least and not marks[near - 1]:
        near -= 1
    menu = _last_menu(items, first)

    def paragraph(at: int) -> bool:
        return 0 <= at < first and not marks[at] and _paragraph(items[at])

    begun = next((at for at in range(first) if paragraph(at)
                  and (at > menu or paragraph(at - 1) or paragraph(at + 1))), first)

    def own(at: int) -> bool:
        form = items[at].form
        sentence = form.words >= 8 and (form.terminal or form.sentences) or form.words >= 15
        if at >= begun:
            return items[at].cue < 2 or items[at].credit
        if items[at].credit and at >= first - NEAR:
            return True
        return not marks[at] and (at >= near or at >= first - NEAR and sentence and not form.bullet)

    return [at for at in range(first) if not own(at)]


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
    for at in range(first + 1, last + 1):
        rest = (told[-1] - told[at - first]) / max(told[at - first], TOLD)
        if rest < NOTE and _bio(items[at]) or rest < REST and _closes(items, at):
            return at - 1
    return last


def _after(items: Sequence[Item], cues: Sequence[int], first: int, last: int) -> list[int]:
    """What stands after the body of a raw page: from the first furniture on, paragraphs only from a plain cue on.

    Paragraphs close to the body stay when they are long or follow one another: the article goes on after an insertion.
    """
    def prose(at: int) -> bool:
        return last < at < len(items) and _paragraph(items[at], 12)

    found, opened, plain, closed, near = [], False, False, False, last
    own = {item.form.normal for item in items[first:last + 1]}  # what stands between its parts does not end an article
    for at in range(last + 1, len(items)):
        ends = items[at].form.normal not in own and any(rule.extent != "line" or rule.kind in ENDS for rule in items[at].hits)
        opened = opened or ends and cues[at] >= 4 or cues[at] >= 2 and any(cue >= 2 for cue in cues[at + 1:at + 5])
        plain = plain or ends and cues[at] >= STRONG
        closed = closed or _bio(items[at]) or _closes(items, at)
        resumes = prose(at) and not closed and at <= near + RESUMED and (
            items[at].form.words >= LONG or prose(at - 1) or prose(at + 1))
        near = at if resumes else near
        if (plain or closed) and not resumes or (opened or closed) and not items[at].form.prose:
            found.append(at)
    return found


def _content(item: Item, outermost: bool) -> None:
    """What speaks for the article's own text."""
    form = item.form
    if item.shared:
        points = sum(points for _, points in item.context if points > 0)
        if points:
            item.context.append(("shared by copies", -points))
    if form.prose and item.hits and all(rule.anchor == "phrase" for rule in item.hits):
        notice = outermost and item.hits[0].kind in NOTICES and (item.address or item.hits[0].kind == "copyright")
        if not notice and not any(what in ("appeal", "comment thread", "tail") for what, _ in item.context):
            item.context.append(("prose", -3))


def allowed(items: Sequence[Item], gone: Sequence[Item]) -> list[Item]:
    """What of `gone` may go: never all, and above SHARE of the words only on three lines with cues or two kinds of evidence."""
    if not gone:
        return []
    total = sum(item.form.words for item in items)
    size = sum(item.form.words for item in gone)
    if len(gone) == len(items):
        return []
    if size > SHARE * total:
        cued = {item.form.normal for item in gone if item.hits}
        kinds = {kind for item in gone for kind in item.evidence if kind != "form"}  # form is read from cues
        if len(cued) < 3 and len(kinds) < 2:
            return []
    return list(gone)
