"""`--format text`: the report for a person at a terminal.

Every cluster names the article that is kept, says why, and lists its copies with how they differ; then what boilerplate
was taken off, what could not be read, and one line that sums up. Nothing is wider than the terminal: long lists are cut,
with a count, and long names in their middle, unless `-v`.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO

from dedup.article import Cluster, Member, Result
from dedup.notes import gathered
from dedup.reporters import spread
from dedup.reporters.output import (RenderOptions, TextStream, alike, boilerplate_rows, errors, name, ordered, percent, place,
                                    title)
from dedup.terminal import counted, elided, fit, line, paint, plain, width, wrapped

CLUSTERS, COPIES, ROWS = 20, 8, 12  # how many are shown without -v
_STYLE = {"exact": "yellow", "reformatted": "yellow", "edited": "cyan", "abridged": "cyan", "expanded": "cyan"}


def render(result: Result, out: BinaryIO, *, options: RenderOptions) -> None:
    """Write the report to `out`."""
    with TextStream(out) as text:
        for section in (_clusters, _related, _sources, _boilerplate, _errors, _notes):
            for words in section(result, options):
                text.write(words + "\n")
        for words in _folded(summary(result.summary), options.width):
            text.write(paint(words, "bold", options.color) + "\n")


def summary(counts: Mapping[str, int]) -> str:
    """The counts of a run in one line."""
    parts = [f"{counts['unique']:,} unique"]
    if counts["duplicates"]:
        parts.append(f"{counted(counts['duplicates'], 'copy', 'copies')} in {counted(counts['clusters'], 'cluster')}")
    if counts["characters_removed"]:
        parts.append(f"{counted(counts['characters_removed'], 'character')} stripped")
    if counts["unreadable"]:
        parts.append(f"{counts['unreadable']:,} unreadable")
    return f"{counted(counts['articles'], 'article')}: {', '.join(parts)}"


def _folded(text: str, columns: int) -> Iterator[str]:
    """The counts in lines that end between two of them."""
    current = ""
    for part in text.split(", "):
        if current and width(current) + 3 + width(part) > columns:
            yield current + ","
            current = "  " + part
        else:
            current = f"{current}, {part}" if current else part
    yield current


def _shown(length: int, limit: int, options: RenderOptions) -> int:
    """How many of a list are shown; a rest of one is not worth a line that says so."""
    return length if options.verbose or length <= limit + 1 else limit


def _more(number: int, what: str, color: bool, indent: str = "  ") -> str:
    return paint(f"{indent}… and {number:,} more{what}; -v shows all", "dim", color)


def _heading(title: str, options: RenderOptions) -> list[str]:
    return [paint(title, "bold", options.color), ""]


def _clusters(result: Result, options: RenderOptions) -> Iterator[str]:
    if not result.clusters:
        yield from ["No copies found", ""]
        return
    yield from _heading("Copies of one article", options)
    shown = _shown(len(result.clusters), CLUSTERS, options)
    for cluster in ordered(result)[:shown]:
        yield from _cluster(result, cluster, options)
        yield ""
    if shown < len(result.clusters):
        yield _more(len(result.clusters) - shown, " clusters", options.color)
        yield ""


def _cluster(result: Result, cluster: Cluster, options: RenderOptions) -> Iterator[str]:
    number = f"{cluster.number:>3}  "
    headline = title(result, cluster.canonical)
    room = max(options.width, 40) - len(number) - 2
    yield number + paint(f"“{fit(headline, room)}”" if headline else "(no text)", "bold", options.color)
    copies = [member for member in cluster.members if member.article != cluster.canonical]
    shown = _shown(len(copies), COPIES, options)
    rows = [(_relation(member), alike(member), member) for member in copies[:shown]]
    relations = max(len(relation) for relation in ["kept", *(row[0] for row in rows)])
    degrees = max([len(degree) for _, degree, _ in rows], default=0)
    indent = 5 + relations + 2 + degrees + 2
    yield from _named("kept".ljust(relations), " " * degrees, cluster.canonical, ("green", "bold"), result, options)
    yield from _facts(result, cluster.canonical, headline, indent, options)
    if cluster.reason:
        yield from (paint(" " * indent + words, "dim", options.color)
                    for words in wrapped(f"because: {line(cluster.reason)}", max(options.width - indent, 20)))
    for relation, degree, member in rows:
        styles = _STYLE.get(relation, "cyan"), ""
        yield from _named(relation.ljust(relations), degree.ljust(degrees), member.article, styles, result, options)
        yield from _facts(result, member.article, headline, indent, options)
        if options.verbose:
            yield from (paint(" " * indent + words, "dim", options.color)
                        for words in wrapped(_details(result, member), max(options.width - indent, 20)))
    if shown < len(copies):
        yield _more(len(copies) - shown, " copies", options.color, " " * 5)


def _named(relation: str, degree: str, article: int, styles: tuple[str, str], result: Result,
           options: RenderOptions) -> Iterator[str]:
    """A row of a cluster, in columns. A name that does not fit there goes on a line of its own."""
    before = f"     {paint(relation, styles[0], options.color)}  {degree}  "
    called, taken = plain(name(result.entries[article])), 5 + len(relation) + 2 + len(degree) + 2
    if taken + width(called) > options.width:
        yield before.rstrip()
        before = " " * 7
        called = called if options.verbose else elided(called, options.width - len(before))
    yield before + paint(called, styles[1], options.color)


def _facts(result: Result, article: int, headline: str, indent: int, options: RenderOptions) -> Iterator[str]:
    """Who published an article and when, and its title where it is another one than that of the cluster."""
    entry, facts = result.entries[article], _known(result, article, headline)
    if entry.source or entry.date or facts and options.verbose:
        yield paint(" " * indent + fit(facts, max(options.width - indent, 20)), "dim", options.color)


def _known(result: Result, article: int, headline: str) -> str:
    entry, own = result.entries[article], title(result, article)
    known = line(entry.source or ""), spread.day(entry.date or ""), f"“{own}”" if own and own != headline else ""
    return " · ".join(filter(None, known))


def _relation(member: Member) -> str:
    return "same words" if member.relation == "reformatted" else member.relation or "copy"


def _details(result: Result, member: Member) -> str:
    """Everything known of a copy, for `-v`."""
    parts = [f"match {member.match}"] if member.match else []
    if member.similarity is not None:
        parts.append(f"similarity {member.similarity:.4f}")
    if member.containment is not None:
        parts.append(f"containment {member.containment:.4f}")
    parts += [line(member.reason)] if member.reason else []
    return ", ".join(parts)


def _related(result: Result, options: RenderOptions) -> Iterator[str]:
    """Pairs that share much and are no copies: nothing is dropped for them, but somebody may want to know."""
    if not result.related:
        return
    yield from _heading("Overlapping articles, both kept", options)
    rows = sorted(result.related, key=lambda pair: (-pair.shared, pair))
    shown = _shown(len(rows), ROWS, options)
    for pair in rows[:shown]:
        for number, start in ((pair.left, f"  {percent(pair.shared):>4} shared  "), (pair.right, " " * 15)):
            called = plain(name(result.entries[number]))
            if not options.verbose:
                called = elided(called, max(options.width // 2 - len(start), 12))
            room = options.width - width(start + called) - 2
            facts = fit(_known(result, number, ""), room) if room > 12 else ""
            yield start + called + (f"  {paint(facts, 'dim', options.color)}" if facts else "")
    if shown < len(rows):
        yield _more(len(rows) - shown, " pairs", options.color)
    yield ""


def _sources(result: Result, options: RenderOptions) -> Iterator[str]:
    """Who published first and who published it later, where dates tell."""
    flows = spread.flows(result)
    if not flows:
        return
    yield from _heading("Who published first", options)
    rows = [row for row in spread.sources(result) if row.first + row.later]
    rows.sort(key=lambda row: (-row.first, -row.later, row.name))
    shown = _shown(len(rows), ROWS, options)
    names = [fit(line(row.name), 32) for row in rows[:shown]]
    columns = max(map(width, ["source", *names]))
    yield paint(f"  {'source'.ljust(columns)}  first  later  articles", "dim", options.color)
    for row, called in zip(rows, names):
        yield f"  {called}{' ' * (columns - width(called))}  {row.first:>5,}  {row.later:>5,}  {row.articles:>8,}"
    if shown < len(rows):
        yield _more(len(rows) - shown, " sources", options.color)
    yield ""
    shown = _shown(len(flows), COPIES, options)
    for flow in flows[:shown]:
        times = counted(flow.articles, "article")
        room = max((options.width - 24 - len(times)) // 2, 12)
        first, later = (fit(line(one), room) for one in (flow.first, flow.later))
        yield f"  {first} → {later}: {times}, {spread.lag(flow.delay)} later"
    if shown < len(flows):
        yield _more(len(flows) - shown, " pairs of sources", options.color)
    yield ""


def _boilerplate(result: Result, options: RenderOptions) -> Iterator[str]:
    rows = boilerplate_rows(result)
    if not rows:
        return
    yield from _heading("Boilerplate found and left in" if result.settings.get("boilerplate") == "mask"
                        else "Boilerplate taken off", options)
    shown = _shown(len(rows), ROWS, options)
    kinds = [fit(line(row.cls), 20) for row in rows[:shown]]
    columns = max(map(width, ["class", *kinds]))
    yield paint(f"  articles  characters  {'class'.ljust(columns)}  example", "dim", options.color)
    for row, kind in zip(rows, kinds):
        start = f"  {row.articles:>8,}  {row.characters:>10,}  {kind}{' ' * (columns - width(kind))}  "
        yield start + fit(line(row.example), max(options.width - width(start), 12))
        if options.verbose:
            yield paint(f"{'':24}{row.kind} {line(row.key)}", "dim", options.color)
            for example in row.examples[1:]:  # the first stands above
                words = line(result.text_of(example.article)[example.start:example.end])
                yield paint(f"{'':24}{fit(f'also: {words}', max(options.width - 24, 12))}", "dim", options.color)
    if shown < len(rows):
        yield _more(len(rows) - shown, "", options.color)
    yield ""


def _errors(result: Result, options: RenderOptions) -> Iterator[str]:
    rows = gathered(errors(result), lambda path, number: plain(place(path, number)))
    if not rows:
        return
    yield from _heading("Could not be read", options)
    shown = _shown(len(rows), ROWS, options)
    for where, what in rows[:shown]:
        reason = line(what)
        if 4 + width(where) + width(reason) <= options.width:
            yield f"  {paint(where, 'red', options.color)}: {reason}"
        else:
            shortened = where if options.verbose else elided(where, options.width - 3)
            yield f"  {paint(shortened, 'red', options.color)}:"
            yield from (f"      {words}" for words in wrapped(reason, options.width - 6))
    if shown < len(rows):
        yield _more(len(rows) - shown, "", options.color)
    yield ""


def _notes(result: Result, options: RenderOptions) -> Iterator[str]:
    if not options.notes:
        return
    yield from _heading("Notes", options)
    for note in options.notes:
        first, *rest = wrapped(line(note), options.width - 4)
        yield f"  - {first}"
        yield from (f"    {words}" for words in rest)
    yield ""
