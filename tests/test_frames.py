"""Raw pages: what stands around the article goes, whatever it is made of; what looks alike inside the article stays."""
from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from dedup.article import cut
from dedup.blocks import split
from dedup.boilerplate import cues, strip

RULES = cues.load()
MENU = ["Home", "News", "Harbour desk", "Village voices", "Sports", "Opinion", "Tide tables", "Contact us", "Log in"]
BLURB = "Everything that happens between the lighthouse and the old market, told by the people who live there."
FOOT = ["Privacy Policy", "Terms of Use", "Careers", "Sitemap", "© 2024 Ellery Courier. All rights reserved."]
ARTICLE = [
    "The ferry between the two islands stopped running on Monday after its engine room was flooded during the storm.",
    "Passengers spent the night in the gymnasium of the school, where the fire brigade had put up eighty beds for them.",
    "The company expects to have a second ship in service by Friday, its manager told the council in a short letter.",
    "Fishermen have meanwhile carried medicine and post across the strait, as their grandfathers did before the war.",
    "The storm was the strongest since measurements began on the northern island in the autumn of nineteen fifty-one.",
]
LONG = [told.replace(*change) for change in (("the", "the"), ("the", "that"), ("The", "This")) for told in ARTICLE]
TITLE = "Islands cut off after the ferry floods"


def page(article: list[str], before: list[str] = [], after: list[str] = []) -> str:
    return "\n".join([*MENU, *before, TITLE, *article, *after, *MENU, *FOOT])


def kept(text: str, **more: Any) -> list[str]:
    return [line for line in cut(text, strip.removed(strip.judge(text, split(text), RULES, **more))).split("\n") if line]


@pytest.mark.parametrize("lang", ["en", None])
def test_only_the_article_is_left_of_a_page(lang: str | None) -> None:
    assert kept(page(ARTICLE), **({"lang": lang} if lang else {})) == [TITLE, *ARTICLE]


def test_a_paragraph_within_the_menus_is_part_of_them() -> None:
    assert kept(page(ARTICLE, before=[BLURB, *MENU, BLURB, *MENU * 3])) == [TITLE, *ARTICLE]


@pytest.mark.parametrize("inside", [
    ["Ferry", "Ship", "Seats", "Built", "Nordlys", "Monday", "120", "1984", "Havørn", "Friday", "80", "1984", "Total", "200"],
    ["1. The flood", "2. The night", "3. The letter"],
    ["Crew", "Crew", "Passengers", "Passengers", "Crew", "Crew"],
    ["Dates", "Monday 4 March", "Dates", "Friday 8 March", "Dates", "Sunday 10 March"],
])
def test_tables_and_lists_within_the_article_stay(inside: list[str]) -> None:
    article = [*ARTICLE[:3], *inside, *ARTICLE[3:]]
    assert kept(page(article)) == [TITLE, *article]


def test_a_list_of_contents_stays_above_its_headings() -> None:
    headings = ["Why the engine failed", "How the islands coped", "What the council wants"]
    article = [ARTICLE[0], *headings]
    for heading, told in zip(headings, ARTICLE[1:]):
        article += [heading, told, "So " + told]
    assert kept(page(article)) == [TITLE, *article]


def test_an_article_goes_on_after_a_newsletter_form() -> None:
    form = ["Sign up for our morning newsletter", "Please enter a valid email address.", "Thanks for signing up!"]
    left = kept(page([*ARTICLE[:3], *form, *ARTICLE[3:]]))
    assert [line for line in ARTICLE if line not in left] == []
    assert not set(form) & set(left)


FORM = ["Sign up for our morning newsletter", "Email address", "Please enter a valid email address.", "Thanks for signing up!"]


@pytest.mark.parametrize("sentence, stays", [
    ("On Friday, its manager told the council, the second ship is expected to cross the strait.", True),
    ("Our readers choose from thirty weekly letters about gardens, kitchens and football.", False),
])
def test_a_sentence_behind_a_form_stays_when_it_speaks_of_the_same(sentence: str, stays: bool) -> None:
    left = kept(page(ARTICLE, after=[*FORM, sentence, *MENU]))
    assert [line for line in [TITLE, *ARTICLE] if line not in left] == []
    assert (sentence in left) == stays


TERMS = ["What stands on these pages is meant to inform, and nobody should take it for the advice of a lawyer in his case.",
         "Investments may lose their value, and what a fund has earned in the past says little of what it is going to earn.",
         "Rates and fees change from day to day, and the branches of the bank post those of the day beside the entrance."]


def test_a_note_above_the_small_print_may_be_the_article() -> None:
    note = ["A guide for tenants",
            "The guide tells tenants in five steps what to ask before they sign a lease, which papers to keep in a drawer of "
            "their own, how to read the meter on the first day and whom to call when the boiler fails."]
    left = kept("\n".join([*MENU, *note, *FORM, *MENU, *TERMS, *FOOT]))
    assert [line for line in note if line not in left] == []


