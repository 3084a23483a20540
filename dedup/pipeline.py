"""The stages in order: read → mask → match → cluster → canonical → consensus → strip.

The only module that knows the order, and the last to see `Settings`: stages get plain parameters.
"""
from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dedup import archive, arrays, engines, features, ids, kept, readers, removals, scratch, workers
from dedup.arrays import np
from dedup.article import Article, Passed, Result, Unreadable
from dedup.boilerplate.table import Repeats, stored
from dedup.copies import strip_copies
from dedup.corpus import Chunk, Corpus, spool
from dedup.errors import InputError, MissingExtra
from dedup.index import Index, key as index_key
from dedup.match import Limits, match
from dedup.notes import summed
from dedup.overrides import Override
from dedup.readers import extractor, jsonl
from dedup.remote import is_remote
from dedup.settings import NAMES, Settings
from dedup.sources import Source

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

Progress = Callable[[str, int, int], None]  # phase, done, total

TASK_BYTES = 8 << 20  # input that a worker reads at a time
TASK_LEAST = 1 << 20  # and for which it is worth its start
BATCH_BYTES = 1 << 20  # text that a worker masks and signs at a time
ON_DISK = 100_000  # articles from which signatures and samples are kept in files, however much memory there is
SIGNATURE_BYTES = 4  # of one value; while candidates are searched, a signature and what is made of it take twice that
FAST_FROM = 3000  # articles from which loading the compiled engine pays
COMPILE_FROM = 100_000  # and from which compiling it does, which is done once


def silent(phase: str, done: int, total: int) -> None:
    """Shows no progress."""


class Prepared(NamedTuple):
    """Articles read, masked and signed: all that matching needs."""

    corpus: Corpus
    own_ids: tuple[str, ...]  # the records' own ids or "", by number
    found: features.Features
    recipe: features.Recipe
    table: Path | None  # the corpus's recurring blocks
    notes: tuple[str, ...]


def scan(sources: Sequence[Source], settings: Settings, *, failed: Iterable[Unreadable] = (),
         against: Sequence[Source] = (), overrides: Sequence[Override] = (), index: Index | None = None,
         resume: bool = False, progress: Progress = silent) -> Result:
    """Read, match and strip all `sources`; `failed` are inputs that could not even be opened.

    `against`: a reference corpus, whose articles are compared with but in no output. What `index` knows of articles is
    not found out again, what it does not know is put in as it is found out; with `resume` it is for this corpus alone.

    Texts are spooled to a temporary folder that lives as long as the result.
    """
    jobs = settings.jobs or workers.cores()
    ready = prepare(sources, settings, index, jobs, progress, against, resume=resume)
    corpus, found, recipe = ready.corpus, ready.found, ready.recipe
    progress("finding candidates", 0, 0)
    matched = match(corpus, found, recipe, limits_of(settings), settings.keep, overrides, jobs, progress)
    removed = strip_copies(corpus, found, recipe, ready.table, matched.clusters, progress, jobs)
    rows, characters = removals.listed(corpus.own, corpus.text, removed) if recipe.boilerplate == "strip" else ((), 0)
    return Result(
        settings=shown_settings(settings, recipe), entries=corpus.entries, order=corpus.order[:corpus.own].tolist(),
        clusters=matched.clusters, boilerplate=rows, errors=(*failed, *corpus.errors), characters_removed=characters,
        text_of=corpus.text, removed_of=removed, notes=(*ready.notes, *matched.notes), related=matched.related,
        references=len(corpus) - corpus.own,
        ran=(recipe.engine, jobs))


def prepare(sources: Sequence[Source], settings: Settings, index: Index | None, jobs: int, progress: Progress,
            against: Sequence[Source] = (), *, resume: bool = False) -> Prepared:
    """Read, mask and sign all `sources`, and the reference corpus `against`."""
    arrays.load()
    folder = scratch.folder()
    corpus, own_ids, warning = read_all(sources, against, settings, folder, jobs, progress)
    recipe = recipe_of(settings, len(corpus))._replace(sampled=index is not None or settings.containment <= 1)
    engines.load(recipe.engine)  # before there are workers
    if index is not None and resume:
        index.only(corpus.key())
    frozen = index is not None and index.snapshot_id is not None
    spot = Path(folder.name)
    table = frozen_repeats(index, spot) if frozen else find_repeats(corpus, recipe, spot, jobs, progress)
    memory = settings.max_memory or half_of_memory()
    large = len(corpus) >= ON_DISK or len(corpus) * recipe.num_perm * 2 * SIGNATURE_BYTES > memory
    found = extract(corpus, recipe, table, jobs, progress, index, spot if large else None)
    stale = archive.note(index, corpus) if index is not None and recipe.boilerplate != "off" else None
    notes = (*summed(corpus.notes), *filter(None, (warning, stale, _undated(corpus))))
    return Prepared(corpus, own_ids, found, recipe, table, notes)


