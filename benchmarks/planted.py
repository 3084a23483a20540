#!/usr/bin/env python
"""A corpus with planted boilerplate whose every character is known, and how much of it is found.

  planted.py make FOLDER DOCS.jsonl GOLD.jsonl [--articles 1500] [--seed 1]
  planted.py score DOCS.jsonl GOLD.jsonl ANNOTATED.jsonl     what `dedup scan DOCS --annotate ANNOTATED` removed
  planted.py repeats DOCS.jsonl GOLD.jsonl                   what repetition alone decides

FOLDER holds clean articles as .jsonl or .jsonl.gz (fields text, site) or .txt; without one ("-") articles are made up.
Only those are taken in which no line stands twice, or stands or opens like a line of another article of the same site: what
a site says again and again is boilerplate already, and would count as content here.
Planted: appeals whose amounts, dates and names vary, menus, footers, each on k = 2, 3, 5 or 20 articles. Traps: recurring
quotations, background paragraphs under articles of one subject, edited copies, digests. Everything not planted as
boilerplate is content. Figures are shares of words.
"""
from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

WORD = re.compile(r"\w+")
MONTHS = "January February March April May June July August September October November December".split()
PLACES = "Harbour Valley Northern Evening Morning Lake Mountain Coastal Union River Border Capital Old Free Daily".split()
PAPERS = "Courier Post Gazette Lantern Echo Herald Mirror Observer Dispatch Record Tribune Ledger Chronicle Star".split()

# each line of a set is drawn once for the set; {…} varies from article to article
ASK = [
    ["A note from the newsroom of {name}", "Before you go", "Why {name} asks you for money", "From our editor", "Dear reader,",
     "A word to those who read us", "We will be brief", "Journalism needs you", "A request", "Stand by us"],
    ["Since {month} our reporters have worked without an owner who tells them what to write, and only {adverb} thanks to you.",
     "There are few places left where {topic} is covered day after day, and {name} is one of them.",
     "You have read {count} of our articles this year, and not one of them cost you anything.",
     "Advertising pays less each year, while the cost of sending somebody to look has only grown.",
     "What you have just read took {count} days of work by {count} people, and none of them is rich.",
     "Threats, lawsuits and closed doors are a part of our week; giving up is not.",
     "No party, no bank and no ministry has a say in what {name} prints, and we mean to keep it so.",
     "Many of you wrote to us in {month} to ask how you could help, and here is the answer.",
     "Small newsrooms close one after the other, and what they knew of {topic} goes with them.",
     "Our books are open: nine tenths of what we spend comes from people who give a little."],
    ["If you can, give {amount} today, or {amount} each month, and we shall put every cent into reporting.",
     "It takes a minute to become a member for {amount} a month, and you can stop whenever you like.",
     "Become a supporter of {name} from as little as {amount}, it is quick and it is safe.",
     "Please consider a gift of {amount}; until {month} {count} every gift is doubled by a foundation.",
     "Donate {amount} now and help us to reach our aim of {amount} before the end of {month}.",
     "A subscription is {amount} a year, less than a coffee a week, and keeps {name} free for those who cannot pay.",
     "Chip in with {amount} and you become part of what we do, from the first call to the last proof.",
     "Your {amount} buys a train ticket, your {amount} buys a week of research: choose what you can spare.",
     "Join the {count} readers who already pay {amount} a month so that all others may read.",
     "Support us with {amount} on this page; it is tax-deductible in most countries and means much to us."],
    ["Thank you from everyone at {name}.", "Remind me in {month}", "Not now", "Yes, I want to help {name}", "Every gift counts. Thank you.",
     "Read more about how we are financed", "Choose an amount", "Already a member? Sign in", "I have already given", "No, thanks"],
]
MENU = """Home|News|World|Politics|Business|Culture|Sports|Weather|Opinion|Video|Podcasts|Letters|Obituaries|Property|Jobs|Science
Technology|Health|Travel|Food|Style|Games|Crosswords|Newsletters|Events|Archive|Corrections|Contact us|About us|Advertise with us
Sign in|Subscribe|My account|Search this site|Skip to the main content|Follow us|Share this page|Print this page|Most read today
Today's front page|Live updates|Photo of the day|Editor's choice|Local elections|Traffic|Schools|Courts|Markets|Farming""".replace("\n", "|").split("|")
FOOT = [
    "© {year} {name}. All rights reserved. No part of this site may be copied without our leave.",
    "{name} is not responsible for the content of other sites. Terms of use | Privacy | Cookies | Imprint",
    "Get the stories of the day in your inbox: sign up for the {name} newsletter, delivered every weekday at {count}.",
    "Have you seen a mistake? Write to the corrections desk of {name} and tell us what is wrong on this page.",
    "Download our app for telephones and tablets and read {name} wherever you are, even without a connection.",
    "This page was last updated on {count} {month} {year} at {count}:{count}.",
    "Follow {name} on every network to see what we publish before anybody else does.",
    "We use cookies and similar techniques to run this site, to count visits and to show advertisements that suit you.",
    "By leaving a comment you agree to our house rules; comments are read by an editor before they appear.",
    "Published by {name} Media Company, registered office at {count} Market Street, register number {count}.",
    "You can unsubscribe at any time with the link at the end of every letter that we send to you.",
    "Want to write for us? Send your pitch of no more than {count} words to the opinion desk of {name}.",
]
QUOTES = ["“{0},” the minister told parliament, “and nobody in this house can say that he was not warned {1}.”",
          "“I have said it before and I say it again: {0}, and {1},” she told reporters outside the court.",
          "In his speech he had called it “{0}”, a phrase that has since been repeated by friend and foe {1}."]
