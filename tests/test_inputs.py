"""What people have: JSON documents, HTML in fields, feeds, saved pages, books, one article a line, files elsewhere."""
from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from dedup import notes, pipeline, readers, sources, write
from dedup.article import Article, Unreadable
from dedup.readers import ReadOptions, fields
from dedup.reporters import REPORTERS, RenderOptions
from dedup.settings import Settings

PARTS = ["The ferry to the islands sails again from Monday, the harbour office said.",
         "Crews cleared the last of the driftwood from the slipway on Saturday.",
         "Islanders had lived on what the mail boat brought; the baker baked twice a day."]
TEXT = "\n\n".join(PARTS)
HTML = "".join(f"<p>{part}</p>" for part in PARTS)
LINES = "\n".join(PARTS)


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def named(path: Path, **options) -> list[Article | Unreadable]:
    found, failed = sources.find([path])
    assert not failed
    return [item for source in found for item in readers.read(source, ReadOptions(**options))]


def scanned(path: Path | str, **settings):
    said: list[str] = []
    found, failed = sources.find([path], notes=said)
    result = pipeline.scan(found, Settings(**settings), failed=failed)
    return result._replace(notes=(*said, *result.notes)), found


def written(path: Path, tmp_path: Path, **settings) -> Path:
    result, found = scanned(path, **settings)
    options = pipeline.read_options(Settings(**settings))
    write.write_outputs(result, found, lambda source: readers.read(source, options), tmp_path / "out",
                        text_field=options.text_field)
    return tmp_path / "out"


# JSON

ONE = {"id": "n1", "title": "Ferry", "text": TEXT}
TWO = {"id": "n2", "text": "The school on the hill opens its doors on Tuesday."}


@pytest.mark.parametrize("document, ids, lines", [
    (ONE, ["n1"], [None]), ([ONE, TWO], ["n1", "n2"], [1, 2]), ([], [], []),
    ({"status": "ok", "articles": [ONE, TWO]}, ["n1", "n2"], [1, 2]),
    ({"tags": ["a"], "hits": [TWO], "rest": [ONE, TWO]}, ["n1", "n2"], [1, 2]),
    ({**ONE, "related": [TWO, TWO]}, ["n1"], [None])])
@pytest.mark.parametrize("indent", [None, 2])
def test_json_documents(tmp_path, document, ids, lines, indent):
    items = named(put(tmp_path, "a.json", json.dumps(document, indent=indent)))
    assert [item.id for item in items] == ids and [item.line for item in items] == lines


def test_json_lines_by_the_name_of_json(tmp_path):
    path = put(tmp_path, "a.json", f"{json.dumps(ONE)}\n\n{json.dumps(TWO)}\n")
    assert [(item.id, item.line) for item in named(path)] == [("n1", 1), ("n2", 3)]


@pytest.mark.parametrize("text, error", [
    ("", "an empty file"), ("{", "broken JSON"), ("3", "not an article, nor an array of articles, but a number"),
    ('{"a": 1}', "no field 'text'; it has 'a'"), ("[3]", "not an object but a number"), ("[" * 100_000, "nested deeper"),
    ('["\\ud800"]', "lone surrogate"), ('{"text": 3}', "is no text but a number")])
def test_json_that_is_named_and_holds_no_article_is_an_error(tmp_path, text, error):
    item, = named(put(tmp_path, "a.json", text))
    assert isinstance(item, Unreadable) and error in item.error


def test_json_in_a_folder_that_may_hold_an_article_and_is_broken_is_an_error(tmp_path):
    put(tmp_path, "in/a.json", '{"text": "The ferry sa')
    put(tmp_path, "in/b.json", "")
    assert [error.path for error in scanned(tmp_path / "in")[0].errors] == ["a.json", "b.json"]


