"""What a text says about itself: front matter, a header of `key: value` lines, and a leading heading."""
from __future__ import annotations

import re
from urllib.parse import urlsplit

from dedup import dates
from dedup.patterns import lazy

_FENCE = lazy(r"---[ \t]*\r?\n(.{0,20000}?)^(?:---|\.\.\.)[ \t]*\r?$", re.S | re.M)  # YAML
_PLUSES = lazy(r"\+\+\+[ \t]*\r?\n(.{0,20000}?)^\+\+\+[ \t]*\r?$", re.S | re.M)  # TOML
# what stands between two fences: a key, an entry of a list, the rest of a value, a remark
_INSIDE = lazy(r"(?:[\"']?[\w][\w .$@/-]{0,60}[\"']?[ \t]*[:=](?:\s|$)|[-\s#\[\]{}\"']|$)")
_LINE = lazy(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_FIELD = lazy(r"(?:#\+|:|[-*>]\s|\*\*|__|\s)*([^\W\d][\w .'’/-]{0,30}?)\s?(?:\*\*|__)?\s?[:：]")
_STEM = lazy(r"[^\W\d_]+")
_FIELDS = 2  # known names that make a header of lines
_LONGEST = 300  # code points of a headline above them, and of a line with another key
# names of fields, by their first word
_KNOWN = frozenset("""
    title headline subtitle url uri link permalink slug source site website publisher publication outlet newspaper date
    published updated modified created retrieved scraped crawled accessed pubdate author authors byline writer section
    category categories tags keywords language lang layout description summary excerpt length wordcount
    titel überschrift untertitel datum quelle autor autorin verlag ressort rubrik sprache kategorie schlagwörter
    titre auteur rubrique langue catégorie titolo autore fonte sezione lingua data título titulo fecha autora fuente sección
    seccion idioma autores fonte seção bron auteur rubriek taal tytuł źródło dział język заголовок название дата автор
    источник раздел рубрика язык ссылка назва джерело розділ мова посилання 标题 日期 作者 来源 栏目 標題 來源 タイトル 日付
    著者 出典 العنوان التاريخ الكاتب المصدر القسم rubrik källa författare titulek zdroj autor otsikko lähde kirjoittaja
    dátum szerző forrás τίτλος ημερομηνία συντάκτης πηγή başlık tarih yazar kaynak judul tanggal penulis sumber
    """.split())
_ENTRY = lazy(r"([A-Za-z][\w-]{0,40})[ \t]*:[ \t]+(\S.{0,2000}?)[ \t]*\r?$", re.M)
_HEADING = lazy(r"#{1,2}[ \t]+(\S.{0,300}?)[ \t#]*$")
_ADDRESS = lazy(r"https?://[^\s<>\"]{4,2000}")
_NAMES = {
    "title": ("title", "headline"),
    "url": ("url", "link", "canonical", "canonical_url", "source_url", "original_url"),
    "date": ("date", "published", "pubdate", "published_at", "date_published"),
    "source": ("site", "source", "publisher", "outlet", "sitename"),
    "lang": ("lang", "language"),
}


def metadata(text: str) -> dict[str, str]:
    """What a text states of title, url, date (ISO), source and lang, in its front matter, first or last lines."""
    body = text.lstrip("\ufeff \t\r\n")
    fence = _fence(body)
    stated = _stated(fence.group(1)) if fence else {}
    found = {key: stated[name] for key, names in _NAMES.items() for name in reversed(names) if name in stated}
    if fence:
        body = body[fence.end():].lstrip()
    if body.startswith("#"):
        lines = [line.strip() for line in body[:4000].splitlines() if line.strip()][:2]
        if heading := _HEADING.fullmatch(lines[0]):
            found.setdefault("title", heading.group(1).strip("* "))
            if len(lines) > 1 and dates.normalise(lines[1]):
                found.setdefault("date", lines[1])
    last = text[-2100:].rstrip().rpartition("\n")[2].strip()
    if last.startswith("http") and _ADDRESS.fullmatch(last):
        found.setdefault("url", last)
    if not _ADDRESS.fullmatch(found.get("url", "")):
        found.pop("url", None)
    if "date" in found:
        found["date"] = dates.normalise(found["date"], found.get("lang")) or ""
    return {key: value for key, value in found.items() if value}


def header(text: str) -> int:
    """How many code points of a text are about the text: front matter, or a header of `key: value` lines.

    Front matter is YAML between lines of --- or TOML between lines of +++. A header stands at the very beginning, or
    below one line that may be the headline, and names two things or more that are said of texts: author, date, source.
    0 where there is neither, or nothing else.
    """
    start = len(text) - len(text.lstrip("\ufeff \t\r\n"))
    if not text[start:start + 3]:
        return 0
    fence = _fence(text[start:]) if text[start] in "-+" else None
    end = start + fence.end() if fence else _fields(text, start)
    return end if text[end:].strip() else 0


def _fence(body: str) -> re.Match[str] | None:
    """Front matter at the start of a text: all its lines are of the form."""
    pattern = {"---": _FENCE, "+++": _PLUSES}.get(body[:3])
    found = pattern.match(body) if pattern else None
    if found is None or ":" not in found.group(1) and "=" not in found.group(1):
        return None
    return found if all(_INSIDE.match(line) for line in found.group(1).splitlines()) else None


def _fields(text: str, start: int) -> int:
    """Where a header of `key: value` lines ends; 0 without one.

    Any key will do in a line next to another one of the header, but known ones only behind a blank line.
    """
    known = set[str]()
    end = before = 0  # where the header ends so far, and the last line
    for match in _LINE.finditer(text, start):
        line = match.group().strip()
        if not line and match.end() < len(text):
            continue
        found = _FIELD.match(line)
        name = found.group(1).casefold() if found else ""
        stem = _STEM.match(name)
        if stem and stem.group() in _KNOWN:
            known.add(name)
            end = match.end()
        elif end:
            if not name or len(line) > _LONGEST or before < match.start():
                break
            end = match.end()
        elif match.start() > start or len(line) > _LONGEST:
            break
        before = match.end()
    return end if len(known) >= _FIELDS else 0


def host(url: str | None) -> str | None:
    """The host of an address without `www.`, by which a source is known when nothing names it."""
    try:
        name = urlsplit(url or "").hostname
    except ValueError:
        return None
    return name.removeprefix("www.") if name else None


def _stated(block: str) -> dict[str, str]:
    entries: dict[str, str] = {}
    for name, value in _ENTRY.findall(block):
        if value[:1] == value[-1:] and value[0] in "\"'" and len(value) > 1:
            value = value[1:-1]
        entries.setdefault(name.lower().replace("-", "_"), value.strip())
    return entries
