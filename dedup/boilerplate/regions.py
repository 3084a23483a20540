"""What the surroundings of a block say: menus, sections of links, comment threads, appeals, the frame of a raw page."""
from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise

from dedup.boilerplate import frame, own
from dedup.boilerplate.body import STRONG, TOLD, Body
from dedup.boilerplate.evidence import APPEAL, Item
from dedup.boilerplate.points import DOUBTED, MASK, STRIP
from dedup.boilerplate.titles import Titles
from dedup.patterns import lazy

_CLOCK = lazy(r"\d[:.h]\d\d")
MENU = 3  # different lines with cues that make a menu
COMMENTS = ("comments", "comment-form", "comment-meta")  # classes of lines of a comment thread
TOPICS = ("cookie", "newsletter", "paywall", "copyright", "app", "share", "follow")  # classes that articles are about, too
CALLS = ("newsletter", "contact", "paywall", "comments", "comment-form")  # classes of lines that only sites write
LETTERS = ("newsletter",)  # and those that come as paragraphs though they speak to nobody
NOTICES = ("cookie", "copyright")  # classes that stand as one sentence at the very edge
THREAD = 20  # lines within which a comment thread has its next mark
CONSENT = 5  # lines from one that asks for consent to the next
COMMENT = 6  # lines from the name over a comment to the next one
STAMP = 5  # words of a line that says when a comment was written
NAME = 3  # words of the longest name under which a comment stands
OUTERMOST = 2
LABEL = 6  # words of a heading, or a rubric
LINKS, LONG = .05, 200  # more of an article of so many words than this does not go as links on two lines with cues
HALF = .5  # more of an article than this goes only where it is certain
SHARE = .4  # more of an article than this goes on more than one kind of evidence only


def score(items: Sequence[Item]) -> None:
    """Gives each item points for what is around it."""
    cues = [item.cue for item in items]
    cued = [at for at, cue in enumerate(cues) if cue]
    told = [at for at, item in enumerate(items) if item.cue or item.shared or item.alone]  # of whom others speak as well
    if not cued and not any([items[at].alone for at in told]):
        labels(items, range(len(items)), len(items))
        return
    kinds = {rule.kind for at in cued for rule in items[at].hits}
    thread = len(items) if kinds.isdisjoint(COMMENTS) else _thread(items)
    page = items[:thread]
    body = Body(page, [max(item.cue, STRONG) if item.least >= STRIP else item.cue for item in page])
    _edges(items, cues, told, body)
    if any(items[at].alone for at in told):
        _alone(items, body.last)
    _neighbours(items, cues, cued)
    if not kinds.isdisjoint(APPEAL):
        _appeals(items)
    if "cookie" in kinds:
        _window(items)
    raw = sum(cues[at] >= 2 for at in cued if at < thread) >= MENU  # so much furniture may be a menu, or the frame of a page
    marks = frame.marks(page, cues, body.first, body.last) if raw else []
    if raw:
        _menus(page, cues, marks, body.first, body.last)
    _sections(items, cues, cued)
    if raw:
        frame.score(page, cues, marks, body.first, body.last)
    for item in items[thread:]:
        item.add("comment thread")
        item.kinds = "comments"
    labels(items, range(len(items)), len(items))
    if items[0].kind == "related" and not items[0].form.bullet:
        items[0].add("headline")  # "Watch: …" is what headlines say, too
    topic = own.topic(items)
    for at in told:
        item = items[at]
        if topic and item.kind in TOPICS and item.form.prose and item.address < 2 and not body.outside(at) and any(
                stem in item.form.normal for stem in topic):
            item.add("topic")
        if items[at].hits or items[at].shared:
            _content(items[at], min(at, len(items) - 1 - at) < OUTERMOST)


