"""How right the clusters are: against gold, or against copies planted among the user's own articles."""
from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dedup.errors import InputError
from dedup.shingles import UNSPACED, kind

YES = frozenset({"1", "true", "yes", "same", "duplicate", "copy"})
NO = frozenset({"0", "false", "no", "different", "distinct"})
EXAMPLES = 20  # errors of each kind that are listed


@dataclass(frozen=True, slots=True)
class Gold:
    """Either `clusters` (id → its cluster) or labelled `pairs` ((id, id), smaller first → whether they are copies)."""

    clusters: Mapping[str, str] | None = None
    pairs: Mapping[tuple[str, str], bool] | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Pairwise scores. gold, found, hits: pairs that should be joined, that are, and both.

    ari: the adjusted Rand index (Hubert & Arabie 1985), None for gold in pairs. wrong, missed: some pairs joined that
    should not be, and some that should be and are not, in order. missing: ids of the gold that the corpus has not.
    """

    articles: int
    gold: int
    found: int
    hits: int
    ari: float | None
    wrong: tuple[tuple[str, str], ...]
    missed: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]

    @property
    def precision(self) -> float:
        """Share of the joined pairs that are copies; 1 when none is joined."""
        return self.hits / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the copies that are joined; 1 when there is none."""
        return self.hits / self.gold if self.gold else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return 2 * self.hits / (self.found + self.gold) if self.found + self.gold else 1.0


def read_gold(lines: Iterable[str], ids: Iterable[str], name: str = "gold") -> Gold:
    """Gold from tab-separated lines: `id<TAB>cluster`, or `id<TAB>id` with an optional label or similarity.

    It is pairs when the second column holds known ids, or a header names left and right. A label is one of YES or NO;
    a number below 0.5 counts as no. Blank lines and lines that start with # do not count. Raises InputError.
    """
    known = frozenset(ids)
    rows = []
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            fields = [field.strip() for field in line.rstrip("\r\n").split("\t")]
            if len(fields) < 2 or not fields[0] or not fields[1]:
                raise InputError(f"{name}:{number}: want an id, a tab and a cluster or another id")
            rows.append((number, fields))
    header = rows[0][1][0].casefold() if rows and rows[0][1][0] not in known else ""
    if header in ("id", "left", "a"):
        rows = rows[1:]
    if header in ("left", "a") or sum(fields[1] in known for _, fields in rows) > len(rows) / 2:
        return Gold(pairs={
            _ordered(fields[0], fields[1]): _label(fields, f"{name}:{number}") for number, fields in rows})
    clusters: dict[str, str] = {}
    for number, fields in rows:
        if clusters.setdefault(fields[0], fields[1]) != fields[1]:
            raise InputError(f"{name}:{number}: {fields[0]!r} stands in two clusters")
    return Gold(clusters=clusters)


def _ordered(left: str, right: str) -> tuple[str, str]:
    return (left, right) if left < right else (right, left)


def _label(fields: Sequence[str], where: str) -> bool:
    label = fields[2].casefold() if len(fields) > 2 else "1"
    if label in YES or label in NO:
        return label in YES
    try:
        return float(label) >= 0.5
    except ValueError:
        raise InputError(f"{where}: {fields[2]!r} is neither a label (1, 0, same, different) nor a number") from None


def score(gold: Gold, cluster_of: Mapping[str, Hashable | None]) -> Report:
    """Scores of a run: `cluster_of` maps every id of the corpus to its cluster, None when it stands alone."""
    if gold.clusters is not None:
        return _score_clusters(gold.clusters, cluster_of)
    return _score_pairs(gold.pairs or {}, cluster_of)


def _score_clusters(gold: Mapping[str, str], cluster_of: Mapping[str, Hashable | None]) -> Report:
    ids = sorted(id for id in gold if id in cluster_of)
    found = {id: (0, id) if cluster_of[id] is None else (1, cluster_of[id]) for id in ids}
    cells = Counter((gold[id], found[id]) for id in ids)
    hits = sum(map(_two, cells.values()))
    wanted = sum(map(_two, Counter(gold[id] for id in ids).values()))
    joined = sum(map(_two, Counter(found.values()).values()))
    return Report(
        len(ids), wanted, joined, hits, _ari(hits, wanted, joined, _two(len(ids))),
        tuple(_differing(ids, found, gold)), tuple(_differing(ids, gold, found)),
        tuple(sorted(id for id in gold if id not in cluster_of)))


def _score_pairs(gold: Mapping[tuple[str, str], bool], cluster_of: Mapping[str, Hashable | None]) -> Report:
    """Pairs that are listed count, and no others: where only copies are listed, precision says nothing and is 1."""
    missing = {id for pair in gold for id in pair if id not in cluster_of}
    pairs = {pair: same for pair, same in gold.items() if not missing & set(pair)}
    joined = {pair for pair in pairs if cluster_of[pair[0]] is not None and cluster_of[pair[0]] == cluster_of[pair[1]]}
    wanted = {pair for pair, same in pairs.items() if same}
    return Report(
        len({id for pair in pairs for id in pair}), len(wanted), len(joined), len(joined & wanted), None,
        tuple(sorted(joined - wanted)[:EXAMPLES]), tuple(sorted(wanted - joined)[:EXAMPLES]), tuple(sorted(missing)))


