"""The articles of an index that are copies of some articles, or of their copies: what a full scan finds around them.

The same candidates as those of `lsh` and `contained` over all tracked articles, with the same caps, but found by
looking up the keys of a few articles.
"""
from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from dedup import contained, corpus, engines, lsh, match, postings, verify
from dedup.article import Article
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
    sample: np.ndarray
    signature: np.ndarray
    masked: str


class Neighbourhood:
    """Nodes by name, and the verified pairs between them."""

    def __init__(self, index: Index, tracked: Tracked, recipe: Recipe, limits: match.Limits) -> None:
        self.index, self.tracked, self.recipe, self.limits = index, tracked, recipe, limits
        self.stale: set[str] = set()
        self.nodes: dict[Name, Node | None] = {}  # None: no tracked article has it any more
        self.texts: dict[tuple[bytes, int], list[Article]] = {}
        self.sizes: dict[int, tuple[int, int]] = {}
        self.bands, self.rows = lsh.bands_and_rows(limits.threshold, limits.recall, recipe.num_perm)
        row = index.db.execute("SELECT value FROM meta WHERE name = 'digests'").fetchone()
        self.digests = np.frombuffer(unseal(row[0]), np.uint64) if row else np.zeros(0, np.uint64)
        self.late = index.hashes(index.get("merged", 0))
        self.late_bands = postings.band_keys(self.late.signatures, self.bands, self.rows)

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
        found = self.index.features([members[0][2]])
        text = self.text(*members[0][1:])
        masked = masked_text(text.text if text else "", found.masks.places)
        return Node(members, found.samples, found.signatures, masked)

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
        node = self.node(name)
        if node is None or isinstance(name, bytes):
            return []
        found = self._bands(name, node) | self._contained(name, node)
        return sorted(other for other in found if self.node(other))

    def _bands(self, name: int, node: Node) -> set[int]:
        keys = postings.band_keys(node.signature, self.bands, self.rows)[0]
        late = self.late_bands == keys
        found: set[int] = set()
        for band, articles in enumerate(self._listed("bands", keys)):
            bucket = {*self.digests[articles].tolist(), *self.late.digests[late[:, band]].tolist(), name}
            if len(bucket) > match.CAP:
                bucket = {other for other in bucket if self.node(other)}
            if len(bucket) > match.CAP:
                anchors = sorted(bucket)[:lsh.ANCHORS]
                bucket = bucket if name in anchors else set(anchors)
            found |= bucket
        return found - {name}

    def _contained(self, name: int, node: Node) -> set[int]:
        """As `contained.candidates`: by the shingles that all articles keep, and of short ones by those they all keep."""
        if self.limits.containment > 1:
            return set()
        hit = _among(self.late.samples, np.sort(node.sample))
        late: dict[int, list[int]] = {}
        for value, owner in zip(self.late.samples[hit].tolist(), self.late.owners[hit].tolist()):
            late.setdefault(value, []).append(int(self.late.digests[owner]))
        owners = [{*self.digests[articles].tolist(), *late.get(value, ()), name}
                  for value, articles in zip(node.sample.tolist(), self._listed("samples", node.sample))]
        low = [some for value, some in zip(node.sample.tolist(), owners) if value < BOUND]
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
            sample = self.index.features([number]).samples
            self.sizes[digest] = int(np.count_nonzero(sample < np.uint64(BOUND))), len(sample)
        return self.sizes[digest]

    def _listed(self, table: str, keys: np.ndarray) -> list[np.ndarray]:
        found = postings.read(self.index.db, table, keys.tolist())
        return [found.get(key, np.zeros(0, np.int64)) for key in keys.tolist()]

    def verified(self, pairs: list[tuple[Name, Name]]) -> list[tuple[Name, Name]]:
        """The pairs that are copies."""
        if not pairs:
            return []
        names = list(dict.fromkeys(name for pair in pairs for name in pair))
        number = {name: k for k, name in enumerate(names)}
        texts = [node.masked for name in names if (node := self.node(name))]
        engine = engines.load(self.recipe.engine)
        hashes, offsets = engine.shingle(texts, self.recipe.ngram)
        verifier = verify.Verifier(hashes, offsets, texts.__getitem__, threshold=self.limits.threshold,
                                   containment=self.limits.containment)
        local = np.sort(np.array([(number[one], number[other]) for one, other in pairs], np.int64), axis=1)
        good = {pair for pair in verifier.hopeful(local, engine.overlaps(hashes, offsets, local)) if verifier(*pair)}
        return [pair for pair, (left, right) in zip(pairs, local.tolist()) if (left, right) in good]


def _among(values: np.ndarray, some: np.ndarray) -> np.ndarray:
    """Which values stand in an ordered array; np.isin would import numpy.ma first."""
    if not len(some):
        return np.zeros(len(values), bool)
    return some[np.searchsorted(some, values).clip(max=len(some) - 1)] == values
