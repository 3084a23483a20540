"""Which part of a web page is its article, by the reader of the base install and with others that have a voice."""
from __future__ import annotations

import json

import pytest

from dedup import encoding, pipeline, sources
from dedup.errors import InputError
from dedup.readers import content, html
from dedup.readers.page import Page
from dedup.settings import Settings

STORY = [
    "The ferry to the islands sails again from Monday, the harbour office said after a week of storms.",
    "Crews cleared the last of the driftwood from the slipway on Saturday, and divers looked at both screws.",
    "Islanders had lived on what the mail boat brought; the baker on the north shore baked twice a day.",
    "Tickets bought for the days without a crossing stay good until the end of the month, it was said.",
    "The islands' school, which had sent its older pupils home early, opens its gates again on Tuesday morning.",
    "A second ship, ordered two years ago from a yard on the mainland, will not be ready before next spring.",
]
BODY = "".join(f"<p>{line}</p>" for line in STORY)
LINKS = "".join(f"<li><a href=/{n}>{n} more about boats and weather</a></li>" for n in range(6))
OTHER = "Win a weekend for two in the lighthouse: tell us by Friday what you would read there, and why."


def plain(page: str) -> str:
    return html.parse(page, "p.html", plain=True).text


@pytest.mark.parametrize("around", [
    "<nav>{}</nav>", "<aside>{}</aside>", "<footer>{}</footer>", "<div role=complementary>{}</div>",
    "<div role=navigation>{}</div>", "<dialog>{}</dialog>", "<div hidden>{}</div>", "<div class='sidebar'>{}</div>",
    "<div id=comments>{}</div>", "<section class='relatedPosts'>{}</section>", "<div class='newsletter-signup'>{}</div>",
    "<div class='cookie-banner'>{}</div>",
    "<ul class='social-share'><li>{}</ul>",
    "<figure><figcaption>{}</figcaption></figure>",
    "<div class='wp-caption-text'>{}</div>", "<form>{}</form>", "<div class='author-bio'>{}</div>"])
@pytest.mark.parametrize("place", ["before", "within", "after"])
def test_what_stands_around_an_article_is_left_out(around, place):
    block = around.format(f"<p>{OTHER}</p>")
    parts = {"before": "", "within": "", "after": ""} | {place: block}
    page = (f"<body>{parts['before']}<article><h1>The ferry sails again</h1>{BODY[:100]}{BODY[100:]}{parts['within']}"
            f"</article>{parts['after']}</body>")
    assert plain(page).split("\n") == ["The ferry sails again", *STORY]


@pytest.mark.parametrize("page", [
    "<body>{}</body>", "<form id=aspnet>{}</form>", "<body class='has-sidebar no-comments'><div>{}</div>",
    "<div class='sidebar-left layout'><h1>The ferry</h1>{}</div>", "<aside>{}</aside>", "<div class=comment>{}</div>",
    "<table><tr><td>{}</table>", "<div class='post tag-sea category-news'>{}</div>",
    "<main><blockquote>{}</blockquote></main>", "<figure>{}</figure>", "<section class=story>{}</section>",
    "<div role=dialog>{}</div>", "<div style='display:none'>{}</div>"])
def test_an_article_is_found_wherever_it_stands(page):
    assert all(line in plain(page.format(BODY)).split("\n") for line in STORY)


@pytest.mark.parametrize("extra", [
    "<ul><li>First the mail<li>Then the milk</ul>", "<table><tr><td>Monday<td>7:40<tr><td>Tuesday<td>8:10</table>",
    "<h2>What it costs</h2><p>Four crowns.</p>", "<blockquote>Short words.</blockquote>", "<pre>a = 1</pre>",
    "<figure><table><tr><td>Monday<td>7:40</table></figure>", "<dl><dt>Harbour<dd>Open</dl>"])
def test_lists_tables_and_quotations_are_content(extra):
    text = plain(f"<body><nav>{LINKS}</nav><article><h1>T</h1>{BODY}{extra}</article><footer>{OTHER}</footer>")
    assert set(Page(extra).lines and [line.text for line in Page(extra).lines]) <= set(text.split("\n"))
    assert OTHER not in text and "more about boats" not in text


def test_the_lead_between_the_headline_and_the_body_stays():
    text = plain(f"<body><ul>{LINKS}</ul><header><h1>The ferry sails again</h1><p class=teaser>{OTHER}</p></header>"
                 f"<div class=text>{BODY * 3}</div><div><ul>{LINKS}</ul></div></body>")
    assert text.split("\n")[:3] == ["The ferry sails again", OTHER, STORY[0]] and "more about boats" not in text


