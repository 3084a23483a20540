"""Questions about a corpus: why are two articles copies or not, and how right is a scan."""
from __future__ import annotations

import difflib
import json
import os
import tempfile
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from dedup import compare, console, evaluate, pipeline, readers, workers
from dedup.article import Article, Result, Unreadable
from dedup.errors import InputError, reason
from dedup.settings import Settings
from dedup.sources import Source, find
from dedup.spans import masked_text

IDS = "an id is the record's id field, or the path below the scanned folder (dedup scan PATH --annotate - shows them)"
MANY = 10_000  # articles from which looking for a similar id takes too long


def pick(left: str, right: str, paths: Sequence[str], settings: Settings,
         progress: pipeline.Progress = pipeline.silent) -> tuple[pipeline.Prepared, int, int]:
    """Two articles by id in a corpus, or by file when there is none: prepared, and their numbers. Raises InputError."""
    found, failed = find(paths or [left, right], exclude=settings.exclude if paths else ())
    for error in failed:
        raise InputError(f"{error.path}: {error.error}")
    ready = pipeline.prepare(found, settings, None, settings.jobs or workers.cores(), progress)
    if paths:
        number = {entry.id: k for k, entry in enumerate(ready.corpus.entries)}
        for id in (left, right):
            if id not in number:
                near = difflib.get_close_matches(id, list(number), 1, cutoff=0.8) if len(number) < MANY else []
                raise InputError(f"there is no article with the id {id!r}; {f'did you mean {near[0]!r}?' if near else IDS}")
        return ready, number[left], number[right]
    for error in ready.corpus.errors:
        raise InputError(f"{error.path}: {error.error}")
    if len(found) == 1 and os.path.realpath(left) == os.path.realpath(right):
        raise InputError("A and B are one file")
    if len(ready.corpus) != 2:
        raise InputError("A and B must hold one article each; name articles of a file of many by id, with --in FILE")
    first, second = ready.corpus.order.tolist()
    return ready, first, second


def explain(ready: pipeline.Prepared, left: int, right: int, settings: Settings) -> compare.Explanation:
    """One pair explained, with the settings of a scan."""
    texts = [ready.corpus.text(number) for number in (left, right)]
    masked = [masked_text(text, ready.found.masks.places_of(number)) for text, number in zip(texts, (left, right))]
    return compare.explain(*texts, *masked, threshold=settings.threshold, containment=settings.containment,
                           recall=settings.recall, ngram=settings.ngram, num_perm=settings.num_perm, seed=settings.seed)


def measure(gold: Path, sources: Sequence[Source], settings: Settings,
            progress: pipeline.Progress = pipeline.silent) -> tuple[evaluate.Report, Sequence[Unreadable]]:
    """The clusters of a scan against gold, and what could not be read."""
    try:
        lines = gold.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeError) as error:
        raise InputError(f"{gold}: cannot be read as gold ({reason(error)})") from None
    result = pipeline.scan(sources, settings, progress=progress)
    cluster_of = _cluster_of(result)
    report = evaluate.score(evaluate.read_gold(lines, cluster_of, str(gold)), cluster_of)
    if report.missing and not report.articles:
        raise InputError(f"{gold}: none of its ids is in the corpus, {report.missing[0]!r} for one; {IDS}")
    return report, result.errors


def inject(sources: Sequence[Source], settings: Settings, count: int,
           progress: pipeline.Progress = pipeline.silent) -> tuple[dict[str, tuple[int, int]], Sequence[Unreadable]]:
    """How many copies that are planted among the articles a scan finds, by the kind of edit; and what could not be read."""
    options = pipeline.read_options(settings)
    read = list(chain.from_iterable(readers.read(source, options) for source in sources))
    articles = [article for article in read if isinstance(article, Article)]
    names = [str(number) for number in range(len(articles))]
    planted = list(evaluate.inject([(name, article.text) for name, article in zip(names, articles)], count))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "planted.jsonl")
        copies = [f"{copy.original}~{copy.kind}" for copy in planted]
        with open(path, "w", encoding="utf-8") as out:
            for name, article in zip(names, articles):
                out.write(json.dumps({"id": name, "text": article.text, "source": article.source}) + "\n")
            for name, copy in zip(copies, planted):
                out.write(json.dumps({"id": name, "text": copy.text}) + "\n")
        plain = settings._replace(text_field="text", html_field="", id_field="id", source_field="source")
        result = pipeline.scan(find([str(path)])[0], plain, progress=progress)
        found = evaluate.recall_by_kind(
            [(copy.original, copy.kind, name) for copy, name in zip(planted, copies)], _cluster_of(result))
    return found, [error for error in read if isinstance(error, Unreadable)]


def _cluster_of(result: Result) -> dict[str, int | None]:
    numbers: dict[str, int | None] = {entry.id: None for entry in result.entries}
    for cluster in result.clusters:
        numbers.update((result.entries[member.article].id, cluster.number) for member in cluster.members)
    return numbers


def report(file: str, wanted: Sequence[console.Report], settings: Settings, root: str, overrides: str | None,
           verbose: int) -> None:
    """The reports on what an earlier scan decided. Raises InputError, also where paths0 would name what is not there."""
    from dedup import decided, overrides as overrides_
    from dedup.reporters import REPORTERS

    wishes = overrides_.read(Path(overrides)) if overrides else ()
    for one in wanted:
        if one.file and os.path.realpath(one.file) == os.path.realpath(file):
            raise InputError(f"--report {one.file}: is what the report is made from; choose another name")
    result = decided.load(file, pipeline.read_options(settings), decided.known(settings))
    files = {entry.path: os.path.abspath(os.path.join(root, entry.path)) for entry in result.entries}
    if any(one.format == "paths0" for one in wanted):
        gone = [path for path in files.values() if not os.path.exists(path)]
        if gone:
            raise InputError(f"{gone[0]}: not there; paths0 needs the folder that was scanned: name it with --root")
    for one in wanted:
        console.show(REPORTERS[one.format], result, one.file or "stdout", settings.color, verbose, files, {}, overrides=wishes)
        if one.file:
            console.written(one.file, f"{one.format} report")
