"""Features → clusters: candidates, exact verification, anchors, canonicals."""
from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeAlias

from dedup import canonical, cluster, contained, engines, lsh, scratch, verify, workers
from dedup.arrays import components, cuts, np
from dedup.article import Cluster, Entry, Member, Pair, Related
from dedup.corpus import Corpus
from dedup.errors import ConfigError
from dedup.features import Features, Recipe
from dedup.overrides import Override
from dedup.sets import Sets
from dedup.spans import masked_text
from dedup.tokenized import HashedTexts

STEP = 500  # articles that a worker reads at a time
PART = 500  # pairs that it judges at a time
READ = 4 << 20  # characters that it keeps of the articles of these pairs
PAIRS = 5000  # pairs of which it counts the shingles that they share at a time
WORTH = 50_000  # articles from which on candidates are searched for in two ways at once

Progress = Callable[[str, int, int], None]


class Limits(NamedTuple):
    """From where on two articles are copies, and how surely such a pair is looked at."""

    threshold: float
    containment: float
    recall: float


class Matched(NamedTuple):
    """Clusters by number, and what the user should know of the search."""

    clusters: tuple[Cluster, ...]
    notes: tuple[str, ...]
    related: tuple[Related, ...] = ()  # of articles that are kept, in order of their numbers


class Known(Protocol):
    """What is known of articles, by number: `Features` and `FewFeatures` are such."""

    @property
    def digests(self) -> Any:
        """Digests of their shingle sets: an array."""

    @property
    def sizes(self) -> Any:
        """Numbers of their shingles: an array."""

    def mask(self, number: int) -> Any:
        """What of an article is masked: places (start, end)."""


class Texts(Protocol):
    """Articles by number: `Corpus` and `FewArticles` are such."""

    own: int  # numbers from here on are references
    entries: list[Entry]

    def identity(self, number: int) -> bytes:
        """What an article without words is known by: its text, and what else is known of it."""

    def text(self, number: int) -> str:
        """The text of an article."""

    def same(self, one: int, other: int) -> bool:
        """Whether two articles have the same text."""


class Twins:
    """Articles with equal masked shingles (or, without any word, nothing that tells them apart), by the first of them.

    One stands for all in the search. Those in `apart`, named in overrides, stand for themselves.
    """

    def __init__(self, groups: Iterable[list[int]]) -> None:
        self.several = {group[0]: group for group in groups if len(group) > 1}

    @classmethod
    def of(cls, corpus: Texts, found: Known, apart: Collection[int]) -> Twins:
        """Those of a corpus."""
        first = np.ones(len(found.digests), bool)
        first[list(apart)] = False
        worded = np.flatnonzero(first & (found.digests != 0))
        worded = worded[np.argsort(found.digests[worded], kind="stable")]
        starts = np.flatnonzero(np.diff(found.digests[worded], prepend=np.uint64(0)))
        sizes = np.diff(starts, append=len(worded))
        groups = [worded[start:start + size].tolist() for start, size in zip(starts[sizes > 1], sizes[sizes > 1])]
        wordless: dict[bytes, list[int]] = {}
        for number in np.flatnonzero(first & (found.digests == 0)).tolist():
            wordless.setdefault(corpus.identity(number), []).append(number)
        return cls([*groups, *wordless.values()])

    @classmethod
    def among(cls, corpus: Texts, found: Known) -> Twins:
        """The same of a few articles, without NumPy, none of them apart."""
        groups: dict[object, list[int]] = {}
        for number, digest in enumerate(found.digests):
            groups.setdefault(digest or corpus.identity(number), []).append(number)
        return cls(groups.values())

    def first(self, count: int) -> np.ndarray:
        """The numbers, of `count` articles, of those that stand for themselves or for others."""
        first = np.ones(count, bool)
        for group in self.several.values():
            first[group[1:]] = False
        return np.flatnonzero(first)

    def __getitem__(self, first: int) -> list[int]:
        return self.several.get(first) or [first]