def test_a_list_of_links_goes_with_its_heading_and_a_page_of_links_stays():
    text = plain(f"<article><h1>T</h1>{BODY}<h3>Also on this island</h3><ul>{LINKS}</ul><h3>Prices</h3><p>Four.</p></article>")
    assert text.split("\n") == ["T", *STORY, "Prices", "Four."]
    assert plain(f"<ul>{LINKS}</ul>").count("more about boats") == 6


def test_a_thread_is_no_article_with_comments():
    thread = "".join(f"<div class=comment><p>{line}</div>" for line in STORY)
    assert plain(f"<h1>Does the ferry sail?</h1><div>{thread}</div>").split("\n") == ["Does the ferry sail?", *STORY]
    page = f"<h1>T</h1><div>{BODY}{BODY}</div><div id=comments>{thread.replace('The ', 'My ') * 5}</div>"
    assert "My ferry" not in plain(page)


def test_a_gallery_is_told_by_its_captions():
    slides = "".join(f"<figure><img><figcaption>{line}</figcaption></figure>" for line in STORY)
    assert plain(f"<article><h1>T</h1>{slides}</article>").split("\n") == ["T", *STORY]


def test_prose_of_a_language_that_marks_no_ends_of_sentences():
    story = "เรือข้ามฟากไปยังหมู่เกาะกลับมาแล่นอีกครั้งตั้งแต่วันจันทร์ สำนักงานท่าเรือกล่าวหลังพายุพัดต่อเนื่องหนึ่งสัปดาห์ " * 2
    page = f"<div><h1>เรือ</h1><p>{story}</p><p>{story}</p></div><div class=comments><p>{story * 9}</p></div>"
    assert plain(page).split("\n") == ["เรือ", story.strip(), story.strip()]


def test_readings_beside_characters_are_no_text():
    assert plain("<p><ruby>島<rp>(</rp><rt>しま</rt><rp>)</rp></ruby>の<ruby>船<rt>ふね</ruby>") == "島の船"


@pytest.mark.parametrize("kind, expected", [("application/ld+json", True), ("text/plain", False)])
def test_linked_data_hold_the_text_of_a_page_that_a_script_makes(kind, expected):
    data = {"@graph": [{"@type": "NewsArticle", "headline": "T", "datePublished": "2024-03-01T08:00:00Z",
                        "articleBody": "\n".join(STORY * 2)}]}
    page = f"<title>T</title><script type='{kind}'>{json.dumps(data)}</script><div id=app>Loading …</div>"
    article = html.parse(page, "p.html", plain=True)
    assert (STORY[0] in article.text, article.date == "2024-03-01T08:00:00Z") == (expected, expected)


@pytest.mark.parametrize("data", ["{", "[[[" * 10_000, "null", '{"articleBody": 3}', '"articleBody"'])
def test_broken_linked_data_say_nothing(data):
    assert plain(f"<script type='application/ld+json'>{data}</script><p>{STORY[0]}") == STORY[0]


def test_another_reader_has_a_voice():
    page = Page(f"<body><div>{BODY}<p>Short.</p><p>Shorter.</p></div><aside><p>{OTHER}</p></aside></body>")
    assert content.article(page) == [*STORY, "Short.", "Shorter."]
    assert content.article(page, f"{STORY[0]}\nShort.\n{OTHER}") == [*STORY, "Short.", OTHER]
    assert content.article(page, f"{STORY[0]}\nShort.") == [*STORY, "Short."]


# damage

PAGE = ("<html><head><meta charset={}></head><body><article><p>Die Brücke über den Fluß wurde geöffnet, sagte die "
        "Bürgermeisterin am gestrigen Abend.</p></article></body></html>")
UTF8 = PAGE.format("utf-8").encode()