def _two(count: int) -> int:
    return count * (count - 1) // 2


def _ari(both: int, gold: int, found: int, pairs: int) -> float:
    expected = gold * found / pairs if pairs else 0.0
    top = (gold + found) / 2
    return 1.0 if top == expected else (both - expected) / (top - expected)


def _differing(
    ids: Sequence[str], together: Mapping[str, Hashable], apart: Mapping[str, Hashable]
) -> list[tuple[str, str]]:
    """Some pairs that `together` joins and `apart` does not, the first of each group with the others."""
    groups: dict[Hashable, list[str]] = defaultdict(list)
    for id in ids:
        groups[together[id]].append(id)
    pairs = ((members[0], other) for members in groups.values() for other in members[1:])
    return sorted(pair for pair in pairs if apart[pair[0]] != apart[pair[1]])[:EXAMPLES]


# --- planted copies -----------------------------------------------------------------------------------------------

_WORD = re.compile(r"[^\W\d_]{3,}")
_FIGURE = re.compile(r"(?<!\d)\d{1,9}(?!\d)")
_HEAD = "Home\nNews\nSport\nOpinion\n"
_FOOT = "\nShare this article\nMost read\nSubscribe to our newsletter\nAll rights reserved.\n"


@dataclass(frozen=True, slots=True)
class Planted:
    """A copy made of the article `original` by an edit of this kind."""

    original: str
    kind: str
    text: str


def inject(articles: Sequence[tuple[str, str]], count: int, seed: int = 1) -> Iterator[Planted]:
    """Copies of about `count` of the (id, text) articles, one of each kind of edit for each.

    Kinds: see EDITS. Which articles, and what is done to them, depends on the seed and on their ids alone.
    """
    usable = sorted((id, text) for id, text in articles if len(text.split()) >= 50 or len(text) >= 200)
    chosen = random.Random(seed).sample(usable, min(count, len(usable)))
    for id, text in sorted(chosen):
        for name, edit in EDITS.items():
            edited = edit(random.Random(f"{seed}/{name}/{id}"), text)
            if edited != text or name == "exact":
                yield Planted(id, name, edited)


def recall_by_kind(
    planted: Iterable[tuple[str, str, str]], cluster_of: Mapping[str, Hashable | None]
) -> dict[str, tuple[int, int]]:
    """For each kind of edit, (found, planted): `planted` gives (original id, kind, id of the copy)."""
    counts: dict[str, tuple[int, int]] = {}
    for original, name, copy in planted:
        found, total = counts.get(name, (0, 0))
        same = cluster_of[original] is not None and cluster_of[original] == cluster_of[copy]
        counts[name] = found + same, total + 1
    return counts


def _edited(rng: random.Random, text: str, rate: float = 0.02) -> str:
    """Words (characters where there are no words) dropped, doubled or exchanged with others of the text, at `rate`."""
    unspaced = sum(kind(character) == UNSPACED for character in text) > len(text) / 4
    unit = re.compile(r"\w") if unspaced else _WORD
    others = unit.findall(text)

    def edit(found: re.Match[str]) -> str:
        if rng.random() >= rate:
            return found[0]
        return rng.choice(["", f"{found[0]}{'' if unspaced else ' '}{rng.choice(others)}", rng.choice(others)])

    return unit.sub(edit, text)


def _paragraphs(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines if len(lines) > 2 else re.findall(r"[^.!?。！？।]+[.!?。！？।]*\s*", text)


def _join(text: str, parts: Sequence[str]) -> str:
    return ("\n\n" if "\n" in text else "").join(parts)


def _abridged(rng: random.Random, text: str) -> str:
    parts = _paragraphs(text)
    return _join(text, parts[:max(1, round(len(parts) * rng.uniform(0.6, 0.75)))])


def _reordered(rng: random.Random, text: str) -> str:
    first, *rest = _paragraphs(text)
    rng.shuffle(rest)
    return _join(text, [first, *rest])


def _updated(rng: random.Random, text: str) -> str:
    return _FIGURE.sub(lambda found: str(int(found[0]) + rng.randint(1, 9)) if rng.random() < 0.3 else found[0], text)


def _framed(rng: random.Random, text: str) -> str:
    return _HEAD + text + _FOOT


def _misread(rng: random.Random, text: str) -> str:
    """Letters as a scanner misreads them, in every twentieth word."""
    def spoil(found: re.Match[str]) -> str:
        word = found[0]
        place = rng.randrange(len(word))
        return word[:place] + rng.choice("ceoltiu") + word[place + 1:] if rng.random() < 0.05 else word

    return _WORD.sub(spoil, text)


EDITS: Mapping[str, Callable[[random.Random, str], str]] = {
    "exact": lambda rng, text: text,
    "edited": _edited,
    "abridged": _abridged,
    "reordered": _reordered,
    "updated": _updated,
    "framed": _framed,
    "misread": _misread,
}
