"""The HTML report in a real browser: it opens, filters, shows a diff, and nothing in an article is ever run."""
from __future__ import annotations

import base64
import io
import json
import re
import shutil
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dedup.article import Cluster, Entry, Member, Related, Result, Span
from dedup.overrides import Override
from dedup.reporters import REPORTERS, RenderOptions, charts, spread
from report_results import HOSTILE, empty, hostile, many, sample


def rendered(result: Result, **options: Any) -> str:
    out = io.BytesIO()
    REPORTERS["html"].render(result, out, options=RenderOptions(**options))
    return out.getvalue().decode()


def data(page: str, id: str) -> Any:
    found = re.search(rf'<script type="application/json" id="{id}">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def unpacked(page: str, at: int) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(data(page, "texts")[at])))


# --- without a browser ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [empty, hostile, sample])
def test_the_page_loads_nothing(make: Any) -> None:
    page = rendered(make())
    markup = re.sub(r"(?s)<(script|style)\b.*?</\1>", "", page)
    assert not re.search(r"\s(src|href|action|style|on\w+)\s*=", markup)
    assert "url(" not in page and "@import" not in page and "http" not in re.sub("http-equiv", "", page)
    assert page.count("<script") == 3 and page.count("</script") == 3


def test_the_page_holds_the_texts_with_what_was_removed_marked() -> None:
    result = sample()
    page = rendered(result)
    [first, _] = data(page, "index")["clusters"]
    canonical = unpacked(page, 0)[0]
    assert "".join(piece if isinstance(piece, str) else piece[0] for piece in canonical) == result.text_of(0)
    assert [piece[1:] for piece in canonical if not isinstance(piece, str)] == [
        ["donation", "en.donation.appeal", "cue, repetition"]]
    assert first["t"].startswith("The harbour authority") and first["w"] == "longest (267 characters)"


def test_a_page_that_would_grow_too_large_lists_clusters_without_their_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.reporters.html.PACKED", 1)
    page = rendered(many(3))
    assert [bool(packed) for packed in data(page, "texts")] == [True, False, False]
    assert len(data(page, "index")["clusters"]) == 3


@pytest.mark.parametrize(("date", "expected"), [
    ("2024-03-04T08:00:00Z", 1709539200), ("2024-03-04 10:00:00+02:00", 1709539200), ("2024-03-04T08:00", 1709539200),
    ("Mon, 04 Mar 2024 08:00:00 GMT", 1709539200), ("2024-03-04", 1709510400),
    ("yesterday", None), ("", None), (None, None), ("0001-01-01T00:00:00+14:00", -62135647200), ("9" * 400, None),
])
def test_dates_that_machines_write_are_read(date: str | None, expected: int | None) -> None:
    moment = spread.when(date)
    assert (moment and moment.seconds) == expected


# --- with a browser ---------------------------------------------------------------------------------------------------

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CHROMEDRIVER = shutil.which("chromedriver")
browser_test = pytest.mark.skipif(not (CHROMIUM and CHROMEDRIVER), reason="no chromium and chromedriver on PATH")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(CHROMEDRIVER))
    yield driver
    driver.quit()


class Page:
    """A report opened in the browser."""

    def __init__(self, browser: Any, path: Path, result: Result, width: int = 1300, fragment: str = "", **options: Any) -> None:
        self.browser = browser
        path.write_text(rendered(result, **options), "utf-8")
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
        browser.get("about:blank")
        browser.get(path.as_uri() + fragment)
        self.until("document.documentElement.dataset.ready === 'true'")

    def js(self, code: str, *arguments: Any) -> Any:
        return self.browser.execute_script(code, *arguments)

    def until(self, condition: str) -> None:
        deadline = time.monotonic() + 10
        while not self.js(f"return Boolean({condition})"):
            assert time.monotonic() < deadline, f"never: {condition}"
            time.sleep(0.02)

    def texts(self, selector: str) -> list[str]:
        return self.js("return [...document.querySelectorAll(arguments[0])].filter(e => e.checkVisibility())"
                       ".map(e => e.textContent)", selector)

    def diff(self) -> None:
        self.until("document.querySelector('#difference .diff')")

    def search(self, words: str) -> None:
        self.js("const s = document.getElementById('search'); s.value = arguments[0];"
                "s.dispatchEvent(new Event('input'))", words)

    def choose(self, id: str, value: str) -> None:
        self.js("const s = document.getElementById(arguments[0]); s.value = arguments[1];"
                "s.dispatchEvent(new Event('change'))", id, value)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.js("document.activeElement.dispatchEvent("
                    "new KeyboardEvent('keydown', {key: arguments[0], bubbles: true}))", key)


