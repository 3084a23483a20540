"""Every engine equals the reference bit for bit, on text as nasty as can be."""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from fuzzing import examples
from hypothesis import given, settings
from hypothesis import strategies as st

import dedup
from dedup import features, lsh, shingles
from dedup.corpus import CODEC
from dedup.engines import ENGINES, Engine, codepoints, load
from dedup.errors import ConfigError, MissingExtra
from dedup.decision import Evidence
from dedup.tokenized import HashedTexts, TokenizedText
from dedup.sketches import Sketches

REFERENCE = load("datasketch")


@pytest.fixture(params=sorted(set(ENGINES) - {"datasketch"}), scope="module")
def engine(request: pytest.FixtureRequest) -> Engine:
    try:
        engine = load(request.param)
    except MissingExtra as missing:
        pytest.skip(str(missing))
    hashes, offsets = engine.shingle(["compiled", "beforehand"], 1)  # no test waits for a compiler
    signatures = engine.sign(hashes, offsets, 4, 1)
    engine.sketch(["compiled"], 1, 4, 1)
    engine.overlaps(hashes, offsets, engine.candidates(signatures, 2, 1, keys=hashes)[0])
    engine.runs(*[engine.words(["compiled"])[0]] * 2)
    return engine


# Words that are joined into texts: every way in which folding is not a matter of one character alone.
PIECES = [
    "the", "Bridge", "42", "3.5", "it's", "donʼt", "don´t", "oﬃce", "½", "№", "…", "™", "—", "ß", "Straße", "İstanbul",
    "ŉ", "é", "e\u0301", "e\u0323\u0302", "\u0301", "a\u0301\u0323", "мост", "И\u0306", "pаypаl", "Mocква", "αbв", "µm",
    "مُحَمَّد", "ا\u0653", "ا\u064b\u0653", "كـتاب", "שָׁלוֹם", "می\u200cکند", "co\u00adop", "a\u200b\u0301",
    "क\u093c्ष", "हिन्दी", "ক\u09c7\u09be", "த\u0bc6\u0bbe", "\u0dd9\u0dca", "한국", "ᄒ\u1161\u11ab", "ㄱㅏ", "가\u11a8",
    "北京", "カ\u3099", "ｶﾞ", "น้ำ", "ກໍ", "ស្ព", "တံ", "中a1国", "𝐁old", "𐐀", "𑄱\u0301", "🏳️‍🌈", "\ud800", "\x00",
]
SEPARATORS = ["", " ", "\n", ", ", "\u3000", "\u200b"]
words = st.one_of(st.sampled_from(PIECES), st.text(max_size=3))
nasty = st.lists(st.tuples(words, st.sampled_from(SEPARATORS)), max_size=12).map(
    lambda parts: "".join(word + separator for word, separator in parts)
)


def assert_same_shingles(engine: Engine, texts: Sequence[str], ngram: int) -> None:
    hashes, offsets = engine.shingle(texts, ngram)
    assert hashes.dtype == np.uint64 and offsets.dtype == np.int64
    assert len(offsets) == len(texts) + 1 and offsets[0] == 0 and offsets[-1] == len(hashes)
    for number, text in enumerate(texts):
        assert hashes[offsets[number]:offsets[number + 1]].tolist() == shingles.shingles(text, ngram), ascii(text)


@settings(max_examples=examples(150))
@given(texts=st.lists(nasty, max_size=5), ngram=st.integers(1, 6))
def test_shingles_are_the_references(engine: Engine, texts: list[str], ngram: int) -> None:
    assert_same_shingles(engine, texts, ngram)


def test_every_code_point(engine: Engine) -> None:
    """Each code point of the common planes between others, 64 to a text: one token table for all engines."""
    planes = [range(0x3200), range(0xA000, 0xAC10), range(0xF900, 0x10100), range(0x1F000, 0x1F700)]
    points = [chr(point) for plane in planes for point in plane]
    texts = ["x".join(points[at:at + 64]) + " " + "".join(points[at:at + 64]) for at in range(0, len(points), 64)]
    assert_same_shingles(engine, texts, 2)


def test_long_and_many(engine: Engine) -> None:
    random = np.random.default_rng(5)
    vocabulary = ["bridge", "council", "Überfahrt", "мост", "新", "42", "of", "the"]
    sizes = [0, 1, 4, 5, 6, 9_000, 0, *([40] * 1000), 70_000, 0]
    texts = [" ".join(random.choice(vocabulary, size)) for size in sizes]
    assert_same_shingles(engine, texts, 5)


def test_plain_text_is_not_folded_one_by_one() -> None:
    """What the news of most languages is made of stays on the fast path."""
    text = "“Zürich – Genève: l’été”, Москва… Αθήνα, 北京，カナ 한국 हिन्दी أيضاً می\u200cکند שָלום €5 🙂"
    assert not any(codepoints.describe(character) & codepoints.BOUND for character in text)
    assert codepoints.describe("\u0301") & codepoints.BOUND and codepoints.describe("ß") & codepoints.BOUND


sets = st.lists(st.sets(st.integers(0, 2**64 - 1), max_size=30), max_size=12)


