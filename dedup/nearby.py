"""The articles of an index that are copies of some articles, or of their copies: what a full scan finds around them.

The same candidates as those of `lsh` and `contained` over all tracked articles, with the same caps, but found by
looking up the keys of a few articles.
"""
from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from dedup import contained, corpus, lsh, match, postings, verify
from dedup.article import Article
from dedup.engines import plain
from dedup.errors import InputError
from dedup.features import Recipe
from dedup.index import Index, signed, unsigned
from dedup.sealing import unseal
from dedup.sources import shown
from dedup.spans import masked_text
from dedup.tracked import Place, Tracked

BOUND = (1 << 64) // contained.RATE  # below it, shingles are kept of any article

Name = int | bytes  # of a node: the digest of its shingles, or of its text where it has none


class Node(NamedTuple):
    """All tracked articles with the same shingles. `masked`: the text of the first of them by id, without its masks."""

    members: list[tuple[str, Place, int]]  # id, place, number in the index
    sample: Sequence[int]
    signature: Sequence[int]
    masked: str


class Neighbourhood:
    """Nodes by name, and the verified pairs between them."""

    def __init__(self, index: Index, tracked: Tracked, recipe: Recipe, limits: match.Limits) -> None:
        self.index, self.tracked, self.recipe, self.limits = index, tracked, recipe, limits
        self.stale: set[str] = set()
        self.nodes: dict[Name, Node | None] = {}  # None: no tracked article has it any more
        self.texts: dict[tuple[bytes, int], list[Article]] = {}
        self.sizes: dict[int, tuple[int, int]] = {}
        self.sets: dict[Name, frozenset[int]] = {}  # the shingles of nodes
        self.beside: dict[Name, list[Name]] = {}  # their candidates
        self.bands, self.rows = lsh.bands_and_rows(limits.threshold, limits.recall, recipe.num_perm)
        row = index.db.execute("SELECT value FROM meta WHERE name = 'digests'").fetchone()
        self.digests = memoryview(unseal(row[0]) if row else b"").cast("Q")
        # of articles without postings: who has a value
        self.late_bands: list[dict[Sequence[int], list[int]]] = [{} for _ in range(self.bands)]
        self.late_samples: dict[int, list[int]] = {}
        for digest, signature, sample in index.since(index.get("merged", 0)):
            for bucket, part in zip(self.late_bands, self._parts(signature)):
                bucket.setdefault(part, []).append(digest)
            for value in sample:
                self.late_samples.setdefault(value, []).append(digest)

    def around(self, articles: Iterable[int]) -> tuple[list[Name], list[tuple[Name, Name]]]:
        """The nodes of the articles and all that hang together with them, and the verified pairs among those."""
        names = dict.fromkeys(name for number in articles if self.node(name := self.name(number)))
        found, edges, judged = dict(names), dict[tuple[Name, Name], None](), set[tuple[Name, Name]]()
        while names:
            pairs = [pair for name in names for other in self.candidates(name)
                     if (pair := (min(name, other), max(name, other))) not in judged]
            judged.update(pairs)
            good = self.verified(list(dict.fromkeys(pairs)))
            edges.update(dict.fromkeys(good))
            names = dict.fromkeys(name for pair in good for name in pair if name not in found)
            found.update(names)
        return list(found), list(edges)

    def name(self, article: int) -> Name:
        """The node to which an article belongs."""
        text, digest = self.index.db.execute("SELECT text, digest FROM articles WHERE number = ?", (article,)).fetchone()
        return unsigned(digest) or bytes(text)

    def node(self, name: Name) -> Node | None:
        """A node; None when no tracked article has it."""
        if name not in self.nodes:
            self.nodes[name] = self._read(name)
        return self.nodes[name]

    def _read(self, name: Name) -> Node | None:
        column, value = ("text", name) if isinstance(name, bytes) else ("digest", signed(name))
        rows = self.index.db.execute(f"SELECT number FROM articles WHERE {column} = ?", (value,)).fetchall()
        places = [(place, number) for number, in rows for place in self.tracked.places(number)]
        members = sorted(((self.tracked.id(place), place, number) for place, number in places),
                         key=lambda member: member[0])
        members = [member for member in members if self.text(member[1], member[2]) is not None]
        if not members:
            return None
        found = self.index.traits(members[0][2])
        text = self.text(*members[0][1:])
        masked = masked_text(text.text if text else "", found.masks)
        return Node(members, found.sample, found.signature, masked)

    def text(self, place: Place, number: int) -> Article | None:
        """An article read again; None where it is not what the index says, which is noted and decides nothing."""
        try:
            if (place.path, place.file) not in self.texts:
                self.texts[place.path, place.file] = self.tracked.articles(place)
            article = self.texts[place.path, place.file][place.number]
            digest, = self.index.db.execute("SELECT text FROM articles WHERE number = ?", (number,)).fetchone()
            if corpus.digest(article.text) == digest:
                return article
        except (InputError, OSError):
            pass
        self.stale.add(shown(os.fsdecode(place.path)))
        return None

    def candidates(self, name: Name) -> list[Name]:
        """The nodes worth a close look beside one."""
        if name not in self.beside:
            node = self.node(name)
            found = set() if node is None or isinstance(name, bytes) else self._bands(name, node) | self._contained(name, node)
            self.beside[name] = sorted(other for other in found if self.node(other))
        return self.beside[name]

    def _bands(self, name: int, node: Node) -> set[int]:
        keys = postings.plain_band_keys(node.signature, self.bands, self.rows)
        found: set[int] = set()
        for listed, late, part in zip(self._listed("bands", keys), self.late_bands, self._parts(node.signature)):
            bucket = {*listed, *late.get(part, ()), name}
            if len(bucket) > lsh.CAP:
                bucket = {other for other in bucket if self.node(other)}
            if len(bucket) > lsh.CAP:
                anchors = sorted(bucket)[:lsh.ANCHORS]
                bucket = bucket if name in anchors else set(anchors)
            found |= bucket
        return found - {name}

    def _contained(self, name: int, node: Node) -> set[int]:
        """As `contained.candidates`: by the shingles that all articles keep, and of short ones by those they all keep."""
        if self.limits.containment > 1:
            return set()
        owners = [{*listed, *self.late_samples.get(value, ()), name}
                  for value, listed in zip(node.sample, self._listed("samples", node.sample))]
        low = [some for value, some in zip(node.sample, owners) if value < BOUND]
        found = self._sharing(name, low, contained.HALF * self.limits.containment, 0, lambda other: True)
        if len(low) < len(owners):
            found |= self._sharing(name, owners, 0.0, 1, self._short)
        return found

    def _sharing(self, name: int, owners: list[set[int]], share: float, which: int, admitted: Callable[[int], bool]) -> set[int]:
        """Whoever stands in so many of the lists that one is worth a look. `which`: of the sizes that `_kept` has."""
        counts: Counter[int] = Counter()
        for some in owners:
            counts.update(filter(admitted, some) if len(some) <= contained.CAP else self._capped(name, some, admitted))
        del counts[name]

        def enough(count: int, digest: int) -> bool:
            size = self._kept(digest)[which]
            return count >= share * size and count >= min(contained.LEAST, size)

        return {other for other, count in counts.items() if enough(count, name) or enough(count, other)}

    def _capped(self, name: int, owners: set[int], admitted: Callable[[int], bool]) -> set[int]:
        """Of a crowded list, those that an article is paired with: a few fixed ones, or all if it is one of these."""
        first = []
        for other in sorted(owners):
            if admitted(other) and self.node(other):
                first.append(other)
                if len(first) > contained.CAP:
                    break
        else:
            return set(first)
        nearest = first[:contained.NEAREST]
        return {other for other in owners if admitted(other) and self.node(other)} if name in nearest else {*nearest, name}

    def _short(self, digest: int) -> bool:
        below, kept = self._kept(digest)
        return below < kept

    def _kept(self, digest: int) -> tuple[int, int]:
        """How many shingles of an article are kept of any, and how many in all."""
        if digest not in self.sizes:
            number, = self.index.db.execute("SELECT number FROM articles WHERE digest = ?", (signed(digest),)).fetchone()
            sample = self.index.traits(number).sample
            self.sizes[digest] = sum(value < BOUND for value in sample), len(sample)
        return self.sizes[digest]

    def _parts(self, signature: Sequence[int]) -> Iterator[Sequence[int]]:
        """The bands of a signature."""
        return (signature[low:low + self.rows] for low in range(0, self.bands * self.rows, self.rows))

    def _listed(self, table: str, keys: Sequence[int]) -> list[list[int]]:
        """Who has each key, as far as it has postings."""
        found = postings.read(self.index.db, table, keys)
        return [[self.digests[article] for article in found.get(key, ())] for key in keys]

    def verified(self, pairs: list[tuple[Name, Name]]) -> list[tuple[Name, Name]]:
        """The pairs that are copies."""
        if not pairs:
            return []
        names = list(dict.fromkeys(name for pair in pairs for name in pair))
        verifier, hopeful = self._told(names, pairs)
        # whether an article is a round-up, or made from a template, depends on all that are near it
        if more := [(names[one], other) for one in verifier.noted for other in self.candidates(names[one])]:
            verifier, _ = self._told([*names, *(other for _, other in more)], [*pairs, *more])
        good = {pair for pair in hopeful if verifier(*pair)}
        return [pair for pair, places in zip(pairs, _places(names, pairs)) if places in good]

    def judge(self, names: Sequence[Name], edges: Sequence[tuple[Name, Name]]) -> tuple[
            verify.Verifier, list[tuple[int, int]]]:
        """Who judges any pairs of some nodes, by their places in `names`, as in a full scan; and the edges, by places."""
        more = [(name, other) for name in names for other in self.candidates(name)]
        verifier, _ = self._told([*names, *(other for _, other in more)], [*edges, *more])
        return verifier, _places(names, edges)

    def _told(self, names: Iterable[Name], pairs: Iterable[tuple[Name, Name]]) -> tuple[
            verify.Verifier, list[tuple[int, int]]]:
        """A verifier that knows these candidate pairs, in the order of a full scan; and those that may be copies, by places."""
        names = list(dict.fromkeys(names))
        first = {name: node.members[0][0] for name in names if (node := self.node(name))}  # ids
        ordered = sorted(set(pairs), key=lambda pair: sorted((first[pair[0]], first[pair[1]])))
        verifier = self.verifier(names)
        return verifier, verifier.hopeful(dict.fromkeys(_places(names, ordered)))

    def verifier(self, names: Sequence[Name]) -> verify.Verifier:
        """Judges pairs of nodes by their places in `names`."""
        nodes = [node for name in names if (node := self.node(name))]
        sets = [self._shingles(name) for name in names]
        return verify.Verifier([len(some) for some in sets], lambda left, right: len(sets[left] & sets[right]),
                               lambda at: nodes[at].masked, threshold=self.limits.threshold,
                               containment=self.limits.containment)

    def _shingles(self, name: Name) -> frozenset[int]:
        if name not in self.sets:
            node = self.node(name)
            self.sets[name] = frozenset(plain.shingle(node.masked, self.recipe.ngram) if node else ())
        return self.sets[name]


def _places(names: Iterable[Name], pairs: Iterable[tuple[Name, Name]]) -> list[tuple[int, int]]:
    """Pairs of names as pairs of their places, the lower one first."""
    place = {name: k for k, name in enumerate(names)}
    return [(min(place[one], place[other]), max(place[one], place[other])) for one, other in pairs]