@browser_test
def test_it_opens_with_the_first_cluster_and_its_diff(browser: Any, tmp_path: Path) -> None:
    page = Page(browser, tmp_path / "r.html", sample())
    page.diff()
    assert page.texts(".figures dd") == ["6", "3", "3", "2", "3", "172", "2"]
    assert [words[:12] for words in page.texts("#list .title")] == ["The harbour ", "Zwei Züge fa"]
    assert page.texts(".why") == ["Kept news/harbour/gazette.txt because: longest (267 characters)"]
    assert page.texts(".diff ins") == ["early"] and page.texts(".diff del") == []
    assert page.texts(".members .from")[1].startswith("Mirror · 2024-03-04 10:30 UTC · The harbour authority closed")
    assert [words[:19] for words in page.texts(".diff .removed")] == [
        "nav-headingFollow u", "donationSupport the", "donationSupport the"]
    assert page.texts(".time .after") == ["first", "+2 h 30 min", "+16 h"]
    assert browser.get_log("browser") == []


@browser_test
def test_a_link_opens_its_cluster_and_copy(browser: Any, tmp_path: Path) -> None:
    page = Page(browser, tmp_path / "r.html", sample(), fragment="#cluster-1-2")
    page.diff()
    assert page.texts(".diff .head.right") == ["abridged news/harbour/short.txt"]


@browser_test
def test_search_and_filters_narrow_the_list(browser: Any, tmp_path: Path) -> None:
    page = Page(browser, tmp_path / "r.html", sample())
    page.search("ZWEI wire")
    assert page.texts("#list .no") == ["2"] and page.texts("#found") == ["1 of 2"]
    page.search("nothing like this")
    assert page.texts("#list .no") == [] and page.texts("#pager") == ["Nothing matches."]
    page.search("")
    page.choose("relation", "abridged")
    assert page.texts("#list .no") == ["1"]
    page.choose("relation", "")
    page.choose("source", "Mirror")
    assert page.texts("#list .no") == ["1"]
    page.choose("source", "")
    page.choose("sort", "most")
    assert page.texts("#list .no") == ["2", "1"]


@browser_test
def test_it_is_used_with_the_keyboard(browser: Any, tmp_path: Path) -> None:
    page = Page(browser, tmp_path / "r.html", sample())
    page.diff()
    page.press("n")
    page.until("document.querySelector('.diff .head.right')?.textContent === 'abridged news/harbour/short.txt'")
    page.press("j")
    page.until("document.querySelector('.diff .head.right')?.textContent === 'exact wire.jsonl:2'")
    assert page.js("return location.hash") == "#cluster-2"
    page.press("k")
    page.until("document.querySelector('.diff .head.right')?.textContent === 'edited news/harbour/mirror.txt'")
    page.press("b")
    assert page.texts(".diff .removed") == []
    page.press("3")
    assert page.texts("main > section > h2") == ["Boilerplate taken off"]
    assert page.texts("#boilerplate tbody td:first-child") == ["2", "1"]
    page.search("follow")
    assert len(page.texts("#boilerplate tbody tr")) == 1 and page.texts("#found") == ["1 of 2"]
    page.press("6")
    assert page.texts("main > section > h2") == ["Could not be read"]
    page.press("?")
    assert page.texts("#help h2") == ["Keyboard"]


