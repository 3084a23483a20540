"""Dates in the languages and orders that records and pages have them in; what could be two days is none."""
from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from dedup import dates

DAY = "2024-11-19"
SURE = [
    "2024-11-19", "2024/11/19", "2024.11.19.", "20241119", "19.11.2024", "19. 11. 2024",
    "19/11/2024", "11/19/2024", "November 19, 2024", "Nov. 19th, 2024", "19 November 2024",
    "Tuesday, 19 November 2024", "Tue 19 Nov 2024", "19. November 2024",
    "Dienstag, 19. November 2024", "Di., 19.11.2024", "den 19. Nov. 2024", "19 novembre 2024",
    "le 19 nov. 2024", "mardi 19 novembre 2024", "19 de noviembre de 2024",
    "martes, 19 de noviembre de 2024", "19 de novembro de 2024",
    "terça-feira, 19 de novembro de 2024", "martedì 19 novembre 2024", "19 ноября 2024 г.",
    "19 листопада 2024 року", "вторник, 19 ноября 2024 года", "19 ноември 2024 г.",
    "19. listopadu 2024", "19. novembra 2024", "2024. november 19.", "19 noiembrie 2024",
    "19 Νοεμβρίου 2024", "19 Kasım 2024 Salı", "19 בנובמבר 2024", "19 نوفمبر 2024",
    "19 नवंबर 2024", "19 নভেম্বর 2024", "১৯ নভেম্বর ২০২৪", "19 நவம்பர் 2024", "19 พฤศจิกายน 2567",
    "19 พ.ย. 2567", "Ngày 19 tháng 11 năm 2024", "19 tháng 11, 2024", "Selasa, 19 November 2024",
    "2024年11月19日", "2024년 11월 19일", "19 november 2024", "tirsdag 19. november 2024",
    "19. marraskuuta 2024", "tiistai 19. marraskuuta 2024", "١٩ نوفمبر ٢٠٢٤",
]
TIMES = [
    ("19.11.2024 14:05", "2024-11-19T14:05:00"), ("19.11.2024, 14:05 Uhr", "2024-11-19T14:05:00"),
    ("19. November 2024 um 14.05 Uhr", "2024-11-19T14:05:00"), ("19/11/2024 14h05", "2024-11-19T14:05:00"),
    ("19 novembre 2024 à 14h05", "2024-11-19T14:05:00"), ("November 19, 2024 at 2:05 PM", "2024-11-19T14:05:00"),
    ("Nov 19, 2024, 2:05 p.m. EST", "2024-11-19T14:05:00"), ("November 19, 2024 12:05 am", "2024-11-19T00:05:00"),
    ("19 ноября 2024, 14:05", "2024-11-19T14:05:00"), ("2024年11月19日 14:05", "2024-11-19T14:05:00"),
    ("2024年11月19日 14時05分", "2024-11-19T14:05:00"), ("2024年11月19日 下午2:05", "2024-11-19T14:05:00"),
    ("2024년 11월 19일 오후 2:05", "2024-11-19T14:05:00"), ("19.11.2024 14:05:09 +0100", "2024-11-19T13:05:09Z"),
    ("19/11/2024 14:05 UTC", "2024-11-19T14:05:00Z"), ("20241119140509", "2024-11-19T14:05:09"),
    ("2024-11-19T14:05:09+01:00", "2024-11-19T13:05:09Z"), ("2024-11-19 14:05:09", "2024-11-19T14:05:09"),
    ("Tue, 19 Nov 2024 14:05:09 GMT", "2024-11-19T14:05:09Z"), ("19 พ.ย. 2567 14:05 น.", "2024-11-19T14:05:00"),
]
NONE = [
    "", "yesterday", "5/11/2024", "05-11-2024", "November 2024", "19 November", "the 19th of somewhere 2024", "31 November 2024",
    "32.11.2024", "2024", "19 listopada", "12345678", "99999999999999", "19 November 2024 and more", "May 19 or 20, 2024",
    "19.11.2024 25:00", "November 19, 2024 at 13:05 PM", "19 Nov Dec 2024", "A story of 19 November 2024", "19.11.24",
    "1.2.3.2024", "19 آبان 1403",
]


@pytest.mark.parametrize("text", SURE)
def test_a_day_is_understood(text):
    assert dates.normalise(text) == DAY


@pytest.mark.parametrize("text, moment", TIMES)
def test_a_day_and_a_time_are_understood(text, moment):
    assert dates.normalise(text) == moment


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_certain_day_is_none(text):
    assert dates.normalise(text) is None


@pytest.mark.parametrize("text, lang, day", [
    ("05/11/2024", None, None), ("05/11/2024", "en", None), ("05/11/2024", "fr", "2024-11-05"),
    ("05/11/2024", "en-US", "2024-05-11"), ("05/11/2024", "en_GB", "2024-11-05"),
    ("5 listopada 2024 r.", "pl", "2024-11-05"), ("5 listopada 2024", None, None),
    ("5 listopada 2024", "hr", "2024-10-05")])
def test_the_language_decides_between_two_days(text, lang, day):
    assert dates.normalise(text, lang) == day


@pytest.mark.parametrize("value, day", [
    (20241119, DAY), (20241119140509, "2024-11-19T14:05:09"), (1732025109, "2024-11-19T14:05:09Z"),
    (1732025109000, "2024-11-19T14:05:09Z"), (2024, None), (True, None), (float("nan"), None), (1e300, None), (-5, None)])
def test_numbers(value, day):
    assert dates.normalise(value) == day


@given(st.text(max_size=100) | st.lists(st.sampled_from(
    "19 2024 11 november ноября , . : 14:05 pm mar lis de 年 月 日 + - / Z T 下午 of".split()), max_size=12).map(" ".join))
def test_no_text_crashes_and_what_is_found_is_found_again(text):
    found = dates.normalise(text)
    assert found is None or dates.normalise(found) == found