def _edges(items: Sequence[Item], cues: list[int], told: Sequence[int], body: Body) -> None:
    for index in told:
        item = items[index]
        if item.credit:
            continue
        if cues[index] and not item.form.prose and item.kind != "donation":  # a salutation opens letters, too
            if item.form.words <= 4 and item.form.short and (cues[index] >= MASK or not item.repeat):
                item.add("short")
            if body.outside(index):
                item.add("edge")
            elif item.kind == "nav-heading" and not any(cues[max(0, index - 1):index] + cues[index + 1:index + 2]):
                item.add("between paragraphs")
        if item.kind == "form" and item.form.prose and len(item.hits) == 1 and not body.outside(index) and not any(
                cues[max(0, index - 2):index] + cues[index + 1:index + 3]):
            item.add("no form around")
        if len(item.hits) > 1 and item.form.prose and item.address and index > body.last >= 0:
            item.add("tail")
        if item.cue >= STRONG and item.kind in CALLS and not item.form.bullet and (
                not item.form.prose or item.address or item.kind in LETTERS):
            item.add("calls")
        if item.alone and (cues[index] or item.form.short):
            item.add(item.alone, 0 if item.alone == "alone-inside" and cues[index] < STRONG else None)


def _alone(items: Sequence[Item], last: int) -> None:
    """Three or more headlines after the body, in no other copy: links. Marked lists and tables are the article's."""
    run: list[Item] = []
    for item in [*items[max(0, last + 1):], None]:
        if item and item.alone == "alone-edge" and not (item.form.prose or item.form.full or item.form.bullet):
            run.append(item)
            continue
        if len(run) >= 3 and sum(one.form.words for one in run) >= 3 * len(run):
            for one in run:
                one.add("lines of one copy")
                one.kinds = one.kinds or "leftover"
        run = []


def labels(items: Sequence[Item], places: Sequence[int], count: int) -> None:
    """A few words that recur without a cue, or a date, next to the article's own text: a rubric or heading of it.

    `places`: which of `count` items of the text these are; there are no others that recur.
    """
    known = [(at, item) for at, item in zip(places, items) if item.repeat]
    recurrent = [at for at, _ in known]
    goes = {at for at, item in zip(places, items) if item.total >= STRIP} | {count}
    for at, item in reversed(known):
        form = item.form
        if not item.hits and (form.words <= LABEL and not form.full or form.words <= 2 * sum(map(str.isdigit, form.normal))):
            lone = bisect_right(recurrent, at + 2) - bisect_left(recurrent, at - 2) < 3
            if lone or 2 * at > count and at + 1 not in goes:  # it heads what stays
                item.least = MASK
                goes.discard(at)


def _neighbours(items: Sequence[Item], cues: Sequence[int], cued: Sequence[int]) -> None:
    for index in cued:
        item = items[index]
        if not item.credit and not item.form.prose:
            around = (*cues[max(0, index - 1):index], *cues[index + 1:index + 2])
            if around and max(around) >= MASK:
                item.add("neighbours")


def _appeals(items: Sequence[Item]) -> None:
    """Runs of blocks in which the outlet asks its readers: they go together or stay together."""
    asks = [sum([rule.weight for rule in item.hits if rule.kind in APPEAL]) if item.hits and not item.form.bullet else 0
            for item in items]  # lists of tips are the article's
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
            elif not items[probe].address and (probe - end > 1 or _tells(items[probe])):
                break
            probe += 1
        # at its ends the article begins again: a paragraph that speaks to nobody is no part of an appeal there
        asking = [at for at in range(index, end + 1) if items[at].address or not items[at].form.prose]
        while len(asking) > 2 and _own(items, asks, asking[0]):
            asking = asking[2:]
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
                items[at].add("appeal")
                items[at].kinds = items[at].kinds or "donation"
        elif len(run) >= 3:
            for at in run:
                if items[at].kind == "donation":
                    items[at].add("half an appeal")
        index = end + 1


def _window(items: Sequence[Item]) -> None:
    """The window that asks for consent: from one line of it to the next, while nothing tells of anything else."""
    cued = [at for at, item in enumerate(items) if any(rule.kind == "cookie" for rule in item.hits)]
    for start, end in pairwise([-1, *[at for at, (one, other) in enumerate(pairwise(cued)) if other - one > CONSENT or any(
            _tells(item) for item in items[one + 1:other])], len(cued) - 1]):
        lines = cued[start + 1:end + 1]
        if len({items[at].form.normal for at in lines}) > 1 and not all(items[at].form.prose for at in lines):
            for item in items[lines[0]:lines[-1] + 1]:
                item.add("consent window")
                item.kinds = item.kinds or "cookie"