@browser_test
def test_the_theme_changes_and_print_leaves_the_controls_out(browser: Any, tmp_path: Path) -> None:
    page = Page(browser, tmp_path / "r.html", sample())
    background = "return getComputedStyle(document.body).backgroundColor"
    before = page.js(background)
    page.press("t")
    assert page.js(background) != before
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert page.texts("nav, .toolbar, .tools") == []
        assert page.texts("h1") == ["Duplicate articles"] and page.texts(".why")
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


@browser_test
def test_on_a_narrow_screen_list_and_cluster_take_turns(browser: Any, tmp_path: Path) -> None:
    page = Page(browser, tmp_path / "r.html", sample(), width=420)
    assert page.texts("#list .no") == ["1", "2"] and page.texts(".why") == []
    page.js("document.querySelector('#list li').click()")
    page.diff()
    assert page.texts("#list .no") == [] and page.texts(".why")
    assert page.js("return document.documentElement.scrollWidth <= innerWidth")
    page.press("Escape")
    assert page.texts("#list .no") == ["1", "2"]


ATTACKS = [
    "<script>window.owned = 1</script>", "</script><script>window.owned = 2</script>", "<!--<script>",
    "<img src=x onerror='window.owned = 3'>", "<svg onload='window.owned = 4'>",
    "<a href='javascript:window.owned=5'>x</a>", "<iframe srcdoc='<script>parent.owned=6</script>'></iframe>",
    "'\"><b onmouseover=alert(1)>", "{{ 7 * 7 }}{% raw %}", "\u202e\u2066reversed\u202c",
    "<meta http-equiv=refresh content=0>", "<style>*{display:none}</style>", "<base href=//x>", "]]>", "&lt;script&gt;",
    "${window.owned = 8}", "\u2028window.owned = 9", HOSTILE,
]


def attack() -> Result:
    """A cluster whose every string holds every attack."""
    words = "\n".join(ATTACKS)
    entries = [Entry(f"{n}{words}", f"{n}{words}", None, f"{words}{n}", words, "javascript:window.owned=10")
               for n in range(3)]
    copies = Member(1, "edited", "jaccard", 0.9, 0.9, words), Member(2, words, words, 0.5, 0.5)
    cluster = Cluster(1, 0, words, (Member(0), *copies))
    spans = (Span(0, len(ATTACKS[0]) + 1, words, words, (words,)),)
    rule = hostile().boilerplate[0]._replace(key=words, cls=words, where=[0, 1, 2])
    return hostile()._replace(settings={words: words}, entries=entries, clusters=(cluster,), boilerplate=(rule,),
                              related=(Related(1, 2, 0.5, 0.5, "overlapping", words),),
                              text_of=lambda n: f"{words}\nonly in {n}\n{words}", removed_of=lambda n: spans)


@browser_test
@pytest.mark.parametrize(("width", "dark"), [(1300, False), (1300, True), (390, False)])
def test_it_meets_wcag_aa(browser: Any, tmp_path: Path, width: int, dark: bool) -> None:
    axe = pytest.importorskip("axe_core_python", reason="axe-core-python is not installed")
    page = Page(browser, tmp_path / "r.html", with_related(), width=width, fragment="#cluster-1-2")
    page.diff()
    if dark:
        page.press("t")
    browser.execute_script(Path(axe.__file__).with_name("axe.min.js").read_text("utf-8"))
    for tab in page.js("return [...document.querySelectorAll('[role=tab]')].map(tab => tab.id)"):
        page.js("document.getElementById(arguments[0]).click()", tab)
        page.js("for (const made of document.querySelectorAll('tr[data-rule], summary'))"
                " if (made.checkVisibility()) made.click()")
        if tab in ("tab-clusters", "tab-review"):
            page.js(f"document.querySelector('#{'list' if tab == 'tab-clusters' else 'queue'} button').click()")
            time.sleep(0.2)
        found = browser.execute_async_script(
            "const done = arguments[0]; axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})"
            ".then(answer => done(answer.violations.map(one => [one.id, one.nodes.map(node => node.html.slice(0, 200))])))")
        assert found == [], (tab, found)


