"""Masked text → tokens → shingle hashes: the readable reference that every engine must equal bit for bit.

Nothing made here ever reaches published text. Digits stay: without them every score table would copy every other.
"""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from dedup.patterns import lazy

SPEC = 2  # version of folding, tokens and hashes; stored signatures of another one are worthless

# --- folding ----------------------------------------------------------------------------------------------------------
# Code points that show nothing (Unicode property Default_Ignorable_Code_Point): soft hyphens, joiners, directions.
_IGNORABLE = lazy(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
# Vowel and reading marks that one copy writes and another leaves out: Arabic harakat and tatweel, Hebrew points.
_POINTS = lazy(
    "[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u08d3-\u08e1\u08e3-\u08ff"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]+"
)
_IOTA = lazy("[\u0345\u1f80-\u1fff]")  # the one mark that case folding turns into a letter
_LETTER_APOSTROPHE = lazy("[\u02b9-\u02bc]")  # typed for ' and yet letters to Unicode

# Letters that one copy writes and another replaces: strokes and ligatures that do not decompose, the dotless i, and the
# forms of alef, ya, kaf, ha and ta marbuta of Arabic, Persian and Urdu.
_VARIANTS = dict(zip("đłøħŧıðŋæœþأإآٱىیېےکڪةھہۀۃەؤئ", [
    *"dlohtidn", "ae", "oe", "th", *"اااا", *"يييي", *"كك", *"هههههه", *"وي"], strict=True))
_ACCENT = lazy("[\u0300-\u036f]+")

LATIN, CYRILLIC, GREEK = range(3)
_SCRIPTS = ("a-zªºß-öø-ɏḀ-ỿ", "Ѐ-ԯ", "Ͱ-Ͽἀ-῿")
_SCRIPT = tuple(lazy(f"[{letters}]") for letters in _SCRIPTS)
_RUN = lazy("[%s%s%s]+" % _SCRIPTS)  # letters of these scripts side by side
_SEAM = lazy("[{0}][{1}{2}]|[{1}][{0}{2}]|[{2}][{0}{1}]".format(*_SCRIPTS))
# Lower-case letters that look alike, or whose capitals do: Latin, Cyrillic, Greek ("-": none).
_ALIKE = """aаα bвβ cс- dԁ- eеε hнη iіι jј- kкκ lӏ- mм- oоο pрρ qԛ- sѕ- tтτ vѵν wԝω xхχ yуυ z-ζ""".split()
_LOOKS = {row[script]: row for row in _ALIKE for script in (LATIN, CYRILLIC, GREEK) if row[script] != "-"}


def fold(text: str) -> str:
    """The text as it is compared: same words, same result, however they were typed. fold(fold(x)) == fold(x).

    NFKC case folding (Unicode 3.13, D146 ff.) with ignorable code points off; accents of Latin, Cyrillic and Greek
    letters, Arabic harakat and tatweel and Hebrew points dropped; variants of letters and digits put into one form; in a
    run of letters that mixes Latin, Cyrillic and Greek, look-alikes are put into one script.
    """
    if text.isascii():
        return text.lower()
    text = text.replace("…", "...").replace("\xa0", " ")  # as NFKC has it; alone they would force the long way
    characters = "".join(set(text))
    if _IGNORABLE.search(characters):
        text = _IGNORABLE.sub("", text)
    text = _casefold(text)
    characters = "".join(set(text))
    if _POINTS.search(characters):
        text = unicodedata.normalize("NFC", _POINTS.sub("", text))  # a point may have kept letter and accent apart
    if _LETTER_APOSTROPHE.search(characters):
        text = _LETTER_APOSTROPHE.sub("'", text)
    if not text.isascii():
        text = _ACCENT.sub("", text.translate(_BASE))
        characters = "".join(set(text))
    mixable = sum(letters.search(characters) is not None for letters in _SCRIPT) > 1
    return _RUN.sub(_unmix, text) if mixable and _SEAM.search(text) else text


class _Bases(dict[int, str]):
    """For `str.translate`: letters without their accents, digits of all scripts as ASCII; filled as characters turn up."""

    def __missing__(self, codepoint: int) -> str:
        character = chr(codepoint)
        if character in _VARIANTS:
            base = _VARIANTS[character]
        elif unicodedata.category(character) == "Nd":
            base = str(unicodedata.digit(character))
        elif _RUN.match(character):
            base = unicodedata.normalize("NFD", character)[0]
            base = _VARIANTS.get(base, base)
        else:
            base = character
        self[codepoint] = base
        return base