def test_an_article_of_one_paragraph_stays_beside_longer_notes_of_the_site() -> None:
    told = " ".join(LONG)
    notes = [*TERMS, *(note.replace("the", "our") for note in TERMS)]
    left = kept("\n".join([told, *MENU * 3, *notes, *FOOT]))
    assert len(told.split()) > 100 < sum(len(note.split()) for note in notes)
    assert told in left


class Repeated(NamedTuple):
    decision: str = "mask"
    key: str = "b:1"
    hosts: int = 2
    heavy: bool = False


@pytest.mark.parametrize("recurs, few, stays", [(True, False, False), (False, False, True), (True, True, True)])
def test_lines_before_the_first_furniture_go_when_they_are_many_and_some_recur(recurs: bool, few: bool, stays: bool) -> None:
    lines = ["Ellery", "Norwood", "Saltmarsh", "Whitby Street", "Upper Quay", "Harbour radio", "Boats", "Tides today", "Lamps"]
    lines = lines[:4] if few else lines
    text = "\n".join([*MENU, TITLE, *LONG, *lines, "Sign up for our morning newsletter", *FOOT])
    at = len(MENU) + 1 + len(LONG)
    left = kept(text, repeats={at + 1: Repeated(), at + 3: Repeated()} if recurs else {})
    assert left == [TITLE, *LONG, *(lines if stays else [])]


def test_a_section_of_links_ends_a_long_article() -> None:
    teaser = "A walk along the old canal takes two hours and passes four mills, two of which grind to this day."
    article = [told.replace("island", place) for place in ("island", "harbour", "village", "quay") for told in LONG]
    left = kept(page([*article, "Related articles", "The canal", teaser, "The mills", *MENU[:3], teaser[:-1] + ", and more."]))
    assert [line for line in article if line not in left] == []
    assert teaser not in left


def test_nothing_follows_the_form_and_the_rights() -> None:
    form = ["First name *", "Last name *", "Phone *", "This field is required",
            "Our island tours have been running for thirty years, and thousands of guests have come back to them since then.",
            "Every guide has grown up on one of the islands, and knows the paths along the cliffs and the birds by name."]
    assert kept(page(LONG, after=form)) == [TITLE, *LONG]


def test_teasers_after_the_article_go() -> None:
    teasers = ["Related articles"]
    for number in range(4):
        teasers += [f"Harbour story {number}",
                    f"In week {number} of the strike " + "crews met at the quay and talked " * 3 + "again."]
    assert kept(page(LONG, after=teasers)) == [TITLE, *LONG]


def test_what_a_page_says_again_goes_once() -> None:
    assert kept(page([*ARTICLE, "More about the ferry", *ARTICLE])) == [TITLE, *ARTICLE]


def test_labels_between_the_paragraphs_do_not_part_them() -> None:
    article = [line for told in ARTICLE for line in (told, "Story body")]
    boxed = [*article[:4], "Trending", "A whale off the pier", "Chess in the bakery", "Four walks", *article[4:]]
    left = kept(page(boxed))
    assert [line for line in ARTICLE if line not in left] == []
    assert "Chess in the bakery" not in left


def test_a_video_player_leaves_no_traces_and_takes_nothing() -> None:
    player = ["Video Player is loading.", "Current Time 0:00", "Duration 1:23", "Loaded: 0.00%", "Remaining Time -0:00",
              "This is a modal window."]
    text = "\n".join([TITLE, *ARTICLE[:2], *player, *ARTICLE[2:]])
    assert kept(text) == [TITLE, *ARTICLE]


def test_pages_are_judged_in_time_that_grows_with_them() -> None:
    def calls(times: int) -> int:
        import sys
        count = 0

        def tick(*_: object) -> None:
            nonlocal count
            count += 1
        text = page([*ARTICLE * 3, "Comments", "Joe says:", "Nice ferry."] * times)
        sys.setprofile(tick)
        try:
            kept(text)
        finally:
            sys.setprofile(None)
        return count

    assert calls(80) < 6 * calls(20)


def test_a_table_of_contents_outside_the_article_goes() -> None:
    headings = ["Why the engine failed", "How the islands coped", "What the council wants"]
    article = [ARTICLE[0]]
    for heading, told in zip(headings, ARTICLE[1:]):
        article += [heading, told, "So " + told]
    assert kept(page(article, before=[*MENU, *headings])) == [TITLE, *article]


def test_what_is_said_again_goes() -> None:
    caption = "Waves break over the pier of the main island in the early hours of Monday"
    copied = "<p>" + "</p> <p>".join([*ARTICLE, *ARTICLE, *ARTICLE]) + "</p>"
    assert len(copied.split()) >= 200
    assert kept(page([ARTICLE[0], caption, caption, *ARTICLE[1:], copied])) == [TITLE, ARTICLE[0], caption, *ARTICLE[1:]]


def test_a_line_of_names_is_no_prose() -> None:
    countries = "Select Country " + "United States Canada Åland Islands St. Lucia Costa Rica St. Kitts New Zealand " * 5
    assert kept(page(ARTICLE, after=["Subscribe", countries.strip(), *MENU])) == [TITLE, *ARTICLE]