def _tells(item: Item) -> bool:
    """Whether a paragraph speaks to nobody, and of what no cue names."""
    return item.form.prose and not item.hits and not item.address


def _own(items: Sequence[Item], asks: Sequence[int], at: int) -> bool:
    """Whether the author calls on readers, in a long paragraph and before one that asks for nothing: no appeal begins so."""
    return items[at].form.words >= TOLD and items[at].form.prose and asks[at] < STRONG and (
        items[at + 1].form.prose and not asks[at + 1])


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
        if len(run) >= 4 and len(cued) >= MENU and share >= (.4 if inside else .2) and not _verse(items, run, cues):
            if end < first or index <= first <= end:
                run = [at for at in run if at <= marked[-1]]
            elif not inside:
                run = [at for at in run if at >= marked[0]]
            for at in run:
                if not items[at].credit:
                    items[at].add("menu" if cues[at] else "menu line")
                    items[at].kinds = "nav"
        index = end + 1


def _verse(items: Sequence[Item], run: Sequence[int], cues: Sequence[int]) -> bool:
    """Whether most lines of a run that hold no cue begin with a small letter: they go on with what stands above them."""
    plain = [items[at].form.text[:1] for at in run if not cues[at]]
    return 2 * sum(map(str.islower, plain)) > len(plain)


def _sections(items: Sequence[Item], cues: Sequence[int], cued: Sequence[int]) -> None:
    """What a heading or label takes with it."""
    titles = Titles(items)
    for index in cued:
        item = items[index]
        extent = next((rule.extent for rule in item.hits if rule.weight >= STRONG), "line")
        pieces = titles.after(index) if item.kind == "related" and cues[index] >= STRONG else []
        if pieces and (extent != "until-heading" or pieces[-1] + 1 < len(items) and items[pieces[-1] + 1].form.prose):
            for at in (index, *pieces):
                items[at].add("split title", max(0, STRIP - items[at].total))
                items[at].kinds = "related"
        elif extent == "label+continuation":
            follows = items[index + 1] if index + 1 < len(items) else None
            if follows and item.kind == "source-url" and any(rule.kind == "source-url" for rule in follows.hits):
                follows.add("continues a label")
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
                    one.add("listed under a heading")
                    one.kinds = item.kind
            elif listed:
                item.add("its list stays")


def _thread(items: Sequence[Item]) -> int:
    """Where a comment thread begins: at the line that opens it, or the first signed and dated like a comment.

    It goes on to the end. The number of items when there is none.
    """
    kinds = [{rule.kind for rule in item.hits} for item in items]
    opened = _opened(items)
    marks = [not kind.isdisjoint(COMMENTS) and (at > opened or not _bare(items, at)) for at, kind in enumerate(kinds)]
    dates = [mark and "comments" in kind for mark, kind in zip(marks, kinds)]
    for at in _names(items, opened + 1):
        marks[at] = True
    headed = [dated and any(rule.kind == "comments" and rule.extent == "to-end" for rule in item.hits)
              for item, dated in zip(items, dates)]
    found, dated = _from(marks), _from(dates)
    heading = next((at for at in range(len(items)) if headed[at]), len(items))
    prose = 0
    for index, item in enumerate(items):
        opens = any(rule.extent == "to-end" for rule in item.hits)
        if heading < index:
            heading = next((at for at in range(index, len(items)) if headed[at]), len(items))
        alone = index + THREAD < len(items) and found[index + 1] == found[index + 1 + THREAD]
        if prose >= TOLD and not alone and (opens or dates[index]):
            rest = len(items) - index
            if not headed[index] and 2 * found[heading] > found[index]:
                pass  # the article's own signature, or what others wrote of it elsewhere
            elif found[index] >= .04 * rest and (
                    found[index] >= 3 if opens else dated[index] >= 3 and found[index] >= .1 * rest):
                return index
        prose += item.form.words if item.form.prose else 0
    return len(items)


def _opened(items: Sequence[Item]) -> int:
    """The first line behind the article that opens a comment thread; the number of items when there is none."""
    prose = 0
    for at, item in enumerate(items):
        if prose >= TOLD and any(rule.kind in COMMENTS and rule.extent == "to-end" for rule in item.hits):
            return at
        prose += item.form.words if item.form.prose else 0
    return len(items)


