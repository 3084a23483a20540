"""Changed articles against all tracked ones: what a pre-commit hook and a pull request ask.

Warm, only the changed articles are read; what they resemble is looked up in the index. Cold, or when much has changed, all
is read as in a scan, and the index filled. Both give the same answer.
"""
from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dedup import __version__, features, git, lsh, match, pipeline, readers
from dedup.article import Article, Cluster, Entry, Result, Unreadable
from dedup.corpus import Corpus, digest, spool
from dedup.errors import InputError
from dedup.index import Index, key
from dedup.nearby import Neighbourhood
from dedup.overrides import Override
from dedup.readers import html
from dedup.settings import Settings
from dedup.sources import shown
from dedup.tracked import IGNORE, LFS, Tracked

FEW = 500  # unread files up to which they are read one by one, without the machinery of a scan


@dataclass(frozen=True, slots=True)
class Question:
    """What to look at: the tracked files as staged (tree None) or in a tree, and what differs there from `base`."""

    tree: str | None
    base: str | None  # the tree from which changes count; None: all is new
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The clusters that changed articles belong to. `changed` is None where all was asked for."""

    result: Result
    changed: frozenset[int] | None
    warm: bool
    files: Mapping[str, str]  # shown path → path on disk, where they differ


def spec(settings: Settings) -> dict[str, object]:
    """What the rows of an index depend on."""
    bands, rows = lsh.bands_and_rows(settings.threshold, settings.recall, settings.num_perm)
    return {"version": __version__, "ngram": settings.ngram, "num_perm": settings.num_perm, "seed": settings.seed,
            "boilerplate": settings.boilerplate, "rules": features.ruleset(settings.rules).version,
            "disable": list(settings.disable), "lang": settings.lang, "bands": bands, "rows": rows,
            "fields": [settings.text_field, settings.id_field, settings.source_field, settings.date_field],
            "html": html.engine_name()}


def ask(repository: git.Repository, since: str | None, environ: Mapping[str, str] = os.environ) -> Question:
    """The question of `--since REF`, of pre-commit's range (pre-push, --from-ref), or of what is staged."""
    if since is not None:
        base, note = repository.fork(since)
        return Question(None, base, (note,) if note else ())
    first, last = environ.get("PRE_COMMIT_FROM_REF"), environ.get("PRE_COMMIT_TO_REF")
    if first and last and (tree := repository.tree_of(last)):
        base, note = repository.fork(first, last)
        return Question(tree, base, (note,) if note else ())
    return Question(None, repository.tree)


def scan(repository: git.Repository, question: Question, settings: Settings, index: Index, *,
         overrides: Sequence[Override] = (), below: Collection[bytes] = (),
         progress: pipeline.Progress = pipeline.silent) -> Answer:
    """The answer, by the shortest way. `below`: folders and files, relative to the top, outside of which nothing counts."""
    target = question.tree
    if question.base is None:
        changes = repository.staged() if target is None else repository.listed(target)
    elif target is None:
        changes = repository.changes(question.base, None)
    else:
        changes = repository.changes(question.base, target)
    admitted = _admitted(repository, settings, below)
    paths = [path for path, blob in changes if blob is not None]
    notes = list(question.notes)
    if count := sum(path.endswith(b".dvc") and admitted(path) for path in paths):
        notes.append(f"{count} .dvc pointer {_files(count)} skipped: the text is not in git and was not checked")
    changed = [path for path in paths if admitted(path)]
    everything = not changes or question.base is None
    if not changes:
        notes.append("nothing has changed: all tracked articles are looked at")
    run = _Run(repository, question, settings, index, admitted, notes, progress)
    answer = None
    if not everything and not overrides and index.get("merged") is not None:
        answer = run.warm(changed, changes if target is None and question.base == repository.tree else None)
    return answer or run.cold(None if everything else changed, overrides)


def _files(count: int) -> str:
    return "file was" if count == 1 else "files were"


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


@dataclass(slots=True)
class _Run:
    """One scan of a repository."""

    repository: git.Repository
    question: Question
    settings: Settings
    index: Index
    admitted: Callable[[bytes], bool]
    notes: list[str]
    progress: pipeline.Progress

    # --- warm ---------------------------------------------------------------------------------------------------------

    def warm(self, changed: Sequence[bytes], staged: Sequence[git.Change] | None) -> Answer | None:
        """The answer by way of the index; None when too much is unknown to it."""
        with self.index.transaction():
            tracked = self.tracked(staged)
            unread = tracked.unread()
            if len(unread) > FEW:
                return None
            recipe = pipeline.recipe_of(self.settings, 0)
            self.read(tracked, unread, recipe)
            self.index.merge(late=postings.LATE)
            limits = pipeline.limits_of(self.settings)
            near = Neighbourhood(self.index, tracked, recipe, limits)
            articles, errors = [], list[Unreadable]()
            for path in changed:
                found, failed = tracked.contents(path)
                articles += [number for _, number in found]
                errors += failed
            names, edges = near.around(articles)
            for name in sorted(near.stale):
                self.notes.append(f"{name}: git does not have its content (a partial clone?); it decides nothing")
            entries, langs, texts, numbers, first = [], [], [], [], {}
            new = set(changed)
            rows = sorted((id, place, number, name) for name in names if (node := near.node(name))
                          for id, place, number in node.members)
            for row, (id, place, number, name) in enumerate(rows):
                article = near.text(place, number)
                assert article is not None
                entries.append(replace(article, id=id, path=shown(os.fsdecode(place.path))))
                numbers.append(number)
                first.setdefault(name, row)
            folder = tempfile.TemporaryDirectory(prefix="dedup-", ignore_cleanup_errors=True)
            chunk = spool(entries, Path(folder.name) / "texts", count_blocks=False)
            corpus = Corpus([chunk], [article.id for article in entries], keep_alive=folder)
            pairs = np.array(sorted((first[one], first[other]) for one, other in edges), np.int64).reshape(-1, 2)
            found = self.index.features(numbers)
            total = tracked.count()
        clusters = match.settle(corpus, found, recipe, limits, self.settings.keep, np.sort(pairs, axis=1), 1, self.progress)
        which = {row for row, (_, place, _, _) in enumerate(rows) if place.path in new}
        return self.answer(corpus, found, recipe, clusters, which, errors, total, warm=True)