CLAUSES = ["we do not bargain with people who burn bridges", "the money was there and somebody took it", "not one tree will fall",
           "a bigger mistake has not been made in my lifetime", "this treaty is worth less than its paper", "they lied to all of us",
           "the dam will hold because it has to", "history will be kinder to them than I am", "no child shall sleep in a tent again",
           "the vote was free but it was not fair", "a wall of paper", "the longest night of the republic"]


@dataclass(slots=True)
class Line:
    """One line of an article and what it is: "" for content, else the kind of boilerplate, its set and number of hosts."""

    text: str
    kind: str = ""
    group: int = -1
    k: int = 0
    pattern: str = ""  # before amounts and names were filled in


@dataclass(slots=True)
class Page:
    """An article being dressed up."""

    source: str
    lines: list[Line]
    traps: set[str] = field(default_factory=set)

    @property
    def body(self) -> list[str]:
        """The article's own lines."""
        return [line.text for line in self.lines if not line.kind]


def read(folder: str) -> Iterator[tuple[str, str]]:
    """(source, text) of clean articles."""
    for path in sorted(Path(folder).rglob("*")):
        if path.name.endswith((".jsonl", ".jsonl.gz")):
            opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8")
            with opened as lines:
                for row in map(json.loads, lines):
                    if "text" in row:
                        yield str(row.get("site") or path.parent.name), row["text"]
        elif path.suffix == ".txt":
            yield path.parent.name, path.read_text(encoding="utf-8")