def read_all(sources: Sequence[Source], against: Sequence[Source], settings: Settings, folder: TemporaryDirectory[str],
             jobs: int, progress: Progress) -> tuple[Corpus, tuple[str, ...], str | None]:
    """All articles, the reference corpus `against` behind the others; their own ids, by number; a warning if ids collide."""
    chunks = read(sources, settings, Path(folder.name), jobs, progress)
    names, warning = ids.assign(_keys(chunks))
    references = 0
    if against:
        (reference := Path(folder.name, "reference")).mkdir()
        others = read(against, settings, reference, jobs, progress)
        chunks, more = [*chunks, *others], ids.assign(_keys(others))[0]
        names, references = [*names, *more], len(more)
    corpus = Corpus(chunks, names, references=references, keep_alive=folder)
    own = [""] * len(names)
    for number, (id, _, _) in zip(corpus.order.tolist(), _keys(chunks)):
        own[number] = id
    return corpus, tuple(own), warning


def _undated(corpus: Corpus) -> str | None:
    """How many articles have no date, where others have one."""
    count = sum(entry.date is None for entry in corpus.entries[:corpus.own])
    return f"{count:,} of {corpus.own:,} articles have no date" if 0 < count < corpus.own else None


def _keys(chunks: Sequence[Chunk]) -> Iterator[tuple[str, str, int | None]]:
    return ((entry.id, entry.path, entry.line) for chunk in chunks for entry in chunk.entries)


def half_of_memory() -> int:
    """Bytes; where the machine does not tell, 4 GiB."""
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return 4 << 30
    return int(os.sysconf("SC_PHYS_PAGES")) * int(os.sysconf("SC_PAGE_SIZE")) // 2


def limits_of(settings: Settings) -> Limits:
    """From where on two articles are copies."""
    return Limits(settings.threshold, settings.containment, settings.recall)


def recipe_of(settings: Settings, articles: int) -> features.Recipe:
    """What the features of a run of that many articles depend on."""
    return features.Recipe(
        settings.ngram, settings.num_perm, settings.seed, settings.boilerplate, settings.rules, settings.disable,
        settings.lang, engine_for(articles, settings.engine))


def engine_for(articles: int, wanted: str) -> str:
    """The engine of a run: the compiled one where it is installed and has enough to do for what loading it takes.

    That is more where it has never run and compiles first; it must be able to keep what it compiles.
    """
    if wanted != "auto":
        engines.load(wanted)
        return wanted
    if articles < FAST_FROM or find_spec("numba") is None or "numba" not in engines.ENGINES:
        return "numpy"
    try:
        from dedup.engines import numba_
    except (ImportError, OSError):  # it goes with another NumPy, or another system
        return "numpy"
    return "numba" if numba_.KEPT and (articles >= COMPILE_FROM or numba_.compiled()) else "numpy"


def shown_settings(settings: Settings, recipe: features.Recipe) -> dict[str, object]:
    """The settings that shape the result, for the report: nothing that differs between machines or workers."""
    hidden = {"jobs", "color", "engine", "max_memory"}
    return {name: getattr(settings, name) for name in NAMES if name not in hidden} | {"html": extractor.name()}


# --- read ---------------------------------------------------------------------------------------------------------


Piece = tuple[Source, tuple[int, int, int] | None]  # a file, or (start, end, first line) of a large one


def read(sources: Sequence[Source], settings: Settings, folder: Path, jobs: int, progress: Progress) -> list[Chunk]:
    """All articles, spooled to files in `folder`, in chunks in input order."""
    options = read_options(settings)
    tasks = list(enumerate(reading_tasks(sources, jobs)))
    chunks: list[Chunk] = []
    progress("reading", 0, len(tasks))
    for chunk in workers.run(_read_task, tasks, min(jobs, len(tasks)), options, folder, settings.boilerplate != "off"):
        chunks.append(chunk)
        progress("reading", len(chunks), len(tasks))
    return chunks


def read_options(settings: Settings) -> readers.ReadOptions:
    """How to read, by the settings."""
    return readers.ReadOptions(text_field=settings.text_field, id_field=settings.id_field,
                               source_field=settings.source_field or None, date_field=settings.date_field,
                               html_field=settings.html_field, lines=settings.lines,
                               limits=readers.Limits(article=settings.max_article))