@pytest.mark.parametrize("data, text, damaged", [
    (UTF8, "Die Brücke über den Fluß", False),
    (UTF8.replace(b"gestrigen", b"gest\xffrigen"), "gest\ufffdrigen Abend", True),
    (UTF8.replace(b"<article>", b"<script>'\0'</script><article>"), "Die Brücke über den Fluß", True),
    (UTF8.replace(b"gestrigen", b"gest\0rigen"), "gest\ufffdrigen Abend", True),
    (UTF8[:UTF8.index("ürger".encode()) + 1], "sagte die B\ufffd", True),
    (PAGE.format("utf-8").encode("cp1252"), "Die Brücke über den Fluß", False),
    (PAGE.format("iso-8859-1").encode(), "Die Brücke über den Fluß", False),
    (PAGE.format("no-such-charset").encode("cp1252"), "Die Brücke über den Fluß", False),
    (PAGE.format("utf-16").encode("utf-16-le"), "Die Brücke über den Fluß", False),
    (PAGE.format("utf-16").encode("utf-16-be"), "Die Brücke über den Fluß", False),
    (b"\xef\xbb\xbf" + UTF8.replace(b"gestrigen", b"gest\xffrigen"), "gest\ufffdrigen Abend", True),
    ("<meta charset=gb2312><p>他在朱镕基广场说話。".encode("gbk"), "他在朱镕基广场说話。", False),
    ("<meta charset=shift_jis><p>①髙橋さんの船。".encode("cp932"), "①髙橋さんの船。", False),
])
def test_a_damaged_page_is_read_as_browsers_read_it(tmp_path, data, text, damaged):
    (tmp_path / "p.html").write_bytes(data)
    found, _ = sources.find([tmp_path])
    result = pipeline.scan(found, Settings())
    assert not result.errors and text in result.text_of(0)
    assert [note for note in result.notes if "damaged" in note] == ([f"{html.DAMAGED}: p.html"] if damaged else [])


@pytest.mark.parametrize("name, text", [
    ("cp1251", "Паром на острова снова ходит с понедельника, сообщили в порту после недели штормов."),
    ("cp1251", "Пором на острови знову ходить із понеділка, повідомили в порту після тижня штормів."),
    ("koi8-r", "Паром на острова снова ходит с понедельника, сообщили в порту после недели штормов."),
    ("cp1253", "Το πλοίο για τα νησιά ταξιδεύει πάλι από τη Δευτέρα, είπε το λιμεναρχείο μετά τις καταιγίδες."),
    ("cp1255", "המעבורת לאיים שבה להפליג מיום שני, כך נמסר מהנמל אחרי שבוע של סערות ולילות ארוכים."),
    ("cp1256", "تعود العبارة إلى الجزر للإبحار ابتداء من يوم الاثنين، كما قال مكتب الميناء بعد أسبوع من العواصف."),
    ("gb18030", "港务办公室说，经过一周的暴风雨之后，开往各岛的渡轮从星期一起恢复航行，船票照常有效。"),
    ("cp932", "港の事務所によると、一週間の嵐のあと、島々への船は月曜日からまた運航を再開するという。"),
    ("cp949", "항만 사무소는 일주일 동안의 폭풍이 지난 뒤 섬으로 가는 배가 월요일부터 다시 다닌다고 밝혔다."),
    ("cp1252", "Das Schiff zu den Inseln fährt ab Montag wieder, hieß es – „endlich“, sagten die Bäcker dort."),
    ("cp1252", "Le bateau pour les îles repart lundi, a-t-on appris au port après une semaine de tempêtes : « enfin »."),
    ("cp1250", "Prom na wyspy znów pływa od poniedziałku, podało biuro portu po tygodniu sztormów i długich nocy."),
    ("cp1254", "Adalara giden vapur pazartesi gününden başlayarak yeniden çalışıyor, dedi liman bürosu fırtınadan sonra."),
])
@pytest.mark.parametrize("declared", ["", "<meta charset=utf-8>"])
def test_a_charset_that_is_not_declared_or_declared_wrongly_is_guessed(name, text, declared):
    page = f"<html><head>{declared}<style>p {{ color: red }}</style></head><body><p>{text}</p></body></html>"
    assert encoding.decode_page(page.encode(name), html.declared_charset(page.encode(name))) == (page, False)


@pytest.mark.parametrize("data", [b"%PDF-1.4 x", bytes(range(256)) * 40, b"\x89PNG\r\n\x1a\n\0\0", b"\0" * 500])
def test_what_is_no_page_is_refused(data):
    with pytest.raises(InputError):
        encoding.decode_page(data)


def test_damage_to_many_pages_is_one_note(tmp_path):
    for number in range(5):
        (tmp_path / f"{number}.html").write_bytes(UTF8.replace(b"gestrigen", b"gest\xff%d" % number))
    result = pipeline.scan(sources.find([tmp_path])[0], Settings())
    assert f"{html.DAMAGED}: 5 (0.html, 1.html, 2.html, …)" in result.notes