def with_related() -> Result:
    """The sample, with a pair that overlaps."""
    return sample()._replace(related=(Related(0, 3, 0.9, 0.2),))


@browser_test
def test_doubtful_pairs_are_reviewed_and_saved_as_overrides(browser: Any, tmp_path: Path) -> None:
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path / "got")})
    page = Page(browser, tmp_path / "r.html", with_related())
    page.press("2")
    page.until("document.querySelector('#pair .diff')")
    assert [words[:30] for words in page.texts("#queue .meta")] == [
        "not copies now, but overlappin", "copies now: 88% alike (limit 7"]
    page.press("x")
    page.press("j")
    page.until("document.querySelector('#pair .diff .head.right')?.textContent.startsWith('edited')")
    page.press("y")
    assert page.texts("#queue .no") == ["✗", "✓"] and page.texts("#decided") == ["2 pairs decided, not saved yet"]
    page.js("document.getElementById('save').click()")
    file = tmp_path / "got" / "overrides.tsv"
    page.until("document.getElementById('decided').textContent === '2 pairs decided, saved'")
    deadline = time.monotonic() + 10
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    ids = sorted(entry.id for entry in sample().entries)
    assert ids[3] == "weather.txt"
    assert file.read_text("utf-8") == ("different\tharbour/gazette.txt\tweather.txt\n"
                                       "same\tharbour/gazette.txt\tharbour/mirror.txt\n")
    page.press("y")
    page.until("document.getElementById('decided').textContent.startsWith('1 pair')")
    page.js("document.getElementById('save').click()")  # else the browser asks whether the page may be left


@browser_test
def test_overrides_that_the_scan_obeyed_are_kept_and_not_asked_about(browser: Any, tmp_path: Path) -> None:
    wishes = [Override("same", "harbour/gazette.txt", "harbour/mirror.txt"), Override("different", "a", "b")]
    page = Page(browser, tmp_path / "r.html", with_related(), overrides=wishes)
    page.press("2", "y")
    assert len(page.texts("#queue li")) == 1 and page.texts("#decided") == ["1 pair decided, not saved yet"]
    page.js("const make = URL.createObjectURL; URL.createObjectURL = blob => { window.saved = blob; return make(blob); };"
            "document.getElementById('save').click()")
    saved = browser.execute_async_script("window.saved.text().then(arguments[0])")
    assert [line.split("\t")[0] for line in saved.splitlines()] == ["same", "different", "same"]


@browser_test
def test_every_removal_can_be_looked_at_and_clusters_filtered_by_it(browser: Any, tmp_path: Path) -> None:
    alone = sample()._replace(clusters=sample().clusters[1:])
    page = Page(browser, tmp_path / "r.html", alone)
    page.press("2")
    page.js("document.querySelector('tr[data-rule]').click()")
    page.until("document.querySelectorAll('.places li').length === 2")
    assert [words.rstrip() for words in page.texts(".places .quote del")] == [
        "Support the Gazette from 4 euros a month. Your help keeps our reporters at work.",
        "Support the Gazette from 6 euros a month. Your help keeps our reporters at work."]
    assert page.texts(".places li > div")[0].endswith("in no cluster")
    page.choose("removed", "class:nav-heading")
    assert page.texts("tr[data-rule] td:first-child") == ["1"]
    page = Page(browser, tmp_path / "r.html", sample())
    page.choose("removed", "rule:0")
    assert page.texts("#list .no") == ["1"]
    page.choose("removed", "class:nav-heading")
    assert page.texts("#list .no") == ["1"] and page.texts("#found") == ["1 of 2"]
    page.press("3")
    page.choose("removed", "")
    page.js("document.querySelector('tr[data-rule]').click()")
    page.until("document.querySelectorAll('.places .link').length === 2")
    page.js("document.querySelectorAll('.places .link')[1].click()")
    page.until("document.querySelector('.diff .head.right')?.textContent === 'edited news/harbour/mirror.txt'")


