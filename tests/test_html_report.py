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

from dedup.article import Cluster, Entry, Member, Result, Span
from dedup.reporters import REPORTERS, RenderOptions
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
    [first, _] = data(page, "index")
    canonical = unpacked(page, 0)[0]
    assert "".join(piece if isinstance(piece, str) else piece[0] for piece in canonical) == result.text_of(0)
    assert [piece[1:] for piece in canonical if not isinstance(piece, str)] == [
        ["donation", "en.donation.appeal", "cue, repetition"]]
    assert first["t"].startswith("The harbour authority") and first["w"] == "longest (267 characters)"


def test_a_page_that_would_grow_too_large_lists_clusters_without_their_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.reporters.html.PACKED", 1)
    page = rendered(many(3))
    assert [bool(packed) for packed in data(page, "texts")] == [True, False, False]
    assert len(data(page, "index")) == 3


@pytest.mark.parametrize(("date", "expected"), [
    ("2024-03-04T08:00:00Z", 1709539200), ("2024-03-04 10:00:00+02:00", 1709539200), ("2024-03-04T08:00", 1709539200),
    ("Mon, 04 Mar 2024 08:00:00 GMT", 1709539200), ("2024-03-04", 1709510400),
    ("yesterday", None), ("", None), (None, None), ("0001-01-01T00:00:00+14:00", -62135647200), ("9" * 400, None),
])
def test_dates_that_machines_write_are_read(date: str | None, expected: int | None) -> None:
    from dedup.reporters.html import _when
    assert _when(date) == expected


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

    def __init__(self, browser: Any, path: Path, result: Result, width: int = 1300, fragment: str = "") -> None:
        self.browser = browser
        path.write_text(rendered(result), "utf-8")
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
    page.press("2")
    assert page.texts("main > section > h2") == ["Boilerplate taken off"]
    assert page.texts("#boilerplate tbody td:first-child") == ["2", "1"]
    page.search("follow")
    assert len(page.texts("#boilerplate tbody tr")) == 1 and page.texts("#found") == ["1 of 2"]
    page.press("4")
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
    return hostile()._replace(settings={words: words}, entries=entries, clusters=(cluster,),
                              text_of=lambda n: f"{words}\nonly in {n}\n{words}", removed_of=lambda n: spans)


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
    for key in "12345":
        page.press(key)
    page.press("1", "n", "p")
    page.diff()
    assert page.js("return window.owned") is None
    assert page.js("return document.querySelector('img, iframe, base, b, a, main :is(style, script, svg)')") is None
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
