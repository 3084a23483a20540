"""Results made by hand, for the tests of the reporters."""
from __future__ import annotations

from dedup.article import Boilerplate, Cluster, Entry, Example, Member, Result, Span, Unreadable

BODY = ("The harbour authority closed the northern pier on Monday after divers found cracks in two of its pillars.\n"
        "Ferries to the islands leave from the fish market until further notice, the authority said.\n"
        "“Nobody was hurt and nobody will be,” harbour master Ines Quell said.\n")
APPEAL = "Support the Gazette from 4 euros a month. Your help keeps our reporters at work.\n"
SOCIAL = "Follow us\n"

TEXTS = {
    "harbour/gazette.txt": BODY + APPEAL,
    "harbour/mirror.txt": SOCIAL + BODY.replace("on Monday", "early on Monday") + APPEAL.replace("4", "6"),
    "harbour/short.txt": BODY.split("\n")[0] + "\n",
    "wire.jsonl#2": "Zwei Züge fahren seit Dienstag wieder auf der alten Strecke am Fluss.\n",
    "wire-17": "Zwei Züge fahren seit Dienstag wieder auf der alten Strecke am Fluss.\n",
    "weather.txt": "Rain in the west, sun in the east.\n",
}


def spans(text: str) -> tuple[Span, ...]:
    """What a run would have taken off one of the texts above."""
    found = [(text.find(piece), piece, kind, rule) for piece, kind, rule in (
        (SOCIAL, "nav-heading", "en.nav.social"), (APPEAL, "donation", "en.donation.appeal"),
        (APPEAL.replace("4", "6"), "donation", "en.donation.appeal"))]
    return tuple(Span(start, start + len(piece), kind, rule, ("cue", "repetition"))
                 for start, piece, kind, rule in found if start >= 0)


def sample() -> Result:
    """Two clusters, an article that stands alone, boilerplate and two inputs that could not be read."""
    ids = sorted(TEXTS)
    texts = [TEXTS[id] for id in ids]
    facts = {"harbour/gazette.txt": ("Gazette", "2024-03-04T08:00:00Z"),
             "harbour/mirror.txt": ("Mirror", "2024-03-04T10:30:00Z"),
             "harbour/short.txt": ("Ticker", "2024-03-05")}
    entries = [Entry(id, "wire.jsonl" if "wire" in id else f"news/{id}", {"wire.jsonl#2": 2, "wire-17": 17}.get(id),
                     *facts.get(id, (None, None))) for id in ids]
    number = {id: n for n, id in enumerate(ids)}
    clusters = (
        Cluster(1, number["harbour/gazette.txt"], "longest (267 characters)", (
            Member(number["harbour/gazette.txt"]),
            Member(number["harbour/mirror.txt"], "edited", "jaccard", 0.88235294, 0.97),
            Member(number["harbour/short.txt"], "abridged", "containment", 0.375, 1.0))),
        Cluster(2, number["wire-17"], "first by id", (
            Member(number["wire-17"]),
            Member(number["wire.jsonl#2"], "exact", "exact", 1.0, 1.0))),
    )
    boilerplate = (
        Boilerplate("rule", "en.nav.social", "nav-heading", 1, len(SOCIAL), SOCIAL.strip(), [1], (Example(1, 0, len(SOCIAL)),)),
        Boilerplate("rule", "en.donation.appeal", "donation", 2, 2 * len(APPEAL), APPEAL.strip(), [0, 1], tuple(
            Example(n, span.start, span.end) for n in (0, 1) for span in spans(texts[n]) if span.kind == "donation")),
    )
    errors = (Unreadable("wire.jsonl", "not valid JSON: Expecting ',' delimiter at column 41", 3),
              Unreadable("news/photo.txt", "a binary file, not text: give it another suffix or exclude it"))
    return Result({"threshold": 0.7, "ngram": 5, "keep": ("longest", "earliest")}, entries, range(len(ids)), clusters,
                  boilerplate, errors, 2 * len(APPEAL) + len(SOCIAL), texts.__getitem__, lambda n: spans(texts[n]))


def empty() -> Result:
    """A run over nothing."""
    return Result({}, [], [], (), (), (), 0, lambda n: "", lambda n: ())


HOSTILE = "a\x1b[31mred\u202egpj.\u2066\n::error::x,%0A\r\"'<script>alert(1)</script>\ud800=1+1"


def hostile() -> Result:
    """One cluster in which every string is an attack on whatever shows it."""
    entries = [Entry(HOSTILE, HOSTILE, None, HOSTILE, HOSTILE, "javascript:alert(1)"), Entry(HOSTILE + "2", HOSTILE, 7)]
    cluster = Cluster(1, 0, HOSTILE, (Member(0), Member(1, "edited", "jaccard", 0.9, 0.95, HOSTILE)))
    return Result({"id_field": HOSTILE}, entries, range(2), (cluster,),
                  (Boilerplate("block", HOSTILE, HOSTILE, 2, 9, HOSTILE),), (Unreadable(HOSTILE, HOSTILE, 1),), 9,
                  lambda n: f"{HOSTILE}\nline {n}\n{HOSTILE}", lambda n: (Span(0, 9, HOSTILE, HOSTILE, (HOSTILE,)),))


def many(clusters: int) -> Result:
    """That many clusters of three copies each, with texts of about a kilobyte."""
    entries = [Entry(f"{n:06d}.txt", f"news/{n:06d}.txt", None, f"source {n % 7}", f"2024-01-{n % 28 + 1:02d}")
               for n in range(3 * clusters)]

    def text(n: int) -> str:
        words = [[str((n // 3 + 7) * (row + word) % 9973) for word in range(30)] for row in range(6)]
        lines = [f"Story {n // 3}, paragraph {row}: {' '.join(numbers)}" for row, numbers in enumerate(words)]
        return "\n".join([*lines, f"Follow us on page {n % 3}", ""])

    groups = tuple(Cluster(k + 1, 3 * k, "longest", (Member(3 * k), Member(3 * k + 1, "edited", "jaccard", 0.9, 0.95),
                                                     Member(3 * k + 2, "abridged", "containment", 0.4, 0.99)))
                   for k in range(clusters))

    def removed(n: int) -> tuple[Span, ...]:
        whole = text(n)
        return (Span(whole.index("Follow us"), len(whole), "nav-heading", "en.nav.social", ("cue",)),)

    return Result({"threshold": 0.7}, entries, range(len(entries)), groups, (), (), 0, text, removed)
