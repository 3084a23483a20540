"""A run's result without the run: exact copies are clusters, the first in id order is kept, and `[ad]…` lines go."""
import re

from dedup import ids, readers, sources
from dedup.article import Article, Cluster, Entry, Member, Result, Span, Unreadable, cut
from dedup.readers import ReadOptions

_AD = re.compile(r"\[ad\].*(?:\n|$)")


def result_of(items):
    """The result for articles as read."""
    read = list(items)
    articles = [item for item in read if isinstance(item, Article)]
    names, _ = ids.assign((article.id, article.path, article.line) for article in articles)
    ranked = sorted(range(len(articles)), key=names.__getitem__)
    number = {at: rank for rank, at in enumerate(ranked)}
    texts = [articles[at].text for at in ranked]
    removed = [tuple(Span(m.start(), m.end(), "ad", "test.ad", ("cue",)) for m in _AD.finditer(text)) for text in texts]
    groups = {}
    for rank, text in enumerate(texts):
        groups.setdefault(cut(text, removed[rank]), []).append(rank)
    clusters = tuple(
        Cluster(at, group[0], "first", (Member(group[0]), *(
            Member(rank, "exact", "exact", 1.0, 1.0, "same text") for rank in group[1:])))
        for at, group in enumerate((group for group in groups.values() if len(group) > 1), 1))
    return Result(
        {}, [Entry(names[at], articles[at].path, articles[at].line) for at in ranked],
        [number[at] for at in range(len(articles))], clusters, (),
        tuple(item for item in read if isinstance(item, Unreadable)),
        sum(span.end - span.start for spans in removed for span in spans), texts.__getitem__, removed.__getitem__)


def read_all(found, options=ReadOptions()):
    """Everything in some sources."""
    return [item for source in found for item in readers.read(source, options)]


def rereader(options=ReadOptions()):
    """How write.py reads a source again."""
    return lambda source: readers.read(source, options)


def one(path, options=ReadOptions()):
    """What is read of one file."""
    found, errors = sources.find([str(path)])
    return [*errors, *read_all(found, options)]