class Case(NamedTuple):
    """What clusters are made of: articles, what is known of them, and which of them are in question."""

    corpus: Texts
    found: Known
    keep: Sequence[str]
    docs: Sequence[int] | np.ndarray  # in order; verifiers number articles by their places in it
    twins: Twins


class Reading:
    """The articles in question, while some are judged: each is read once, as long as they are not too long together."""

    def __init__(self, case: Case, room: int = 0) -> None:
        """`room`: characters that are kept."""
        self._case, self._room = case, room
        self._kept: dict[int, tuple[int, str]] = {}

    def __call__(self, number: int) -> tuple[int, str]:
        """How long an article is, and what of it is compared."""
        found = self._kept.get(number)
        if found is None:
            text = self._case.corpus.text(number)
            found = len(text), masked_text(text, self._case.found.mask(number))
            if len(found[1]) <= self._room:
                self._room -= len(found[1])
                self._kept[number] = found
        return found

    def masked(self, place: int) -> str:
        """What of an article is compared, by its place among those in question."""
        return self(int(self._case.docs[place]))[1]

    def facts(self, number: int) -> canonical.Facts:
        """What decides whether it is the canonical."""
        entry, (length, clean) = self._case.corpus.entries[number], self(number)
        furniture = canonical.furniture(clean) * len(clean)
        return canonical.Facts(
            entry.path, len(clean), (length - len(clean) + furniture) / length if length else 0.0,
            entry.source, entry.date, sum(field is not None for field in (entry.source, entry.date, entry.url)))


class Group(NamedTuple):
    """A cluster of the first of all twins, by their places among those in question."""

    best: int  # number of the canonical
    head: int  # the first of its twins
    reason: str
    kept: dict[int, Pair]


Part: TypeAlias = "tuple[np.ndarray, np.ndarray, Sequence[tuple[str, int, int]]]"  # pairs, overlaps, the user's word on them


def match(corpus: Corpus, found: Features, recipe: Recipe, limits: Limits, keep: Sequence[str],
          overrides: Sequence[Override], jobs: int, progress: Progress) -> Matched:
    """The clusters of a corpus; every dropped article was verified against the one kept."""
    wishes = _numbers(corpus, overrides)
    twins = Twins.of(corpus, found, {number for _, *pair in wishes for number in pair})
    pairs, notes = candidates(found, twins.first(len(corpus)), recipe, limits, jobs)
    settled = settle(corpus, found, recipe, limits, keep, pairs, jobs, progress, twins=twins, wishes=wishes)
    return settled._replace(notes=notes)


def settle(corpus: Corpus, found: Features, recipe: Recipe, limits: Limits, keep: Sequence[str], pairs: np.ndarray, jobs: int,
           progress: Progress, *, twins: Twins | None = None,
           wishes: Sequence[tuple[str, int, int]] = ()) -> Matched:
    """What candidate `pairs` int64 [m, 2] of the first of all twins lead to, without notes."""
    if twins is None:
        twins = Twins.of(corpus, found, {number for _, *pair in wishes for number in pair})
    progress("verifying", 0, 1)
    wished = np.array([pair for _, *pair in wishes], np.int64).reshape(-1, 2)
    docs, _ = np.unique(np.concatenate([pairs.ravel(), wished.ravel()]), return_counts=True)  # else it imports numpy.ma
    case = Case(corpus, found, keep, docs, twins)
    steps = [slice(low, low + STEP) for low in range(0, len(docs), STEP)]
    with scratch.folder() as folder:
        sets = Sets.make(Path(folder, "shingles"), found.sizes[docs])
        with workers.team(min(jobs, len(steps)), case, recipe, limits, sets) as team:
            for done, _ in enumerate(team(_shingle, steps), 1):
                progress("reading candidates again", done, len(steps))
            local = np.searchsorted(docs, pairs)
            overlaps = np.concatenate([np.zeros(0, np.int64), *team(_overlaps, _portions(local))])
            hopeful = verify.hopeful(sets.sizes[local], overlaps, limits.threshold, limits.containment)
            parts = list(_parts(local[hopeful], overlaps[hopeful], wishes, docs))
            progress("verifying", 0, len(parts))
            groups: list[Group] = []
            related: list[Related] = []
            for done, (some, more) in enumerate(team(_grouped, parts), 1):
                groups += some
                related += more
                progress("verifying", done, len(parts))
    clusters = _clusters(case, groups)
    return Matched(clusters, (), _of_kept(related, clusters, corpus.own))


