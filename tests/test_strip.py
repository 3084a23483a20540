"""Judging blocks: cases in 36 languages, laws that hold for any text, and how evidence from outside weighs."""
from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.article import Block, cut
from dedup.blocks import split
from dedup.boilerplate import body, cues, evidence, strip
from dedup.boilerplate.form import _QUOTES, LISTED, Form, fold
from dedup.boilerplate.lexicon import Told, lexicons

CASES = Path(__file__).parent / "cases" / "boilerplate"
LANGUAGES = sorted(path.name for path in CASES.iterdir())
RULES = cues.load()


def read(lang: str, name: str) -> Any:
    return json.loads((CASES / lang / f"{name}.json").read_text("utf-8"))


def placed(article: list[str], place: str, lines: list[str], gap: str = "\n") -> str:
    if place == "all":
        return gap.join(lines)
    at = {"head": 0, "middle": len(article) // 2, "tail": len(article)}[place]
    return gap.join([*article[:at], *lines, *article[at:]])


def stripped(text: str, **more: Any) -> str:
    return cut(text, strip.removed(strip.judge(text, split(text), RULES, **more)))


def lines_of(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_cues_go_and_the_article_stays(lang: str) -> None:
    articles = read(lang, "articles")
    wanted, gone = 0, 0
    left = []
    for number, case in enumerate(read(lang, "cues")):
        article = articles[number % len(articles)]
        text = placed(article, case["place"], case["lines"], "\n\n" if number % 3 else "\n")
        kept = lines_of(stripped(text, lang=lang if number % 2 else None))
        assert [line for line in article if line not in kept] == [], case
        wanted += len(case["lines"])
        gone += len(case["lines"]) - sum(line in kept for line in case["lines"])
        left += [line for line in case["lines"] if line in kept]
    assert gone >= .85 * wanted, left


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_is_taken_from_a_trap(lang: str) -> None:
    articles = read(lang, "articles")
    lost = []
    for case in read(lang, "traps"):
        for article in articles:
            text = placed(article, case["place"], case["lines"])
            kept = stripped(text)
            if kept != text:
                lost.append((case["about"], [line for line in lines_of(text) if line not in lines_of(kept)]))
    assert lost == []


def test_there_are_enough_cases() -> None:
    for name in ("cues", "traps"):
        assert sum(len(read(lang, name)) for lang in LANGUAGES) >= 300


LINES = [line for lang in ("en", "de", "ru", "zh") for case in read(lang, "cues") for line in case["lines"]]
PARAGRAPHS = [line for lang in ("en", "de", "ru", "zh") for article in read(lang, "articles") for line in article]
TEXTS = st.lists(st.tuples(
    st.one_of(st.sampled_from(LINES), st.sampled_from(PARAGRAPHS), st.text(max_size=30)),
    st.sampled_from(["\n", "\n\n", "\r\n", " ", " \n"])), max_size=25).map(lambda pairs: "".join(map("".join, pairs)))


@settings(max_examples=80, deadline=None)
@given(TEXTS)
def test_stripping_again_changes_nothing(text: str) -> None:
    once = stripped(text)
    assert stripped(once) == once


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_judgements_cover_the_blocks_and_removed_is_masked(text: str) -> None:
    blocks = split(text)
    found = strip.judge(text, blocks, RULES)
    assert sorted({one.block for one in found}) == list(range(len(blocks)))
    assert all(one.start < one.end for one in found)
    assert all(left.end <= right.start for left, right in zip(found, found[1:]))
    spans, masks = strip.removed(found), strip.masked(found)
    assert all(any(start <= span.start and span.end <= end for start, end in masks) for span in spans)
    assert all(left.end <= right.start for left, right in zip(spans, spans[1:]))
    assert len(cut(text, spans)) == len(text) - sum(span.end - span.start for span in spans)
    assert all(sum(points for _, points in one.parts) == one.score or one.score == 0 for one in found)


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.sets(st.integers(0, 9)))
def test_of_what_is_masked_the_same_is_said_when_nothing_else_is(text: str, again: set[int]) -> None:
    given = strip.Given(text, split(text), repeats={at: Repeat("strip") for at in again})
    every, = strip.judge_all([given], RULES)
    marked, = strip.judge_all([given], RULES, marked=True)
    assert marked == [one._replace(parts=()) for one in every if one.mask]


@settings(deadline=None)
@given(TEXTS, st.data())
def test_what_is_left_of_blocks_are_the_blocks_of_what_is_left(text: str, data: st.DataObject) -> None:
    kept, sizes = [], []
    for start, end, line in split(text):
        at = start + text[start:end].index(line)
        cut_from = data.draw(st.sampled_from([end, start, at + len(line) // 2]))  # nothing goes, all, or the end of the line
        cut_to = max(cut_from, end if cut_from == start else at + len(line))
        kept.append(text[start:cut_from] + text[cut_to:end] if text[start:cut_from].strip() else "")
        sizes.append(len(kept[-1]))
    left = "".join(kept)
    assert strip.left_of(split(text), sizes, left) == (split(left) if left else [])


def listed(lines: list[str]) -> list[evidence.Item]:
    """Items as they are before anything around them is looked at."""
    words = lexicons(RULES, [""], ["en"], frozenset())[0]
    told = Told(words)
    words.tell(lines, told)
    return [evidence.item(Block(at, at + 1, line), at, told[line], 0, piece=False) for at, line in enumerate(lines)]


@settings(deadline=None)
@given(st.lists(st.sampled_from(LINES) | st.sampled_from(PARAGRAPHS), max_size=25), st.sets(st.integers(0, 24)))
def test_furniture_at_either_end_is_outside_the_body_wherever_that_is(lines: list[str], again: set[int]) -> None:
    items = listed(lines)
    found = body.Body(items, [max(item.cue, body.STRONG) if at in again else item.cue for at, item in enumerate(items)])
    assert [found.outside(at) for at in range(len(items) + 1)] == [
        not found.first <= at <= found.last for at in range(len(items) + 1)]


@given(st.lists(st.sampled_from(["Ada", "ada", "Émile", "émile", "«Ada", "A", "a", "B2", "?", "\u00a0", "Жук", "жук", " ", "…x"]),
                max_size=60).map(" ".join))
def test_most_lines_are_told_from_names_without_a_look_at_each_word(line: str) -> None:
    words = [word[:2] for word in line.split() if word[:2].isalpha()]
    assert Form(line).names == (2 * len(words) > LISTED and 3 * sum(map(str.istitle, words)) > 2 * len(words))


@given(st.text("aÄß*_`’“„–\u00a0\u00adёЁ：أ日", max_size=30))
def test_signs_that_vary_are_made_plain_each_by_itself(text: str) -> None:
    assert fold(text) == text.translate(_QUOTES).casefold()


@given(st.text("a.!。”\" \n", max_size=30))
def test_sentences_end_at_a_stop_before_a_blank_or_at_a_stop_of_its_own_width(text: str) -> None:
    ends = re.finditer(r"[.!?…؟][\"'”’»)\]]{0,3}\s+|[。！？][”」』]?", text)
    assert [end.span() for end in evidence._PIECE.finditer(text)] == [end.span() for end in ends]
    assert Form(text).sentences == bool(re.search(r"[.!?؟।][\"'”’»)\]]{0,2}\s|[。！？]", text))


@dataclass(frozen=True)
class Repeat:
    decision: str
    key: str = "b:1"
    hosts: int = 3
    heavy: bool = False


ARTICLE = read("en", "articles")[0]


def test_repetition_masks_and_strips_as_it_decides() -> None:
    text = placed(ARTICLE, "tail", ["The Courier has been printed in Ellery Street since the year of the great flood."])
    blocks = split(text)
    at = len(blocks) - 1
    for decision, strips in (("mask", False), ("strip-with-cue", False), ("strip", True)):
        found = strip.judge(text, blocks, RULES, repeats={at: Repeat(decision)})
        assert (found[at].mask, found[at].strip) == (True, strips), decision
        assert found[at].rule == "b:1" and found[at].evidence == ("repetition",)
    address = placed(ARTICLE, "tail", ["Come and visit us in Ellery Street, where your paper has been printed."])
    found = strip.judge(address, split(address), RULES, repeats={at: Repeat("strip-with-cue")})
    assert found[at].strip
    off = strip.judge(address, split(address), RULES, repeats={at: Repeat("strip")}, disabled={"b:1"})
    assert not off[at].mask


BYLINES = {
    "en": "By Jane Doe, 14 November 2010", "de": "Von Anna Berg", "fr": "Par Anne Morel", "es": "Por Ana Ruiz",
    "it": "di Anna Greco", "pt": "Por Ana Lima", "pl": "Fot. Jan Kos / Agencja", "ru": "Фото: Иван Сидоров",
    "uk": "Автор: Ганна Петренко", "zh": "责任编辑：李华", "ar": "بقلم أحمد سالم", "nl": "Door Anna Jansen", "ja": "写真：山田花子"}


@pytest.mark.parametrize("hosts, paragraph, goes", [
    (2, "When you stand on the dam in winter, the valley below is a series of lights, and each of them is a house that was "
        "promised a road.", False),  # "you" is anybody there, and two articles may share it
    (2, "If you value what our reporters bring to you from the valley, tell your friends where they can find us every week "
        "of the year.", True),
    (4, "When you have walked through the valley with these pages in your hand, let the others in your village know of it "
        "before the week ends.", True),
])
def test_what_two_articles_share_speaks_to_the_reader_and_of_the_outlet_before_it_goes(
        hosts: int, paragraph: str, goes: bool) -> None:
    text = placed(ARTICLE, "tail", [paragraph])
    repeats = {len(ARTICLE): Repeat("strip-with-cue", hosts=hosts)}
    assert (paragraph not in stripped(text, lang="en", repeats=repeats)) == goes


@pytest.mark.parametrize("told, goes", [
    ("Many candidates could leave the race before spring. Their coffers are empty and the voters look elsewhere. The primaries "
     "come early this time. We shall soon know more of it.", False),
    ("You can help our newsroom with a few coins. Tell your friends what you have read here. The primaries come early this "
     "time. We thank you for your help with them.", True),
])
def test_a_recurrent_block_goes_whole_or_not_at_all(told: str, goes: bool) -> None:
    article = " ".join(ARTICLE)
    left = stripped(f"{article}\n{told}", lang="en", repeats={1: Repeat("strip-with-cue", hosts=4)})
    assert left.strip() == (article if goes else f"{article}\n{told}")


def test_what_recurs_is_not_the_body_of_a_page() -> None:
    menu = ["Home", "News", "Sports", "Opinion", "Contact us", "Log in", "Weather", "Careers"]
    notes = ["The foundation behind these pages was set up by four families, and its books are open to whoever asks for them.",
             "Its reporters live in the villages of which they write, and none of them has ever been paid by a ministry.",
             "The archive holds every issue since the first, and schools may use it without asking anybody for leave."]
    lines = [ARTICLE[0], *menu * 3, *notes, *menu, "© 2024 The Valley Post. All rights reserved."]
    at = {3 * len(menu) + 1 + number: Repeat("strip", key=f"b:{number}", hosts=8) for number in range(len(notes))}
    left = stripped("\n".join(lines), lang="en", repeats=at)
    assert ARTICLE[0] in left and not any(note in left for note in notes)


@pytest.mark.parametrize("lang", BYLINES)
def test_bylines_and_credits_stay_however_often_they_recur(lang: str) -> None:
    article = read(lang, "articles")[0]
    for place, at in (("head", 0), ("tail", len(article))):
        text = placed(article, place, [BYLINES[lang]])
        for decision in ("mask", "strip-with-cue", "strip"):
            assert stripped(text, lang=lang, repeats={at: Repeat(decision, hosts=8)}) == text


@pytest.mark.parametrize("line", ["03:06 PM EDT", "2012-10-29 | 14:05", "In short", "The big question:",
                                  "https://example.org/a/b"])
def test_dates_addresses_and_rubrics_stay_though_they_recur(line: str) -> None:
    text = placed(ARTICLE, "head", [line])
    assert stripped(text, repeats={0: Repeat("strip")}) == text


def test_a_footer_of_several_lines_that_recur_goes() -> None:
    text = placed(ARTICLE, "tail", ["Ellery Street", "Deliveries at the back door", "A house of the Tidd family"])
    repeats = {at: Repeat("strip", key=f"b:{at}") for at in range(len(ARTICLE), len(ARTICLE) + 3)}
    assert stripped(text, repeats=repeats).rstrip() == "\n".join(ARTICLE)


def test_a_weak_cue_and_a_block_that_only_masks_do_not_add_up() -> None:
    text = placed(ARTICLE, "middle", ["Politics"])
    assert stripped(text, repeats={len(ARTICLE) // 2: Repeat("mask", hosts=2)}) == text


def test_those_who_are_quoted_do_not_address_the_reader() -> None:
    line = 'Tidd told the council: "We ask you for patience, and your boats will be safe with us."'
    text = placed(ARTICLE, "tail", [line])
    assert stripped(text, repeats={len(ARTICLE): Repeat("strip-with-cue")}) == text


def test_a_thread_begins_at_its_heading() -> None:
    own = ["Posted by Jane on April 6, 2007 at 3:09 PM", "Tracked on Apr 6, 2007 6:56 PM"]
    thread = ["Comments", "A fine pier it was.", "Posted by: Joe | Apr 6, 2007 1:11 PM", "We used to fish there.",
              "Posted by: Ann | Apr 6, 2007 1:21 PM", "It will be missed.", "Posted by: Ben | Apr 7, 2007 9:15 AM"]
    text = placed(ARTICLE, "tail", own + thread)
    assert lines_of(stripped(text)) == ARTICLE + own


def test_a_reading_list_stays_with_its_heading() -> None:
    links = ["- The pier of 1968, a history", "- How concrete grows old", "- Forty minutes late, a ferry diary"]
    for heading in ("Further reading", "See also:", "Additional resources"):
        text = placed(ARTICLE, "tail", [heading, *links])
        assert stripped(text) == text
    text = placed(ARTICLE, "tail", ["You may also like", *links])
    assert lines_of(stripped(text)) == ARTICLE


def test_links_that_are_much_of_an_article_stay_unless_more_speaks_against_it() -> None:
    links = ["Related: The pier of 1968, and how it came to stand on twelve pillars", "Related: Forty minutes late, a diary"]
    again = [paragraph + " So it went on." for paragraph in ARTICLE]
    text = "\n".join([*ARTICLE, links[0], *again, links[1], ARTICLE[0] + " Now."])
    assert stripped(text) == text
    assert not {*links, "Share on Facebook"} & set(lines_of(stripped(text + "\nShare on Facebook")))


MENU = ["Home", "News", "Sports", "Weather", "Contact us", "About us", "Log in"]


def test_the_standfirst_of_a_raw_page_stays() -> None:
    standfirst = "Divers found cracks in three pillars, and the ferries will be late."
    page = [*MENU, "Pier closed", standfirst, "By Jane Doe", "Share on Facebook", "Print", *ARTICLE,
            "Most popular", "Ten walks along the coast", "The baker who plays the organ", "Privacy Policy", "Terms of Use"]
    kept = lines_of(stripped("\n".join(page)))
    assert standfirst in kept and [line for line in kept if line in ARTICLE] == ARTICLE
    assert not {*MENU, "Share on Facebook", "Ten walks along the coast", "Privacy Policy"} & set(kept)


def test_rules_for_the_tail_match_there_only() -> None:
    line = "More about harbours and ferries"
    assert strip.judge(text := placed(ARTICLE, "head", [line]), split(text), RULES, lang="en")[0].score == 0
    assert strip.judge(text := placed(ARTICLE, "tail", [line]), split(text), RULES, lang="en")[-1].score >= 4


def test_copies_of_other_sources_protect_against_form() -> None:
    lines = ["Related articles", "The mayor of Ellery, in brief", "The pier, in brief", "The flood, in brief"]
    text = placed(ARTICLE, "tail", lines)
    blocks = split(text)
    alone = strip.judge(text, blocks, RULES)
    assert [one.strip for one in alone[-3:]] == [True] * 3
    shared = strip.judge(text, blocks, RULES, consensus={at: "shared" for at in range(len(blocks))})
    assert not any(one.strip for one in shared[-3:])


def test_a_leftover_of_one_copy_needs_less_evidence() -> None:
    text = placed(ARTICLE, "tail", ["Comments"])
    blocks = split(text)
    at = len(blocks) - 1
    said = strip.judge(text, blocks, RULES, consensus={at: "alone-edge"})
    assert said[at].strip and "consensus" in said[at].evidence
    extra = ["The mayor, in brief", "The pier, in brief", "The flood, in brief"]
    text = placed(ARTICLE, "tail", extra)
    ends = {at: "alone-edge" for at in range(len(ARTICLE), len(ARTICLE) + 3)}
    assert stripped(text) == text
    assert [one.strip for one in strip.judge(text, split(text), RULES, consensus=ends)][-3:] == [True] * 3
    plain = "The council will vote in June, and nobody expects a quarrel about it."
    text = placed(ARTICLE, "tail", [plain])
    assert not any(one.strip for one in strip.judge(text, split(text), RULES, consensus={at: "alone-edge"}))


def test_rules_and_classes_can_be_switched_off() -> None:
    text = placed(ARTICLE, "tail", ["Share on Facebook"])
    assert stripped(text) != text
    assert stripped(text, disabled={"en.share.line"}) == text
    assert stripped(text, disabled={"share"}) == text


def test_an_allow_list_keeps_a_line(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text("allow = ['share on facebook']\n[[rule]]\nid = 'own.pier'\nclass = 'related'\nweight = 6\n"
                    "pattern = 'pier of the week'\n")
    rules = cues.load([path])
    text = placed(ARTICLE, "tail", ["Share on Facebook", "Pier of the week"])
    repeats = {len(ARTICLE): Repeat("strip")}
    spans = strip.removed(strip.judge(text, split(text), rules, repeats=repeats))
    assert [(span.rule, text[span.start:span.end]) for span in spans] == [("own.pier", "Pier of the week")]


def test_an_appeal_at_the_end_of_a_single_line() -> None:
    article = " ".join(ARTICLE)
    assert stripped(article + " Sign up for our daily newsletter here.").rstrip() == article
    assert stripped(article) == article


def test_long_lines_take_linear_time() -> None:
    for piece in ("please sign up to our newsletter ", "a message to ", "comments 12 ", "support us your ", "[](", "“"):
        text = piece * (2_000_000 // len(piece))
        start = time.process_time()
        strip.judge(text, split(text), RULES, lang="en")
        assert time.process_time() - start < 3


def test_an_author_who_calls_on_readers_begins_no_appeal() -> None:
    call = ("Elections come every four years, and we need you in between: join the harbour watch, donate an hour of your "
            "week to the sandbags, and ask your neighbours to come along, because water does not wait for ballots, and none of "
            "us will be asked for a party card when the bell rings at night and the first street of the old town is under water.")
    rest = ("Those who walked along the dike on Sunday know what it takes. You have seen the cracks, and your children can now "
            "show them to others.")
    appeal = ["Dear reader,", "Independent journalism needs your support. Please donate today, every contribution helps us.",
              "Become a member from as little as $3 a month."]
    left = lines_of(stripped("\n".join([*ARTICLE, call, rest, *appeal]), lang="en"))
    assert left == [*ARTICLE, call, rest]


def test_the_buttons_of_an_appeal_go_with_it_and_a_credit_stays() -> None:
    appeal = ["Dear readers,", "We, the staff of The Harbour Courier, work without an owner, and we need your help.",
              "Please support us with $3 a month: every contribution keeps our reporting free for all."]
    assert lines_of(stripped(placed(ARTICLE, "tail", [*appeal, "Perhaps tomorrow."]))) == lines_of(placed(ARTICLE, "tail", []))
    assert "Photographs by Ana Pereira" in stripped(placed(ARTICLE, "tail", [*appeal, "Photographs by Ana Pereira"]))