def test_json_in_a_folder_that_holds_no_article_is_told_of(tmp_path):
    put(tmp_path, "in/package.json", '{"name": "x"}')
    put(tmp_path, "in/list.json", "[1, 2]")
    put(tmp_path, "in/tool.json", '{"a": 1, // with comments, as tools have it\n}')
    put(tmp_path, "in/deep.json", json.dumps({"data": {"body": TEXT}}))
    put(tmp_path, "in/a.json", json.dumps(ONE))
    result, _ = scanned(tmp_path / "in")
    assert not result.errors and [entry.id for entry in result.entries] == ["n1"]
    assert "JSON that holds no articles: 3 (list.json, package.json, tool.json)" in result.notes
    assert "JSON that holds no articles (or are they in --text-field data.body?): deep.json" in result.notes


@pytest.mark.parametrize("document", [
    ONE, [ONE, TWO], {"status": "ok", "articles": [ONE, {**TWO, "text": ["The school opens.", "It snows."]}]}])
def test_a_json_document_is_written_in_its_shape(tmp_path, document):
    out = written(put(tmp_path, "a.json", json.dumps(document)), tmp_path, boilerplate="off", containment=1.1)
    assert json.loads((out / "a.json").read_text()) == document


# fields

@pytest.mark.parametrize("value, text", [
    (PARTS, TEXT), ([], ""), (TEXT, TEXT), (HTML, LINES), (f"<div>\n{HTML}\n</div>", LINES),
    ("Rain. <p>is a tag of HTML", "Rain. <p>is a tag of HTML"), ("1 < 2 </ 3", "1 < 2 </ 3"),
    ("Write\n<p>a paragraph</p>\nlike this.", "Write\n<p>a paragraph</p>\nlike this."),
    (f"Rain.<br>{PARTS[0]}<br/>{PARTS[1]}", f"Rain.\n{PARTS[0]}\n{PARTS[1]}")])
def test_the_text_of_a_record(value, text):
    article = fields.article({"text": value}, "a", 1, ReadOptions())
    assert article.text == text and (fields.HTML in article.notes) == (isinstance(value, str) and value != text)


def test_html_in_a_field_of_its_own():
    page = f"<html><title>Ferry</title><body><nav>Home</nav><article>{HTML}</article></body></html>"
    article = fields.article({"html": page, "text": "cut …"}, "a", 1, ReadOptions(html_field="html"))
    assert article.text == LINES and article.title == "Ferry" and not article.notes
    assert fields.article({"text": "only"}, "a", 1, ReadOptions(html_field="html")).text == "only"


@pytest.mark.parametrize("record, nearest", [
    ({"data": {"body": TEXT}}, "data.body"), ({"description": TEXT * 9, "content": TEXT}, "content"), ({"a": "short"}, None),
    ({"x": {"y": {"paragraphs": PARTS}}}, "x.y.paragraphs"), ({"summary": TEXT}, "summary")])
def test_an_error_names_the_field_that_is_likely(record, nearest):
    assert fields.likeliest(record) == nearest
    with pytest.raises(Exception, match=f"try --text-field {nearest}" if nearest else "name the right one"):
        fields.article(record, "a", 1, ReadOptions())


@pytest.mark.parametrize("old, new, expected", [
    (PARTS, TEXT, PARTS), (PARTS, PARTS[0], PARTS[:1]), (PARTS, PARTS[0] + "\n\n", PARTS[:1]),
    (["a\nb", "c"], "a\nb\n\nc", ["a\nb", "c"]), ("a", "b", "b")])
def test_a_list_of_paragraphs_stays_one(old, new, expected):
    assert fields.replaced({"text": old}, "text", new) == {"text": expected}
    assert fields.replaced({"d": {"t": old}}, "d.t", new) == {"d": {"t": expected}}


def test_a_date_that_is_not_understood_is_told_of(tmp_path):
    rows = [{**ONE, "date": "soon"}, {**TWO, "date": "19.11.2024"}, {"text": "x", "date": ""}]
    path = put(tmp_path, "a.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    assert {"no date that is understood in the field 'date': a.jsonl#1", "2 of 3 articles have no date"} <= {
        *scanned(path)[0].notes}