def _portions(pairs: np.ndarray) -> Iterator[np.ndarray]:
    return (pairs[low:low + PAIRS] for low in range(0, len(pairs), PAIRS))


def _shingle(case: Case, recipe: Recipe, limits: Limits, sets: Sets, step: slice) -> None:
    """The shingle sets of some articles, made once more from their texts."""
    texts = [*map(Reading(case).masked, range(*step.indices(len(case.docs))))]
    sets.put(step, *engines.load(recipe.engine).shingle(texts, recipe.ngram))


def _overlaps(case: Case, recipe: Recipe, limits: Limits, sets: Sets, pairs: np.ndarray) -> np.ndarray:
    return engines.load(recipe.engine).overlaps(sets.hashes, sets.offsets, pairs)


def _parts(pairs: np.ndarray, overlaps: np.ndarray, wishes: Sequence[tuple[str, int, int]], docs: np.ndarray) -> Iterator[Part]:
    """Whole connected components, some PART pairs together: what is decided in one says nothing of another."""
    if len(pairs) <= PART:
        yield pairs, overlaps, wishes
        return
    wished = np.searchsorted(docs, np.array([pair for _, *pair in wishes], np.int64).reshape(-1, 2))
    left, right = np.concatenate([pairs, wished]).T
    component = components(left, right, len(docs))[left]
    order = np.argsort(component, kind="stable")  # within a component as before
    for some in np.split(order, cuts(component[order], PART)):
        ours, told = some[some < len(pairs)], some[some >= len(pairs)] - len(pairs)
        yield pairs[ours], overlaps[ours], [wishes[at] for at in told]


def _of_kept(related: Iterable[Related], clusters: Iterable[Cluster], own: int) -> tuple[Related, ...]:
    """The pairs, each article's exact copies represented by the one that is kept; none with a reference."""
    kept = {member.article: one.canonical for one in clusters for member in one.members if member.match in (None, "exact")}
    found = set()
    for pair in related:
        left, right = sorted((kept.get(pair.left, pair.left), kept.get(pair.right, pair.right)))
        if right < own:
            found.add(pair._replace(left=left, right=right))
    return tuple(sorted(found))


def _grouped(case: Case, recipe: Recipe, limits: Limits, sets: Sets, part: Part) -> tuple[list[Group], list[Related]]:
    """The clusters of some components, and the pairs of articles kept that overlap."""
    pairs, overlaps, wishes = part
    wished = np.searchsorted(case.docs, np.array([pair for _, *pair in wishes], np.int64))
    engine, reading = engines.load(recipe.engine), Reading(case, READ)
    hashed = _hashed(reading, np.union1d(pairs, wished).tolist(), engine)
    verifier = verify.Verifier.of(engine, sets.hashes, sets.offsets, reading.masked, threshold=limits.threshold,
                                  containment=limits.containment, hashed=hashed, sizes=sets.sizes)
    hopeful = verifier.hopeful_of(pairs, overlaps)
    groups = _groups(case, reading, hopeful, verifier, wishes)
    dropped = {number for group in groups for number in group.kept}
    return groups, [pair._replace(left=int(case.docs[pair.left]), right=int(case.docs[pair.right]))
                    for pair in verifier.overlapping([pair for pair in hopeful if dropped.isdisjoint(pair)])]


