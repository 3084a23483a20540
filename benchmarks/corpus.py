"""A made-up corpus of news pages, with what makes deduplication hard: `python benchmarks/corpus.py 10000 corpus.jsonl`.

Words are made of syllables and occur by Zipf's law; an article has its own topic words; a site puts its menu above and
its footer below; 15 articles in 100 are copies: as they are, edited lightly or heavily, cut, or with an appeal inside.
CORPUS.gold.npy says which article each one is a copy of (itself when it is none).
"""
from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

WORDS, SITES, TOPIC = 60_000, 40, 20
COPIES = 0.15
CONSONANTS, VOWELS = "bcdfghjklmnprstvwz", "aeiou"
COMMON = """the of and to in a is for on that by this with it not or be are from at as an have was has he but they his
were which their been had would more about when its will who there can all one two new after said people year over
also than first into could other some time up out may last under between against""".split()


class Writer:
    """Writes articles as lists of words; everything follows from the seed."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        syllables = np.array([c + v for c in CONSONANTS for v in VOWELS] + [v + c for c in CONSONANTS for v in VOWELS])
        lengths = self.random.integers(1, 5, WORDS)
        self.words = np.array(["".join(self.random.choice(syllables, length)) for length in lengths], dtype=object)
        self.words[:len(COMMON)] = COMMON
        weights = 1 / (np.arange(WORDS) + 5.0)
        self.cumulative = np.cumsum(weights / weights.sum())
        self.menus = ["\n".join(f"* {self.sentence(3, '')}" for _ in range(12)) + "\n\n" for _ in range(SITES)]
        self.footers = [f"\n\n© 2026 {self.sentence(3)} All rights reserved. {self.sentence(24)}" for _ in range(SITES)]
        self.appeals = [f"Support our journalism. {self.sentence(30)} Donate now." for _ in range(12)]

    def some(self, count: int) -> np.ndarray:
        """Words by their frequency."""
        return self.words[np.searchsorted(self.cumulative, self.random.random(count)).clip(0, WORDS - 1)]

    def sentence(self, count: int, end: str = ".") -> str:
        return " ".join(self.some(count)).capitalize() + end

    def article(self) -> np.ndarray:
        """About 520 words, from 60 to 2400, log-normally spread."""
        words = self.some(int(np.clip(self.random.lognormal(6.15, 0.45), 60, 2400)))
        topical = self.random.random(len(words)) < 0.06
        topic = self.words[self.random.integers(1500, WORDS, TOPIC)]
        words[topical] = topic[self.random.integers(0, TOPIC, topical.sum())]
        return words

    def edited(self, words: np.ndarray, rate: float) -> np.ndarray:
        """The words with that share of them replaced, dropped or followed by another."""
        touched = self.random.random(len(words))
        words = np.where(touched < rate / 2, self.some(len(words)), words)
        words = np.insert(words, np.flatnonzero(touched > 1 - rate / 4), self.some(int((touched > 1 - rate / 4).sum())))
        return words[self.random.random(len(words)) >= rate / 4]

    def page(self, words: np.ndarray, site: int, appeal: bool) -> str:
        """The article in sentences and paragraphs on a page of the site."""
        listed = words.tolist()
        sentences = [" ".join(listed[at:at + 17]).capitalize() + "." for at in range(0, len(listed), 17)]
        paragraphs = [" ".join(sentences[at:at + 3]) for at in range(0, len(sentences), 3)]
        if appeal:
            place = int(self.random.integers(0, len(paragraphs) + 1))
            paragraphs.insert(place, self.appeals[self.random.integers(len(self.appeals))])
        furnished = self.random.random()
        menu = self.menus[site] if furnished < 0.15 else ""
        return menu + "\n\n".join(paragraphs) + (self.footers[site] if furnished < 0.45 else "")


def write(count: int, path: Path, seed: int = 1) -> None:
    """A corpus of that many articles, in no order, and its gold beside it."""
    writer = Writer(seed)
    random = writer.random
    base = np.arange(count)
    order, at, copies = random.permutation(count), 0, 0
    while copies < count * COPIES:
        size = (2, 2, 2, 2, 2, 2, 2, 3, 3, 5, 8, 20)[random.integers(12)]
        base[order[at:at + size]] = order[at]
        at, copies = at + size, copies + size - 1
    copied = np.bincount(base, minlength=count)
    originals: dict[int, np.ndarray] = {}
    with open(path, "w", encoding="utf-8") as out:
        for number in range(count):
            words = originals.get(int(base[number]))
            if words is None:
                words = writer.article()
                if copied[base[number]] > 1:
                    originals[int(base[number])] = words
            how = 0.0 if base[number] == number else random.random()
            if 0.12 < how <= 0.75:
                words = writer.edited(words, (0.01, 0.01, 0.03, 0.05, 0.15)[random.integers(5)])
            elif 0.75 < how <= 0.85:
                words = words[:int(len(words) * random.uniform(0.7, 0.97))]
            site = int(random.integers(0, SITES))
            text = writer.page(words, site, appeal=how > 0.85)
            record = {"id": f"d{number:08}", "site": f"site{site}", "text": text}
            out.write(json.dumps(record) + "\n")
    np.save(path.with_suffix(".gold.npy"), base)


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
