"""Texts as scrapers leave them, one folder a kind in `cases/strip`: what must go from them, and what must not."""
from __future__ import annotations

from pathlib import Path

import pytest

import dedup
from dedup.article import cut
from dedup.cli import main
from dedup.readers.frontmatter import header

CASES = Path(__file__).parent / "cases" / "strip"


def files(kind: str) -> list[Path]:
    return sorted(path for path in (CASES / kind).rglob("*") if path.is_file())


def alone(path: Path) -> tuple[str, str]:
    """A text, and what is left of it by itself."""
    text = path.read_text("utf-8")
    return text, dedup.strip(text).text


def scanned(folder: Path) -> dict[str, tuple[str, str]]:
    """Each text of a folder, and what a scan of all of them leaves of it."""
    result = dedup.scan(folder).result
    return {entry.id: (result.text_of(at), cut(result.text_of(at), result.removed_of(at)))
            for at, entry in enumerate(result.entries)}


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("kind", ["code", "venues", "quoted-sign", "front-matter", "headers"])
def test_what_looks_like_furniture_and_is_none_stays(kind: str) -> None:
    for path in files(kind):
        before, after = alone(path)
        assert after == before, path.name


@pytest.mark.parametrize("kind", ["front-matter/s-yaml", "front-matter/v-jekyll", "headers", "sub-headings"])
def test_what_recurs_in_front_matter_headers_and_sub_headings_stays(kind: str) -> None:
    for name, (before, after) in scanned(CASES / kind).items():
        assert after == before, name


@pytest.mark.parametrize("path", files("lines"), ids=lambda path: path.stem)
def test_a_line_alone_between_paragraphs_goes(path: Path) -> None:
    before, after = alone(path)
    first, second, line, last = lines(before)
    assert lines(after) == [first, second, last]


@pytest.mark.parametrize("lang", sorted(path.name for path in (CASES / "repeated").iterdir()))
def test_what_recurs_goes_in_languages_of_every_script(lang: str) -> None:
    texts = scanned(CASES / "repeated" / lang)
    assert len(texts) == 8
    shared = set.intersection(*(set(lines(before)) for before, _ in texts.values()))
    assert len(shared) == 4
    for before, after in texts.values():
        paragraphs = [line for line in lines(before) if len(line) > 120]
        assert len(paragraphs) == 3
        assert set(paragraphs) <= set(lines(after)) and shared.isdisjoint(lines(after))


def test_a_thread_of_comments_goes_and_the_article_stays() -> None:
    for path in files("threads"):
        before, after = alone(path)
        assert lines(after) == lines(before)[:3], path.name


def test_dated_cards_and_live_blogs_are_no_comments() -> None:
    for path in files("dated"):
        before, after = alone(path)
        paragraphs = [line for line in lines(before) if len(line) > 100]
        assert len(paragraphs) == 6
        assert set(paragraphs) <= set(lines(after)), path.name


def test_what_a_wire_service_puts_below_its_stories() -> None:
    left = {name: lines(after)[3:] for name, (_, after) in scanned(CASES / "trailers").items()}
    assert left.pop("copyright-wire.txt") == left.pop("follow-author.txt") == []
    assert [*map(len, left.values())] == [1, 1]  # who reported, and what was corrected


def test_the_furniture_of_a_page_in_markdown() -> None:
    before, after = alone(CASES / "markdown" / "firecrawl.md")
    kept = [line for line in lines(before) if line.startswith((
        "# ", "By ", "Published", "![", "The ", "|", "Residents", ">"))]
    assert lines(after) == kept


@pytest.mark.parametrize("text, head", [
    ("---\ntitle: a\ntags:\n  - b\n  - c\n---\nText\n", "---\ntitle: a\ntags:\n  - b\n  - c\n---"),
    ("+++\ntitle = 'a'\n[params]\n x = 1\n+++\n\nText", "+++\ntitle = 'a'\n[params]\n x = 1\n+++"),
    ("\ufeff---\r\ntitle: a\r\nabout: >\r\n  long\r\n---\r\nText", "\ufeff---\r\ntitle: a\r\nabout: >\r\n  long\r\n---\r"),
    ("TITLE: a\nDATE: b\nLENGTH: 7\n\nText: said", "TITLE: a\nDATE: b\nLENGTH: 7\n"),
    ("A headline\nDate: x\nSource: y\n\nText", "A headline\nDate: x\nSource: y\n"),
    ("**Autor:** A\n**Datum:** b\n\nText", "**Autor:** A\n**Datum:** b\n"),
    ("Author: A\n\nDate: b\n\nVELDEN: The harbour", "Author: A\n\nDate: b\n"),
    ("---\nA rule above.\n\n---\nAnd one below.\n", ""),
    ("Q: What?\nA: That.\n\nText", ""),
    ("Title: A film: the review\n\nThe film", ""),
    ("title: a\ndate: b", ""),
    ("A first paragraph that goes on. " * 20 + "\nDate: x\nSource: y\n\nText", ""),
])
def test_what_of_a_text_is_about_the_text(text: str, head: str) -> None:
    assert text[:header(text)] == head