@browser_test
def test_signs_are_quieter_than_words_and_differences_are_jumped_to(browser: Any, tmp_path: Path) -> None:
    left = "“One two,” she said.\nThree four five.\nSix seven eight.\nNine ten – eleven."
    right = '"One two," she said.\nThree FOUR five.\nSix other eight.\nNine ten - twelve.'
    entries = [Entry("a", "a"), Entry("b", "b")]
    cluster = Cluster(1, 0, "", (Member(0), Member(1, "edited", "jaccard", 0.9, 0.9)))
    page = Page(browser, tmp_path / "r.html", sample()._replace(
        entries=entries, order=range(2), clusters=(cluster,), text_of=[left, right].__getitem__, removed_of=lambda n: ()))
    page.diff()
    assert page.texts(".diff ins:not(.minor)") == ["other", "twelve"]
    assert page.texts(".diff ins.minor") == ['"', '"', "FOUR", "-"] and page.texts(".diff del.minor")[:2] == ["“", "”"]
    assert page.texts(".jumps output") == ["2 passages differ"]
    for expected in ("Six other eight.", "Nine ten - twelve.", "Six other eight."):
        page.press(".")
        assert page.texts(".diff .here.right") == [expected]
    page.press(",")
    assert page.texts(".jumps output") == ["2 of 2"]
    page.press("d")
    assert page.texts(".fold") == ["2 equal paragraphs"] and len(page.texts(".diff .cell")) == 4


@browser_test
def test_one_equal_paragraph_is_folded_too(browser: Any, tmp_path: Path) -> None:
    page = Page(browser, tmp_path / "r.html", sample(), fragment="#cluster-2")
    page.diff()
    page.press("d")
    assert page.texts(".fold") == ["1 equal paragraph"] and page.texts(".diff .cell") == []
    page.js("document.querySelector('.fold').click()")
    assert len(page.texts(".diff .cell")) == 2


@browser_test
def test_tables_are_sorted_by_a_click(browser: Any, tmp_path: Path) -> None:
    page = Page(browser, tmp_path / "r.html", many(4))
    page.press("4")
    first = "#sources table:first-of-type tbody tr td:first-child"
    page.js("document.querySelector('#sources th button').click()")
    names = page.texts(first)[:7]
    assert names == sorted(names)
    page.js("document.querySelector('#sources th button').click()")
    assert page.texts(first)[:7] == names[::-1]
    page.js("document.querySelectorAll('#sources th button')[1].click()")
    counts = [int(words) for words in page.texts("#sources table:first-of-type tbody tr td:nth-child(2)")[:7]]
    assert counts == sorted(counts, reverse=True)


@browser_test
def test_all_listed_clusters_are_printed(browser: Any, tmp_path: Path) -> None:
    page = Page(browser, tmp_path / "r.html", many(70))
    page.search("00001")
    page.js("dispatchEvent(new Event('beforeprint'))")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert len(page.texts("#printed section")) == len(page.js("return [...document.querySelectorAll('#list li')]")) == 5
        assert page.texts(".detail") == []
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        page.js("dispatchEvent(new Event('afterprint'))")
    assert page.texts("#printed section") == []


@browser_test
def test_on_a_phone_back_leads_to_the_list_and_texts_are_stacked(browser: Any, tmp_path: Path) -> None:
    page = Page(browser, tmp_path / "r.html", sample(), width=390)
    page.js("document.querySelector('#list button').click()")
    page.diff()
    assert page.js("return document.querySelector('.diff').classList.contains('stacked')")
    assert page.texts("[role=tab]")[0].startswith("Clusters") and page.texts(".back") == ["‹ All clusters"]
    browser.back()
    page.until("!document.body.classList.contains('open')")
    assert page.texts("#list .no") == ["1", "2"]


