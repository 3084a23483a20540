#!/usr/bin/env python3
"""A made-up wire: articles of ten outlets with gold clusters, always the same for one seed.

usage: wire.py FOLDER [--seed 1] [--half 1|2]     writes FOLDER/docs.jsonl and FOLDER/clusters.tsv (id<TAB>cluster)

What is a copy: a wire story in two to five outlets, each of which cuts it to two thirds, updates figures, reorders
paragraphs, words things otherwise, misreads letters (scans), adds a local paragraph, its own headline and its own
boilerplate; updates and corrections of a story; a two-sentence item, slightly reworded. What is none: independent reports
of the same event, weather, matches, earnings, obituaries, auctions (one template each), digests of several stories,
articles that share a background paragraph or a long quotation, other two-sentence items.
`--half` keeps one half of the stories: choose on one, confirm on the other.
"""
from __future__ import annotations

import argparse
import json
import random
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
TOPICS = ("fire", "council", "court", "strike", "flood", "study", "plant", "heist")
TEMPLATES = ("weather", "match", "earnings", "obituary", "auction")
NUMBERS = {  # facts of a story that are figures, and their range
    "hurt": (3, 60), "moved": (80, 900), "engines": (9, 40), "staff": (60, 400), "cost": (3, 90), "hour": (2, 6),
    "minute": (10, 59), "votes": (19, 31), "against": (9, 18), "shops": (24, 90), "weeks": (6, 70), "letters": (200, 3000),
    "years": (3, 9), "witnesses": (14, 80), "ago": (3, 9), "percent": (5, 14), "offer": (1, 4), "boats": (12, 80),
    "guests": (7, 60), "dead": (3, 30), "missing": (4, 50), "metres": (3, 8), "count": (40, 300), "degrees": (4, 19),
    "jobs": (90, 900), "age": (31, 99), "service": (17, 40), "suppliers": (8, 60), "worth": (40, 900), "minutes": (3, 11),
    "km": (8, 60), "visitors": (9000, 60000),
}
Story = tuple[dict[str, str], list[str], str]  # facts, one sentence for each step, headline


def pick(rng: random.Random, name: str) -> str:
    """One word of a list."""
    return rng.choice(WORDS["lists"][name])


def person(rng: random.Random) -> str:
    """A full name."""
    return f"{pick(rng, 'first')} {pick(rng, 'last')}"


def facts(rng: random.Random) -> dict[str, str]:
    """Everything a sentence may ask for."""
    place, other = rng.sample(WORDS["lists"]["place"], 2)
    found = {name: str(rng.randint(*limits)) for name, limits in NUMBERS.items()}
    found |= {name: pick(rng, name) for name in ("region", "firm", "day", "month", "street", "thing")}
    found |= {"place": place, "other": other, "a": person(rng), "b": person(rng), "c": person(rng)}
    found["river"] = rng.choice(["Ousel", "Brant", "Tamsin", "Carrow", "Sallow", "Verran"])
    found["animal"] = rng.choice(["warblers", "nightjars", "petrels", "thrushes", "swifts", "plovers"])
    return found


def tell(topic: str, known: dict[str, str], version: int) -> Story:
    """One of three reports of the event of a topic: they say the same in other words."""
    sentences = [step[version % len(step)].format_map(known) for step in WORDS[topic]["steps"]]
    sentences = [sentence[0].upper() + sentence[1:] for sentence in sentences]
    return known, sentences, WORDS[topic]["headline"][version].format_map(known)


def dispatch(rng: random.Random, known: dict[str, str], world: dict[str, list[str]], count: int = 12) -> Story:
    """A story put together from the words of its small `world`: another one of the same world is another report."""
    def sentence(pattern: str) -> str:
        given = {name: rng.choice(words) for name, words in world.items()}
        given |= {f"{name}2": rng.choice(world[name]) for name in ("subject", "verb", "object")}
        given["last"] = given["name"].split()[1]
        given["m"] = str(rng.randint(2, 40))
        for _ in range(2):  # words hold slots of their own
            pattern = pattern.format_map(given | {name: known[name] for name in ("place", "day", "month")})
        return pattern[0].upper() + pattern[1:]

    patterns = WORDS["grammar"]["sentence"]
    sentences = [sentence(pattern) for pattern in rng.sample(patterns * 2, count)]
    return known, sentences, sentence(rng.choice(WORDS["grammar"]["headline"]))


def world_of(rng: random.Random) -> dict[str, list[str]]:
    """The people, things and places of one event."""
    sizes = {"subject": 8, "verb": 14, "object": 11, "when": 9, "where": 7, "role": 5, "said": 6, "link": 7, "things": 5}
    world = {name: rng.sample(WORDS["grammar"][name], size) for name, size in sizes.items()}
    return world | {"name": [person(rng) for _ in range(4)], "n": [str(rng.randint(3, 900)) for _ in range(6)]}