PARAGRAPHS = {
    "en": ["The harbour board of Velden has bought a second ferry and will run it from May, its chair said on Monday.",
           "It comes from a yard in Tarn and cost less than half of its original price, which nobody had expected."],
    "de": ["Nach elf Monaten Bauzeit ist am Freitag die neue Brücke über die Erle eröffnet worden, wie die Stadt mitteilte.",
           "Anwohner hatten seitdem einen Umweg von neun Kilometern fahren müssen, berichtete der Sprecher der Feuerwehr."],
    "ru": ["Новый мост через Ольшу открыли в пятницу после одиннадцати месяцев работ, сообщила мэр города Анна Дорнова.",
           "Жители с тех пор ездили в объезд длиной девять километров, рассказал представитель пожарной службы."],
}


@pytest.mark.parametrize("gap", ["\n", "\n\n"])
@pytest.mark.parametrize("lang, some, goes", [
    ("en", ["Related article: How the board wants to pay for the", "## **New Engine**"], 2),
    ("en", ["**Read more:**", "Why the bridge was closed"], 2),
    ("en", ["Related article:", "**How the Bridge**", "**was closed**"], 3),
    ("de", ["Lesen Sie auch: Warum die alte Brücke wegen der", "**Pendler**"], 2),
    ("de", ["Lesen Sie auch:", "Warum die alte Brücke gesperrt wurde"], 2),
    ("ru", ["Читайте также:", "Почему закрыли старый мост"], 2),
    ("en", ["Related article: How the bridge was closed", "## The new engine"], 1),
    ("en", ["She told us the story:", "A chair and a table"], 0),
])
def test_a_split_title_goes_with_its_label(lang: str, some: list[str], goes: int, gap: str) -> None:
    first, last = PARAGRAPHS[lang]
    text = gap.join([first, last, *some, last, first, ""])
    assert lines(dedup.strip(text).text) == [first, last, *some[goes:], last, first]


def test_a_headline_that_others_list_and_a_lead_that_digests_hold_stay() -> None:
    """Whoever repeats them: what stands at their place is the article's."""
    text = "\n\n".join(["Home", "News", "Second ferry for Velden", *PARAGRAPHS["en"]])
    assert "Second ferry for Velden" in dedup.strip(text).text


def test_verses_are_no_menu() -> None:
    poem = ["Home", "is a light", "behind a door", "News", "is who got off", "Next", "is a field", "More", "is a word"]
    text = "\n".join([PARAGRAPHS["en"][0], *poem, PARAGRAPHS["en"][1]])
    assert dedup.strip(text).text == text


def test_more_than_half_of_a_text_goes_only_where_it_is_certain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    menu = [f"{word} {number}" for number in range(20) for word in ("Home", "News", "Sport", "Contact")]
    menu += ["About us", "Privacy policy", "Terms of use", "Log in", "Weather"]
    body = [*PARAGRAPHS["en"], "Residents of Orsa have asked for the boat since the bridge was closed nine years ago, and they "
            "were promised it in every election since then.", "Captain Rhea Dunmore, who has steered the old ferry for "
            "thirty-one years, said that she would take the first trip herself and then hand over the wheel for good."]
    note = "Every spring the river takes a piece of the bank with it, and every autumn the farmers of Tarn bring stones in " \
           "carts, although nobody has asked them to and although the county engineer says that it does not help at all."
    path = tmp_path / "page.txt"
    path.write_text("\n".join([*menu, *body, "© 2024 Velden Post. All rights reserved.", *menu, note, "Log in"]), "utf-8")
    assert main(["strip", str(path), "--isolated"]) == 0
    out, error = capsys.readouterr()
    assert note in out and lines(out)[:4] == body
    assert "more than half of the text would have gone; only what is certain did" in error


def test_a_window_that_asks_for_consent_is_not_taken_for_the_article() -> None:
    menu = ["Home", "News", "Sport", "Opinion", "Weather", "Log in", "Subscribe"]
    consent = ["You may click to accept our cookies, and you may change your mind whenever you like. We ask again then. " * 4,
               "We and our partners store what you read, and we measure what you click, and you may object to it. " * 4]
    foot = ["About us", "Contact", "Privacy policy", "© 2024 Velden Post. All rights reserved."]
    for parts in ([*menu, *consent], [*consent, *menu]):
        text = "\n".join([*parts, "Second ferry for Velden", *PARAGRAPHS["en"], *foot])
        assert set(PARAGRAPHS["en"]) <= set(lines(dedup.strip(text).text))
