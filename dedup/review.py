"""`dedup review`: doubtful pairs side by side in the terminal, and the user's word on each in a file of overrides."""
from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TextIO

from dedup import decided, doubts, overrides, pipeline, staging
from dedup.article import Result, cut
from dedup.doubts import Doubt
from dedup.reporters import spread
from dedup.reporters.output import name, title
from dedup.settings import Settings
from dedup.terminal import counted, fit, line, paint, width, wrapped

CONTEXT = 6  # words of what both have that are shown around a difference
ROWS = 16  # of differences that are shown before "more" is asked for
KEYS = "[y] copies  [n] different  [s]kip  [m]ore  [b]ack  [q]uit"


def run(file: str, path: Path, settings: Settings, *, listed: bool, key: Callable[[], str] | None) -> int:
    """Asks for the user's word on the doubtful pairs, or lists them; the exit status.

    `key` reads one key of a terminal; None: answers are lines of stdin. Raises InputError and OutputError.
    """
    wishes = overrides.read(path) if path.exists() else ()
    result = decided.load(file, pipeline.read_options(settings), decided.known(settings))
    found = doubts.listed(result, decided=wishes)
    if listed:
        print("doubt\tdecided\tid\tid\twhy")
        for one in found:
            ids = (line(result.entries[number].id) for number in (one.left, one.right))
            print(f"{one.doubt:.4f}", "same" if one.joined else "different", *ids, line(one.why), sep="\t")
        return 0
    if not found:
        told = f"{counted(len(wishes), 'pair')} of {path} left out" if wishes else "every copy is beyond doubt"
        print(f"Nothing to decide: {told}.")
        return 0
    color = settings.color == "always" or settings.color == "auto" and sys.stdout.isatty() and "NO_COLOR" not in os.environ
    answers = Session(result, found, path, key, sys.stdin, sys.stdout, color).ask()
    if answers:
        print(f"{counted(answers, 'answer')} saved to {path}; dedup scan … --overrides {path} obeys.")
    else:
        print("Nothing decided, nothing saved.")
    return 0