def _hashed(reading: Reading, places: Sequence[int], engine: engines.Engine) -> HashedTexts:
    """The tokens of some articles."""
    some = [engine.words([*map(reading.masked, places[low:low + STEP])]) for low in range(0, len(places), STEP)]
    sizes = np.concatenate([np.zeros(1, np.int64), *(np.diff(offsets) for _, offsets in some)])
    hashes = np.concatenate([np.zeros(0, np.uint64), *(words for words, _ in some)])
    return HashedTexts(hashes, np.cumsum(sizes), engine, {place: row for row, place in enumerate(places)})


def clusters(case: Case, edges: Iterable[tuple[int, int]], verifier: verify.Verifier) -> tuple[Cluster, ...]:
    """The clusters that `edges`, pairs that `verifier` may find to be copies, lead to."""
    return _clusters(case, _groups(case, Reading(case), edges, verifier, ()))


def _groups(case: Case, reading: Reading, edges: Iterable[tuple[int, int]], verifier: verify.Verifier,
            wishes: Sequence[tuple[str, int, int]]) -> list[Group]:
    """Clusters of the first of all twins, with the one of all that is canonical."""
    corpus, found, keep, docs, twins = case
    chosen: dict[int, int] = {}  # the first of some twins → the one of them that is canonical

    def choose(members: Sequence[int]) -> tuple[int, str]:
        everyone = {twin: member for member in members for twin in twins[int(docs[member])]}
        # a reference is never dropped, so where there is one, one of them is the canonical
        everyone = {twin: member for twin, member in everyone.items() if twin >= corpus.own} or everyone
        best, reason = canonical.choose(sorted(everyone), keep, reading.facts)
        chosen[everyone[best]] = best
        return everyone[best], reason

    def stands_in(other: int, best: int) -> bool:
        """The user's own choice is kept whatever becomes of the rest, and so is a reference; an abridged copy never is."""
        return (tuple(keep) == canonical.DEFAULT and not any(twin >= corpus.own for twin in twins[int(docs[best])])
                and bool(found.sizes[docs[other]] >= verify.SHORTER * found.sizes[docs[best]]))

    by_word = {word: [(bisect_left(docs, left), bisect_left(docs, right)) for said, left, right in wishes if said == word]
               for word in ("same", "different")}
    clustered = cluster.cluster(
        edges, verifier, verifier.scores, lambda number: (int(found.sizes[docs[number]]), int(docs[number])), choose,
        same=by_word["same"], different=by_word["different"], stands_in=stands_in)
    return [Group(chosen[head], head, reason, kept) for head, reason, kept in clustered]


def _clusters(case: Case, groups: Iterable[Group]) -> tuple[Cluster, ...]:
    """Clusters of articles: those of groups, and twins that are in none."""
    corpus, found, keep, docs, twins = case
    reading = Reading(case)
    gathered: dict[int, tuple[str, dict[int, Pair | None]]] = {}  # canonical → why, members (None: twins of it)
    alone = set(twins.several)
    for best, head, reason, kept in groups:
        members: dict[int, Pair | None] = {}
        for number, pair in [(head, None), *kept.items()]:
            alone.discard(int(docs[number]))
            members.update((twin, pair) for twin in twins[int(docs[number])])
        gathered[best] = reason, members
    for number in sorted(alone):
        among = [twin for twin in twins[number] if twin >= corpus.own] or twins[number]
        best, reason = canonical.choose(among, keep, reading.facts)
        gathered[best] = reason, dict.fromkeys(twins[number])
    for best, (_, members) in list(gathered.items()):
        for number in [number for number in members if number >= corpus.own and number != best]:
            del members[number]
        if best >= corpus.own:
            gathered[best] = "; ".join(filter(None, ["in the reference corpus", gathered[best][0]])), members
            if len(members) == 1:
                del gathered[best]  # references only
    order = sorted(gathered, key=lambda best: (corpus.entries[best].id, best))
    return tuple(_cluster(corpus, found, place, best, *gathered[best]) for place, best in enumerate(order, 1))