def flat(values: list[set[int]]) -> tuple[np.ndarray, np.ndarray]:
    hashes = np.array([one for members in values for one in sorted(members)], dtype=np.uint64)
    return hashes, np.cumsum([0, *map(len, values)], dtype=np.int64)


@given(values=sets, num_perm=st.sampled_from([2, 16, 128]), seed=st.integers(0, 3))
def test_signatures_are_datasketchs(engine: Engine, values: list[set[int]], num_perm: int, seed: int) -> None:
    hashes, offsets = flat(values)
    signatures = engine.sign(hashes, offsets, num_perm, seed)
    assert signatures.dtype == np.uint32 and signatures.shape == (len(values), num_perm)
    assert np.array_equal(signatures, REFERENCE.sign(hashes, offsets, num_perm, seed))


@settings(max_examples=examples(100))
@given(texts=st.lists(nasty, max_size=5), many=st.integers(0, 60), ngram=st.integers(1, 6), data=st.booleans())
def test_sketches_are_those_of_the_shingles(engine: Engine, texts: list[str], many: int, ngram: int, data: bool) -> None:
    """Long texts too, of which a sample is kept; and texts in UTF-8."""
    texts += [" ".join(f"{number} {text}" for number in range(many)) for text in texts]
    hashes, offsets = REFERENCE.shingle(texts, ngram)
    expected = Sketches.of(hashes, offsets, REFERENCE.sign(hashes, offsets, 6, 2))
    found = engine.sketch([text.encode(*CODEC) for text in texts] if data else texts, ngram, 6, 2)
    for ours, theirs in zip(found, expected):
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape and np.array_equal(ours, theirs)


marked = st.lists(st.sampled_from(["<br>", "<p b>", "<", ">", "[", "](http://a/b c)", "](/d)", "]", "ß", "a", " ", "\n"]))


@settings(max_examples=examples(100))
@given(texts=st.lists(st.builds(str.__add__, nasty, marked.map("".join)), max_size=4))
def test_what_nothing_is_masked_of_need_not_be_decoded(engine: Engine, texts: list[str]) -> None:
    recipe = features.Recipe(boilerplate="off", engine=engine.__name__.rpartition(".")[2].rstrip("_"))
    none = [None] * len(texts)
    lengths = np.array([*map(len, texts)], np.int64)
    whole = features.extract_whole([text.encode(*CODEC) for text in texts], lengths, recipe)
    assert [*whole.rows()] == [*features.extract(texts, none, none, recipe, None).rows()]


def test_sketches_of_many(engine: Engine) -> None:
    """More than are worked through at a time, some of which are read twice."""
    texts = ["".join(f"{'Straße' if one % 3 else 'Gasse'} {at % (one + 1)}, " for at in range(400)) for one in range(300)]
    assert sum(map(len, texts)) > 1 << 20
    hashes, offsets = engine.shingle(texts, 3)
    expected = Sketches.of(hashes, offsets, engine.sign(hashes, offsets, 4, 1))
    assert all(map(np.array_equal, engine.sketch(texts, 3, 4, 1), expected))


small = st.lists(st.sets(st.integers(0, 9), max_size=5), max_size=40)


@given(values=small, shape=st.sampled_from([(2, 1), (4, 2), (8, 2), (2, 8)]), cap=st.sampled_from([2, 5, 1024]),
       seed=st.integers(0, 2**32 - 1), repeated=st.booleans())
def test_candidates_are_datasketchs(
    engine: Engine, values: list[set[int]], shape: tuple[int, int], cap: int, seed: int, repeated: bool
) -> None:
    hashes, offsets = flat(values)
    signatures = REFERENCE.sign(hashes, offsets, 16, 1)
    keys = np.random.default_rng(seed).integers(0, 10 if repeated else 2**64, len(values), dtype=np.uint64)
    ours, capped = engine.candidates(signatures, *shape, keys=keys, cap=cap)
    expected, expected_capped = REFERENCE.candidates(signatures, *shape, keys=keys, cap=cap)
    assert ours.dtype == np.int64 and ours.tolist() == expected.tolist() and capped == expected_capped
    empty = [number for number, members in enumerate(values) if not members]
    assert not np.isin(ours, empty).any()


def test_a_crowd_of_look_alikes_is_capped_alike(engine: Engine) -> None:
    """More than the anchors: one bucket of 80 that differ elsewhere, numbered and keyed without relation."""
    random = np.random.default_rng(2)
    signatures = random.integers(0, 2**32, (80, 8), dtype=np.uint32)
    signatures[:, :4] = 7
    keys = random.permutation(80).astype(np.uint64)
    ours, capped = engine.candidates(signatures, 2, 4, keys=keys, cap=40)
    expected, _ = REFERENCE.candidates(signatures, 2, 4, keys=keys, cap=40)
    assert np.array_equal(ours, expected) and capped == 1
    assert len(ours) == 80 * lsh.ANCHORS - lsh.ANCHORS * (lsh.ANCHORS + 1) // 2


