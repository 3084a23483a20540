"""Changed articles against all tracked ones: what a pre-commit hook and a pull request ask.

Warm, only the changed articles are read; what they resemble is looked up in the index. Cold, or when much has changed,
all is read as in a scan, and the index filled. Both give the same answer.
"""
from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shlex
import time
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dedup import __version__, archive, features, git, lsh, match, pipeline, postings, readers, shingles, workers
from dedup.article import Article, Cluster, Result, Unreadable
from dedup.corpus import Corpus, FewArticles, digest
from dedup.errors import ConfigError, InputError
from dedup.index import Foreign, Index, Key, Refused, key
from dedup.nearby import Neighbourhood
from dedup.overrides import Override
from dedup.readers import extractor
from dedup.sealing import Damaged
from dedup.settings import Settings
from dedup.sources import Source, find, shown
from dedup.tracked import Tracked

IGNORE = ".dedupignore"

DAYS = 30
FEW = 500  # unread files up to which they are read one by one, without the machinery of a scan


class Question(NamedTuple):
    """What to look at: the tracked files as staged (tree None) or in a tree, and what differs there from `base`."""

    tree: str | None
    base: str | None  # the tree from which changes count; None: all is new
    notes: tuple[str, ...] = ()
    new: str = "staged"  # what a changed article is called
    again: str = "scan --staged"  # what asks this


class Answer(NamedTuple):
    """The clusters that changed articles belong to. `changed` is None where all was asked for."""

    result: Result
    changed: frozenset[int] | None
    warm: bool
    new: str = "staged"
    again: str = "scan --staged"


def spec(settings: Settings) -> dict[str, object]:
    """What the rows of an index depend on."""
    bands, rows = lsh.bands_and_rows(settings.threshold, settings.recall, settings.num_perm)
    return {"version": __version__, "shingles": shingles.SPEC, "unicode": unicodedata.unidata_version, "ngram": settings.ngram,
            "num_perm": settings.num_perm, "seed": settings.seed, "boilerplate": settings.boilerplate,
            "rules": features.ruleset(settings.rules).version, "disable": list(settings.disable), "lang": settings.lang,
            "bands": bands, "rows": rows,
            "fields": [settings.text_field, settings.html_field, settings.id_field, settings.source_field, settings.date_field,
                       settings.lines],
            "readers": readers.VERSION, "html": extractor.name()}


def ask(repository: git.Repository, since: str | None, environ: Mapping[str, str] = os.environ) -> Question:
    """The question of `--since REF`, of pre-commit's range (pre-push, --from-ref), or of what is staged."""
    if since is not None:
        base, note = repository.fork(since)
        return Question(None, base, (note,) if note else (), "changed", f"scan --since {shlex.quote(since)}")
    first, last = environ.get("PRE_COMMIT_FROM_REF"), environ.get("PRE_COMMIT_TO_REF")
    if first and last and (tree := repository.tree_of(last)):
        base, note = repository.fork(first, last)
        return Question(tree, base, (note,) if note else (), "new", f"scan --since {shlex.quote(first)}")
    return Question(None, repository.tree)


def scan(repository: git.Repository, question: Question, settings: Settings, index: Index, *,
         overrides: Sequence[Override] = (), below: Collection[bytes] = (),
         progress: pipeline.Progress = pipeline.silent) -> Answer:
    """The answer, by the shortest way. `below`: folders and files, relative to the top; nothing else counts."""
    admitted = _Admitted(repository.top, settings.exclude, below)
    notes = list(question.notes)
    changes = repository.changes(question.base, question.tree) if question.base else []
    if question.base and not changes:
        notes.append("nothing has changed: all tracked articles are looked at")
    paths = [path for path, blob in changes if blob is not None and admitted(path)]
    if count := sum(path.endswith(b".dvc") for path in paths):
        notes.append(f"{count} .dvc pointer {_files(count)} skipped: the text is not in git and was not checked")
    with index.transaction(write=False):
        renew = archive.due(index)
    if renew:
        with index.transaction():
            index.create(index.get("spec"))
    run = _Run(repository, question, settings, index, admitted, notes, progress)
    if changes and not any(git.source(repository.top, path, "") for path in paths):
        return run.nothing()
    answer = None
    if changes and not overrides and index.get("merged") is not None:
        answer = run.warm(paths, changes if question == Question(None, repository.tree, question.notes) else None)
    return answer or run.cold(paths if changes else None, overrides)


