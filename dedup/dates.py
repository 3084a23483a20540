"""Dates as they stand in records and pages → ISO 8601, or nothing: a date that could mean two days is none."""
from __future__ import annotations

import re
from datetime import date, datetime, timezone

from dedup.patterns import lazy

_ISO = lazy(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_DOTTED = lazy(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_SLASHED = lazy(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_COMPACT = lazy(r"(\d{4})(\d\d)(\d\d)")
_MONTHS = {name: number for number, names in enumerate(
    "jan january|feb february|mar march|apr april|may|jun june|jul july|aug august|sep sept september|oct october|"
    "nov november|dec december".split("|"), 1) for name in names.split()}
_MONTH_FIRST = lazy(r"([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})", re.I)
_DAY_FIRST = lazy(r"(\d{1,2})(?:st|nd|rd|th)?\s+([a-z]{3,9})\.?,?\s+(\d{4})", re.I)
_WEEKDAY = lazy(r"^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,\s+(?=\D)", re.I)


def normalise(value: object) -> str | None:
    """`YYYY-MM-DD`, or `YYYY-MM-DDTHH:MM:SS` with a Z (UTC) where the zone is known; None where it is no certain date.

    Understands ISO 8601, RFC 2822, English month names, day.month.year with dots, day/month/year where one of the first
    two is above 12, and Unix time (seconds or milliseconds) if the value is a number.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return _unix(value)
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str) or not 6 <= len(value) <= 100:
        return None
    text = _WEEKDAY.sub("", value.strip())
    return _day(text) or _iso(text) or _mail(text)


def _day(text: str) -> str | None:
    if found := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        return _date(found[1], found[2], found[3])
    if found := _DOTTED.fullmatch(text):
        return _date(found[3], found[2], found[1])
    if found := _SLASHED.fullmatch(text):
        first, second = int(found[1]), int(found[2])
        if first > 12 or first == second:
            return _date(found[3], found[2], found[1])
        return _date(found[3], found[1], found[2]) if second > 12 else None
    if (found := _MONTH_FIRST.fullmatch(text)) and found[1].lower() in _MONTHS:
        return _date(found[3], _MONTHS[found[1].lower()], found[2])
    if (found := _DAY_FIRST.fullmatch(text)) and found[2].lower() in _MONTHS:
        return _date(found[3], _MONTHS[found[2].lower()], found[1])
    return None


def _date(year: str, month: str | int, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


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
