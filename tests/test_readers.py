"""From bytes to articles: text, records and pages; every failure one clear line, and never more than that."""
import builtins
import codecs
import gzip
import json
import os
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import dates, encoding, sources
from dedup.article import Article, Unreadable
from dedup.errors import InputError
from dedup.readers import Limits, ReadOptions, extractor, frontmatter, html, jsonl
from results import one, read_all

SMALL = ReadOptions(limits=Limits(article=1000, expanded=100_000))


def put(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.fixture
def no_orjson(monkeypatch):
    monkeypatch.setitem(sys.modules, "orjson", None)


# text

@pytest.mark.parametrize("data, text", [
    (b"plain\r\n\n end ", "plain\r\n\n end "),
    (codecs.BOM_UTF8 + "né\n".encode(), "né\n"),
    (codecs.BOM_UTF16_LE + "né".encode("utf-16-le"), "né"),
    (codecs.BOM_UTF16_BE + "né".encode("utf-16-be"), "né"),
    (codecs.BOM_UTF32_LE + "né".encode("utf-32-le"), "né"),
    ("\x1b[31mred".encode(), "\x1b[31mred"),
    ("Правительство одобрило новый закон о бюджете на будущий год. ".encode("cp1251") * 4,
     "Правительство одобрило новый закон о бюджете на будущий год. " * 4),
    ("Le gouvernement a annoncé une réforme très attendue. ".encode("cp1252") * 4,
     "Le gouvernement a annoncé une réforme très attendue. " * 4),
    ("政府は新しい予算案を発表しました。来年度の計画です。".encode("shift_jis") * 4, "政府は新しい予算案を発表しました。来年度の計画です。" * 4),
], ids=["crlf", "utf8-bom", "utf16le", "utf16be", "utf32le", "escape", "cp1251", "cp1252", "shift_jis"])
def test_text_is_decoded(data, text):
    assert encoding.decode(data) == text


@pytest.mark.parametrize("data, why", [
    (b"a\0b", "NUL at byte 1"),
    (b"%PDF-1.7 \xff", "a PDF"),
    (bytes(range(1, 256)) * 20, "control characters"),
    ("Schöne Grüße aus Köln, ".encode() + b"\xc3", "invalid UTF-8 at byte 27 (line 1)"),
    ("é\né".encode() + b"\xff" + "è".encode(), "invalid UTF-8 at byte 5 (line 2)"),
    (codecs.BOM_UTF16_LE + b"abc", "invalid UTF-16-LE"),
])
def test_what_is_no_text_is_refused(data, why):
    with pytest.raises(InputError) as error:
        encoding.decode(data)
    assert why in str(error.value)


def test_a_declared_charset_comes_before_a_guess_and_after_utf8():
    assert encoding.decode("Œuvre".encode("cp1252"), "latin-1") == "Œuvre"
    assert encoding.decode("naïve".encode(), "latin-1") == "naïve"
    assert encoding.decode("Łódź wybiera".encode("iso8859-2"), "iso-8859-2") == "Łódź wybiera"
    for nonsense in ("base64", "no-such", "utf-8", "undefined", "idna", "\x00"):
        encoding.decode("Un café très agréable".encode("cp1252"), nonsense)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_text_or_an_error(data):
    try:
        text = encoding.decode(data)
    except InputError:
        return
    text.encode("utf-8")
    try:
        assert text == data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        pass


def test_an_empty_file_is_an_error_but_an_empty_text_is_an_article(tmp_path):
    assert [type(item) for item in one(put(tmp_path, "a.txt", ""))] == [Unreadable]
    assert one(put(tmp_path, "b.txt", "\n"))[0].text == "\n"
    assert one(put(tmp_path, "c.jsonl", '{"text": ""}'))[0].text == ""
    assert one(put(tmp_path, "d.jsonl", "")) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_an_error(tmp_path):
    path = put(tmp_path, "a.txt", "x")
    path.chmod(0)
    assert "permission" in one(path)[0].error


def test_a_file_that_vanished_is_an_error(tmp_path):
    path = put(tmp_path, "a.txt", "x")
    found, _ = sources.find([str(path)])
    path.unlink()
    assert read_all(found)[0].error.startswith("no such file")


def test_front_matter_and_headings_give_metadata_and_stay_in_the_text(tmp_path):
    text = ('---\ntitle: "A: B"\ndate: 2024-11-19\nsite: Herald\nurl: https://www.herald.example/1\n---\n\n'
            '# Other\nBody\n')
    article = one(put(tmp_path, "a.md", text))[0]
    assert article == Article("", "a.md", text, None, "Herald", "2024-11-19", "https://www.herald.example/1", "A: B")
    text = "\n\n## The **Bridge** opens\n\nNovember 19, 2024\n\nBody.\n\nhttps://www.herald.example/2\n"
    article = one(put(tmp_path, "b.txt", text))[0]
    assert (article.title, article.date, article.source) == ("The **Bridge** opens", "2024-11-19", "herald.example")
    assert frontmatter.metadata("---\nJust a rule\n---\ndate: x") == {}
    assert frontmatter.metadata("#hashtag\nsee https://a.example/b") == {}


# dates

@pytest.mark.parametrize("value, iso", [
    ("2024-11-19", "2024-11-19"), ("2024/1/9", "2024-01-09"), ("20241119", "2024-11-19"),
    ("2024-11-19T03:25:00Z", "2024-11-19T03:25:00Z"), ("2024-11-19 03:25:10.5+03:00", "2024-11-19T00:25:10Z"),
    ("2024-11-19T03:25", "2024-11-19T03:25:00"), ("2024-11-19 03:25:00 UTC", "2024-11-19T03:25:00Z"),
    ("Tue, 19 Nov 2024 03:25:00 +0300", "2024-11-19T00:25:00Z"), ("November 19, 2024", "2024-11-19"),
    ("Tuesday, November 19th, 2024", "2024-11-19"), ("19 Nov 2024", "2024-11-19"), ("19.11.2024", "2024-11-19"),
    ("19/11/2024", "2024-11-19"), ("11/19/2024", "2024-11-19"), ("5/5/2024", "2024-05-05"),
    (1731986700, "2024-11-19T03:25:00Z"), (1731986700000, "2024-11-19T03:25:00Z"),
    ("05/06/2024", None), ("2024-13-01", None), ("2023-02-29", None), ("yesterday", None), ("2024", None),
    (2024, None),
    ("19.11.24", None), (True, None), (float("nan"), None), (None, None), ("", None),
    ("0001-01-01T00:00:00+14:00", None),
])
def test_dates(value, iso):
    assert dates.normalise(value) == iso


@given(st.text(max_size=40) | st.floats() | st.integers() | st.datetimes(timezones=st.timezones()).map(str))
def test_no_date_crashes_and_a_normal_one_stays(value):
    iso = dates.normalise(value)
    assert iso is None or dates.normalise(iso) == iso


# JSON Lines

def records(data, options=ReadOptions(), tmp=None):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        return one(put(Path(folder), "a.jsonl", data), options)


BAD = [
    (b'{"text": "a"', "broken JSON: Expecting ',' delimiter at column 1"),
    (b'["text"]', "a JSON list, not an object"), (b"3", "a JSON number"), (b"null", "a JSON null"),
    (b'"x"', "a JSON string"),
    (b'{"title": "a", "body": "b"}', "no field 'text'; it has 'title', 'body' (name the right one with --text-field)"),
    (b"{}", "no fields at all"), (b'{"text": null}', "is no text but null"), (b'{"text": [1]}', "no text but a list"),
    (b'{"text": "\\ud800"}', "lone surrogate"), (b'{"\\udfff": 1, "text": "a"}', "lone surrogate"),
    (b'{"text": "a\xff"}', "invalid UTF-8 at byte 11 of the line"), (b'{"text": "a\x01b"}', "broken JSON"),
    (b'{"text": "a", "n": ' + b"9" * 5000 + b"}", "a number of more than 4,300 digits"),
    (b'{"text": "a", "n": 1e999}', "beyond the range"),
    (b'{"text": "a", "n": ' + b"[" * 101 + b"]" * 101 + b"}", "deeper than 100"),
    (b'{"text": "a", "n": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "deeper than 100"),
    (codecs.BOM_UTF16_LE + '{"text": "a"}'.encode("utf-16-le"), "UTF-16"),
]
GOOD = [
    (b'{"text": "a", "n": NaN, "m": [-Infinity]}', {"text": "a", "n": None, "m": [None]}),
    (b'{"text": "a", "text": "b"}', {"text": "b"}),
    (b'{"text": "a", "n": 123456789012345678901234567890}', {"text": "a", "n": 123456789012345678901234567890}),
    (b'{"text": "a", "n": [{"m": -9223372036854775809}]}', {"text": "a", "n": [{"m": -9223372036854775809}]}),
    (b'{"text": "\\ud83d\\ude00\\u0000"}', {"text": "\U0001f600\0"}),
    (b'{"text": "\xe2\x80\xa8"}', {"text": "\u2028"}),
    (codecs.BOM_UTF8 + b' {"text": "a"} \r', {"text": "a"}),
    (b'{"text": "a", "n": ' + b"[" * 99 + b"]" * 99 + b"}", None),
]


@pytest.mark.parametrize("line, why", BAD, ids=lambda value: None if isinstance(value, bytes) else value[:20])
def test_a_bad_record_is_one_error_and_the_next_is_read(line, why):
    before, after = records(line + b'\n{"id": "next", "text": "x"}')
    assert isinstance(before, Unreadable) and before.line == 1 and why in before.error
    assert (after.id, after.line) == ("next", 2)


@pytest.mark.parametrize("line, why", BAD, ids=lambda value: None if isinstance(value, bytes) else value[:20])
def test_a_bad_record_is_the_same_error_without_orjson(line, why, no_orjson):
    assert why in records(line)[0].error


@pytest.mark.parametrize("line, record", GOOD, ids=range(len(GOOD)))
def test_a_good_record_is_read(line, record):
    article = records(line)[0]
    assert isinstance(article, Article) and (record is None or article.record == record)


@pytest.mark.parametrize("line, record", GOOD, ids=range(len(GOOD)))
def test_a_good_record_is_read_without_orjson(line, record, no_orjson):
    article = records(line)[0]
    assert isinstance(article, Article) and (record is None or article.record == record)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")) | st.integers(-2**70, 2**70),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4), max_leaves=12)
plain_parser = jsonl._careful


def same(first, second):
    return repr(first) == repr(second)  # tells 1 from 1.0 and -0.0 from 0


@given(st.dictionaries(st.text(max_size=6), json_values, max_size=5), st.booleans())
def test_orjson_and_json_read_the_same_from_what_json_writes(record, ascii_only):
    line = json.dumps(record, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    outcomes = []
    for loads in (jsonl.parser(), lambda data: plain_parser(data, 100)):
        try:
            outcomes.append(repr(loads(line)))
        except InputError as error:
            outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]


@given(st.one_of(
    st.binary(max_size=60),
    st.text('{}[]",:\\0123456789.eE+-truefalsnu xNaInity\ud800', max_size=60)
    .map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.text('[]{}:,"0123456789.eE+-', max_size=30).map(lambda t: b'{"text": "a", "n": ' + t.encode() + b"}")))
def test_orjson_and_json_read_the_same_from_anything(line):
    outcomes = []
    for loads in (jsonl.parser(), lambda data: plain_parser(data, 100)):
        try:
            outcomes.append(repr(loads(line)))
        except InputError as error:
            outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]


def test_lines_are_counted_as_an_editor_counts_them(tmp_path):
    items = records(b'\n{"text": "a"}\n\n \t\r\n{"text": "b"}\nx\n\n{"text": "c"}')
    assert [item.line for item in items] == [2, 5, 6, 8]


def test_fields_may_be_named_and_nested():
    options = ReadOptions(text_field="body.plain", id_field="uid", source_field="meta.outlet", date_field="meta.when")
    line = {"uid": 5, "body": {"plain": "x"}, "meta": {"outlet": "Herald", "when": "19 Nov 2024"}, "url": 3}
    article = records(json.dumps(line), options)[0]
    assert (article.id, article.text, article.source, article.date) == ("5", "x", "Herald", "2024-11-19")
    assert article.url is None
    assert records('{"text":"a","source":"s","url":"https://www.b.example/x"}')[0].source == "s"
    assert records('{"text":"a","url":"https://www.b.example/x"}')[0].source == "b.example"
    assert [records(json.dumps({"text": "a", "id": own}))[0].id for own in (1.5, True, None, "", "é", [1])] == [
        "1.5", "true", "", "", "é", "[1]"]


@given(st.lists(st.sampled_from([
    b'{"text":"a"}', b"", b" ", b"bad", b'{"text":"' + b"x" * 90 + b'"}', b'{"text":"\xc3\xa9"}\r',
    b'{"text":"' + b"y" * 2000 + b'"}']), max_size=30), st.integers(1, 500), st.booleans())
def test_ranges_read_apart_are_the_file_read_whole(rows, size, ends):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = put(Path(folder), "a.jsonl", b"\n".join(rows) + b"\n" * ends)
        found, _ = sources.find([str(path)])
        ranges = jsonl.split(found[0], size)
        assert [start for start, _, _ in ranges] == [0, *(end for _, end, _ in ranges)][:len(ranges)]
        assert (ranges[-1][1] if ranges else 0) == path.stat().st_size
        apart = [item for place in ranges for item in jsonl.read_range(found[0], *place, SMALL)]
        assert apart == read_all(found, SMALL)


# limits and compression

def test_limits_are_named_and_the_rest_is_read(tmp_path):
    assert "max-article" in one(put(tmp_path, "a.txt", "x" * 1001), SMALL)[0].error
    assert one(put(tmp_path, "b.txt", "x" * 1000), SMALL)[0].text == "x" * 1000
    long = b'{"text": "' + b"x" * 5_000_000 + b'"}\n{"text": "y"}\n'
    for name, data in (("c.jsonl", long), ("d.jsonl.gz", gzip.compress(long))):
        options = ReadOptions(limits=Limits(article=1000))
        error, article = one(put(tmp_path, name, data), options)
        assert "max-article" in error.error and error.line == 1 and (article.text, article.line) == ("y", 2)


def test_bombs_are_refused_without_being_unpacked(tmp_path):
    zstandard = pytest.importorskip("zstandard")

    zeros = b"\0" * 30_000_000
    limits = ReadOptions(limits=Limits(article=1000, ratio=50, expanded=1_000_000))
    for name, data in (("a.jsonl.gz", gzip.compress(zeros)), ("b.jsonl.zst", zstandard.compress(zeros)),
                       ("c.txt.gz", gzip.compress(zeros))):
        items = one(put(tmp_path, name, data), limits)
        assert len(items) == 1 and ("bomb" in items[0].error or "max-article" in items[0].error)


def test_compressed_files_are_read_and_damage_is_told(tmp_path):
    zstandard = pytest.importorskip("zstandard")

    rows = b"".join(b'{"id": "%d", "text": "%s"}\n' % (n, os.urandom(30).hex().encode()) for n in range(2000))
    for name, data in (("a.jsonl.gz", gzip.compress(rows)), ("b.jsonl.zst", zstandard.compress(rows)),
                       ("c.jsonl.gz", gzip.compress(rows[:40000]) + gzip.compress(rows[40000:])),
                       ("d.jsonl.zst", zstandard.compress(rows[:40000]) + zstandard.compress(rows[40000:]))):
        assert [item.id for item in one(put(tmp_path, name, data))] == [str(n) for n in range(2000)]
    for name, data in (("e.jsonl.gz", gzip.compress(rows)[:-9000]), ("g.jsonl.gz", b"no gzip"),
                       ("h.jsonl.zst", b"no zstd"), ("i.jsonl.gz", gzip.compress(rows)[:-5] + b"12345"),
                       ("j.jsonl.gz", gzip.compress(rows) + b"rubbish")):
        *articles, error = one(put(tmp_path, name, data))
        assert "damaged" in error.error, name
        assert all(isinstance(item, Article) for item in articles)


def test_a_missing_library_names_the_command_that_installs_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    assert "pip install 'article-dedup[zstd]'" in one(put(tmp_path, "a.jsonl.zst", b"x"))[0].error


# pages

PAGE = """<!doctype html><html lang="en-GB"><head><title> The bridge &amp; the river - Herald </title>
<meta property="og:title" content="The bridge &amp; the river"><meta property="og:site_name" content="The Herald">
<link rel="canonical" href="https://www.herald.example/bridge"><meta charset="utf-8">
<meta property="article:published_time" content="2024-11-19T05:25:00+02:00">
<style>p { color: red }</style><script>var a = "<p>never</p>";</script></head>
<body><nav><ul><li>Home<li>World</ul></nav>
<article><h1>The bridge &amp;&nbsp;the river</h1>
<p>First  <b>para</b>graph<br>goes on<!-- not this -->.<p hidden>Not shown.<p>Second paragraph,
 on two lines and long enough to be most of what is on this page, surely.</p>
<div style="display: none">Nor this.</div><ul><li>One<li>Two</ul><pre>  a
  b</pre><table><tr><td>x<td>y<tr><td>z</table></article>
<footer>All rights reserved</footer></body></html>"""


def test_the_plain_reader():
    article = html.parse(PAGE, "p.html", plain=True)
    assert article.text.split("\n") == [
        "The bridge &\u00a0the river", "First paragraph", "goes on.",
        "Second paragraph, on two lines and long enough to be most of what is on this page, surely.", "One", "Two",
        "  a", "  b", "x", "y", "z"]
    assert (article.title, article.source, article.url, article.date, article.lang) == (
        "The bridge & the river", "herald.example", "https://www.herald.example/bridge", "2024-11-19T03:25:00Z",
        "en-GB")


@pytest.mark.parametrize("page, text", [
    ("just text & more", "just text & more"), ("", ""), ("<p>a<p>b", "a\nb"), ("<nav>all<p>of it", "all\nof it"),
    ("<p>&#" + "9" * 5000 + ";x", "\ufffdx"), ('<p title="a>b" x=\'>\' y=1>c', "c"),
    ("<p>a<b title='>never closed", "anever closed"), ("<p>a<b title='broken off", "a"),
    ("<body style='display:none'><p>shown by a script", "shown by a script"),
    ("<div hidden><p>shown by a script</div>", "shown by a script"),
    ("<p>a</p></p></div></b>c", "a\nc"), ("<b><p>a</b>c</p>", "ac"),
    ("<article>one</article><article>two</article>rest", "one\ntwo\nrest"),
    ("<p>&#0;&#xd800;&#x110000;&amp", "\ufffd\ufffd\ufffd&"), ("a\0b", "a\ufffdb"),
    ("<p>1 < 2 > 0</p>", "1 < 2 > 0"),
    ("<img hidden><br hidden>text", "text"), ("<svg/>text<svg><text>no</text></svg>", "text"),
    ("<script>x</script >a<style>b", "a"), ("<title>T</title><p>x", "x"), ("<textarea><p>no</textarea>yes", "yes"),
])
def test_the_plain_reader_on_small_pages(page, text):
    assert html.parse(page, "p.html", plain=True).text == text


@given(st.text(max_size=80) | st.lists(st.sampled_from(
    "<p> </p> <nav> </nav> <div hidden> </div> <article> </article> <script> </script> <pre> <!-- --> <![CDATA[ ]]> <a "
    "= \" ' > & &#x; text <br/> <svg/> <title> </title> <main> <td> </table> <? ?> </".split(" ")), max_size=30)
    .map(" ".join))
def test_no_page_crashes_the_plain_reader(page):
    text = html.parse(page, "p.html", plain=True).text
    text.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("piece", [
    "<a", "<!--", "&", "<![CDATA[", "<p>", "</p", "<div hidden>", "<", "<a b='", "<!", "<?", "<script>", "</script",
    "&#", "&#9", "<article>", "<b></i>", "<b></b", "<i a='>", "<i a=b ", "<p a"])
def test_the_plain_reader_takes_linear_time(piece):
    import time

    start = time.process_time()
    html.parse(piece * (100_000 // len(piece)), "p.html", plain=True)
    assert time.process_time() - start < 3


def test_a_page_is_read_by_the_engine_that_is_named(tmp_path, monkeypatch):
    pytest.importorskip("trafilatura")
    path = put(tmp_path, "p.html", PAGE)
    with_library = one(path)[0]
    assert extractor.name().startswith("trafilatura ")
    assert "Second paragraph" in with_library.text and "All rights" not in with_library.text
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "trafilatura":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.setattr(extractor.importlib.util, "find_spec", lambda name: None)
    assert extractor.name() == "plain"
    assert one(path)[0].text == html.parse(PAGE, "p.html", plain=True).text
    assert one(path)[0].title == with_library.title


def test_a_page_declares_its_charset(tmp_path):
    page = '<meta charset="windows-1251"><p>Мост открыт после ремонта, сообщили власти города.'.encode("cp1251")
    assert "Мост открыт" in one(put(tmp_path, "p.html", page))[0].text
    page = '<?xml version="1.0" encoding="iso-8859-2"?><html><p>Łódź wybiera</html>'.encode("iso8859-2")
    assert html.declared_charset(page) == "iso-8859-2"