def reword(rng: random.Random, text: str, swaps: list[list[str]], share: float = 0.6) -> str:
    """Some of the swaps done."""
    for old, new in swaps:
        if rng.random() < share:
            text = re.sub(rf"\b{old}\b", new, text)
    return text


def update(rng: random.Random, sentences: list[str], share: float = 0.35) -> list[str]:
    """Some figures raised, the same way everywhere."""
    figures = sorted(set(re.findall(r"\b\d{1,5}\b", " ".join(sentences))))
    new = {figure: str(int(figure) + rng.randint(1, 9)) for figure in figures if rng.random() < share}
    return [re.sub(r"\b\d{1,5}\b", lambda found: new.get(found[0], found[0]), sentence) for sentence in sentences]


def misread(rng: random.Random, text: str, rate: float) -> str:
    """Letters as a scanner misreads them, in `rate` of the words."""
    alike = {"e": "c", "h": "b", "l": "1", "o": "0", "m": "rn", "n": "u", "i": "j", "t": "f", "a": "u", "s": "z"}

    def spoil(found: re.Match[str]) -> str:
        word = found[0]
        places = [place for place, letter in enumerate(word) if letter in alike]
        if not places or rng.random() > rate:
            return word
        place = rng.choice(places)
        return word[:place] + alike[word[place]] + word[place + 1:]

    return re.sub(r"\w+", spoil, text)


def publish(rng: random.Random, outlet: int, headline: str, paragraphs: list[str]) -> str:
    """The article as the outlet puts it on its page."""
    head, foot = WORDS["outlets"]["head"][outlet], WORDS["outlets"]["foot"][outlet]
    return "\n\n".join(part for part in [head, headline, *paragraphs, foot] if part)


def copies(rng: random.Random, story: Story, headlines: list[str]) -> Iterator[tuple[int, str]]:
    """(outlet, text) of each outlet that carries the story; the first one prints all of it."""
    known, sentences, headline = story
    for number, outlet in enumerate(rng.sample(range(10), rng.randint(2, 5))):
        lead, rest = sentences[0], list(sentences[1:])
        title = headline
        if number:
            title = rng.choice(headlines)
            if rng.random() < 0.5:
                rest = rest[:round(len(rest) * rng.uniform(0.6, 0.75))]
            if rng.random() < 0.4:
                lead, *rest = update(rng, [lead, *rest])
            if rng.random() < 0.25:
                middle = rest[:-1]
                rng.shuffle(middle)
                rest = [*middle, rest[-1]]
            if rng.random() < 0.4:
                lead, *rest = [reword(rng, sentence, WORDS["wording"]["swaps"]) for sentence in [lead, *rest]]
            if rng.random() < 0.35:
                line = rng.choice(WORDS["local"]["paragraphs"]).format(where=pick(rng, "place"), who=person(rng))
                rest.insert(rng.randint(2, len(rest)), line)
            if rng.random() < 0.15:  # an update with a new top, or a correction
                more = rng.sample(WORDS["shared_lead"]["sentences"], 2)
                rest = [lead, more[1], *rest]
                lead = more[0]
                title = "UPDATE: " + title if rng.random() < 0.5 else title + " (corrected)"
        paragraphs = [f"{known['place'].upper()} (WNA) - {lead}" if rng.random() < 0.6 else lead, *rest]
        if number and rng.random() < 0.12:
            paragraphs = [misread(rng, paragraph, 0.06) for paragraph in paragraphs]
        if rng.random() < 0.5:  # some set two sentences to a paragraph
            paragraphs = [" ".join(paragraphs[at:at + 2]) for at in range(0, len(paragraphs), 2)]
        yield outlet, publish(rng, outlet, title, paragraphs)