# feeds, saved pages, books

RSS = f"""<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><title>Herald</title><item><title>Ferry</title><link>https://h.example/f</link>
<pubDate>Tue, 19 Nov 2024 05:25:00 +0200</pubDate><description>short</description>
<content:encoded><![CDATA[{HTML}]]></content:encoded></item>
<item><title>No text</title></item><item><guid>g</guid><description>{PARTS[0]}</description></item></channel></rss>"""
ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>u:1</id><title>Ferry</title>
<link rel="self" href="https://h.example/self"/><link href="https://h.example/f"/><updated>2024-11-19T03:25:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{HTML}</div></content></entry></feed>"""
RDF = f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><item><title>Ferry</title><link>https://h.example/f</link>
<dc:date>2024-11-19T03:25:00Z</dc:date><description>{HTML.replace("<", "&lt;")}</description></item></rdf:RDF>"""


@pytest.mark.parametrize("name, feed", [("a.rss", RSS), ("a.atom", ATOM), ("a.xml", RDF)])
def test_feeds(tmp_path, name, feed):
    article = named(put(tmp_path, name, feed))[0]
    assert (article.text, article.title, article.url, article.date, article.source, article.line) == (
        LINES, "Ferry", "https://h.example/f", "2024-11-19T03:25:00Z", "h.example", 1)


def test_items_of_feeds_are_numbered_and_summaries_told_of(tmp_path):
    items = named(put(tmp_path, "a.rss", RSS))
    assert [(item.line, item.id) for item in items] == [(1, "https://h.example/f"), (3, "g")]
    assert items[1].notes == ("only a summary of the article in its feed",)


@pytest.mark.parametrize("text, note, error", [
    ("<project/>", "XML that is no feed: a.xml", "its first element is 'project'"),
    ("<urlset><url><loc>https://h.example/</loc></url></urlset>", "names pages and holds no text: a.xml", ""),
    ("<rss><channel><item><description>x", "", "broken XML"), ("", "", "broken XML"),
    ('<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><rss><item><text>&b;</text></item></rss>', "", "")])
def test_xml_that_is_no_feed(tmp_path, text, note, error):
    path = put(tmp_path, "in/a.xml", text)
    result, _ = scanned(tmp_path / "in")
    assert any(said.endswith(note) for said in result.notes) or not note
    errors = [item.error for item in named(path) if isinstance(item, Unreadable)]
    assert error in "".join(errors) and bool(errors) == bool(error)


def test_a_saved_page(tmp_path):
    page = f"<html><head><title>Ferry</title></head><body>{HTML}</body></html>"
    saved = ("From: <Saved>\r\nSnapshot-Content-Location: https://h.example/m\r\nMIME-Version: 1.0\r\nContent-Type: "
             'multipart/related; boundary="XX"\r\n\r\n--XX\r\nContent-Type: text/html; charset=utf-8\r\n\r\n'
             f"{page}\r\n--XX\r\nContent-Type: image/png\r\n\r\nx\r\n--XX--\r\n")
    article, = named(put(tmp_path, "p.mhtml", saved))
    assert (article.text, article.url, article.title) == (LINES, "https://h.example/m", "Ferry")
    error, = named(put(tmp_path, "q.mht", "no such thing"))
    assert "no page in it" in error.error


def test_a_book(tmp_path):
    with zipfile.ZipFile(tmp_path / "b.epub", "w") as book:
        book.writestr("META-INF/container.xml", '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
                      '<rootfiles><rootfile full-path="OPS/p.opf"/></rootfiles></container>')
        book.writestr("OPS/p.opf", '<package xmlns="http://www.idpf.org/2007/opf"><manifest>'
                      '<item id="1" href="a%201.xhtml" media-type="application/xhtml+xml"/>'
                      '<item id="2" href="b.xhtml" media-type="application/xhtml+xml"/></manifest>'
                      '<spine><itemref idref="2"/><itemref idref="1"/></spine></package>')
        book.writestr("OPS/a 1.xhtml", f"<html><body><h1>Ferry</h1>{HTML}</body></html>")
        book.writestr("OPS/b.xhtml", "<html><body><p>Dedication</p></body></html>")
    assert [(item.line, item.text) for item in named(tmp_path / "b.epub")] == [(1, "Dedication"), (2, f"Ferry\n{LINES}")]
    error, = named(put(tmp_path, "c.epub", b"PK\x03\x04"))
    assert "damaged or not EPUB" in error.error


