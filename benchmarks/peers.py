"""Other libraries on the same work: JSON Lines in, clusters out. `python peers.py NAME FILE THRESHOLD OUT.npy`

Each as its documentation has it, on word 5-grams with 128 permutations; OUT.npy gets the cluster of every article.
"""
from __future__ import annotations

import json
import os
import pickle
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

NGRAM, PERMUTATIONS = 5, 128
WORD = re.compile(r"\w+")


def texts(path: str) -> list[str]:
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


def shingles(text: str) -> set[str]:
    words = WORD.findall(text.lower())
    return {" ".join(words[at:at + NGRAM]) for at in range(max(1, len(words) - NGRAM + 1))} if words else set()


def components(count: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """The smallest member of each one's connected component."""
    parent = list(range(count))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = one = parent[parent[one]]
        return one

    for left, right in pairs:
        left, right = sorted((root(left), root(right)))
        parent[right] = left
    return [root(one) for one in range(count)]


def datasketch(path: str, threshold: float) -> list[int]:
    """MinHash.bulk and MinHashLSH with its own choice of bands; pairs decided by the estimate."""
    from datasketch import MinHash, MinHashLSH

    articles = texts(path)
    sets = ([shingle.encode() for shingle in shingles(text)] for text in articles)
    minhashes = MinHash.bulk(sets, num_perm=PERMUTATIONS)
    index = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)

    def pairs() -> Iterator[tuple[int, int]]:
        for number, minhash in enumerate(minhashes):
            near = index.query(minhash)
            yield from ((number, other) for other in near if minhash.jaccard(minhashes[other]) >= threshold)
            index.insert(number, minhash, check_duplication=False)

    return components(len(articles), pairs())


def rensa(path: str, threshold: float) -> list[int]:
    """R-MinHash and its LSH in 16 bands; pairs decided by the estimate."""
    import rensa as library

    articles = texts(path)
    minhashes = library.RMinHash.from_token_sets((list(shingles(text)) for text in articles), PERMUTATIONS, 42)
    index = library.RMinHashLSH(threshold, PERMUTATIONS, 16)
    index.insert_many(minhashes)
    found = index.query_all(minhashes)
    return components(len(articles), (
        (number, other) for number, others in enumerate(found) for other in others
        if other < number and minhashes[number].jaccard(minhashes[other]) >= threshold))


def gaoya(path: str, threshold: float) -> list[int]:
    """MinHashStringIndex in 20 bands of 6, its own tokens and check."""
    import gaoya as library

    articles = texts(path)
    index = library.minhash.MinHashStringIndex(
        hash_size=32, jaccard_threshold=threshold, num_bands=20, band_size=6, analyzer="word", lowercase=True,
        ngram_range=(NGRAM, NGRAM), id_container="smallvec")
    index.par_bulk_insert_docs(list(range(len(articles))), articles)
    found = index.par_bulk_query(articles, return_similarity=True)
    return components(len(articles), (
        (number, other) for number, others in enumerate(found) for other, similarity in others
        if other < number and similarity >= threshold))


def datatrove(path: str, threshold: float) -> list[int]:
    """Its MinHash steps on one local worker, 14 bands of 9, tokens at spaces; nothing is verified.

    Hashed by its SHA-1: its xxhash, the default, is given strings, which xxhash 4 no longer takes.
    """
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupSignature
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.utils import word_tokenizers
    from datatrove.utils.hashing import HashConfig

    class Spaces(word_tokenizers.WordTokenizer):
        def word_tokenize(self, text: str) -> list[str]:
            return text.split()

        def sent_tokenize(self, text: str) -> list[str]:
            return [text]

        def span_tokenize(self, text: str) -> list[tuple[int, int]]:
            return [(0, len(text))]

    word_tokenizers.load_word_tokenizer = lambda language: Spaces()  # its English one needs a model to be downloaded
    from datatrove.pipeline.dedup import minhash as module
    module.load_word_tokenizer = word_tokenizers.load_word_tokenizer
    config = MinhashConfig(n_grams=NGRAM, num_buckets=14, hashes_per_bucket=9, hash_config=HashConfig(hash_fc="sha1"))
    with tempfile.TemporaryDirectory() as folder:
        reader = JsonlReader(os.path.dirname(os.path.abspath(path)), glob_pattern=os.path.basename(path))
        steps = [
            [reader, MinhashDedupSignature(f"{folder}/signatures", config=config)],
            [MinhashDedupBuckets(f"{folder}/signatures", f"{folder}/buckets", config=config)],
            [MinhashDedupCluster(f"{folder}/buckets", f"{folder}/remove", config=config, save_cluster_id=True,
                                 save_cluster_size=True)],
        ]
        for number, step in enumerate(steps):
            tasks = config.num_buckets if number == 1 else 1
            LocalPipelineExecutor(step, tasks=tasks, workers=1, logging_dir=f"{folder}/logs/{number}").run()
        count = sum(1 for _ in open(path, "rb"))
        file = next(Path(folder, "remove").glob("*.clusters"))
        clusters = np.fromfile(file, dtype=[("doc", "<u4"), ("cluster", "<u4")])
    labels = np.arange(count)
    labels[clusters["doc"]] = count + clusters["cluster"].astype(np.int64)
    return labels.tolist()


def text_dedup(path: str, threshold: float) -> list[int]:
    """`python -m text_dedup.minhash` in one process, with its own choice of bands; nothing is verified."""
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder, "texts.jsonl"), Path(folder, "out")
        articles = texts(path)
        source.write_text("".join(json.dumps({"text": text}) + "\n" for text in articles), "utf-8")
        subprocess.run(
            [sys.executable, "-m", "text_dedup.minhash", "--path", "json", "--data_files", str(source), "--split", "train",
             "--column", "text", "--cache_dir", f"{folder}/cache", "--output", str(out), "--debug", "--num_proc", "1",
             "--ngram", str(NGRAM), "--num_perm", str(PERMUTATIONS), "--threshold", str(threshold)],
            check=True, stdout=subprocess.DEVNULL, env={**os.environ, "HF_HOME": f"{folder}/home"})
        found = pickle.loads(Path(out, "uf.pkl").read_bytes())
    return [found.find(number) for number in range(len(articles))]


PEERS = {function.__name__: function for function in (datasketch, rensa, gaoya, text_dedup, datatrove)}

if __name__ == "__main__":
    name, source, limit, target = sys.argv[1:]
    np.save(target, np.array(PEERS[name](source, float(limit))))
