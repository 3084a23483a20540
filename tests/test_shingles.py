"""Folding, tokens and the hash specification."""
from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.shingles import POWER, STEP, _casefold, fold, mix, shingle_hash, shingles, token_hash, tokens

# A sentence of each script, its number of tokens, and the same sentence as another newsroom might have typed it.
SENTENCES = [
    ("latin", "The mayor’s office didn't reply.", 7, "the MAYOR'S oﬃce didn\u2019t re\u00adply"),
    ("latin-accents", "Élève naïf à Besançon", 4, unicodedata.normalize("NFD", "ÉLÈVE NAÏF À BESANÇON")),
    ("german", "Große Straßen bleiben gesperrt", 4, "GROSSE STRASSEN BLEIBEN GESPERRT"),
    ("turkish", "Köprü yarın açılıyor", 3, unicodedata.normalize("NFD", "köprü yarın açılıyor")),
    ("cyrillic", "Мэр открыл новый мост через реку", 6, "МЭР ОТКРЫЛ НОВЫИ\u0306 МОСТ ЧЕРЕЗ РЕКУ"),
    ("ukrainian", "Пам'ять про п'ятьох рятувальників", 6, "Памʼять про п’ятьох рятувальників"),
    ("greek", "Ο δήμαρχος άνοιξε τους δρόμους", 5, "ο δήμαρχοσ άνοιξε τουσ δρόμουσ"),
    ("arabic", "فتح رئيس البلدية جسرا جديدا", 5, "فَتَحَ رئيسُ البلديّةِ جسـراً جديـداً"),
    ("hebrew", "ראש העיר פתח גשר חדש", 5, "רֹאשׁ הָעִיר פָּתַח גֶּשֶׁר חָדָשׁ"),
    ("persian", "شهردار پل تازه‌ای را باز می‌کند", 6, "شهردار پل تازهای را باز میکند"),
    ("devanagari", "महापौर ने नया पुल खोला", 5, "महापौर\u200b ने नया पुल खोला"),
    ("bengali", "মেয়র নতুন সেতু খুলেছেন", 4, unicodedata.normalize("NFD", "মেয়র নতুন সেতু খুলেছেন")),
    ("tamil", "மேயர் புதிய பாலத்தைத் திறந்தார்", 4, unicodedata.normalize("NFD", "மேயர் புதிய பாலத்தைத் திறந்தார்")),
    ("korean", "시장이 새 다리를 열었다", 4, unicodedata.normalize("NFD", "시장이 새 다리를 열었다")),
    ("chinese", "市长周三宣布新桥通车", 10, "市长 周三\u200b宣布，新桥通车。"),
    ("japanese", "市長は新しい橋をカナ通りで開いた", 16, "市長は新しい橋をｶﾅ通りで開いた"),
    ("thai", "นายกเปิดสะพาน", 12, "นายก เปิด\u200bสะพาน"),
    ("lao", "ເປີດຂົວ", 5, "ເປີດ ຂົວ"),
    ("khmer", "ស្ពានថ្មី", 5, "ស្ពាន\u200bថ្មី"),
    ("burmese", "တံတားသစ်", 4, "တံတား သစ်"),
    ("armenian", "Քաղաքապետը բացեց կամուրջը", 3, "ՔԱՂԱՔԱՊԵՏԸ ԲԱՑԵՑ ԿԱՄՈՒՐՋԸ"),
    ("georgian", "მერმა ახალი ხიდი გახსნა", 4, "მერმა — ახალი ხიდი გახსნა!"),
    ("amharic", "ከንቲባው አዲስ ድልድይ ከፈቱ", 4, "ከንቲባው፡አዲስ፡ድልድይ፡ከፈቱ።"),
]


@pytest.mark.parametrize("text, count, other", [row[1:] for row in SENTENCES], ids=[row[0] for row in SENTENCES])
def test_a_sentence_in_its_script(text: str, count: int, other: str) -> None:
    assert len(tokens(fold(text))) == count
    assert tokens(fold(other)) == tokens(fold(text))
    assert shingles(other) == shingles(text)


@pytest.mark.parametrize("one, other", [
    ("Score 2-1 after 90 minutes", "Score 3-1 after 90 minutes"),  # digits are content
    ("हिन्दी", "हिन्द"),  # vowel signs are part of the word
    ("น้ำ", "นำ"),  # tone marks too
    ("北京", "京北"),
    ("5 µm", "5 mm"),  # a micro sign is no look-alike of m
    ("snake_case", "snakecase"),
])
def test_what_stays_different(one: str, other: str) -> None:
    assert shingles(one) != shingles(other)


