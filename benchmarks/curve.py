#!/usr/bin/env python
"""How much boilerplate goes and how much content with it: this program from bold to careful, and what else there is.

  curve.py FOLDER [--languages] [--scan]

FOLDER holds one folder for each set, with docs.jsonl.gz (id, text, lang) and gold.jsonl.gz (id, clean). Words of a text are
aligned with those of its clean copy (longest common subsequence); a word is content in a run of three aligned words or when
its whole line is aligned. lost: share of the content words that go. >5 %: share of the articles that lose more than that.
removed: share of the other words that go. F1: of words, mean of the articles. Rows:

  dedup, from N points on    each article alone, by its cues and form; 6 is what `dedup strip` does
  dedup scan                 all articles together, with repetition and copies (with --scan; it takes minutes)
  jusText                    each line as a paragraph (needs the package justext)
  lines in two documents     every line that stands in two of them
  lines in two pages         likewise, but texts whose ids differ only behind the last slash (page/program) are one page
  ceiling                    exactly the lines that hold no content
"""
from __future__ import annotations

import argparse
import gzip
import html
import json
import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from dedup.blocks import form, split
from dedup.boilerplate import cues, strip

POINTS = (4, 5, 6, 7, 8, 10, 12)
NAMES = {"en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese",
         "pl": "Polish", "ru": "Russian", "uk": "Ukrainian", "ar": "Arabic"}
WORD = re.compile(r"\w+")

Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Document:
    """A text, where its words begin, and which of them are content."""

    id: str
    text: str
    lang: str
    starts: tuple[int, ...]
    content: tuple[bool, ...]


def documents(folder: Path) -> list[Document]:
    """The texts of a set, aligned with their clean copies."""
    clean = {record["id"]: record["clean"] for record in records(folder / "gold.jsonl.gz")}
    found = []
    for record in records(folder / "docs.jsonl.gz"):
        starts = tuple(match.start() for match in WORD.finditer(record["text"]))
        content = tuple(aligned(record["text"], clean[record["id"]]))
        found.append(Document(record["id"], record["text"], record.get("lang") or "", starts, content))
    return found


def records(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def aligned(text: str, clean: str) -> list[bool]:
    """For each word of a text whether it is content."""
    from rapidfuzz.distance import LCSseq

    words = [(match.group().lower(), match.start()) for match in WORD.finditer(text)]
    where: list[int | None] = [None] * len(words)
    for step in LCSseq.opcodes([word for word, _ in words], WORD.findall(clean.lower())):
        if step.tag == "equal":
            where[step.src_start:step.src_end] = range(step.dest_start, step.dest_end)
    lines = line_numbers(text, words)
    partly = {line for line, at in zip(lines, where) if at is None}
    runs = [None if at is None else at - place for place, at in enumerate(where)]
    size = Counter[int]()
    group = []
    for number, (_, run) in enumerate(groupby(runs)):
        for _ in run:
            group.append(number)
            size[number] += 1
    return [at is not None and (size[number] >= 3 or line not in partly) for at, number, line in zip(where, group, lines)]


def line_numbers(text: str, words: Sequence[tuple[str, int]]) -> list[int]:
    found, line, before = [], 0, 0
    for _, start in words:
        line += text.count("\n", before, start)
        before = start
        found.append(line)
    return found


def gone(document: Document, spans: Spans) -> list[bool]:
    """For each word whether it lies in one of the spans, which are in order."""
    found, at = [], 0
    for start in document.starts:
        while at < len(spans) and spans[at][1] <= start:
            at += 1
        found.append(at < len(spans) and spans[at][0] <= start)
    return found


def figures(several: Sequence[Document], removed: Sequence[Spans]) -> str:
    """The cells of a row: lost, > 5 %, removed, F1."""
    total: Counter[str] = Counter()
    scores = 0.0
    for document, spans in zip(several, removed):
        off = gone(document, spans)
        content, lost = sum(document.content), sum(map(bool.__and__, document.content, off))
        total.update(content=content, lost=lost, other=len(off) - content, removed=sum(off) - lost,
                     over=lost > .05 * content)
        size = len(off) - sum(off) + content
        scores += 2 * (content - lost) / size if size else 1.0
    lost, removed_share = total["lost"] / max(1, total["content"]), total["removed"] / max(1, total["other"])
    return f"{lost:.3%} | {total['over'] / len(several):.2%} | {removed_share:.1%} | {scores / len(several):.4f}"


# --- what removes -------------------------------------------------------------------------------------------------


def judged(several: Sequence[Document]) -> list[list[strip.Judgement]]:
    """Each text judged alone."""
    rules = cues.load()
    return [strip.judge(document.text, split(document.text), rules, lang=document.lang or None) for document in several]


def from_points(several: Sequence[Sequence[strip.Judgement]], points: int) -> list[Spans]:
    """What would go if that many points were enough; never less than all points of what goes now above it."""
    return [[(one.start, one.end) for one in some if one.score >= points and (one.strip or points < strip.STRIP)]
            for some in several]


def scanned(several: Sequence[Document]) -> list[Spans]:
    """What a scan of all texts removes."""
    from dedup import scan

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "docs.jsonl")
        rows = ({"id": document.id, "text": document.text, "lang": document.lang} for document in several)
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        result = scan(path)
        spans = {result.entries[number].id: [(span.start, span.end) for span in result.removed_of(number)]
                 for number in range(len(several))}
    return [spans[document.id] for document in several]