def invented(count: int, draw: random.Random) -> Iterator[tuple[str, str]]:
    """Articles of made-up words, in subjects that share some of them."""
    def word() -> str:
        return "".join(draw.choice("bdfgklmnprstvz") + draw.choice("aeiou") for _ in range(draw.choice([1, 1, 2, 2, 3, 4])))

    common = [word() for _ in range(300)]
    subjects = [[word().capitalize() for _ in range(12)] for _ in range(max(2, count // 12))]
    for number in range(count):
        subject = draw.choice(subjects)
        lines = [" ".join(draw.choice(subject) if draw.random() < 0.1 else draw.choice(common) if draw.random() < 0.5 else word()
                          for _ in range(draw.randint(12, 50))).capitalize() + "." for _ in range(draw.randint(4, 30))]
        yield f"site{number % 9}", "\n".join(lines)


def clean(articles: Iterable[tuple[str, str]]) -> list[Page]:
    """Pages of 60 to 2,000 words without anything that recurs, as that may be boilerplate itself."""
    pages = [(source, [line.strip() for line in text.splitlines() if line.strip()]) for source, text in articles]
    seen = Counter(key for source, lines in pages for key in {key for line in lines for key in _keys(source, line)})
    found = [Page(source, [Line(line) for line in lines]) for source, lines in pages
             if len({_form(line) for line in lines}) == len(lines)
             and all(seen[key] == 1 for line in lines for key in _keys(source, line))]
    return [page for page in found if 60 <= _count(page.body) <= 2000]


def _keys(source: str, line: str) -> tuple[object, object]:
    """What recurs where a line does: all of it, and within a site its label or its first four words."""
    label = re.match(r"\W*((?:\w+\W+){0,2}?\w+)\s?:", line)
    return _form(line), (source, label[1].casefold() if label else tuple(_form(line).split()[:4]))


def _form(line: str) -> str:
    return re.sub(r"\W+|\d+", " ", line.casefold()).strip()


def _count(lines: Iterable[str]) -> int:
    return sum(len(WORD.findall(line)) for line in lines)


def make(pages: list[Page], articles: int, seed: int) -> list[Page]:
    """Dress pages up, see the module's docstring."""
    draw = random.Random(seed)
    pages = [pages[at] for at in draw.sample(range(len(pages)), min(articles, len(pages)))]
    for page in pages:
        if draw.random() < 0.25:  # many short ones
            while len(page.lines) > 2 and _count(page.body[:-1]) >= 60:
                page.lines.pop()
    by_source: dict[str, list[Page]] = defaultdict(list)
    for page in pages:
        by_source[page.source].append(page)
    _backgrounders(pages, draw)
    _quotations(pages, draw)
    group = 0
    for k, share in ((2, 0.06), (3, 0.06), (5, 0.06), (20, 0.02)):
        for _ in range(max(1, round(share * len(pages)))):
            _plant(pages, by_source, k, group, draw)
            group += 1
    held: dict[str, set[int]] = defaultdict(set)
    for number, page in enumerate(pages):
        for line in page.lines:
            held[line.pattern].add(number)
    for page in pages:
        for line in page.lines:
            if line.kind:  # short lines stand in several sets
                line.k = len(held[line.pattern])
    return pages + _copies(pages, draw)


def _plant(pages: list[Page], by_source: dict[str, list[Page]], k: int, group: int, draw: random.Random) -> None:
    """One set of boilerplate on k pages, of one source if one has so many."""
    kind = draw.choice(["appeal", "appeal", "menu", "footer"])
    rich = [source for source in sorted(by_source) if len(by_source[source]) >= 2 * k]
    one = draw.choice(rich) if rich and draw.random() < 0.7 else None
    hosts = draw.sample(by_source[one] if one else pages, min(k, len(pages)))
    if kind == "appeal":
        why, ask = draw.sample(ASK[1], draw.randint(2, 5)), draw.sample(ASK[2], draw.randint(1, 2))
        cut = draw.randint(1, len(why))
        lines = [" ".join(some) for some in (why[:cut], why[cut:] + ask) if some]
        lines = draw.sample(ASK[0], draw.choice([0, 1, 1])) + lines + draw.sample(ASK[3], draw.choice([0, 1, 1]))
    elif kind == "menu":
        lines = draw.sample(MENU, draw.randint(3, 9))
    else:
        lines = [" ".join(draw.sample(FOOT, draw.randint(2, 3))), *draw.sample(FOOT, draw.randint(0, 1))]
    name = _name(draw)
    for page in hosts:
        known = {"name": name if one else _name(draw), "adverb": "", "topic": draw.choice(CLAUSES), "month": draw.choice(MONTHS),
                 "year": draw.randint(2012, 2024), "count": draw.randint(2, 59)}
        filled = [Line(re.sub("{amount}", lambda _: f"{draw.choice('$€£')}{draw.randint(2, 90)}", line).format(**known).replace("  ", " "),
                       kind, group, k, line) for line in lines]
        if kind == "menu":
            page.lines[:0] = filled
        else:
            page.lines += filled


def _name(draw: random.Random) -> str:
    return f"The {draw.choice(PLACES)} {draw.choice(PAPERS)}"


def _quotations(pages: list[Page], draw: random.Random) -> None:
    for _ in range(max(1, len(pages) // 40)):
        quote = draw.choice(QUOTES).format(*draw.sample(CLAUSES, 2))
        for page in draw.sample(pages, draw.choice([2, 3, 6, 12])):
            if len(page.lines) > 3:
                page.lines.insert(draw.randint(2, len(page.lines) - 1), Line(quote))
                page.traps.add(quote)


def _backgrounders(pages: list[Page], draw: random.Random) -> None:
    """A paragraph of one article on a name put under other articles that speak of it."""
    holders: dict[str, list[int]] = defaultdict(list)
    for number, page in enumerate(pages):
        for name in set(re.findall(r"(?<=[a-z,] )[A-Z][a-z]{4,}", " ".join(page.body))):
            holders[name].append(number)
    plain = {word for page in pages for word in re.findall(r"\b[a-z]+", " ".join(page.body))}
    names = sorted(name for name, found in holders.items()
                   if name.casefold() not in plain and 5 <= len(found) <= max(12, len(pages) // 50))
    for name in draw.sample(names, min(len(names), max(2, len(pages) // 30))):
        first, *rest = [pages[number] for number in holders[name]]
        lines = [line for line in first.lines if name in line.text and 25 <= _count([line.text]) <= 120 and not line.kind]
        if lines:
            line = lines[-1]
            for page in draw.sample(rest, min(len(rest), draw.choice([2, 4, 7, 10]))):
                page.lines.append(Line(line.text))
                page.traps.add(line.text)


def _copies(pages: list[Page], draw: random.Random) -> list[Page]:
    """Edited and abridged copies under other boilerplate, and digests of several articles."""
    made = []
    for page in draw.sample(pages, len(pages) // 8):
        for _ in range(draw.choice([1, 1, 2, 4])):
            body = [Line(line.text) for line in page.lines if not line.kind]
            for line in body:
                if draw.random() < 0.15:
                    found = line.text.split()
                    del found[draw.randrange(len(found)) if found else 0:][:1]
                    line.text = " ".join(found) or line.text
            if len(body) > 6 and draw.random() < 0.3:
                del body[draw.randint(4, len(body)):]
            if len(body) > 3 and draw.random() < 0.3:
                body[0] = Line("Update: " + " ".join(body[0].text.split()[::-1]))
            other = draw.choice(pages)
            made.append(Page(other.source, body + [replace(o) for o in other.lines if o.kind and o.k >= 5]))
    for _ in range(len(pages) // 60):
        made.append(Page("digest", [Line(text) for page in draw.sample(pages, draw.randint(2, 4)) for text in page.body]))
    return made


def records(pages: Sequence[Page]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """(document, gold): gold has the planted spans and the places of traps."""
    for number, page in enumerate(pages):
        at, spans, traps = 0, [], []
        for line in page.lines:
            if line.kind:
                spans.append({"start": at, "end": at + len(line.text), "kind": line.kind, "group": line.group, "k": line.k})
            elif line.text in page.traps:
                traps.append({"start": at, "end": at + len(line.text)})
            at += len(line.text) + 2
        name = f"{number:06d}"
        text = "\n\n".join(line.text for line in page.lines)
        yield {"id": name, "site": page.source, "text": text}, {"id": name, "planted": spans, "traps": traps}


def score(docs: Sequence[dict[str, Any]], gold: Sequence[dict[str, Any]], removed: dict[str, list[tuple[int, int]]]) -> dict[str, Any]:
    """Shares of words: recall by number of hosts and by kind, content lost, articles losing more than 5 %."""
    hit: Counter[tuple[str, Any]] = Counter()
    total: Counter[tuple[str, Any]] = Counter()
    content = lost = over = trapped = trap_words = 0
    worst: list[tuple[int, str, str]] = []
    for doc, row in zip(docs, gold):
        own = mine = 0
        gone, planted, traps = removed.get(doc["id"], []), _places(row["planted"]), _places(row["traps"])
        lost_places = _places([{"start": start, "end": end} for start, end in gone])
        for word in WORD.finditer(doc["text"]):
            inside, span = word.start() in lost_places, planted.get(word.start())
            if span:
                hosts = span["k"]
                band = "2" if hosts < 3 else "3-4" if hosts < 5 else "5-9" if hosts < 10 else "10+"
                for label in (("k", band), ("kind", span["kind"])) + ((("k", "3 and more"),) if hosts > 2 else ()):
                    total[label] += 1
                    hit[label] += inside
                continue
            own += 1
            mine += inside
            if word.start() in traps:
                trap_words += 1
                trapped += inside
        content += own
        lost += mine
        over += mine > 0.05 * own
        if mine:
            wrong = (doc["text"][start:end].strip()[:90] for start, end in gone if start not in planted)
            worst.append((mine, doc["id"], " / ".join(wrong)))
    return {"articles": len(docs), "lost": lost / max(1, content), "over5": over, "traps lost": trapped / max(1, trap_words),
            **{f"{name} {value}": hit[name, value] / total[name, value] for name, value in sorted(total, key=str)},
            "worst": sorted(worst, reverse=True)[:40]}


def _places(spans: Sequence[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return {place: span for span in spans for place in range(span["start"], span["end"])}


def decided(docs: Sequence[dict[str, Any]], wanted: Sequence[str]) -> dict[str, list[tuple[int, int]]]:
    """What repetition alone decides: the spans of blocks whose decision is wanted."""
    import numpy as np

    from dedup.blocks import split
    from dedup.boilerplate.repeats import find, scan_blocks

    scans = [scan_blocks(split(doc["text"])) for doc in docs]
    offsets = np.concatenate([[0], np.cumsum([len(keys) for keys, _ in scans])]).astype(np.int64)
    table, _ = find(np.concatenate([scan[0] for scan in scans]), offsets, np.concatenate([scan[1] for scan in scans]),
                    [doc["site"] for doc in docs], lambda number: docs[number]["text"])
    spans = {}
    for doc in docs:
        blocks = split(doc["text"])
        spans[doc["id"]] = [(blocks[place].start, blocks[place].end)
                            for place, repeat in table.evidence(blocks, doc["site"]).items() if repeat.decision in wanted]
    return spans


def _show(name: str, scored: dict[str, Any], worst: bool) -> None:
    print(name, " ".join(f"{key} {value:.4f}" if isinstance(value, float) else f"{key} {value}"
                         for key, value in scored.items() if key != "worst"))
    for row in scored["worst"] if worst else ():
        print("   lost", *row)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["make", "score", "repeats"])
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--articles", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worst", action="store_true", help="show what was lost")
    given = parser.parse_args()
    if given.command == "make":
        folder, docs_path, gold_path = given.paths
        source = read(folder) if folder != "-" else invented(given.articles, random.Random(given.seed))
        with open(docs_path, "w", encoding="utf-8") as docs, open(gold_path, "w", encoding="utf-8") as gold:
            for doc, truth in records(make(clean(source), given.articles, given.seed)):
                docs.write(json.dumps(doc, ensure_ascii=False) + "\n")
                gold.write(json.dumps(truth) + "\n")
        return
    docs_rows, gold_rows = ([json.loads(line) for line in open(path, encoding="utf-8")] for path in given.paths[:2])
    if given.command == "score":
        removed = {str(row["id"]): [(span["start"], span["end"]) for span in row["dedup"].get("removed", ())]
                   for row in map(json.loads, open(given.paths[2], encoding="utf-8"))}
        _show("", score(docs_rows, gold_rows, removed), given.worst)
        return
    for name, wanted in (("strip", ["strip"]), ("+ with cue", ["strip", "strip-with-cue"]),
                         ("+ mask", ["strip", "strip-with-cue", "mask"])):
        _show(name, score(docs_rows, gold_rows, decided(docs_rows, wanted)), given.worst and name != "+ mask")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))
    main()
