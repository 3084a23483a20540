"""What repetition over a corpus says about blocks."""
from __future__ import annotations

import random
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.article import Article, Block
from dedup.blocks import form, split
from dedup.blocks import texts as texts_of
from dedup.boilerplate import repeats
from dedup.boilerplate.likeness import Features, letters, lines_of_words, numbers, templates, words
from dedup.boilerplate.repeats import Repeats, find, scan_blocks
from dedup.boilerplate.table import outermost
from dedup.corpus import Corpus, spool
from dedup.errors import InputError

LETTERS = "bcdfghklmnprstvz"
APPEAL = ["Why we ask",
          "Dear readers, the {name} lives on what you give, and has no owner behind it.",
          "Give {amount} a month now and {name} can go on sending reporters where nobody else goes.",
          "Not today, thanks"]
QUOTE = "“We shall not leave this valley before the last house has light again,” the engineer told the assembly."


def table(texts, sources=None, jobs=1):
    return table_and_lone(texts, sources, jobs)[0]


def table_and_lone(texts, sources=None, jobs=1):
    scans = [scan_blocks(split(text)) for text in texts]
    offsets = np.concatenate([[0], np.cumsum([len(keys) for keys, _ in scans])]).astype(np.int64)
    hashes, tokens = (np.concatenate([scan[at] for scan in [*scans, scan_blocks([])]]) for at in (0, 1))
    return find(hashes, offsets, tokens, sources or [None] * len(texts), texts.__getitem__, jobs=jobs)


def word(draw):
    return "".join(draw.choice(LETTERS) + draw.choice("aeiou") for _ in range(draw.randint(1, 4)))


def paragraph(draw, size=30):
    return " ".join(word(draw) for _ in range(size)).capitalize() + "."


def body(seed, paragraphs=4, size=30):
    draw = random.Random(seed)
    return [paragraph(draw, size) for _ in range(paragraphs)]


def appeal(name="Courier", amount="$5"):
    return [line.format(name=name, amount=amount) for line in APPEAL]


def text(*parts):
    return "\n\n".join(line for part in parts for line in part)


def decisions(repeats, article, source=None):
    found = repeats.evidence(split(article), source)
    return [found[place].decision if place in found else None for place in range(len(split(article)))]


def test_one_appeal_under_many_articles_needs_no_cue():
    texts = [text(body(seed), appeal(amount=f"${seed}")) for seed in range(8)]
    assert decisions(table(texts), texts[0]) == [None] * 4 + ["strip"] * 4


def test_two_hosts_are_enough_with_a_cue():
    texts = [text(body(seed), appeal()) for seed in range(2)] + [text(body(9))]
    assert decisions(table(texts), texts[1]) == [None] * 4 + ["strip-with-cue"] * 4
    assert decisions(table(texts), texts[2]) == [None] * 4


def test_workers_find_what_one_process_finds(monkeypatch):
    draw = random.Random(5)
    footers = [[paragraph(draw, size)] for size in range(8, 28)]
    texts = [text(*draw.sample(footers, 2), body(seed), draw.choice(footers), appeal(amount=f"${seed}")) for seed in range(60)]
    sources = [f"site{seed % 7}" for seed in range(60)]
    alone = table(texts, sources)
    monkeypatch.setattr(repeats, "_WORTH", 1)
    assert table(texts, sources, jobs=3).to_bytes() == alone.to_bytes()
    assert len(alone.kinds) > 20


@given(st.lists(st.lists(st.integers(0, 30), max_size=14), max_size=6))
def test_what_is_looked_at_is_what_recurs_or_stands_outermost(articles):
    """Blocks as numbers; 0 has no letters, some recur, others stand in one article only, perhaps twice."""
    flat = np.array([block + 100 * at * (block > 9) for at, article in enumerate(articles) for block in article], np.int64)
    offsets = np.concatenate([[0], np.cumsum([len(article) for article in articles])]).astype(np.int64)
    found, first, same = np.unique(flat, return_index=True, return_inverse=True)
    recurrent = (found > 0) & (found <= 9)
    wanted = {}
    for start, end in zip(offsets, offsets[1:]):
        part = flat[start:end].tolist()
        known = [0 < block <= 9 for block in part]
        for place in [*outermost(known, part), *(place for place, yes in enumerate(known) if yes)]:
            wanted.setdefault(part[place], start + place)
    worth, spot = repeats._looked_at(same, first, recurrent, flat, offsets)
    assert list(zip(found[worth], spot)) == sorted(wanted.items())