@pytest.mark.parametrize("name, data", [("a.pdf", b"%PDF-1.4"), ("a.docx", b"PK\x03\x04")])
def test_documents_that_cannot_be_read_say_why(tmp_path, name, data):
    error, = named(put(tmp_path, name, data))
    assert "damaged or not" in error.error or "pip install 'article-dedup[documents]'" in error.error


def test_word_documents(tmp_path):
    docx = pytest.importorskip("docx")
    document = docx.Document()
    document.add_heading("Ferry")
    for part in PARTS:
        document.add_paragraph(part)
    document.add_table(1, 2).cell(0, 1).text = "7:40"
    document.core_properties.title = "Ferry"
    document.save(str(tmp_path / "a.docx"))
    article, = named(tmp_path / "a.docx")
    assert article.text == f"Ferry\n{LINES}\n\t7:40" and article.title == "Ferry"


def pdf(*lines: str) -> bytes:
    """The smallest PDF of one page."""
    shown = "BT /F1 12 Tf 10 250 Td " + " 0 -20 Td ".join(f"({line}) Tj" for line in lines) + " ET"
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R "
               "/Resources << /Font << /F1 5 0 R >> >> >>",
               f"<< /Length {len(shown)} >>\nstream\n{shown}\nendstream",
               "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    out, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    return (f"{out}xref\n0 6\n0000000000 65535 f \n{table}trailer << /Size 6 /Root 1 0 R >>\n"
            f"startxref\n{len(out)}\n%%EOF\n").encode()


def test_pdf(tmp_path):
    pytest.importorskip("pypdf")
    article, = named(put(tmp_path, "a.pdf", pdf("The ferry sails again", "from Monday.")))
    assert article.text == "The ferry sails again\nfrom Monday."
    error, = named(put(tmp_path, "b.pdf", pdf()))
    assert "no text in it" in error.error


# texts and tables

def test_one_article_a_line(tmp_path):
    many = [f"{number} {TEXT} {TEXT} {TEXT}".replace("\n", " ") for number in range(25)]
    path = put(tmp_path, "a.txt", "\n".join(many) + "\n")
    assert [(item.line, item.text) for item in named(path, lines=True)] == list(enumerate(many, 1))
    article, = named(path)
    assert article.notes and "--lines" in article.notes[0]
    for prose in (TEXT, "\n".join(many[:5]), "\n".join(many + ["short"] * 9)):
        assert not named(put(tmp_path, "b.txt", prose))[0].notes
    assert len(named(put(tmp_path, "c.md", "a\nb"), lines=True)) == 1, "Markdown has lines of its own"


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;"])
def test_the_separator_that_excel_states(tmp_path, first):
    table = f'{first}\nid;text\n1;"a; b"\n2;c\n'
    path = put(tmp_path, "a.csv", table)
    assert [(item.id, item.text, item.line) for item in named(path)] == [("1", "a; b", 1), ("2", "c", 2)]
    assert (written(path, tmp_path) / "a.csv").read_text() == table


def test_a_column_of_html_gives_a_column_of_text(tmp_path):
    path = put(tmp_path, "a.csv", f"id,html\n1,{HTML.replace(',', ' ').replace(';', ' ')}\n")
    out = written(path, tmp_path, html_field="html", boilerplate="off")
    assert (out / "a.csv").read_text().startswith("id,html,text\n1,<p>The ferry")


# what lies in a folder