@pytest.mark.parametrize("one, other", [
    ("Résumé of the Łódź talks", "Resume of the Lodz talks"),
    ("все дороги", "всё дороги"),
    ("Việt Nam đường", "Viet Nam duong"),
    ("İSTANBUL IŞIĞI", "istanbul isigi"),
    ("Ærø og Århus", "Aero og Arhus"),
    ("ΑΘΗΝΑ ΚΑΙ ΠΑΤΡΑ", "Αθήνα και Πάτρα"),
    ("إلى المدرسة", "الى المدرسه"),
    ("یک کتاب", "يك كتاب"),
    ("۱۲ و ١٢", "12 و 12"),
])
def test_what_one_newsroom_writes_otherwise(one: str, other: str) -> None:
    assert shingles(one) == shingles(other)


@pytest.mark.parametrize("typed, meant", [
    ("раypаl", "paypal"),  # Cyrillic р а in a Latin word
    ("Mocковcкий", "московскии"),  # Latin M o c in a Russian word
    ("Αpple", "apple"),  # Greek capital alpha
    ("сор", "сор"),  # wholly Cyrillic although each letter looks Latin: untouched
    ("COVIDом", "covidom"),  # a Russian ending on a Latin word: the same wherever it stands
])
def test_lookalikes_within_a_word(typed: str, meant: str) -> None:
    assert fold(typed) == meant


def test_a_script_of_its_own_is_left_alone() -> None:
    assert fold("Москва и Apple, Αθήνα") == "москва и apple, αθηνα"


@pytest.mark.parametrize("text, expected", [
    ("", []),
    (" \n\t…!", []),
    ("中国GDP增长5%", ["中", "国", "gdp", "增", "长", "5"]),
    ("don´t", ["don", "t"]),  # the accent of "´" has no letter to belong to
    ("\u0301\u0301", []),
    ("กี่x", ["กี่", "x"]),
    ("½ liter", ["1", "2", "liter"]),
])
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(fold(text)) == expected


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_the_short_way_of_case_folding_is_the_long_one(text: str) -> None:
    long = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    assert _casefold(text) == unicodedata.normalize("NFKC", long.casefold())


def test_the_short_way_for_every_code_point() -> None:
    for point in range(0x20000):
        text = f"ᾱ{chr(point)}\u0323x"
        long = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
        assert _casefold(text) == unicodedata.normalize("NFKC", long.casefold()), hex(point)


@given(st.text(), st.text())
def test_a_separator_separates(left: str, right: str) -> None:
    assert tokens(fold(left + "\n" + right)) == tokens(fold(left)) + tokens(fold(right))


@given(st.text(st.characters(categories=["L", "N", "M", "Zs", "P"])))
def test_tokens_keep_every_letter_and_number(text: str) -> None:
    folded = fold(text)
    kept = [c for c in folded if unicodedata.category(c)[0] in "LN"]
    assert [c for c in "".join(tokens(folded)) if unicodedata.category(c)[0] in "LN"] == kept


# Pinned: when one of these values changes, shingles.SPEC must, and stored signatures of the old one are worthless.
@pytest.mark.parametrize("token, value", [
    ("a", 0x685FDF50E51FA977), ("news", 0x34E15179F211B6FE), ("новости", 0x58A01B59AE006258), ("新", 0xF4C1536AA68EED3B),
])
def test_golden_tokens(token: str, value: int) -> None:
    assert token_hash(token) == value


@pytest.mark.parametrize("text, values", [
    ("One, two, three: four five SIX!", [0x8B7F3C24828E44D9, 0xC480B1A78E6A67F6]),
    ("short", [0x859BB85B5BDB82D8]),
    ("…", []),
])
def test_golden_shingles(text: str, values: list[int]) -> None:
    assert shingles(text, 5) == values


def test_the_definition_of_the_hashes() -> None:
    value = sum(ord(c) * POWER**i for i, c in enumerate("news")) % 2**64
    assert token_hash("news") == mix(value)
    hashes = [3, 1, 2**63 + 5]
    assert shingle_hash(hashes) == mix(sum(h * STEP ** (2 - i) for i, h in enumerate(hashes)) % 2**64)
    assert mix(0) == 0 and mix(1) == 0xB456BCFC34C2CB2C  # fmix64 as published


def test_fewer_tokens_than_the_ngram_are_one_shingle() -> None:
    assert shingles("a b c", 5) == [shingle_hash([token_hash(token) for token in "abc"])]
    assert len(shingles("a b c d e f", 5)) == 2
    assert len(shingles("a a a a a a a", 5)) == 1