def test_charts_count_what_there_is() -> None:
    [alike, sizes, sources, time] = charts.all_of(many(3))
    assert [(bar.label, bar.parts) for bar in alike.bars if sum(bar.parts)] == [("90–100%", (6,))]
    assert [bar.label for bar in sizes.bars if sum(bar.parts)] == ["3"] and sum(sum(bar.parts) for bar in sources.bars) == 9
    assert sum(sum(bar.parts) for bar in time.bars) == 9 and time.first == "day"
    assert all(0 <= y <= charts.HEIGHT and 0 <= x <= charts.WIDTH for _, x, y, _, _ in alike.shapes)
    assert charts.all_of(empty()) == []


@browser_test
@pytest.mark.parametrize("width", [360, 500, 1300])
def test_no_table_is_squeezed_until_nobody_can_read_it(browser: Any, tmp_path: Path, width: int) -> None:
    page = Page(browser, tmp_path / "r.html", sample(), width=width)
    for tab in page.js("return [...document.querySelectorAll('[role=tab]')].map(tab => tab.id)"):
        page.js("document.getElementById(arguments[0]).click()", tab)
        assert page.js("return document.documentElement.scrollWidth <= innerWidth"), tab
        tall = page.js("return [...document.querySelectorAll('.rows td, .rows th')].filter(e => e.checkVisibility())"
                       ".filter(e => e.clientHeight > 4 * e.clientWidth).map(e => e.textContent)")
        assert not tall, tab