class _Admitted:
    """Whether a path counts: below the PATHs, and left out neither by --exclude nor by a .dedupignore above it."""

    def __init__(self, top: str, exclude: Sequence[str], below: Collection[bytes]) -> None:
        self.top, self.below = top, below
        self.folders: dict[str, Any] = {}  # folder → the rules that hold in it, None where it is left out
        self.exclude = None
        if exclude:
            from dedup import ignore

            self.exclude = ignore.compiled(exclude)

    def __call__(self, path: bytes) -> bool:
        if self.below and not any(not base or path == base or path.startswith(base + b"/") for base in self.below):
            return False
        name = os.fsdecode(path)
        if self.exclude is not None and self.exclude.match_file(name):
            return False
        rules = self._rules(os.path.dirname(name))
        return rules is not None and not (rules and rules.ignores(os.path.join(self.top, name), is_folder=False))

    def _rules(self, folder: str) -> Any:
        """() where there is no rule, so that nothing need be imported for it."""
        if folder not in self.folders:
            rules = self._rules(os.path.dirname(folder)) if folder else ()
            whole = os.path.join(self.top, folder)
            if rules and rules.ignores(whole, is_folder=True):
                rules = None
            elif rules is not None and os.path.exists(os.path.join(whole, IGNORE)):
                from dedup import ignore

                rules = (rules or ignore.Rules(in_git=False)).below(whole, (IGNORE,))
            self.folders[folder] = rules
        return self.folders[folder]


