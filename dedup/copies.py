"""Copies: what of each is boilerplate, decided anew with what the others of its cluster say of its blocks."""
from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import accumulate, chain, pairwise, starmap
from pathlib import Path
from typing import NamedTuple, TypeVar

from dedup import features, workers
from dedup.arrays import np
from dedup.article import Cluster, Span
from dedup.blocks import split, texts
from dedup.boilerplate import strip
from dedup.boilerplate.table import Repeats, stored
from dedup.corpus import Batch, Corpus, digest

T = TypeVar("T")

TASK_BYTES = 512 << 10  # text of copies that a worker looks at together
MOST = 12  # copies that a consensus looks at: more say nothing new

Copied = tuple[Batch, Collection[int]]  # the members of a cluster, and those of them in which nothing is masked


def strip_copies(corpus: Corpus, found: features.Features, recipe: features.Recipe, table: Path | None,
                 clusters: Sequence[Cluster], progress: Callable[[str, int, int], None],
                 jobs: int = 1) -> Callable[[int], tuple[Span, ...]]:
    """What is removed from each article: for copies decided anew, with their consensus as evidence."""
    anew: dict[int, tuple[Span, ...]] = {}
    if recipe.boilerplate == "strip":
        masked = np.diff(found.masks.offsets) > 0
        tasks = portions((np.array([member.article for member in cluster.members]) for cluster in clusters), corpus.bytes_of)
        done = 0
        for count, answer in workers.run(_strip_task, tasks, min(jobs, len(clusters)), corpus, recipe, table, masked):
            anew.update(answer)
            done += count
            progress("stripping copies", done, len(clusters))

    def removed_of(article: int) -> tuple[Span, ...]:
        spans = anew.get(article)
        return found.removed.row(article) if spans is None else spans

    return removed_of


def portions(items: Iterable[T], size: Callable[[T], int]) -> Iterator[list[T]]:
    """The items in order, about TASK_BYTES of them together."""
    portion: list[T] = []
    filled = 0
    for item in items:
        portion.append(item)
        filled += size(item)
        if filled >= TASK_BYTES:
            yield portion
            portion, filled = [], 0
    if portion:
        yield portion


def _strip_task(corpus: Corpus, recipe: features.Recipe, table: Path | None, masked: np.ndarray,
                clusters: Sequence[np.ndarray]) -> tuple[int, dict[int, tuple[Span, ...]]]:
    batch = corpus.batch(np.concatenate(clusters))
    ends = [*accumulate(map(len, clusters), initial=0)]
    parts = (batch.part(start, end) for start, end in pairwise(ends))
    copied = ((part, frozenset(part.numbers[~masked[part.numbers]].tolist())) for part in parts)
    return len(clusters), strip_clusters(recipe, stored(table) if table else None, copied)


def strip_clusters(recipe: features.Recipe, table: Repeats | None, clusters: Iterable[Copied]) -> dict[int, tuple[Span, ...]]:
    """What goes from the copies in each cluster, by number; one of which the others say nothing is left out.

    Where nothing is masked, nothing goes because others have the same. With a table, blocks must have been counted.
    """
    anew: dict[int, tuple[Span, ...]] = {}
    asked = chain.from_iterable(starmap(_spoken_of, clusters))
    for some in portions(asked, lambda one: len(one.given.text)):
        articles = [one.given for one in some]
        if table is not None:
            keys, tokens, lone = map(np.concatenate, zip(*[one.counted for one in some]))
            repeats = table.evidence_of([one.blocks for one in articles], [one.source for one in some], (keys, tokens, lone))
            articles = [one._replace(repeats=known) for one, known in zip(articles, repeats)]
        for one, judgements in zip(some, features.judge_all(articles, recipe, marked=True)):
            anew.update(dict.fromkeys(one.numbers, strip.removed(judgements)))
    return anew


class _Spoken(NamedTuple):
    """An article of whose blocks copies of it say something; its exact copies are judged with it."""

    numbers: list[int]
    source: str | None
    given: strip.Given
    counted: tuple[np.ndarray, ...]  # the keys and tokens of its blocks, and which are like no other


def _spoken_of(members: Batch, clean: Collection[int]) -> Iterator[_Spoken]:
    """Those of one cluster, its exact copies once."""
    from dedup.boilerplate.consensus import Copies

    same: dict[str, dict[tuple[str | None, str | None], list[int]]] = {}  # text → source and language → places
    for place, (text, source, lang) in enumerate(zip(members.texts, members.sources, members.langs)):
        same.setdefault(text, {}).setdefault((source, lang), []).append(place)
    if len(same) < 2:
        return
    # Distinct texts in the order of their digests: an exact duplicate and the ids of the copies change nothing.
    digests = {text: digest(text) for text in same}
    distinct = {(digests[text], source or ""): (text, source) for text, source in zip(members.texts, members.sources)}
    chosen = [distinct[key] for key in sorted(distinct)[:MOST]]
    first = [*dict.fromkeys(text for text, _ in chosen)]
    speaking = [(first.index(text), source) for text, source in chosen]
    *counted, offsets = members.blocks
    asked = 0
    rest = portions((text for text in same if text not in first), len)
    for some in chain([next(rest, [])], rest):  # of a large cluster that much is read at a time
        read = [*first, *some]
        copies = Copies([*map(texts, read)], speaking)
        for number, text in enumerate(read[asked:], asked):
            alone = copies.alone(number)
            for (source, lang), places in same[text].items():
                numbers = members.numbers[places].tolist()
                if alone or numbers[0] not in clean:
                    evidence = dict.fromkeys(copies.shared(number, source), "shared") | alone
                    if evidence:
                        own = slice(*offsets[places[0]:places[0] + 2])
                        given = strip.Given(text, split(text), lang, consensus=evidence)
                        yield _Spoken(numbers, source, given, tuple(row[own] for row in counted))
        asked = len(first)
