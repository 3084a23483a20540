"""The reports: golden files for what they look like, properties for what must hold whatever the articles hold."""
from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import __version__, terminal
from dedup.article import Cluster, Entry, Member, Related, Result, Unreadable
from dedup.reporters import REPORTERS, RenderOptions, spread
from dedup.reporters.output import findings, fingerprint, percent
from report_results import HOSTILE, empty, hostile, many, sample

GOLDEN = Path(__file__).parent / "cases" / "reports"
ENDINGS = {"text": "txt", "json": "json", "jsonl": "jsonl", "csv": "csv"}


def rendered(format: str, result: Result, **options: object) -> bytes:
    out = io.BytesIO()
    REPORTERS[format].render(result, out, options=RenderOptions(**options))  # type: ignore[arg-type]
    assert not out.closed
    return out.getvalue()


def as_text(format: str, result: Result, **options: object) -> str:
    return rendered(format, result, **options).decode()


@pytest.mark.parametrize("format", ENDINGS)
def test_looks_as_agreed(format: str) -> None:
    """To renew after a change that you looked at: RENEW_GOLDEN=1 pytest tests/test_reporters.py"""
    text = as_text(format, sample()).replace(f'"{__version__}"', '"VERSION"')
    path = GOLDEN / f"sample.{ENDINGS[format]}"
    if "RENEW_GOLDEN" in os.environ:
        path.write_text(text, "utf-8", newline="")
    assert text == path.read_text("utf-8")


@pytest.mark.parametrize("format", REPORTERS)
@pytest.mark.parametrize("make", [empty, hostile, sample])
def test_every_report_of_every_result_is_the_same_each_time(format: str, make: object) -> None:
    assert rendered(format, make()) == rendered(format, make())  # type: ignore[operator]


