"""Dates as they stand in records and pages → ISO 8601, or nothing: a date that could mean two days is none."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from functools import cache
from typing import NamedTuple

from dedup.patterns import lazy

_ISO = lazy(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\.?")
_DOTTED = lazy(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})\.?")
_SLASHED = lazy(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_COMPACT = lazy(r"(\d{4})(\d\d)(\d\d)")
_STAMP = lazy(r"((?:19|20)\d{6})T?(\d\d)(\d\d)(\d\d)(Z?)")
_HAN = lazy(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日号號일]")
_MONTHS = {name: number for number, names in enumerate(
    "jan january|feb february|mar march|apr april|may|jun june|jul july|aug august|sep sept september|oct october|"
    "nov november|dec december".split("|"), 1) for name in names.split()}
_MONTH_FIRST = lazy(r"([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})", re.I)
_DAY_FIRST = lazy(r"(\d{1,2})(?:st|nd|rd|th)?\s+([a-z]{3,9})\.?,?\s+(\d{4})", re.I)
_WEEKDAY = lazy(r"^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,\s+(?=\D)", re.I)
_TIME = lazy(
    r"(?:\s*[,;|·–—-]|\s+(?:at|um|à|a las|kl\.?|klo|в|о|ore|alle|om|às))?\s*(?<!\d)(am|pm|午前|午後|上午|下午|오전|오후)?\s*"
    r"(\d{1,2})(?:[:h時时]|시\s?|(?<=\d)\.(?=\d\d(?:\s*(?:uhr|u\b|$))))(\d\d)?(?:[:分분]\s?(\d\d)?(?:\.\d+)?)?[秒초]?"
    r"\s*([ap]\.?m\.?(?!\w))?\s*(?:uhr|hrs|h|uur|น\.?|ч\.?)?"
    r"\s*(z|utc|gmt)?([+-]\d\d:?\d\d)?\s*(?:\(?(?-i:[A-Z]{2,5})\)?)?\s*$", re.I)
_LATE = frozenset(("pm", "p.m.", "p.m", "午後", "下午", "오후"))
_EARLY = frozenset(("am", "a.m.", "a.m", "午前", "上午", "오전"))
_NUMBER = lazy(r"\d+")
_ORDINAL = lazy(r"(?<=\d)(?:st|nd|rd|th|er|re|º|ª|°|e|a|o|-?го|日)(?![^\W\d_])")
_BETWEEN = lazy(r"[\s,.;:|·/()'’،–—-]+")
_MARKS = lazy("[\u0300-\u036f\u200e\u200f]")  # accents, and what turns the direction of writing
_BUDDHIST = 543  # years that Thailand is ahead
_MONTH_FIRST_IN = frozenset(("en-us", "fil", "en-ph"))  # languages whose 5/11 is in May; in plain "en" it is either


def normalise(value: object, lang: str | None = None) -> str | None:
    """`YYYY-MM-DD`, or `YYYY-MM-DDTHH:MM:SS` with a Z (UTC) where the zone is known; None where it is no certain date.

    Understands ISO 8601, RFC 2822, stamps of 8 and 14 digits, day.month.year with dots, day/month/year where one of the
    first two is above 12, names of months in the languages of dates.toml in any order, all with a time or without, and
    Unix time (seconds or milliseconds) if the value is a number. `lang`, where it is known, decides what could be two days.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return _stamp(str(int(value))) or _unix(value) if value == value and abs(value) < 1e15 else None
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str) or not 6 <= len(value) <= 100:
        return None
    text = _WEEKDAY.sub("", value.strip())
    lang = (lang or "").lower().replace("_", "-")
    return _day(text, lang) or _stamp(text) or _iso(text) or _mail(text) or _timed(text, lang) or _named(text, lang)


def _day(text: str, lang: str) -> str | None:
    if found := _ISO.fullmatch(text) or _COMPACT.fullmatch(text) or _HAN.fullmatch(text):
        return _date(found[1], found[2], found[3])
    if found := _DOTTED.fullmatch(text):
        return _date(found[3], found[2], found[1])
    if found := _SLASHED.fullmatch(text):
        first, second = int(found[1]), int(found[2])
        if first > 12 or first == second or lang and lang != "en" and lang not in _MONTH_FIRST_IN and second <= 12:
            return _date(found[3], found[2], found[1])
        return _date(found[3], found[1], found[2]) if second > 12 or lang in _MONTH_FIRST_IN else None
    if (found := _MONTH_FIRST.fullmatch(text)) and found[1].lower() in _MONTHS:
        return _date(found[3], _MONTHS[found[1].lower()], found[2])
    if (found := _DAY_FIRST.fullmatch(text)) and found[2].lower() in _MONTHS:
        return _date(found[3], _MONTHS[found[2].lower()], found[1])
    return None


def _date(year: str | int, month: str | int, day: str | int) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def _stamp(text: str) -> str | None:
    if found := _STAMP.fullmatch(text):
        try:
            return datetime.strptime("".join(found.groups()[:4]), "%Y%m%d%H%M%S").isoformat() + found[5]
        except ValueError:
            return None
    found = _COMPACT.fullmatch(text)
    return _date(*found.groups()) if found and "1900" <= found[1] < "2100" else None


