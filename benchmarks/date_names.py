"""Makes dedup/dates.toml: what months and days of the week are called, from the CLDR by way of Babel.

    python benchmarks/date_names.py > dedup/dates.toml
"""
import re
import unicodedata

from babel import Locale

LANGUAGES = """ar az be bg bn bs ca cs cy da de el en es et eu fa fi fil fr ga gl gu he hi hr hu hy id is it ja ka kk km kn ko ky lo
lt lv mk ml mn mr ms my nb ne nl nn pa pl ps pt ro ru si sk sl sq sr sv sw ta te th tr uk ur uz vi zh""".split()


def folded(text):
    """As dedup.dates folds what it reads."""
    parts = unicodedata.normalize("NFD", text.casefold().replace("\u200f", "").replace("\u200e", ""))
    return unicodedata.normalize("NFC", "".join(char for char in parts if not "\u0300" <= char <= "\u036f")).strip()


def forms(tables, key):
    found = set()
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            name = folded(tables[context][width][key]).rstrip(".")
            if len(name) > 1 and re.search(r"[^\W\d]", name) and not re.search(r"\d+\W?[^\W\d]", name):
                found.add(name)
    return sorted(found)


def quoted(items):
    return ", ".join(f'"{item}"' for item in items)


print("# What months (January first) and days of the week are called, folded as dates.py folds. Made from the CLDR by")
print("# benchmarks/date_names.py; `fillers` are written by hand: words that may stand in a date and say nothing of it.\n")
print('fillers = ["at", "on", "of", "the", "den", "der", "am", "um", "uhr", "kl", "klo", "kello", "le", "a", "al", "as", "el", "de",')
print('           "del", "do", "da", "di", "o", "ore", "ora", "alle", "om", "u", "uur", "h", "hrs", "г", "года", "год", "р", "року", "г.",')
print('           "в", "о", "god", "r", "roku", "ngay", "nam", "luc", "พ.ศ", "ค.ศ", "น", "เวลา", "วันที่", "วัน", "في", "الساعة", "saat",')
print('           "ساعت", "बजे", "को", "pukul", "pada", "tanggal", "jam", "της", "στις", "ב", "בשעה", "published", "updated", "posted"]\n')
for code in LANGUAGES:
    locale = Locale(code)
    print(f"[{code}]")
    print("months = [")
    for month in range(1, 13):
        found = forms(locale.months, month)
        if code == "he":
            found += [f"ב{name}" for name in found]  # "in": one word with the name
        print(f"    [{quoted(found)}],")
    print("]")
    print(f"days = [{quoted(sorted({form for day in range(7) for form in forms(locale.days, day)}))}]\n")
