"""What is done without NumPy for a few articles says the same as the arrays do for many."""
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dedup import contained, features, minhash, postings, shingles
from dedup.boilerplate import likeness, sketch
from dedup.engines import numpy_, plain
from dedup.lanes import Lanes

WORDS = st.sampled_from("a bad ff cede 12 Straße ﬁn 漢字 ไทย naïve e\u0301 -- \n".split(" "))
TEXTS = st.lists(WORDS, max_size=60).map(" ".join) | st.text(max_size=80)
HASHES = st.lists(st.integers(0, (1 << 64) - 1), max_size=150, unique=True).map(sorted)


@given(st.sampled_from([32, 64]), st.data())
def test_lanes_hold_numbers_apart(bits, data):
    number = st.integers(0, (1 << bits) - 1)
    values = data.draw(st.lists(number, max_size=20))
    factor, summand, by = data.draw(number), data.draw(number), data.draw(st.integers(0, bits - 1))
    lanes, count = Lanes(bits), len(values)
    packed = lanes.pack(values)
    assert lanes.unpack(packed, count).tolist() == values
    mapped = lanes.cut(packed * factor + lanes.all(summand, count), count)
    assert lanes.unpack(mapped, count).tolist() == [(value * factor + summand) % (1 << bits) for value in values]
    assert lanes.unpack(lanes.shift(packed, count, by), count).tolist() == [value >> by for value in values]
    part = data.draw(st.integers(0, count))
    assert lanes.unpack(lanes.first(packed, part), part).tolist() == values[:part]
    assert lanes.unpack(lanes.behind(packed, part), count - part).tolist() == values[part:]
    factors = data.draw(st.lists(st.tuples(number, number), min_size=1, max_size=5))
    minima = lanes.minima(values, *(lanes.pack(row) for row in zip(*factors)), len(factors))
    assert lanes.unpack(minima, len(factors)).tolist() == [
        min([(value * factor + summand) % (1 << bits) for value in values], default=(1 << bits) - 1)
        for factor, summand in factors]


@given(TEXTS, st.integers(1, 9))
@example("one two three four five", 5)
@example("one two three four five six", 5)
def test_shingles(text, ngram):
    assert plain.shingle(text, ngram).tolist() == numpy_.shingle([text], ngram)[0].tolist() == shingles.shingles(text, ngram)


@settings(deadline=None)
@given(HASHES, st.sampled_from([(128, 1), (16, 3)]))
@example([0], (128, 1))
@example([(1 << 64) - 1], (128, 1))
def test_signatures(hashes, scheme):
    signature = numpy_.sign(np.array(hashes, np.uint64), np.array([0, len(hashes)]), *scheme)
    assert plain.sign(hashes, *scheme).tolist() == signature[0].tolist()
    keys = postings.band_keys(signature, 4, 4)[0]
    assert postings.plain_band_keys(signature[0].tolist(), 4, 4) == keys.tolist()


def test_the_packaged_permutations_are_read_as_numpy_reads_them():
    assert np.array_equal(minhash.plain_permutations(128, 1), minhash.permutations(128, 1))


@pytest.mark.parametrize("size", [0, 1, contained.SHORT, contained.SHORT + 1, 400])
def test_samples(size):
    hashes = np.sort(np.random.default_rng(size).integers(0, (1 << 64) - 1, size, np.uint64))
    assert contained.plain_sample(hashes.tolist()) == contained.sample(hashes, np.array([0, size]))[0].tolist()


LINES = st.lists(st.sampled_from(["give", "to", "us", "\u00e9t\u00e9", "0", " ", 60 * "x", "a b " * 130]), max_size=9)


@given(st.lists(LINES.map(lambda words: " ".join(words).encode()), max_size=6))
def test_word_features(lines):
    (ends, *plainly), (places, *at_once) = likeness._plainly_hashed(lines), likeness._hashed(lines)
    assert ends == places
    assert [row.tolist() for row in plainly] == [row.tolist() for row in at_once]


@pytest.mark.parametrize("size", [128, 129, 200, 256, 257, 400, 1500])
def test_sketches(size):
    rng = np.random.default_rng(size)
    blocks = [rng.choice(np.frombuffer(b"abcdefgh\xc3\xa4", np.uint8), size).tobytes() for _ in range(3)] + [b"a" * size]
    assert list(map(sketch.plain, blocks)) == sketch.sketches(blocks).tolist()
    assert sketch.sketches([]).shape == (0, sketch.BANDS)


def test_traits():
    story = "\n\n".join(f"Paragraph {k} of a story with some words in it." for k in range(30))
    texts = ["", "Short.", story + "\n\nSubscribe to our newsletter!"]
    none = [None] * len(texts)
    program = ("import pickle, sys; from dedup import features; texts = pickle.load(sys.stdin.buffer); "
               "none = [None] * len(texts); found = features.traits(texts, none, none, features.Recipe(), None); "
               "assert 'numpy' not in sys.modules; pickle.dump(found, sys.stdout.buffer)")
    done = subprocess.run([sys.executable, "-c", program], input=pickle.dumps(texts), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    rows = list(features.extract(texts, none, none, features.Recipe(), None).rows())
    for one, other in zip(pickle.loads(done.stdout), rows, strict=True):
        assert one._replace(signature=list(one.signature), masks=list(one.masks)) == other
    assert rows[2].removed