def _names(items: Sequence[Item], start: int) -> list[int]:
    """Lines of a name that stand from a place on to the end, each over a line that says when, and a comment of few lines."""
    short = [item.form.short and item.form.words <= STAMP and not (item.form.heading or item.form.bullet) for item in items]
    found = [at for at in range(start, len(items) - 1) if short[at] and short[at + 1] and items[at].form.words <= NAME
             and not (at > start and short[at - 1])]
    gaps = [after - before for before, after in pairwise([start - 1, *found, len(items)])]
    told = {items[at].form.normal for at in found}
    return found if len(told) >= MENU and max(gaps) <= COMMENT and 2 * len(told) > len(found) else []


def _bare(items: Sequence[Item], at: int) -> bool:
    """Whether a line says when something was written and nobody by whom, there or next to it: live blogs do, and cards."""
    item = items[at]
    words = [word for word in item.form.normal.split() if word[:3].isalpha() and len(word) > 2]
    if not _CLOCK.search(item.form.normal) or len(words) > 1 + item.form.normal.split()[0].endswith(","):
        return False
    if any(rule.kind != "comments" or rule.extent != "line" for rule in item.hits):
        return False
    around = (items[place].form for place in (at - 1, at + 1) if 0 <= place < len(items))
    return not any(form.words <= NAME and form.short and not any(map(str.isdigit, form.normal)) for form in around)


def _from(marks: Sequence[bool]) -> list[int]:
    """How many of them stand from each place on, with 0 for the end."""
    return [*accumulate(reversed(marks), initial=0)][::-1]


def _content(item: Item, outermost: bool) -> None:
    """What speaks for the article's own text."""
    form = item.form
    if item.shared:
        item.spared("shared by copies")
    if item.hits and form.prose and all(rule.anchor == "phrase" for rule in item.hits):
        notice = item.hits[0].kind in NOTICES and (
            item.address == 2 or outermost and (item.address or item.hits[0].kind == "copyright"))
        if not notice and not any(what in ("appeal", "comment thread", "tail") for what, _ in item.made):
            item.add("prose")


def most(items: Sequence[Item], gone: Sequence[Item]) -> bool:
    """Whether more than half of the words would go."""
    return sum(item.form.words for item in gone) > HALF * sum(item.form.words for item in items)


def allowed(items: Sequence[Item], gone: Sequence[Item], doubted: bool) -> list[Item]:
    """What of `gone` may go: never all, and above SHARE of the words only on three lines with cues or two kinds of evidence.

    `doubted`: more than half would go, so only what is certain does.
    """
    if not gone:
        return []
    total = sum(item.form.words for item in items)
    size = sum(item.form.words for item in gone)
    if len(gone) == len(items):
        return []
    if doubted:
        gone = _certain(gone)
    if size > SHARE * total:
        cued = {item.form.normal for item in gone if item.hits or item.kinds == "comments" and item.form.words <= NAME}
        kinds = {kind for item in gone for kind in item.evidence if kind != "form"}  # form is read from cues
        if len(cued) < 3 and len(kinds) < 2:
            return []
    return _sparing(gone, total)


def _certain(gone: Sequence[Item]) -> list[Item]:
    """What may go where more than half of a text would: no paragraph against which nothing but the frame of a page speaks."""
    found = []
    for item in gone:
        if _tells(item) and item.form.words >= frame.LONG and [what for what, _ in item.made] == ["page frame"]:
            item.add(DOUBTED)
        if item.total >= STRIP:
            found.append(item)
    return found


def _sparing(gone: Sequence[Item], total: int) -> list[Item]:
    """What may go but for links that are much of a text with little else to say that it is a scraped page.

    Authors point to other articles in the same words as sites do: where nothing but such words speaks against more than
    a twentieth of a text, it stays.
    """
    links = [item for item in gone if item.kind == "related" and "consensus" not in item.evidence]
    if total < LONG or sum(item.form.words for item in links) <= LINKS * total:
        return list(gone)
    cued = {item.form.normal for item in gone if item.hits}
    return list(gone) if len(cued) > 2 else [item for item in gone if item not in links]