class Session:
    """One sitting: each answer is saved at once, and can be taken back."""

    def __init__(self, result: Result, found: Sequence[Doubt], path: Path, key: Callable[[], str] | None, answers: TextIO,
                 out: TextIO, color: bool) -> None:
        self.result, self.found, self.path = result, found, path
        self.key, self.answers, self.out, self.color = key, answers, out, color
        self.before = path.read_text("utf-8-sig") if path.exists() else ""
        self.said: dict[int, str] = {}  # by place in `found`

    def ask(self) -> int:
        """Goes through the pairs until the user has enough; how many answers were given."""
        at, whole = 0, False
        while at < len(self.found):
            self.show(at, whole)
            word = self.answer()
            whole = word == "m"
            if word in ("y", "n"):
                self.said[at] = "same" if word == "y" else "different"
                self.save()
                at += 1
            elif word == "s":
                at += 1
            elif word == "b":
                at = max(at - 1, 0)
                if self.said.pop(at, None):
                    self.save()
            elif word == "q":
                break
        return len(self.said)

    def answer(self) -> str:
        """The user's answer: y, n, s, m, b or q."""
        while True:
            print(paint(KEYS, "bold", self.color), end=" ", file=self.out, flush=True)
            word = self.key() if self.key else self.answers.readline() or "q"
            word = {"\x1b": "q", "\x04": "q"}.get(word, word.strip()[:1].lower() or "s")  # Escape, Ctrl-D
            known = word in "ynsmbq"
            print(word if known else "?", file=self.out)
            if known:
                return word

    def save(self) -> None:
        """Writes what stood in the file and the answers so far."""
        rows = [f"{word}\t{self.id(one.left)}\t{self.id(one.right)}\n" for at, word in sorted(self.said.items())
                for one in [self.found[at]]]
        start = self.before if not self.before or self.before.endswith("\n") else self.before + "\n"
        with staging.file(self.path) as out:
            out.write((start + "".join(rows)).encode("utf-8", "surrogatepass"))

    def id(self, number: int) -> str:
        return self.result.entries[number].id

    def show(self, at: int, whole: bool) -> None:
        """One pair: what is decided and why, who published it when, and what differs, side by side."""
        one, columns = self.found[at], min(max(shutil.get_terminal_size().columns, 60), 160)
        half = (columns - 3) // 2
        print(file=self.out)
        for words in wrapped(f"Pair {at + 1:,} of {len(self.found):,} — {line(one.why)}", columns):
            print(paint(words, "bold", self.color), file=self.out)
        for left, right in self.heads(one, half):
            for row in zip_longest(wrapped(left, half), wrapped(right, half), fillvalue=""):
                print(" │ ".join(paint(words, "dim", self.color) + " " * (half - width(words)) for words in row).rstrip(),
                      file=self.out)
        print("─" * columns, file=self.out)
        rows = list(self.differences(one, half))
        shown = rows if whole or len(rows) <= ROWS + 2 else rows[:ROWS]
        for left, right in shown:
            print(f"{left} │ {right}".rstrip(), file=self.out)
        if len(shown) < len(rows):
            print(paint(f"… {counted(len(rows) - len(shown), 'more line')}: m shows all", "dim", self.color), file=self.out)

    def heads(self, one: Doubt, half: int) -> Iterator[tuple[str, str]]:
        entries = [self.result.entries[number] for number in (one.left, one.right)]
        called = [fit(title(self.result, number) or "(no text)", 2 * half - 8) for number in (one.left, one.right)]
        yield called[0], called[1]
        facts = [" · ".join(filter(None, [line(entry.source or ""), spread.day(entry.date or "")])) for entry in entries]
        if any(facts):
            yield facts[0], facts[1]
        names = [line(name(entry)) for entry in entries]
        yield (f"{names[0]} (kept)" if one.joined else names[0]), names[1]

    def differences(self, one: Doubt, half: int) -> Iterator[tuple[str, str]]:
        """What differs in the texts without boilerplate, with the words around it, in rows of two columns."""
        if one.left >= self.result.count:
            yield paint("its text is in the reference corpus".ljust(half), "dim", self.color), ""
            return
        texts = (cut(self.result.text_of(number), self.result.removed_of(number)) for number in (one.left, one.right))
        rows = 0
        for rows, group in enumerate(passages(*texts), 1):
            columns = [list(laid(words, half, self.color)) for words in group]
            for at in range(max(map(len, columns))):
                left, right = (column[at] if at < len(column) else " " * half for column in columns)
                yield left, right
            yield " " * half, ""
        if not rows:
            yield paint("no words differ but in boilerplate".ljust(half), "dim", self.color), ""


Marked = list[tuple[str, str]]  # words, each with the mark "-" (left only), "+" (right only) or "" (both)


def passages(left: str, right: str) -> Iterator[tuple[Marked, Marked]]:
    """The passages in which two texts differ, some words of what they share around them; shared words alone tell nothing."""
    from dedup.compare import diff

    group: tuple[Marked, Marked] = [], []
    differs = False
    for piece in diff(left, right):
        if piece.where == "left":
            group[0].extend((line(word), "-") for word in piece.left.split())
            differs = True
        elif piece.where == "right":
            group[1].extend((line(word), "+") for word in piece.right.split())
            differs = True
        else:
            words = [[(line(word), "") for word in text.split()] for text in (piece.left, piece.right)]
            if min(map(len, words)) > 2 * CONTEXT + 2:
                if differs:
                    yield tuple([*side, *some[:CONTEXT], ("…", "")] for side, some in zip(group, words))  # type: ignore[misc]
                group = tuple([("…", ""), *some[-CONTEXT:]] for some in words)  # type: ignore[assignment]
                differs = False
            else:
                for side, some in zip(group, words):
                    side.extend(some)
    if differs:
        yield group


def laid(words: Marked, columns: int, color: bool) -> Iterator[str]:
    """Marked words in lines of exactly so many columns: what only one side has in colour, or else in brackets."""
    row, used = "", 0
    for place, (word, mark) in enumerate(words):
        opens = mark and not color and (place == 0 or words[place - 1][1] != mark)
        closes = mark and not color and (place + 1 == len(words) or words[place + 1][1] != mark)
        word = f"{'[' if opens else ''}{word}{']' if closes else ''}"
        for piece in wrapped(word, columns):
            if used and used + 1 + width(piece) > columns:
                yield row + " " * (columns - used)
                row, used = "", 0
            row += (" " if used else "") + paint(piece, {"-": "red", "+": "green", "": "dim"}[mark], color)
            used += width(piece) + (1 if used else 0)
    if used:
        yield row + " " * (columns - used)