@given(st.text(st.characters(), max_size=40))
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    for shown in (terminal.plain(text), terminal.line(text)):
        assert all(unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp") for char in shown)
        assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


@pytest.mark.parametrize("text", ["Zürich", "می\u200cخواهم", "日本語", "naïve café", "👩\u200d🚀", "a\u00a0b"])
def test_ordinary_writing_is_left_alone(text: str) -> None:
    assert terminal.plain(text) == text


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs", "Mn"]), max_size=60), st.integers(2, 30))
def test_a_fitted_text_fits(text: str, columns: int) -> None:
    assert terminal.width(terminal.fit(text, columns)) <= columns
    assert terminal.fit(text, columns) == text or terminal.width(text) > columns


@pytest.mark.parametrize("verbose", [0, 1])
def test_the_terminal_gets_no_raw_control_from_names_or_texts(verbose: int) -> None:
    text = as_text("text", hostile(), verbose=verbose)
    assert all(char == "\n" or char.isprintable() for char in text)
    assert "::error" not in [words[:7] for words in text.splitlines()]


LONG = ("archive/2024/11/17/" + "the-harbour-authority-closed-the-northern-pier-" * 3 + "final.txt",
        "新闻/二〇二四年/" + "港务局周一关闭了北码头潜水员发现两根支柱有裂缝" * 4 + ".txt", "n" * 300, "长" * 150)


def with_long_names() -> Result:
    """The sample with names, reasons, classes and errors that are longer than a line."""
    result = sample()
    entries = [entry._replace(id=long if number % 2 else entry.id, path=long, source=long)
               for number, (entry, long) in enumerate(zip(result.entries, LONG * 2))]
    return result._replace(
        entries=entries,
        clusters=tuple(cluster._replace(reason=f"source:{long}, longest") for cluster, long in zip(result.clusters, LONG)),
        boilerplate=tuple(row._replace(cls=long, key=long, example=long) for row, long in zip(result.boilerplate, LONG[1::2])),
        errors=tuple(Unreadable(long, f"something about {long} is not right", 10**9) for long in LONG))


@pytest.mark.parametrize("color", [False, True])
@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("make", [sample, with_long_names, lambda: many(30), hostile, empty,
                                  lambda: with_long_names()._replace(related=(Related(0, 3, 0.9, 0.2),))],
                         ids=["sample", "long names", "many", "hostile", "empty", "overlapping"])
def test_text_is_no_wider_than_the_terminal(make: Callable[[], Result], columns: int, color: bool) -> None:
    result = make()._replace(characters_removed=10**14)
    text = as_text("text", result, width=columns, color=color, notes=("A sentence that goes on " * 9, "x" * 200))
    lines = re.sub(r"\x1b\[\d+m", "", text).splitlines()
    assert max(map(terminal.width, lines)) <= columns
    assert color or "\x1b" not in text


def test_a_long_name_keeps_both_ends_and_is_whole_with_v() -> None:
    short, long = as_text("text", with_long_names()), as_text("text", with_long_names(), verbose=1)
    assert "archive/2024/11/17/the" in short and "final.txt" in short and LONG[0] not in short
    assert all(name in long for name in LONG)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Mn"]), max_size=60), st.integers(6, 30))
def test_an_elided_text_fits_and_keeps_its_end(text: str, columns: int) -> None:
    shown = terminal.elided(text, columns)
    assert terminal.width(shown) <= columns
    assert shown == text or "…" in shown and text.endswith(shown.rpartition("…")[2])


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Mn", "Zs"]), max_size=90), st.integers(2, 30))
def test_wrapped_lines_fit_and_lose_nothing(text: str, columns: int) -> None:
    lines = terminal.wrapped(text, columns)
    assert all(terminal.width(words) <= columns for words in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_colour_adds_nothing_but_colour() -> None:
    colored = as_text("text", sample(), color=True)
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[\d+m", "", colored) == as_text("text", sample())


def test_long_lists_are_cut_with_a_count_and_whole_with_v() -> None:
    short, long = as_text("text", many(30)), as_text("text", many(30), verbose=1)
    assert "… and 10 more clusters; -v shows all" in short and "news/000089.txt" not in short
    assert "more clusters" not in long and "news/000089.txt" in long


def test_a_list_one_too_long_is_shown_whole() -> None:
    assert "more clusters" not in as_text("text", many(21))


def test_text_ends_with_one_line_that_sums_up_or_as_many_as_it_takes() -> None:
    assert as_text("text", sample(), width=100).splitlines()[-1] == (
        "6 articles: 3 unique, 3 copies in 2 clusters, 172 characters stripped, 2 unreadable")
    assert as_text("text", sample()).splitlines()[-2:] == [
        "6 articles: 3 unique, 3 copies in 2 clusters, 172 characters stripped,", "  2 unreadable"]
    assert as_text("text", empty()).splitlines()[-1] == "0 articles: 0 unique"


def test_boilerplate_that_was_left_in_is_not_said_to_be_taken_off() -> None:
    assert "Boilerplate taken off" in as_text("text", sample())
    masked = as_text("text", sample()._replace(settings={"boilerplate": "mask"}))
    assert "Boilerplate found and left in" in masked and "taken off" not in masked


def strict(text: str) -> object:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")
    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize("make", [empty, hostile, sample])
def test_json_has_the_documented_shape(make: object) -> None:
    report = strict(as_text("json", make()))  # type: ignore[operator]
    assert isinstance(report, dict)
    assert list(report) == ["version", "settings", "summary", "clusters", "boilerplate", "errors", "related", "sources", "flows"]
    assert list(report["summary"]) == ["articles", "unique", "clusters", "duplicates", "unreadable",
                                       "characters_removed"]
    for cluster in report["clusters"]:
        assert list(cluster) == ["cluster", "canonical", "reason", "members"]
        assert cluster["members"][0]["id"] == cluster["canonical"]
        for member in cluster["members"]:
            assert list(member) == ["id", "path", "line", "relation", "match", "similarity", "containment", "title", "source",
                                    "date"]
    for row in report["boilerplate"]:
        assert list(row) == ["kind", "key", "class", "articles", "characters", "example", "examples", "ids"]
        assert len(row["ids"]) == row["articles"] or not row["ids"]
    for error in report["errors"]:
        assert list(error) == ["path", "line", "error"]


def test_json_keeps_every_character_and_refuses_not_a_number() -> None:
    report = strict(as_text("json", hostile()))
    assert report["clusters"][0]["canonical"] == HOSTILE  # type: ignore[index, call-overload]
    with pytest.raises(ValueError):
        rendered("json", sample()._replace(settings={"threshold": float("nan")}))


def test_similarities_have_four_decimals() -> None:
    assert '"similarity": 0.8824,' in as_text("json", sample())


def test_json_lines_hold_what_json_holds() -> None:
    whole = strict(as_text("json", sample()))
    lines = [json.loads(words) for words in as_text("jsonl", sample()).splitlines()]
    by_type: dict[str, list[object]] = {}
    for record in lines:
        by_type.setdefault(record.pop("type"), []).append(record)
    assert list(by_type) == ["run", "cluster", "boilerplate", "error", "source", "flow"]
    [run] = by_type["run"]
    assert {**run, "clusters": by_type["cluster"], "boilerplate": by_type["boilerplate"],  # type: ignore[dict-item]
            "errors": by_type["error"], "related": [], "sources": by_type["source"], "flows": by_type["flow"]} == whole


def test_every_removal_is_listed_with_its_articles_and_several_examples() -> None:
    [appeal, social] = strict(as_text("json", sample()))["boilerplate"]  # type: ignore[index, call-overload]
    assert appeal["ids"] == ["harbour/gazette.txt", "harbour/mirror.txt"] and social["ids"] == ["harbour/mirror.txt"]
    assert [one["text"][:38] for one in appeal["examples"]] == [
        "Support the Gazette from 4 euros a mon", "Support the Gazette from 6 euros a mon"]


def clustered(*dates: str | None) -> Result:
    """One cluster of an article for each date, of the sources A, B, …"""
    entries = [Entry(f"{n}", f"{n}.txt", None, chr(65 + n), date) for n, date in enumerate(dates)]
    members = (Member(0), *(Member(n, "edited", "jaccard", .9, .9) for n in range(1, len(dates))))
    return sample()._replace(entries=entries, order=range(len(dates)), clusters=(Cluster(1, 0, "", members),),
                             text_of=lambda n: "text", removed_of=lambda n: ())


@pytest.mark.parametrize(("dates", "expected"), [
    (("2024-03-04T08:00:00Z", "2024-03-04T09:30:00Z"), [("A", "B", 5400)]),
    (("2024-03-04T10:00:00+02:00", "2024-03-04T07:00:00Z"), [("B", "A", 3600)]),
    (("2024-03-05", "2024-03-04T23:00:00Z"), [("B", "A", 86400)]),
    (("2024-03-04", "2024-03-04T09:30:00Z"), []), (("2024-03-04", "2024-03-04"), []),
    (("2024-03-04", None), []), (("soon", "2024-03-04"), []),
    (("2024-03-04", "2024-03-04", "2024-03-06"), []), (("2024-03-01", "2024-03-04", "2024-03-06"),
                                                       [("A", "B", 259200), ("A", "C", 432000)]),
])
def test_who_was_first_is_told_only_where_dates_tell(dates: tuple[str | None, ...], expected: list[tuple[str, str, int]]) -> None:
    assert [(flow.first, flow.later, flow.delay) for flow in spread.flows(clustered(*dates))] == expected
    assert sum(row.first for row in spread.sources(clustered(*dates))) == bool(expected)


def test_overlapping_articles_are_named_with_what_is_known_of_them() -> None:
    text = as_text("text", sample()._replace(related=(Related(0, 3, 0.84, 0.2),)))
    assert "   84% shared  news/harbour/gazette.txt  Gazette · 2024-03-04 08:00 UTC" in text
    assert "\n               news/weather.txt  “Rain in the west, sun in the east.”\n" in text
    report = strict(as_text("json", sample()._replace(related=(Related(0, 3, 0.84, 0.2),))))
    assert report["related"] == [{"left": "harbour/gazette.txt", "right": "weather.txt",  # type: ignore[index, call-overload]
                                  "relation": "overlapping", "shared": 0.84, "own": 0.2}]


def test_the_largest_cluster_comes_first_and_of_equal_ones_the_most_doubtful() -> None:
    order = [line for line in as_text("text", sample()._replace(clusters=sample().clusters[::-1])).splitlines() if "“" in line]
    assert order[0].startswith("  1  “The harbour")
    doubtful = many(2).clusters
    members = (Member(3), Member(4, "edited", "jaccard", 0.71, 0.95), Member(5, "abridged", "containment", 0.4, 0.99))
    text = as_text("text", many(2)._replace(clusters=(doubtful[0], doubtful[1]._replace(members=members))))
    assert text.index("Story 1,") < text.index("Story 0,")


def test_csv_is_read_back_as_written() -> None:
    rows = list(csv.DictReader(io.StringIO(as_text("csv", sample()), newline="")))
    assert [row["kept"] for row in rows] == ["true", "false", "false", "true", "false"]
    assert rows[1]["canonical"] == rows[0]["id"] and rows[0]["reason"] == "longest (267 characters)"
    hostile_rows = list(csv.DictReader(io.StringIO(as_text("csv", hostile()), newline="")))
    assert [row["id"] for row in hostile_rows] == [HOSTILE.replace("\ud800", "\\ud800") + end for end in ("", "2")]


def test_paths0_lists_files_of_dropped_copies_only() -> None:
    assert rendered("paths0", sample()) == b"news/harbour/mirror.txt\0news/harbour/short.txt\0"


def files(*members: str, alone: tuple[str, ...] = (), errors: tuple[str, ...] = ()) -> Result:
    """One cluster whose first article is kept, each in the file of that name."""
    entries = [Entry(str(n), path) for n, path in enumerate([*members, *alone])]
    cluster = Cluster(1, 0, "", tuple(Member(n, "exact" if n else None) for n in range(len(members))))
    return empty()._replace(entries=entries, clusters=(cluster,),
                            errors=tuple(Unreadable(path, "?") for path in errors))


@pytest.mark.parametrize(("result", "expected"), [
    pytest.param(files("a", "b", "c"), b"b\0c\0", id="copies"),
    pytest.param(files("a", "b", "b"), b"b\0", id="both copies in one file"),
    pytest.param(files("a", "a", "b"), b"b\0", id="a copy beside the kept one stays"),
    pytest.param(files("a", "b", "c", alone=("b",)), b"c\0", id="a copy beside a unique article stays"),
    pytest.param(files("a", "b", "c", errors=("b",)), b"c\0", id="a copy beside an unreadable record stays"),
    pytest.param(files("a", "-"), b"", id="standard input is no file"),
    pytest.param(files("a", "b\nc"), b"b\nc\0", id="newline"),
])
def test_paths0_never_names_a_file_that_holds_more(result: Result, expected: bytes) -> None:
    assert rendered("paths0", result) == expected


def test_paths0_gives_names_as_the_file_system_has_them() -> None:
    real = os.fsdecode(b"b\xff")
    assert rendered("paths0", files("a", "b\\xff"), files={"b\\xff": real}) == b"b\xff\0"


def told(changed: set[int] | None) -> list[tuple[int, int, bool]]:
    return [(finding.article, finding.other, finding.kept)
            for finding in findings(files("a", "b", "c"), changed)]


def test_findings_are_about_the_newcomer() -> None:
    assert told(None) == [(1, 0, False), (2, 0, False)]
    assert told({1}) == [(1, 0, False)]
    assert told({0}) == [(0, 1, True)], "the new article is better than the one that was there"
    assert told({0, 1}) == [(1, 0, False), (0, 2, True)]
    assert told({0, 1, 2}) == [(1, 0, False), (2, 0, False)], "all are new: each copy is told of once"
    assert told(set()) == []


def test_a_fingerprint_is_of_the_pair() -> None:
    assert fingerprint("a", "b") == fingerprint("b", "a") != fingerprint("a", "c")
    assert fingerprint("ab", "") != fingerprint("a", "b")


def test_the_heavy_library_is_loaded_for_html_only() -> None:
    code = ("import sys, io; sys.path.append('tests')\n"
            "from dedup.reporters import REPORTERS, RenderOptions\n"
            "from report_results import sample\n"
            "for name in REPORTERS:\n"
            "    if name != 'html': REPORTERS[name].render(sample(), io.BytesIO(), options=RenderOptions())\n"
            "assert not {'jinja2', 'numpy', 'rapidfuzz'} & set(sys.modules), set(sys.modules)")
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[1])


@pytest.mark.parametrize(("share", "shown"), [
    (0.8824, "88%"), (0.979, "98%"), (0.9999, "99%"), (1.0, "100%"), (0.0, "0%")])
def test_a_hundred_percent_means_all(share: float, shown: str) -> None:
    assert percent(share) == shown