def template(rng: random.Random, kind: str) -> tuple[str, list[str]]:
    """(headline, paragraphs) of a piece that a template made: all of a kind differ in what is filled in only."""
    number = {name: str(rng.randint(2, 98)) for name in re.findall(r"{(\w+)}", " ".join(WORDS["templates"][kind]))}
    place, born = rng.sample(WORDS["lists"]["place"], 2)
    home, away, following = rng.sample(WORDS["lists"]["team"], 3)
    given = {name: pick(rng, name) for name in ("region", "firm", "day", "month", "street", "thing")}
    first, last = pick(rng, "first"), pick(rng, "last")
    given |= {
        "place": place, "born": born, "home": home, "away": away, "next": following, "month2": pick(rng, "month"),
        "thing2": pick(rng, "thing"), "name": f"{first} {last}", "short": last, "spouse": f"{pick(rng, 'first')} {last}",
        "father": f"{pick(rng, 'first')} {last}", "mother": person(rng), "school": pick(rng, "place"),
        "church": rng.choice(["Saint Jude", "Holy Cross", "Saint Brigid", "Trinity"]), "p1": person(rng),
        "p2": person(rng), "p3": person(rng), "stadium": pick(rng, "street") + " ground", "order": rng.choice(["third", "fourth"]),
        "sky": rng.choice(["clear", "cloudy", "overcast", "hazy"]), "wind": rng.choice(["north", "west", "south-east"]),
        "quarter": rng.choice(["first", "second", "third", "fourth"]), "season": rng.choice(["spring", "autumn", "summer"]),
        "house": f"{pick(rng, 'last')} & Sons", "year": str(rng.randint(1928, 1955)), "retired": str(rng.randint(1985, 2012)),
        "crowd": str(rng.randint(900, 24000)),
    }
    if kind == "obituary":
        given["home"] = pick(rng, "last")
    values = number | given
    return WORDS["templates"][f"{kind}_headline"].format_map(values), [
        line.format_map(values) for line in WORDS["templates"][kind]]


def corpus(seed: int = 1, events: int = 52, templates: int = 24) -> list[tuple[str, str, str]]:
    """(outlet, text, gold cluster) of every article, shuffled."""
    rng = random.Random(seed)
    found: list[tuple[int, str, str]] = []
    told: list[Story] = []

    def alone(outlet: int, text: str, kind: str) -> None:
        found.append((outlet, text, f"{kind}-{len(found)}"))

    for topic in TOPICS:
        known = facts(rng)
        headlines = [headline.format_map(known) for headline in WORDS[topic]["headline"]]
        for version in range(3):
            told.append(tell(topic, known, version))
            found += [(outlet, text, f"{topic}-{version}") for outlet, text in copies(rng, told[-1], headlines)]
    for number in range(events):
        known, world = facts(rng), world_of(rng)
        told.append(dispatch(rng, known, world, rng.randint(9, 16)))
        headlines = [dispatch(rng, known, world, 1)[2] for _ in range(3)]
        found += [(outlet, text, f"event-{number}") for outlet, text in copies(rng, told[-1], headlines)]
        if number % 2:  # somebody else was there too
            outlet = rng.randrange(10)
            _, sentences, headline = dispatch(rng, known, world, rng.randint(8, 14))
            alone(outlet, publish(rng, outlet, headline, sentences), "report")
    for kind in TEMPLATES:
        for _ in range(templates):
            outlet = rng.randrange(10)
            alone(outlet, publish(rng, outlet, *template(rng, kind)), kind)
    for number in range(30):
        _, sentences, headline = dispatch(rng, facts(rng), world_of(rng), 9)
        background = WORDS["background"]["paragraphs"][number % 5].format(region=WORDS["lists"]["region"][number % 5])
        body = [sentences[0], *rng.sample(sentences[1:], rng.randint(4, 6))]
        body.insert(rng.randint(2, len(body)), background)
        outlet = rng.randrange(10)
        alone(outlet, publish(rng, outlet, headline, body), "background")
    for _ in range(12):
        parts = []
        for _, sentences, headline in rng.sample(told, 4):
            parts += [headline, " ".join(sentences[:rng.randint(4, 7)])]
        outlet = rng.randrange(10)
        alone(outlet, publish(rng, outlet, "The day in brief", parts), "digest")
    for number in range(32):
        item = WORDS["brief"]["items"][number % 8].format_map(facts(rng) | {"name": person(rng), "n": str(rng.randint(3, 90))})
        outlets = rng.sample(range(10), 1 + number // 8 % 2)
        for copy, outlet in enumerate(outlets):
            text = reword(rng, item, WORDS["newsbrief_variants"]["swaps"], 0.8) if copy else item
            found.append((outlet, text, f"brief-{number}"))
    rng.shuffle(found)
    return [(WORDS["outlets"]["names"][outlet], text, cluster) for outlet, text, cluster in found]


def half_of(cluster: str) -> int:
    """1 or 2: the half to which a cluster belongs."""
    return 1 + int(cluster.rsplit("-", 1)[1]) % 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--half", type=int, choices=(1, 2))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with open(options.folder / "docs.jsonl", "w", encoding="utf-8") as docs, \
            open(options.folder / "clusters.tsv", "w", encoding="utf-8") as gold:
        for number, (outlet, text, cluster) in enumerate(corpus(options.seed)):
            if options.half in (None, half_of(cluster)):
                docs.write(json.dumps({"id": f"w{number:04}", "site": outlet, "text": text}) + "\n")
                gold.write(f"w{number:04}\t{cluster}\n")


if __name__ == "__main__":
    main()