def candidates(found: Features, first: np.ndarray, recipe: Recipe, limits: Limits,
               jobs: int = 1) -> tuple[np.ndarray, tuple[str, ...]]:
    """Pairs of articles that are worth a close look, of those numbered in `first`; and notes on the search."""
    wanted = np.zeros(len(found.sizes), bool)
    wanted[first] = True
    searches = [_in_buckets, _contained] if limits.containment <= 1 else [_in_buckets]
    some = min(jobs, len(searches)) if len(wanted) >= WORTH and workers.shared() else 1
    answers = [*workers.run(_searched, searches, some, found, wanted, recipe, limits)]
    pairs = lsh.distinct_pairs([part for part, _ in answers], len(wanted)) if len(answers) > 1 else answers[0][0]
    keys = found.digests[first]
    same_keys = np.flatnonzero(np.diff(np.sort(keys)) == 0)  # only articles named in overrides have equal ones
    for key in np.unique(np.sort(keys)[same_keys]):
        equal = first[keys == key]
        pairs = np.concatenate([pairs, [(equal[0], other) for other in equal[1:]]]) if key else pairs
    return pairs, tuple(note for _, notes in answers for note in notes)


Search: TypeAlias = "Callable[[Features, np.ndarray, Recipe, Limits], tuple[np.ndarray, list[str]]]"


def _searched(found: Features, wanted: np.ndarray, recipe: Recipe, limits: Limits,
              search: Search) -> tuple[np.ndarray, list[str]]:
    return search(found, wanted, recipe, limits)


def _in_buckets(found: Features, wanted: np.ndarray, recipe: Recipe, limits: Limits) -> tuple[np.ndarray, list[str]]:
    """Pairs whose Jaccard may reach the threshold, and notes."""
    bands, rows = lsh.bands_and_rows(limits.threshold, limits.recall, recipe.num_perm)
    pairs, capped = engines.load(recipe.engine).candidates(found.signatures, bands, rows, keys=found.digests)
    note = f"{capped} buckets of more than {lsh.CAP} articles: each article there was compared with a few of them only"
    return pairs[wanted[pairs].all(axis=1)], [note] if capped else []  # the others are twins


def _contained(found: Features, wanted: np.ndarray, recipe: Recipe, limits: Limits) -> tuple[np.ndarray, list[str]]:
    """Pairs of which one may stand in the other."""
    pairs, _ = contained.candidates(
        found.samples, found.sample_offsets, threshold=limits.containment, keys=found.digests, among=wanted)
    return pairs, []


def _numbers(corpus: Corpus, overrides: Sequence[Override]) -> list[tuple[str, int, int]]:
    number: dict[str, int] = {}
    for k, entry in enumerate(corpus.entries if overrides else ()):
        number.setdefault(entry.id, k)  # a reference may have the id of one of ours, and comes behind it
    for override in overrides:
        for id in override[1:]:
            if id not in number:
                raise ConfigError(f"overrides: there is no article with the id {id!r}")
    return [(word, number[left], number[right]) for word, left, right in overrides]


def _cluster(corpus: Texts, found: Known, place: int, best: int, reason: str, members: dict[int, Pair | None]) -> Cluster:
    def member(number: int) -> Member:
        pair = members[number]
        match, similarity, containment = (pair.match, pair.similarity, pair.containment) if pair else ("exact", 1.0, 1.0)
        relation = verify.relation(
            same=corpus.same(number, best), folded=bool(found.digests[number] == found.digests[best]),
            size=int(found.sizes[number]), canonical_size=int(found.sizes[best]), similarity=similarity)
        return Member(number, relation, match, similarity, containment, _sentence(relation, match, similarity, containment))

    others = tuple(member(number) for number in sorted(members) if number != best)
    return Cluster(place, best, reason, (Member(best, reason=reason), *others))


def _sentence(relation: str, match: str, similarity: float, containment: float) -> str:
    why = {"exact": "the same words", "jaccard": f"Jaccard {similarity:.2f}", "edit": "edit distance of a short text",
           "containment": f"{containment:.0%} of the shorter one stands in the other", "override": "your override"}[match]
    return f"{relation} copy: {why}"