def test_names_and_amounts_may_vary():
    names = ["Evening Courier", "Harbour Post", "Daily Lantern", "Northern Star", "Valley Echo", "Old Mill Gazette"]
    texts = [text(body(seed), appeal(name, f"£{seed}.50")) for seed, name in enumerate(names)]
    repeats = table(texts, names)
    assert all(decisions(repeats, article)[4:] == ["strip"] * 4 for article in texts)
    assert {found.scope for found in repeats.evidence(split(texts[0]), names[0]).values()} == {"global"}
    stranger = text(body(77), appeal("Southern Bell", "$9"))
    assert decisions(repeats, stranger)[4:] == ["strip"] * 4


def test_what_recurs_in_one_source_is_no_more_than_masked_in_another():
    texts = [text(body(seed), appeal()) for seed in range(8)]
    repeats = table(texts, ["a"] * 8)
    assert decisions(repeats, texts[0], "a")[4:] == ["strip"] * 4
    assert decisions(repeats, texts[0], "b")[4:] == ["mask"] * 4


@pytest.mark.parametrize("count", [2, 5, 12])
def test_copies_of_one_article_are_one_host(count):
    draw = random.Random(5)
    texts = []
    for copy in range(count):
        lines = body(1, 8)
        lines[draw.randrange(8)] = paragraph(draw)
        texts.append(text([f"Page {word(draw)}"], lines, [paragraph(draw, 12)]))
    assert not table(texts).kinds


def test_copies_in_different_wrappings_are_one_host():
    wrap = [(appeal(), []), ([], body(50, 2)), (body(51, 1), body(52, 1)), ([], appeal("Post"))]
    assert not table([text(head, body(1, 12), tail) for head, tail in wrap]).kinds


def test_copies_under_other_boilerplate_are_one_host():
    menus = [[f"{name} desk", *appeal(name * 9)[1:], *body(seed, 4, 30)]
             for seed, name in enumerate(["north", "south", "east"], 900)]
    texts = [text(body(1, 10), menu) for menu in menus]
    texts += [text(body(seed, 10), menu) for at, menu in enumerate(menus) for seed in range(9 * at + 10, 9 * at + 16)]
    found = {kind.example for kind in table(texts).kinds}
    assert not found & set(body(1, 10)) and found >= {menu[-1][:240] for menu in menus}


def test_a_digest_makes_its_stories_no_boilerplate():
    stories = [body(seed) for seed in range(6)]
    texts = [text(story) for story in stories] + [text(*stories)]
    assert not table(texts).kinds


def test_digests_that_contain_an_article_make_it_no_boilerplate():
    texts = [text(body(1)), text(body(1), body(2, 8)), text(body(3, 8), body(1)), text(body(4, 8), body(1), body(5, 8))]
    assert not table(texts).kinds


def test_an_article_and_its_copy_are_one_host_beside_a_third():
    texts = [text(body(1), appeal()), text(body(1)[:3], body(2, 1), appeal()), text(body(3), appeal())]
    repeats = table(texts)
    assert {kind.hosts for kind in repeats.kinds} == {2}
    assert decisions(repeats, texts[0]) == [None] * 4 + ["strip-with-cue"] * 4


def test_a_quotation_in_mid_article_is_masked_and_stays():
    texts = [text(body(seed)[:2], [QUOTE], body(seed)[2:]) for seed in range(9)]
    assert decisions(table(texts), texts[0]) == [None, None, "mask", None, None]


def test_background_under_related_articles_stays():
    topic = [word(random.Random(seed)) * 2 for seed in range(30)]
    background = ["The " + " ".join(topic[:14]) + " began long ago, and since then " + " ".join(topic[14:]) + "."]
    texts = []
    for seed in range(8):
        draw = random.Random(seed)
        texts.append(text([" ".join(draw.choice([word(draw), draw.choice(topic)]) for _ in range(30)) + "."
                           for _ in range(4)], background))
    texts += [text(body(seed)) for seed in range(100, 130)]
    assert decisions(table(texts), texts[0])[4] == "mask"


def test_menus_at_the_head_and_short_articles():
    menu = ["Home", "Latest news", "Our weather", "Sports desk", "Letters to us"]
    texts = [text(menu, body(seed, 1, 60), appeal()) for seed in range(12)]
    found = decisions(table(texts), texts[0])
    assert found[5] is None and set(found[:5] + found[6:]) == {"strip-with-cue"}  # more than two fifths of the article
    texts = [text(menu, body(seed, 6, 60), appeal()) for seed in range(12)]
    found = decisions(table(texts), texts[0])
    assert found[5:11] == [None] * 6 and set(found[:5] + found[11:]) == {"strip"}