def justext(several: Sequence[Document]) -> list[Spans]:
    """jusText, each line as a paragraph."""
    import justext as library

    every = frozenset[str]().union(*map(library.get_stoplist, set(NAMES.values()) & library.get_stoplists()))
    stops = {lang: library.get_stoplist(name) for lang, name in NAMES.items() if name in library.get_stoplists()}
    found: list[Spans] = []
    for document in several:
        blocks = split(document.text)
        page = "".join(f"<p>{html.escape(block.text)}</p>" for block in blocks)
        paragraphs = library.justext(f"<html><body>{page}</body></html>", stops.get(document.lang, every))
        numbers = [int(paragraph.xpath.rpartition("[")[2].rstrip("]")) - 1 for paragraph in paragraphs
                   if paragraph.is_boilerplate]
        found.append([(blocks[number].start, blocks[number].end) for number in numbers])
    return found


def twice(several: Sequence[Document]) -> list[Spans]:
    """Every line that stands in two documents."""
    return standing_twice(several, [document.id for document in several])


def on_two_pages(several: Sequence[Document]) -> list[Spans]:
    """Every line that stands on two pages, however many programs have read each."""
    return standing_twice(several, [document.id.rpartition("/")[0] or document.id for document in several])


def standing_twice(several: Sequence[Document], places: Sequence[str]) -> list[Spans]:
    """Every line that stands in two places; each document is in one."""
    blocks = [[(block, form(block.text)) for block in split(document.text)] for document in several]
    where: dict[object, set[str]] = defaultdict(set)
    for some, place in zip(blocks, places):
        for _, line in some:
            where[line].add(place)
    return [[(block.start, block.end) for block, line in some if len(where[line]) > 1] for some in blocks]


def ceiling(several: Sequence[Document]) -> list[Spans]:
    """Exactly the lines without content."""
    found = []
    for document in several:
        blocks, at, spans = split(document.text), 0, []
        for block in blocks:
            own = False
            while at < len(document.starts) and document.starts[at] < block.end:
                own |= document.content[at]
                at += 1
            if not own:
                spans.append((block.start, block.end))
        found.append(spans)
    return found


# --- the table ----------------------------------------------------------------------------------------------------


def rows(several: Sequence[Document], scan: bool) -> Iterator[tuple[str, list[Spans] | str]]:
    """Each row's name with what goes from each document, or why it is not there."""
    judgements = judged(several)
    for points in POINTS:
        yield f"dedup, from {points} points on", from_points(judgements, points)
    others: list[tuple[str, Callable[[Sequence[Document]], list[Spans]]]] = [
        *([("dedup scan", scanned)] if scan else []), ("jusText", justext), ("lines in two documents", twice),
        ("lines in two pages", on_two_pages), ("ceiling", ceiling)]
    for name, remove in others:
        try:
            yield name, remove(several)
        except ImportError as error:
            yield name, f"not installed: {error} (pip install justext lxml_html_clean)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--languages", action="store_true", help="a table for each language, too")
    parser.add_argument("--scan", action="store_true", help="also scan all texts together")
    given = parser.parse_args()
    sets = sorted(path.parent for path in given.folder.glob("*/docs.jsonl.gz"))
    if not sets:
        parser.error(f"no */docs.jsonl.gz in {given.folder}")
    for folder in sets:
        several = documents(folder)
        parts: dict[str, list[int]] = defaultdict(list)
        for number, document in enumerate(several):
            parts[f"{folder.name}, all {len(several)}"].append(number)
            if given.languages:
                parts[f"{folder.name}, language {document.lang or 'unknown'}"].append(number)
        table = list(rows(several, given.scan))
        for title, numbers in sorted(parts.items(), key=lambda part: (-len(part[1]), part[0])):
            print(f"\n{title}: {len(numbers)} articles\n\n| | lost | >5 % | removed | F1 |\n|---|---|---|---|---|")
            for name, removed in table:
                cells = removed if isinstance(removed, str) else figures(
                    [several[number] for number in numbers], [removed[number] for number in numbers])
                print(f"| {name} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