def reading_tasks(sources: Sequence[Source], jobs: int = 1) -> Iterator[Sequence[Piece]]:
    """Small files together, large JSON Lines in ranges: about TASK_BYTES to a task, less where `jobs` workers had none."""
    most = TASK_BYTES if jobs == 1 else max(TASK_LEAST, min(TASK_BYTES, _bytes(sources) // (2 * jobs)))
    task: list[Piece] = []
    filled = 0
    for source in sources:
        try:
            size = source.size()
            if source.format in (".jsonl", ".ndjson") and not source.compression and size > 2 * most and (
                    not is_remote(source.real)):
                if task:
                    yield task
                task, filled = [], 0
                yield from ([(source, part)] for part in jsonl.split(source, most))
                continue
        except (OSError, InputError, MissingExtra):
            size = 0  # the reader will say what is wrong
        task.append((source, None))
        filled += size
        if filled >= most:
            yield task
            task, filled = [], 0
    if task:
        yield task


def _bytes(sources: Iterable[Source]) -> int:
    """How many there are to be read, but for files whose size cannot be told."""
    found = 0
    for source in sources:
        with suppress(OSError):
            found += source.size()
    return found


def _read_task(options: readers.ReadOptions, folder: Path, count_blocks: bool,
               task: tuple[int, Sequence[Piece]]) -> Chunk:
    number, pieces = task
    return spool(articles(pieces, options), folder / f"{number:06}.txt", count_blocks=count_blocks)


def articles(pieces: Iterable[Piece], options: readers.ReadOptions) -> Iterator[Article | Unreadable | Passed]:
    for source, part in pieces:
        yield from readers.read_all(source, options) if part is None else jsonl.read_range(source, *part, options)


# --- mask and sign ------------------------------------------------------------------------------------------------


def find_repeats(corpus: Corpus, recipe: features.Recipe, folder: Path, jobs: int, progress: Progress) -> Path | None:
    """A file with the corpus's recurring blocks, frozen; None when boilerplate is off. The corpus is told which are like none."""
    if recipe.boilerplate == "off":
        return None
    from dedup.boilerplate import repeats

    progress("repetition", 0, 0)
    keys, tokens, _, offsets = corpus.blocks
    sources = [entry.source for entry in corpus.entries]
    table, lone = repeats.find(keys, offsets, tokens, sources, corpus.text, jobs=jobs, progress=partial(progress, "repetition"))
    corpus.blocks = corpus.blocks._replace(lone=lone)
    path = folder / "repeats"
    path.write_bytes(table.to_bytes())
    return path


def frozen_repeats(index: Index | None, folder: Path) -> Path | None:
    """A file with the table that an index was frozen with; workers read it there."""
    if index is None or not index.snapshot.kinds:
        return None
    path = folder / "repeats"
    with index.transaction(write=False):
        path.write_bytes(index.snapshot.to_bytes())
    return path


def extract(corpus: Corpus, recipe: features.Recipe, table: Path | None, jobs: int, progress: Progress,
            index: Index | None = None, folder: Path | None = None) -> features.Features:
    """The features of all articles, in id order; those that `index` has come from there, the others go there.

    The signatures and samples, by far the largest part of them, are kept in files of `folder` where one is given.
    """
    size = len(corpus), recipe.num_perm
    files = kept.Files.make(folder, *size) if folder is not None else None
    room = files or kept.Memory(*size)
    parts, numbers = [room.put(features.extract([], [], [], recipe, None), [])], [np.zeros(0, np.int64)]
    missing = np.ones(len(corpus), bool)
    keys = []
    if index is not None:
        keys = [index_key(digest, entry.source, lang)
                for digest, entry, lang in zip(corpus.digests, corpus.entries, corpus.langs)]
        with index.transaction(write=False):
            known = index.known(keys)
            there = [number for number, key in enumerate(keys) if key in known]
            parts.append(room.put(index.features([known[keys[number]] for number in there]), there))
        numbers.append(np.array(there, np.int64))
        missing[numbers[-1]] = False
    batches = [part for batch in corpus.batches(BATCH_BYTES) if len(part := batch[missing[batch]])]
    ours = index is not None and _freeze(index, stored(table) if table else Repeats(), corpus, len(set(keys)))
    progress("masking and signing", 0, len(batches))
    # workers write to files themselves, but what an index is given comes here
    answers = workers.run(_extract_batch, batches, min(jobs, len(batches)), corpus, recipe, table, None if ours else files)
    for done, part in enumerate(answers):
        if isinstance(part, features.Features):
            if index is not None and ours:
                with index.transaction():
                    index.add([keys[number] for number in batches[done].tolist()], part.rows())
            part = room.put(part, batches[done])
        parts.append(part)
        progress("masking and signing", done + 1, len(batches))
    return kept.join(parts, np.argsort(np.concatenate([*numbers, *batches])), room)


def _freeze(index: Index, table: Repeats, corpus: Corpus, rows: int) -> bool:
    """Whether the index is frozen with this table: if it is not frozen yet, it is now."""
    with index.transaction():
        if index.snapshot_id is None:
            index.freeze(table)
            archive.freeze(index, corpus, rows)
        return index.snapshot_id == table.id  # else: another run was faster


def _extract_batch(corpus: Corpus, recipe: features.Recipe, table: Path | None, files: kept.Files | None,
                   numbers: np.ndarray) -> features.Features | kept.Part:
    if recipe.boilerplate == "off":
        found = features.extract_whole(corpus.data(numbers), corpus.lengths(numbers), recipe)
    else:
        batch = corpus.batch(numbers)
        found = features.extract(batch.texts, batch.sources, batch.langs, recipe, stored(table) if table else None,
                                 batch.blocks[:3])
    return files.put(found, numbers) if files else found