def _timed(text: str, lang: str) -> str | None:
    """A day with a time behind it."""
    found = _TIME.search(text)
    if not found or not found.start() or found[3] is None and not (found[1] or found[5]):
        return None
    day = _day(text[:found.start()].strip(), lang) or _named(text[:found.start()], lang)
    if day is None or "T" in day:
        return None
    hour, half = int(found[2]), (found[5] or found[1] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (half in _LATE)
    try:
        moment = datetime.fromisoformat(day).replace(hour=hour, minute=int(found[3] or 0), second=int(found[4] or 0))
    except ValueError:
        return None
    if offset := found[7]:
        minutes = int(offset[1:3]) * 60 + int(offset[-2:])
        moment = moment.replace(tzinfo=timezone(timedelta(minutes=minutes if offset[0] == "+" else -minutes)))
    elif found[6]:
        moment = moment.replace(tzinfo=timezone.utc)
    return _moment(moment)


class _Names(NamedTuple):
    """What dates.toml holds, folded."""

    months: Mapping[str, Mapping[int, frozenset[str]]]  # name → month → the languages that call it so
    others: frozenset[str]  # days of the week, and words that say nothing
    pattern: re.Pattern[str]  # any of them


@cache
def _names() -> _Names:
    import tomllib
    from importlib.resources import files

    stored = tomllib.loads(files(__package__).joinpath("dates.toml").read_text("utf-8"))
    others = set(stored.pop("fillers"))
    months: dict[str, dict[int, set[str]]] = {}
    for lang, names in stored.items():
        others.update(names["days"])
        for number, called in enumerate(names["months"], 1):
            for name in called:
                months.setdefault(name, {}).setdefault(number, set()).add(lang)
    words = sorted({*months, *map(folded, others)}, key=len, reverse=True)
    pattern = re.compile(rf"(?<![^\W\d_])(?:{'|'.join(map(re.escape, words))})(?![^\W_])\.?")
    frozen = {name: {number: frozenset(langs) for number, langs in found.items()} for name, found in months.items()}
    return _Names(frozen, frozenset(map(folded, others)), pattern)


def folded(text: str) -> str:
    """A text as names of months are compared: no capitals, no accents, whatever is beside words is kept."""
    parts = unicodedata.normalize("NFD", text.casefold())
    return unicodedata.normalize("NFC", _MARKS.sub("", parts))


def _named(text: str, lang: str) -> str | None:
    """A date whose month has a name, where nothing but its parts stands in the text."""
    if not any(char.isalpha() for char in text):
        return None
    names = _names()
    rest = _ORDINAL.sub(" ", folded(text))
    words = [word.rstrip(".") for word in names.pattern.findall(rest)]
    rest = names.pattern.sub(" ", rest).strip(" ,.;|–—-")
    if names.others.issuperset(words) and (day := _day(rest, lang)):
        return day
    rest = _BETWEEN.sub(" ", rest).strip()
    numbers = _NUMBER.findall(rest)
    if _NUMBER.sub("", rest).strip() or len(numbers) != 2:
        return None
    year = next((number for number in numbers if len(number) == 4), "")
    day = next((number for number in numbers if len(number) <= 2), "")
    found: set[tuple[int, frozenset[str]]] = set()
    for at, word in enumerate(words):
        if all(other in names.others for other in words[:at] + words[at + 1:]):
            found.update(names.months.get(word, {}).items())
    own = {(month, langs) for month, langs in found if lang.partition("-")[0] in langs}
    months = {month for month, _ in own or found}
    if not year or not day or len(months) != 1:
        return None
    thai = any("th" in langs for _, langs in found)
    return _date(int(year) - _BUDDHIST if thai and int(year) > 2400 else year, months.pop(), day) if (
        1800 <= int(year) <= 2100 or thai) else None


def _iso(text: str) -> str | None:
    if not re.match(r"\d{4}", text):
        return None
    try:
        return _moment(datetime.fromisoformat(re.sub(r"\s+(?=(?:UTC|GMT|Z|[+-]\d))", "", text)
                                              .replace("UTC", "Z").replace("GMT", "Z")))
    except ValueError:
        return None


def _mail(text: str) -> str | None:
    from email.utils import parsedate_to_datetime

    if not re.match(r"(?:[A-Za-z]{3},\s*)?\d{1,2}\s[A-Za-z]{3}\s\d{4}\s\d{1,2}:\d\d", text):
        return None
    try:
        return _moment(parsedate_to_datetime(text))
    except (ValueError, IndexError, TypeError):
        return None


def _unix(value: float) -> str | None:
    seconds = value / 1000 if abs(value) >= 1e11 else value
    if not 1e8 <= seconds <= 4.2e9:  # 1973 to 2103: a smaller number is a year or a count
        return None
    return _moment(datetime.fromtimestamp(int(seconds), timezone.utc))


def _moment(moment: datetime) -> str | None:
    try:
        if moment.tzinfo is None:
            return moment.replace(microsecond=0).isoformat()
        return moment.astimezone(timezone.utc).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
    except (OverflowError, ValueError):
        return None