def test_lines_without_letters_are_nothing():
    texts = [text(body(seed), ["* * *", "12", "3–1", "—"]) for seed in range(9)]
    assert not table(texts).kinds


@pytest.mark.parametrize("texts", [[], [""], ["one line"], ["", "", ""], ["same", "same", "same"]])
def test_hardly_anything(texts):
    assert not table(texts).kinds


def test_unspaced_scripts():
    draw = random.Random(1)
    texts = ["\n".join(["".join(chr(draw.randrange(0x4E00, 0x9F00)) for _ in range(60)) + "。" for _ in range(3)]
                       + ["如果您喜欢我们的报道，请每月捐助我们。"]) for _ in range(6)]
    assert decisions(table(texts), texts[0]) == [None] * 3 + ["strip"]


def corpus(seed, count):
    """Random articles, some copies, some with parts in common."""
    draw = random.Random(seed)
    parts = [body(draw.random(), draw.randint(1, 3), 12) for _ in range(3)]
    parts += [appeal(word(draw), f"${at}") for at in range(3)]
    articles = []
    for _ in range(count):
        lines = body(draw.random(), draw.randint(1, 5), 25)
        for _ in range(draw.randint(0, 3)):
            at = draw.choice([0, len(lines), draw.randint(0, len(lines))])
            lines[at:at] = draw.choice(parts)
        if articles and draw.random() < 0.3:
            lines = draw.choice(articles)[0].split("\n\n") + body(draw.random(), 1, 10)
        articles.append((text(lines), draw.choice(["a", "b", None])))
    return articles


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 14), st.randoms(use_true_random=False))
def test_order_and_exact_copies_change_nothing(seed, count, shuffle):
    articles = corpus(seed, count)
    repeats = table([article for article, _ in articles], [source for _, source in articles])
    again = articles + shuffle.sample(articles, 2)
    shuffle.shuffle(again)
    assert table([article for article, _ in again], [source for _, source in again]).to_bytes() == repeats.to_bytes()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_a_frozen_table_says_the_same(seed):
    articles = corpus(seed, 12)
    repeats = table([article for article, _ in articles], [source for _, source in articles])
    frozen = Repeats.from_bytes(repeats.to_bytes())
    assert frozen.id == repeats.id and frozen.kinds == repeats.kinds
    articles += corpus(seed + 1, 3)
    found = [repeats.evidence(split(article), source) for article, source in articles]
    assert [frozen.evidence(split(article), source) for article, source in articles] == found
    pieces, sources = [split(article) for article, _ in articles], [source for _, source in articles]
    keys, tokens = scan_blocks([block for blocks in pieces for block in blocks])
    counted = keys, tokens, np.zeros(len(keys), bool)
    assert frozen.evidence_of(pieces, sources) == frozen.evidence_of(pieces, sources, counted) == found


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_a_block_that_is_like_none_need_not_be_looked_at_again(seed):
    articles = [*corpus(seed, 12), *corpus(seed, 2)]
    texts, sources = [article for article, _ in articles], [source for _, source in articles]
    repeats, lone = table_and_lone(texts, sources)
    pieces = [*map(split, texts)]
    counted = scan_blocks([block for blocks in pieces for block in blocks])
    assert lone.any() and not lone.all()
    assert repeats.evidence_of(pieces, sources, (*counted, lone)) == repeats.evidence_of(pieces, sources)


def test_a_batch_knows_the_blocks_of_its_articles(tmp_path):
    texts = ["One line.\nAnother one\n* * *", "", "A thírd.", "The last\n\none."]
    articles = [Article("", f"{at}", text) for at, text in enumerate(texts)]
    chunks = [spool(articles[:2], tmp_path / "0"), spool([], tmp_path / "1"), spool(articles[2:], tmp_path / "2")]
    read = Corpus(chunks, list("dbca"))
    for some in [[0], [3, 0, 2], [1, 2, 3]]:
        batch = read.batch(np.array(some))
        wanted = scan_blocks([block for text in batch.texts for block in split(text)])
        assert [row.tolist() for row in batch.blocks[:2]] == [row.tolist() for row in wanted]
        assert np.diff(batch.blocks.offsets).tolist() == [len(split(text)) for text in batch.texts]
        assert [data.decode() for data in read.data(batch.numbers)] == batch.texts == [*map(read.text, some)]
        assert read.lengths(batch.numbers).tolist() == [*map(len, batch.texts)]


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"format": "dedup block table 1", "kinds": []}',
                                  b'{"format": "dedup block table 2", "kinds": [{}]}', b"\xff\xfe"])