class _Run:
    """One scan of a repository."""

    def __init__(self, repository: git.Repository, question: Question, settings: Settings, index: Index,
                 admitted: Callable[[bytes], bool], notes: list[str], progress: pipeline.Progress) -> None:
        self.repository, self.question, self.settings, self.index = repository, question, settings, index
        self.admitted, self.notes, self.progress = admitted, notes, progress

    # --- warm ---------------------------------------------------------------------------------------------------------

    def warm(self, changed: Sequence[bytes], staged: Sequence[git.Change] | None) -> Answer | None:
        """The answer by way of the index; None when too much is unknown to it."""
        recipe, limits = pipeline.recipe_of(self.settings, 0), pipeline.limits_of(self.settings)
        with self.index.transaction():
            tracked = self.tracked(staged)
            unread = tracked.unread()
            if len(unread) > FEW:
                return None
            self.read(tracked, unread, recipe)
            self.index.merge(late=postings.LATE)
            near = Neighbourhood(self.index, tracked, recipe, limits)
            contents = [tracked.contents(path) for path in changed]
            names, edges = near.around(number for found, _ in contents for _, number in found)
            rows = sorted((id, place, number, name) for name in names if (node := near.node(name))
                          for id, place, number in node.members)
            articles = [article._replace(id=id, path=shown(os.fsdecode(place.path)))
                        for id, place, number, _ in rows if (article := near.text(place, number))]
            found = features.FewFeatures([self.index.traits(number) for _, _, number, _ in rows])
            first = {name: row for row, (_, _, _, name) in reversed(list(enumerate(rows)))}
            docs = sorted({first[name] for pair in edges for name in pair})
            verifier, pairs = near.judge([rows[row][3] for row in docs], edges)
        self.notes += [f"{name}: git does not have its content here (a partial clone?), so it decides nothing"
                       for name in sorted(near.stale)]
        corpus = FewArticles(articles)
        case = match.Case(corpus, found, self.settings.keep, docs, match.Twins.among(corpus, found))
        clusters = match.clusters(case, pairs, verifier)
        new = set(changed)
        which = [row for row, (_, place, _, _) in enumerate(rows) if place.path in new]
        return self.answer(corpus, found, recipe, clusters, which,
                           [error for _, errors in contents for error in errors], warm=True)

    def tracked(self, staged: Sequence[git.Change] | None = None) -> Tracked:
        """The tracked files as the question wants them; inside a transaction."""
        tracked = Tracked(self.index, self.repository, pipeline.read_options(self.settings), self.admitted)
        tree = self.question.tree
        tracked.move(tree or self.repository.tree)
        if tree is None:
            if staged is None:
                tree = self.repository.tree
                staged = self.repository.changes(tree, None) if tree else self.repository.staged()
            tracked.lay(staged)
        return tracked

    def read(self, tracked: Tracked, unread: Mapping[int, git.Blob], recipe: features.Recipe) -> None:
        """Read files and put them into the index."""
        contents = {file: list(readers.read(source, tracked.options)) for file, source in unread.items()}
        articles = {_key(article): article
                    for found in contents.values() for article in found if isinstance(article, Article)}
        known = self.index.known(list(articles))
        new = [key for key in articles if key not in known]
        if new:
            some = [articles[key] for key in new]
            self.index.add(new, features.traits(
                [article.text for article in some], [article.source for article in some],
                [article.lang for article in some], recipe, self.index.snapshot))
            known |= self.index.known(new)
        for file, found in contents.items():
            tracked.fill(file, [(article, known[_key(article)]) for article in found if isinstance(article, Article)],
                         [error for error in found if isinstance(error, Unreadable)])

    # --- cold ---------------------------------------------------------------------------------------------------------

    def cold(self, changed: Sequence[bytes] | None, overrides: Sequence[Override]) -> Answer:
        """The answer by way of a whole scan, which fills the index."""
        listing = self.repository.staged() if self.question.tree is None else self.repository.listed(self.question.tree)
        sources = {source.path: (path, source) for path, blob in listing if blob is not None and self.admitted(path)
                   and (source := git.source(self.repository.top, path, blob))}
        jobs = self.settings.jobs or workers.cores()
        ready = pipeline.prepare(
            [source for _, source in sources.values()], self.settings, self.index, jobs, self.progress)
        corpus, found, recipe = ready.corpus, ready.found, ready.recipe
        self.record(ready, sources)
        matched = match.match(corpus, found, recipe, pipeline.limits_of(self.settings), self.settings.keep, overrides,
                              jobs, self.progress)
        if changed is None:
            self.notes += [*ready.notes, *matched.notes]
        which, errors = None, list(corpus.errors)
        if changed is not None:
            new = {shown(os.fsdecode(path)) for path in changed}
            which = [number for number, entry in enumerate(corpus.entries) if entry.path in new]
            errors = [error for error in errors if error.path in new]
        return self.answer(corpus, found, recipe, matched.clusters, which, errors, warm=False)

    def record(self, ready: pipeline.Prepared, sources: Mapping[str, tuple[bytes, git.Blob]]) -> None:
        """Put into the index which file holds which articles."""
        corpus = ready.corpus
        held: dict[str, list[tuple[Article, Key]]] = {path: [] for path in sources}
        for number in corpus.order.tolist():  # in the order in which they stand in their files
            entry = corpus.entries[number]
            article = Article(ready.own_ids[number], entry.path, "", entry.line, entry.source, entry.date, entry.url)
            held[entry.path].append((article, key(corpus.digests[number], entry.source, corpus.langs[number])))
        errors: dict[str, list[Unreadable]] = {}
        for error in corpus.errors:
            errors.setdefault(error.path, []).append(error)
        with self.index.transaction():
            known = self.index.known([key for found in held.values() for _, key in found])
            tracked = self.tracked()
            for path, (name, source) in sources.items():
                file = tracked.file(name, source.blob)
                if file is not None and tracked.is_unread(file) and all(key in known for _, key in held[path]):
                    tracked.fill(file, [(article, known[key]) for article, key in held[path]], errors.get(path, ()))
            self.index.merge()

    # --- both ---------------------------------------------------------------------------------------------------------

    def nothing(self) -> Answer:
        """The answer where no article has changed."""
        return self.answer(FewArticles(()), features.FewFeatures(()), pipeline.recipe_of(self.settings, 0), (), (), (), warm=True)

    def answer(self, corpus: Corpus | FewArticles, found: features.Features | features.FewFeatures, recipe: features.Recipe,
               clusters: Sequence[Cluster],
               changed: Sequence[int] | None, errors: Sequence[Unreadable], *, warm: bool) -> Answer:
        """The clusters with a changed article in them, and those articles only."""
        rows: Sequence[int] = range(len(corpus))
        pointers = sum(error.error == git.POINTER for error in errors)
        if pointers:
            self.notes.append(
                f"{pointers} Git LFS pointer {_files(pointers)} skipped: the text is not in git and was not checked")
        if changed is not None:
            new = set(changed)
            clusters = [cluster for cluster in clusters if any(member.article in new for member in cluster.members)]
            rows = sorted(new.union(member.article for cluster in clusters for member in cluster.members))
            if self.settings.boilerplate != "off" and (stale := archive.note(self.index)):
                self.notes.append(stale)
        number = {row: k for k, row in enumerate(rows)}
        clusters = tuple(
            Cluster(k, number[cluster.canonical], cluster.reason,
                    tuple(member._replace(article=number[member.article]) for member in cluster.members))
            for k, cluster in enumerate(clusters, 1))
        result = Result(
            settings=pipeline.shown_settings(self.settings, recipe), entries=[corpus.entries[row] for row in rows],
            order=list(range(len(rows))), clusters=clusters, boilerplate=(),
            errors=tuple(error for error in errors if error.error != git.POINTER), characters_removed=0,
            text_of=lambda k: corpus.text(rows[k]), removed_of=lambda k: found.cut_from(rows[k]),
            notes=tuple(self.notes))
        return Answer(result, None if changed is None else frozenset(number[row] for row in changed), warm,
                      self.question.new, self.question.again)