@browser_test
@pytest.mark.parametrize("width", [1300, 420])
def test_hostile_text_is_only_text(browser: Any, tmp_path: Path, width: int) -> None:
    page = Page(browser, tmp_path / "r.html", attack(), width, fragment="#cluster-1-2")
    page.diff()
    for key in "1234567":
        page.press(key)
    page.js("document.querySelectorAll('tr[data-rule]').forEach(row => row.click())")
    page.until("document.querySelectorAll('.places .quote').length")
    page.press("1", "n", "p")
    page.diff()
    assert page.js("return window.owned") is None
    foreign = "img, iframe, base, b, a, main :is(style, script, svg:not(.chart, .key))"
    assert page.js("return document.querySelector(arguments[0])", foreign) is None
    assert page.js("return document.scripts.length") == 3
    shown = page.js("return document.documentElement.textContent")
    visible = page.js("return document.getElementById('detail').textContent")
    for text in ATTACKS[:8]:
        assert text in visible
    assert not set(visible + shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x1b")
    assert browser.get_log("browser") == []


@browser_test
def test_the_policy_would_stop_a_script_that_got_in(browser: Any, tmp_path: Path) -> None:
    page = Page(browser, tmp_path / "r.html", sample())
    page.js("const s = document.createElement('script'); s.textContent = 'window.owned = 1'; document.body.append(s);"
            "const d = document.createElement('div'); d.innerHTML = '<img src=x onerror=\"window.owned = 2\">';"
            "document.body.append(d)")
    time.sleep(0.2)
    assert page.js("return window.owned") is None
    assert browser.get_log("browser")  # the violations are told


@browser_test
def test_many_clusters_come_in_pages(browser: Any, tmp_path: Path) -> None:
    page = Page(browser, tmp_path / "r.html", many(120))
    assert len(page.texts("#list li")) == 50
    page.press("]")
    assert page.texts("#list .no")[0] == "51"
    page.search("000330.txt")
    assert page.texts("#list .no") == ["111"]
    page.press("j")
    page.diff()
    assert page.texts(".why")[0].startswith("Kept news/000330.txt")


CASES = {
    "same": ("One two.\nThree four.", "One two.\nThree four.",
             [("One two.", "One two."), ("Three four.", "Three four.")]),
    "joined lines": ("A b c d e f.\nG h i j k l.", "A b c d e f. G h i j k l.",
                     [("A b c d e f.\nG h i j k l.", "A b c d e f. G h i j k l.")]),
    "added at the edges": ("Head\nA b c d e f.\nTail x y z", "A b c d e f.",
                           [("[Head]", ""), ("A b c d e f.", "A b c d e f."), ("[Tail x y z]", "")]),
    "replaced line": ("A b c d e f.\nOld line here\nG h i j k.", "A b c d e f.\nQuite another thing\nG h i j k.",
                      [("A b c d e f.", "A b c d e f."), ("[Old line here]", "[Quite another thing]"),
                       ("G h i j k.", "G h i j k.")]),
    "changed words": ("The cat sat on the mat today.", "The dog sat on the mat.",
                      [("The [cat] sat on the mat [today].", "The [dog] sat on the mat.")]),
    "longer paragraph, next one gone": ("A b c d.\nGone e f g h!\nI j k l.", "A b c d. More m n.\nI j k l.",
                                        [("A b c d.", "A b c d. [More m n.]"), ("[Gone e f g h!]", ""),
                                         ("I j k l.", "I j k l.")]),
    "no spaces": ("我们今天去公园。", "我们明天去公园。", [("我们[今]天去公园。", "我们[明]天去公园。")]),
    "empty": ("", "Some text.", [("", "[Some text.]")]),
    "beyond the basic plane": ("x 𝒳 y z w v\nsecond line", "x 𝒳 y z w v\nsecond longer line",
                               [("x 𝒳 y z w v", "x 𝒳 y z w v"), ("second line", "second [longer] line")]),
}


@pytest.fixture(scope="module")
def aligned(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A page with a cluster for each pair of texts → the rows of one of them, changed words in brackets."""
    words = [f"w{k * 7919 % 3001}" for k in range(20000)]
    other = [word for k, word in enumerate(words) if k % 97] + ["and", "more"]
    long = ["\n".join(" ".join(side[k:k + size]) for k in range(0, len(side), size))
            for side, size in ((words, 40), (other, 55))]
    texts = [text for left, right, _ in CASES.values() for text in (left, right)] + long
    pairs = range(0, len(texts), 2)
    result = sample()._replace(entries=[Entry(str(n), str(n)) for n in range(len(texts))], text_of=texts.__getitem__,
                               removed_of=lambda n: (),
                               clusters=tuple(Cluster(n // 2, n, "", (Member(n), Member(n + 1, "edited", "jaccard", 0.9, 0.9)))
                                              for n in pairs))
    page = Page(browser, tmp_path_factory.mktemp("aligned") / "r.html", result)

    def rows(pair: int) -> list[tuple[str, str]]:
        page.js("document.querySelectorAll('#list li')[arguments[0]].click()", pair)
        page.diff()
        cells = page.js("""return [...document.querySelectorAll('.diff .cell')].map(cell =>
            [...cell.childNodes].map(n => n.nodeType === 3 ? n.data : `[${n.textContent}]`).join('').trim())""")
        return list(zip(cells[::2], cells[1::2]))
    return rows


@browser_test
@pytest.mark.parametrize("case", CASES)
def test_two_texts_are_aligned(aligned: Any, case: str) -> None:
    assert aligned(list(CASES).index(case)) == CASES[case][2]


@browser_test
def test_alignment_loses_no_word_and_is_quick_on_long_texts(aligned: Any) -> None:
    begun = time.monotonic()
    rows = aligned(len(CASES))
    assert time.monotonic() - begun < 8
    words = [f"w{k * 7919 % 3001}" for k in range(20000)]
    shown = [" ".join(" ".join(row[side] for row in rows).replace("[", "").replace("]", "").split()) for side in (0, 1)]
    assert shown[0].split() == words
    assert shown[1].split() == [word for k, word in enumerate(words) if k % 97] + ["and", "more"]
