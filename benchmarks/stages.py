"""What each stage costs, in microseconds an article on one core: `python benchmarks/stages.py [FILE.jsonl]`

The best of some repetitions of each stage alone, on data in memory: what a run adds is reading, copying and waiting.
"""
from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import corpus  # noqa: E402

from dedup import blocks, contained, engines, features, verify  # noqa: E402
from dedup.errors import MissingExtra  # noqa: E402

REPETITIONS = 3
ARTICLES = 3000
REFERENCE = 300  # articles for the reference engine


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder, "corpus.jsonl")
        if len(sys.argv) < 2:
            corpus.write(ARTICLES, path)
        lines = path.read_text("utf-8").splitlines()[:ARTICLES]
    texts = [json.loads(line)["text"] for line in lines]
    print(f"{len(texts):,} articles of {sum(map(len, texts)) / len(texts):.0f} characters; microseconds an article")
    recipe = features.Recipe()

    def cost(stage: str, work: Callable[[], Any], count: int = len(texts)) -> Any:
        best = float("inf")
        for _ in range(REPETITIONS):
            start = time.perf_counter()
            result = work()
            best = min(best, time.perf_counter() - start)
        print(f"{stage:36}{best / count * 1e6:10.1f}", flush=True)
        return result

    cost("parse JSON", lambda: [json.loads(line) for line in lines])
    cost("split into blocks", lambda: [blocks.split(text) for text in texts])
    some = texts[:len(texts) // 10]
    cost("judge boilerplate, one article", lambda: [features.judge(text, recipe) for text in some], len(some))
    for name in engines.ENGINES:
        try:
            engine = engines.load(name)
        except MissingExtra as missing:
            print(missing)
            continue
        sample = texts[:REFERENCE] if name == "datasketch" else texts
        n = len(sample)
        engine.sign(*engine.shingle(sample[:10], 5), 128, 1)  # compiled beforehand
        hashes, offsets = cost(f"{name}: shingle", lambda: engine.shingle(sample, 5), n)
        signatures = cost(f"{name}: sign", lambda: engine.sign(hashes, offsets, 128, 1), n)
        keys = np.arange(n, dtype=np.uint64)
        pairs, _ = cost(f"{name}: candidates, 25 bands", lambda: engine.candidates(signatures, 25, 5, keys=keys), n)
        cost(f"{name}: overlaps of {len(pairs)} candidates", lambda: engine.overlaps(hashes, offsets, pairs), n)
    hashes, offsets = engines.load("numpy").shingle(texts, 5)
    samples = contained.sample(hashes, offsets)
    more, _ = cost("contained copies: candidates", lambda: contained.candidates(*samples, threshold=0.8))

    def judge() -> list[Any]:
        engine = engines.load("numpy")
        verifier = verify.Verifier.of(engine, hashes, offsets, texts.__getitem__, threshold=0.7, containment=0.8)
        hopeful = verifier.hopeful_of(more, engine.overlaps(hashes, offsets, more))
        return [verifier(left, right) for left, right in hopeful]

    cost(f"verify {len(more)} of them", judge)


if __name__ == "__main__":
    main()