def test_what_is_not_read_is_counted(tmp_path):
    for name in ("a.jpg", "b.jpg", "sub/c.jpg", "d.bak", "noext", ".hidden", "a.txt"):
        put(tmp_path, f"in/{name}", TEXT)
    result, found = scanned(tmp_path / "in")
    assert [source.path for source in found] == ["a.txt"]
    assert result.notes == ("5 files of other kinds not read: 3 .jpg (a.jpg, …), 1 .bak (d.bak), 1 no suffix (noext)",)


def test_outputs_of_ours_are_left_out_and_records_of_others_are_not(tmp_path):
    decision = {"cluster": None, "canonical": "x", "kept": True, "relation": None}
    put(tmp_path, "in/old.jsonl", json.dumps({"text": TEXT, "dedup": decision}) + "\n")
    put(tmp_path, "in/other.jsonl", json.dumps({"text": TEXT, "dedup": True}) + "\n")
    put(tmp_path, "in/prose.jsonl", json.dumps({"text": 'It said "dedup": {"kept"} there.'}) + "\n")
    with open(tmp_path / "in" / "report.html", "wb") as out:
        REPORTERS["html"].render(scanned(tmp_path / "in" / "prose.jsonl")[0], out, options=RenderOptions())
    result, found = scanned(tmp_path / "in")
    assert [source.path for source in found] == ["other.jsonl", "prose.jsonl"]
    assert result.notes == ("earlier output of dedup, not read: 2 (old.jsonl, report.html)",)
    assert len(named(tmp_path / "in" / "old.jsonl")) == 1, "it is named"


def test_an_error_that_recurs_is_one_line():
    errors = [Unreadable("a", f"broken at {number}", number) for number in range(1, 6)] + [Unreadable("b", "other")]
    assert notes.gathered(errors, lambda path, line: f"{path}:{line}" if line else path) == [
        ("5 (a:1, a:2, a:3, …)", "broken at 1"), ("b", "other")]


# elsewhere

@pytest.fixture
def memory():
    fsspec = pytest.importorskip("fsspec")
    fs = fsspec.filesystem("memory")
    fs.store.clear()
    fs.pipe({"/news/a.txt": TEXT.encode(), "/news/sub/b.jsonl": json.dumps(ONE).encode(), "/news/c.jpg": b"x",
             "/news/d.json": json.dumps([TWO]).encode()})
    yield fs
    fs.store.clear()


def test_files_elsewhere(memory, tmp_path):
    result, found = scanned("memory://news", jobs=1)
    assert [(source.path, source.target) for source in found] == [
        ("memory:///news/a.txt", "a.txt"), ("memory:///news/d.json", "d.json"), ("memory:///news/sub/b.jsonl", "sub/b.jsonl")]
    assert sorted(entry.id for entry in result.entries) == ["memory:///news/a.txt", "n1", "n2"]
    assert result.notes[0].startswith("1 file of other kinds not read: 1 .jpg")
    assert len(result.clusters) == 1
    assert [source.path for source in scanned("memory://news/*.txt", jobs=1)[1]] == ["memory:///news/a.txt"]
    assert [entry.id for entry in scanned("memory://news/d.json", jobs=1)[0].entries] == ["n2"]


@pytest.mark.parametrize("url, error", [("memory://no/where", "not found there"), ("nosuch://x/y", "nosuch")])
def test_what_is_not_there_is_one_error(memory, url, error):
    result, found = scanned(url)
    assert not found and error in result.errors[0].error


def test_a_pattern_that_the_shell_left_alone(tmp_path):
    for name in ("a.txt", "b.txt", "[c].txt"):
        put(tmp_path, name, TEXT)
    assert len(sources.find([str(tmp_path / "*.txt")])[0]) == 3
    assert [source.path for source in sources.find([str(tmp_path / "[c].txt")])[0]] == ["[c].txt"], "it is a name"
    assert sources.find([str(tmp_path / "*.nothing")])[1], "and one that names nothing is an error"