_BASE = _Bases()


def _casefold(text: str) -> str:
    """NFKC(casefold(NFKC(casefold(NFD(text))))), in one step where nothing needs to be composed or replaced."""
    if unicodedata.is_normalized("NFKC", text) and not _IOTA.search(text):
        folded = text.casefold()
        if unicodedata.is_normalized("NFKC", folded):
            return folded
    text = unicodedata.normalize("NFD", text).casefold()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def script(letter: str) -> int | None:
    """LATIN, CYRILLIC or GREEK, the scripts with look-alikes; None for any other folded character."""
    if letter.isascii():
        return LATIN if letter.islower() else None
    return next((number for number, letters in enumerate(_SCRIPT) if letters.match(letter)), None)


def _unmix(run: re.Match[str]) -> str:
    """One run of letters in the script of the letters that have no look-alike, else of most, else the first above."""
    letters = run[0]
    if not _SEAM.search(letters):
        return letters
    scripts = [script(letter) for letter in letters]
    own = [number for letter, number in zip(letters, scripts) if letter not in _LOOKS]
    target = max((LATIN, CYRILLIC, GREEK), key=lambda number: (own.count(number), scripts.count(number), -number))
    alike = (_LOOKS.get(letter, letter * 3)[target] for letter in letters)
    return "".join(new if new != "-" else old for old, new in zip(letters, alike))


# --- tokens -----------------------------------------------------------------------------------------------------------
SEPARATOR, WORD, UNSPACED, MARK = range(4)
# Scripts written without spaces between words: Thai, Lao, Burmese, Khmer, kana, bopomofo, Han.
_UNSPACED = lazy(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f"
    "\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U0001aff0-\U0001b16f\U00020000-\U0003ffff]"
)


_ALPHANUMERIC = lazy(r"[^\W_]+")


@lru_cache(maxsize=1 << 16)
def kind(character: str) -> int:
    """SEPARATOR, WORD, UNSPACED (a token of its own) or MARK (belongs to what stands before it)."""
    category = unicodedata.category(character)[0]
    if category == "M":
        return MARK
    if category not in "LN":
        return SEPARATOR
    return UNSPACED if character > "\u0dff" and _UNSPACED.match(character) else WORD  # compiled for who needs it


def tokens(text: str) -> list[str]:
    """Words of a folded text: runs of letters, numbers and their marks; unspaced scripts character by character."""
    if all(kind(c) == (WORD if c.isalnum() else SEPARATOR) for c in set(text)):
        return _ALPHANUMERIC.findall(text)
    found: list[str] = []
    before = SEPARATOR
    for character in text:
        now = kind(character)
        if now == MARK:
            now = before
            if before != SEPARATOR:
                found[-1] += character
        elif now == WORD and before == WORD:
            found[-1] += character
        elif now != SEPARATOR:
            found.append(character)
        before = now
    return found


# --- hashes -----------------------------------------------------------------------------------------------------------
POWER = 0x9E3779B97F4A7C15  # of the polynomial over the code points of a token
STEP = 0x9FB21C651E98DF25  # of the polynomial over the tokens of a shingle
MIX = (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53)
_MASK = (1 << 64) - 1


def mix(value: int) -> int:
    """The 64-bit finaliser of MurmurHash3 (Appleby), a bijection."""
    for factor in MIX:
        value = (value ^ value >> 33) * factor & _MASK
    return value ^ value >> 33


@lru_cache(maxsize=1 << 16)
def token_hash(token: str) -> int:
    """mix(Σ codepoint_i · POWER^i mod 2^64)."""
    value = 0
    for character in reversed(token):
        value = value * POWER + ord(character) & _MASK
    return mix(value)


def shingle_hash(hashes: Sequence[int]) -> int:
    """mix(Σ token_i · STEP^(n-1-i) mod 2^64) over the n tokens of one shingle."""
    value = 0
    for token in hashes:
        value = value * STEP + token & _MASK
    return mix(value)


def shingles(text: str, ngram: int = 5) -> list[int]:
    """Sorted distinct 64-bit hashes of the token n-grams of a masked, unfolded text.

    A text of fewer than `ngram` tokens is one shingle, one without tokens has none.
    """
    hashes = [token_hash(token) for token in tokens(fold(text))]
    if not hashes:
        return []
    return sorted({shingle_hash(hashes[at:at + ngram]) for at in range(max(1, len(hashes) - ngram + 1))})