def _key(article: Article) -> Key:
    return key(digest(article.text), article.source, article.lang)


def _files(count: int) -> str:
    return "file was" if count == 1 else "files were"


@contextlib.contextmanager
def opened(path: Path, wanted: Mapping[str, object]) -> Iterator[Index]:
    """The index in a file, made empty where there is none. Raises Damaged, Refused or InputError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with Index(path) as index:
        if index.empty:
            with index.transaction():
                if index.is_empty():  # nobody else was faster
                    index.create(wanted)
        index.check(wanted)
        yield index


def own_index(repository: git.Repository, wanted: Mapping[str, object]) -> contextlib.AbstractContextManager[Index]:
    """The index that dedup keeps for itself in git's folder: one for each spec; a damaged one is made anew.

    Those that nobody wrote to for DAYS, of earlier versions and other settings, go when a new one comes.
    """
    name = hashlib.blake2b(json.dumps(wanted, sort_keys=True).encode(), digest_size=8).hexdigest()
    path = Path(repository.common, "dedup", f"{name}.sqlite")
    if not path.exists():
        for old in path.parent.glob("*.sqlite"):
            if time.time() - old.stat().st_mtime > DAYS * 86400:
                discard(old)
    return renewed(path, wanted)


@contextlib.contextmanager
def renewed(path: Path, wanted: Mapping[str, object]) -> Iterator[Index]:
    """The index in a file of the program's own: one that is damaged, or of another spec, is made anew.

    Damage that comes to light later is raised, and the next one finds no index.
    """
    with contextlib.ExitStack() as stack:
        try:
            index = stack.enter_context(opened(path, wanted))
            index.get("merged")
        except (Damaged, Refused):
            stack.close()
            discard(path)
            index = stack.enter_context(opened(path, wanted))
        try:
            yield index
        except Damaged:
            stack.close()
            discard(path)
            raise


def discard(path: Path) -> None:
    """Remove an index, with what SQLite may have left beside it."""
    for suffix in ("-journal", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


@contextlib.contextmanager
def existing(path: Path) -> Iterator[Index]:
    """An index that must be there, whatever it was built with."""
    if not path.is_file():
        raise InputError(f"{path}: there is no such index; make it with dedup index build, or scan --index")
    with Index(path) as index:
        if index.empty:
            raise Damaged(f"{path}: an empty file is no index")
        yield index


def build(path: Path, sources: Sequence[Source], paths: Sequence[str], settings: Settings,
          progress: pipeline.Progress = pipeline.silent) -> tuple[int, Sequence[Unreadable]]:
    """Build an index anew; how many articles it has, and what could not be read. One that is whole stays until then.

    Raises Foreign for a file that is no index: it stays as it is.
    """
    try:
        with Index(path) as index, index.transaction(write=False):
            _ = index.is_empty() or index.get("spec")
    except Foreign:
        raise
    except Damaged:
        discard(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with Index(path) as index, index.transaction():
        index.create(spec(settings))
        archive.remember(index, paths)
        ready = pipeline.prepare(sources, settings, index, settings.jobs or workers.cores(), progress)
    return len(ready.corpus), ready.corpus.errors


def add(path: Path, paths: Sequence[str], settings: Settings, *, renew: bool = False,
        progress: pipeline.Progress = pipeline.silent) -> tuple[int, int, bool, Sequence[Unreadable]]:
    """Put the articles of more PATHs into an index, which is made where there is none: articles that are new to it, articles
    that it was given, whether its table of recurrent blocks was made anew, and what could not be read."""
    wanted = spec(settings)
    with opened(path, wanted) as index:
        there = archive.paths(index)
        before = index.count()
        with archive.adding(index, paths, wanted, renew=renew) as anew:
            names = [*there, *paths] if anew else list(paths)
            found, failed = find(names, exclude=settings.exclude, output=[path])
            ready = pipeline.prepare(found, settings, index, settings.jobs or workers.cores(), progress)
        return index.count() - before, len(ready.corpus), anew, [*failed, *ready.corpus.errors]


def prune(index: Index, sources: Sequence[Source] | None, settings: Settings) -> int:
    """Drop what is in no source, or (None) not tracked; how many articles went."""
    if sources is None:
        if index.get("tree") is None:
            raise ConfigError(f"{index.path}: no index of a git repository; name the PATHs whose articles stay")
        ask = "SELECT article FROM contents WHERE file IN (SELECT file FROM tracked)"
        keep = [number for number, in index.db.execute(ask)]
        return index.prune(keep)
    options = pipeline.read_options(settings)
    keys = [_key(article) for source in sources for article in readers.read(source, options)
            if isinstance(article, Article)]
    return index.prune(index.known(keys).values())