@given(values=small)
def test_overlaps_are_exact(engine: Engine, values: list[set[int]]) -> None:
    hashes, offsets = flat(values)
    pairs = [(left, right) for right in range(len(values)) for left in range(right)]
    found = engine.overlaps(hashes, offsets, np.array(pairs, dtype=np.int64).reshape(-1, 2))
    assert found.dtype == np.int64
    assert found.tolist() == [len(values[left] & values[right]) for left, right in pairs]


@settings(max_examples=examples(150))
@given(texts=st.lists(nasty, max_size=5))
def test_words_are_the_references(engine: Engine, texts: list[str]) -> None:
    for ours, theirs in zip(engine.words(texts), REFERENCE.words(texts)):
        assert ours.dtype == theirs.dtype and ours.tolist() == theirs.tolist()


few = st.lists(st.integers(0, 5).map(lambda value: value * 0x123456789ABCDEF), max_size=30)


@given(left=few, right=few)
def test_runs_are_the_references(engine: Engine, left: list[int], right: list[int]) -> None:
    sides = [np.array(side, dtype=np.uint64) for side in (left, right)]
    assert engine.runs(*sides).tolist() == REFERENCE.runs(*sides).tolist()


@settings(max_examples=examples(100))
@given(texts=st.tuples(nasty, nasty).map(lambda pair: [pair[0] * 6, (pair[1] + pair[0]) * 5]))
def test_hashed_tokens_decide_as_the_text_does(engine: Engine, texts: list[str]) -> None:
    ready = HashedTexts(*engine.words(texts), engine, {0: 0, 1: 1})
    plain, quick = [TokenizedText(text) for text in texts], [ready.of(number, text) for number, text in enumerate(texts)]
    for ours, theirs in zip(quick, plain):
        for name in ("size", "begins", "prose", "words_a_token", "names", "years"):
            assert getattr(ours, name) == getattr(theirs, name), name
    assert quick[0].same_words(quick[1]) == plain[0].same_words(plain[1])
    ours, theirs = Evidence(*quick), Evidence(*plain)
    for name in ("passages", "own", "cover", "verbatim", "fillings", "objection", "overlapping"):
        assert getattr(ours, name) == getattr(theirs, name), name


def test_an_unknown_engine_is_a_clear_error() -> None:
    with pytest.raises(ConfigError, match="abacus"):
        load("abacus")


def test_numpy_alone_loads_nothing_heavy() -> None:
    code = (
        "import sys; from dedup.engines import load; e = load('numpy'); h, o = e.shingle(['a b c d e f'], 5); "
        "s = e.sign(h, o, 128, 1); print([m for m in ('datasketch', 'scipy', 'numba') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.skipif(find_spec("numba") is None or find_spec("scipy") is None, reason="needs numba and scipy")
@pytest.mark.parametrize("alone", [True, False])
def test_only_the_command_keeps_what_it_does_not_need_from_numba(alone: bool) -> None:
    """A program that uses numba, too, finds it as it is; and what is kept from numba can be had afterwards."""
    code = (
        f"import sys; from dedup import engines; engines.alone = {alone}; e = engines.load('numba'); e.sketch(['a'], 1, 128, 1); "
        "print('scipy.linalg' in sys.modules); import scipy.linalg.cython_blas"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"{not alone}\n"


def without_privileges() -> None:
    """What even root may not do then: write where nobody may."""
    import ctypes

    ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE: it is lost with the next program


@pytest.mark.skipif(find_spec("numba") is None or not sys.platform.startswith("linux"), reason="needs numba, and Linux")
@pytest.mark.parametrize("writable", [True, False])
def test_the_compiled_engine_is_chosen_where_it_compiles_once_and_works_anywhere(tmp_path: Path, writable: bool) -> None:
    """A container may have no place that can be written to, be it beside the package or at home."""
    package = tmp_path / "dedup"
    shutil.copytree(Path(dedup.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    if not writable:
        for path in (*package.rglob("*"), package):
            path.chmod(0o555 if path.is_dir() else 0o444)
    code = ("from dedup import engines, pipeline\n"
            "print(*[pipeline.engine_for(count, 'auto') for count in (3000, 100_000)], pipeline.engine_for(1, 'numba'))\n"
            "told = [engines.load(name).words(['in a few words'])[0].tolist() for name in ('numba', 'numpy')]\n"
            "print(told[0] == told[1])\n"
            "engines.load('numba').sketch(['a few words'], 5, 8, 1)\n"  # where it has compiled, it is taken for less
            "print(*[pipeline.engine_for(count, 'auto') for count in (2999, 3000)])")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/dev/null",
                   "XDG_CACHE_HOME": "/dev/null/none"}
    environment.pop("NUMBA_CACHE_DIR", None)
    done = subprocess.run([sys.executable, "-c", code], env=environment, cwd=tmp_path, text=True, capture_output=True,
                          preexec_fn=None if writable else without_privileges)
    for path in (package, *package.rglob("*")):
        path.chmod(0o755)
    chosen = "numba" if writable else "numpy"
    assert done.stdout.splitlines() == [f"numpy {chosen} numba", "True", f"numpy {chosen}"], done.stderr