def test_other_bytes_are_refused(data):
    with pytest.raises(InputError):
        Repeats.from_bytes(data)


@given(st.text(st.sampled_from("aB1é \t.'’\r\n\u3042漢ไทย-_\u0301"), max_size=60)
       | st.text(st.sampled_from("aBcdEFgh iJ \n’“—ΐİß\u0345\u0130Ⓐ²"), max_size=60))
def test_the_words_of_all_blocks_are_those_of_each(text):
    blocks = [block.text for block in split(text)]
    assert texts_of(text) == blocks
    rows = [words(block) for block in blocks]
    lines = lines_of_words(blocks)
    assert [line.decode().split() for line in lines] == rows
    sizes, found = numbers(lines)
    assert sizes.tolist() == [len(row) for row in rows]
    assert found.tolist() == [crc32(word.encode()) for row in rows for word in row]


@given(st.lists(st.lists(st.sampled_from(["a", "é", "7", "word", 47 * "x", 48 * "y", 49 * "z", 30 * "ж", "", "   ", 60 * " "]))
                .map(lambda words: " ".join(words).encode())))
def test_the_numbers_of_words_are_their_checksums(lines):
    sizes, found = numbers(lines)
    assert sizes.tolist() == [len(line.split()) for line in lines]
    assert found.tolist() == [crc32(word) for line in lines for word in line.split()]


NAMES = st.sampled_from(["said ", "Bob", "Ann Li ", "to ", ", ",
                         "of the ", "is ", "xnamex ", "\x1f", "a@b.c", "@", "7.5", "é", "Ö ",
                         "漢", "<b>", "[a b](c)", "*", "www.a.b "])


@given(st.lists(st.lists(NAMES, max_size=12).map("".join), max_size=5))
def test_names_and_figures_of_many_blocks_are_those_of_each(texts):
    assert templates(texts) == [some for text in texts for some in templates([text])]


@given(st.lists(st.lists(NAMES, max_size=12).map("".join), max_size=5))
def test_the_features_of_many_blocks_are_those_of_each(texts):
    features = Features(texts)
    (counts, keys), (sizes, pairs) = features.every_key(), features.every_pair()
    assert counts.tolist() == [len(features.keys(at)) for at in range(len(texts))]
    assert keys.tolist() == [key for at in range(len(texts)) for key in features.keys(at)]
    assert [frozenset(part.tolist()) for part in np.split(pairs, np.cumsum(sizes))[:-1]] == [
        features.pairs(at) for at in range(len(texts))]


@pytest.mark.parametrize("text, wanted", [
    ("the staff of Daily Lantern ask for 7.50 today", "the staff of xnamex ask for 0 today"),
    ("Write to us at desk@lantern.example, or give £5", "write to us at xnamex or give 0"),
    ("we were with Anna Berg, then with Otto of the Valley Echo for 3 days", "we were with xnamex then with xnamex for 0 days"),
    ("The Daily Lantern Asks For Your Help", "the daily lantern asks for your help"),
    ("with Anna at Lund", "with anna at lund"),
    ("[Give](http://x.y) *now*, see www.z.w", "give now see 0")])
def test_names_and_figures_stand_for_one_another(text, wanted):
    assert [line.split() for line in templates([text])] == [wanted.encode().split()]


MARKS = st.sampled_from(["<b>", "</p>", "[a](b)", "](", "http://x.y/z ", "HTTPS://Q", "www.a.b", "*", "|", "~", "#", "$ 5", "07",
                         "€9", "⌘", "“", "\u00e9", "Ab", "c d", " ", "\t", "٣", "\u00b5"])


@given(st.lists(st.lists(MARKS, max_size=8).map("".join), max_size=5))
def test_the_letters_of_a_block_are_those_of_its_form(texts):
    """Markup, figures, prices and spaces leave nothing behind, an address one sign."""
    def blocks_of(some):
        return [Block(0, len(one), one) for one in some]

    marked = [one if any(mark in one for mark in ("<", "](", "http", "www.")) else "<" + one for one in texts]
    assert letters(blocks_of(marked)) == letters(blocks_of([form(one) for one in marked])) == [
        some for one in marked for some in letters(blocks_of([one]))]
