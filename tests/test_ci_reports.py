"""The reports for code hosting services: what GitHub's runner reads back, and SARIF 2.1.0."""
from __future__ import annotations

import io
import json
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from dedup.article import Entry, Result
from dedup.reporters import REPORTERS, RenderOptions
from report_results import HOSTILE, empty, hostile, many, sample


def rendered(format: str, result: Result, **options: Any) -> str:
    out = io.BytesIO()
    REPORTERS[format].render(result, out, options=RenderOptions(**options))
    return out.getvalue().decode()


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Workflow commands as the runner reads them: one a line, values percent-decoded."""
    def decoded(value: str, *codes: str) -> str:
        for code in (*codes, "0D", "0A", "25"):
            value = value.replace(f"%{code}", chr(int(code, 16)))
        return value

    found = []
    for line in text.split("\n")[:-1]:
        match = re.fullmatch(r"::(\w+) (.*?)::(.*)", line)
        assert match, line
        pairs = dict(pair.split("=", 1) for pair in match[2].split(","))
        found.append((match[1], {key: decoded(value, "3A", "2C") for key, value in pairs.items()}, decoded(match[3])))
    return found


def test_github_warns_at_the_newcomer_and_names_the_kept_article() -> None:
    found = commands(rendered("github", sample()))
    assert [kind for kind, *_ in found] == ["warning"] * 3 + ["error"] * 2 + ["notice"]
    assert found[0] == (
        "warning", {"file": "news/harbour/mirror.txt", "line": "1", "title": "Duplicate article"},
        "Edited copy (88% alike) of news/harbour/gazette.txt, which is kept: longest (267 characters)")
    assert found[2][1]["line"] == "2" and "wire-17 (wire.jsonl:17)" in found[2][2]


def test_files_are_named_from_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = sample()
    files = {entry.path: str(tmp_path / "corpus" / entry.path) for entry in result.entries}
    files["news/harbour/short.txt"] = "/elsewhere/short.txt"
    files["news/photo.txt"] = str(tmp_path / "photo.txt")
    first, second, *_, photo, _, _ = commands(rendered("github", result, files=files))
    assert first[1]["file"] == "corpus/news/harbour/mirror.txt"
    assert "of corpus/news/harbour/gazette.txt, which is kept" in first[2]
    assert second[1]["file"] == "/elsewhere/short.txt" and photo[1]["file"] == "photo.txt"
    [run] = json.loads(rendered("sarif", result, files=files))["runs"]
    uris = [found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for found in run["results"]]
    assert uris == ["corpus/news/harbour/mirror.txt", "file:///elsewhere/short.txt", "corpus/wire.jsonl"]


def test_github_reports_changed_articles_only_where_they_are_known() -> None:
    result = sample()
    mirror = next(n for n, entry in enumerate(result.entries) if "mirror" in entry.id)
    gazette = next(n for n, entry in enumerate(result.entries) if "gazette" in entry.id)
    [warning] = [c for c in commands(rendered("github", result, changed={mirror})) if c[0] == "warning"]
    assert warning[1]["file"] == "news/harbour/mirror.txt"
    [warning] = [c for c in commands(rendered("github", result, changed={gazette})) if c[0] == "warning"]
    assert warning[1]["file"] == "news/harbour/gazette.txt"
    assert warning[2].startswith("Duplicate of news/harbour/mirror.txt, which it would replace")


def test_no_name_or_text_makes_a_workflow_command_of_its_own() -> None:
    text = rendered("github", hostile())
    found = commands(text)
    assert [kind for kind, *_ in found] == ["warning", "error", "notice"]
    assert "\x1b" not in text and "\u202e" not in text
    file = found[0][1]["file"]
    assert file.startswith("a\\x1b[31mred") and "%0A" in file and "\n" in file


# What section 3 of SARIF 2.1.0 allows and requires (*) of the objects that are written.
OBJECTS = {
    "log": "$schema version* runs*",
    "run": "tool* invocations results columnKind",
    "tool": "driver*",
    "driver": "name* semanticVersion rules informationUri",
    "rule": "id* name shortDescription fullDescription help defaultConfiguration properties",
    "invocation": "executionSuccessful* toolExecutionNotifications",
    "notification": "level message* locations",
    "result": "ruleId ruleIndex level message* locations relatedLocations partialFingerprints properties",
    "location": "id message physicalLocation",
    "physicalLocation": "artifactLocation* region",
    "artifactLocation": "uri",
    "region": "startLine",
    "message": "text*",
}


def check(kind: str, value: dict[str, Any]) -> None:
    words = OBJECTS[kind].split()
    assert set(value) <= {word.rstrip("*") for word in words}, kind
    assert {word[:-1] for word in words if word.endswith("*")} <= set(value), kind


def checked(report: dict[str, Any]) -> None:
    """Assert that a log has only properties that SARIF has, in the right shape."""
    check("log", report)
    assert report["version"] == "2.1.0"
    for run in report["runs"]:
        check("run", run)
        check("tool", run["tool"])
        check("driver", run["tool"]["driver"])
        assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
        rules = run["tool"]["driver"]["rules"]
        for rule in rules:
            check("rule", rule)
        for invocation in run["invocations"]:
            check("invocation", invocation)
            for notification in invocation["toolExecutionNotifications"]:
                check("notification", notification)
                places(notification.get("locations", []))
        for result in run["results"]:
            check("result", result)
            check("message", result["message"])
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
            assert result["level"] in ("none", "note", "warning", "error")
            assert all(isinstance(value, str) for value in result["partialFingerprints"].values())
            places(result["locations"])
            places(result["relatedLocations"])
            links = re.findall(r"(?<!\\)\]\((\d+)\)", result["message"]["text"])
            assert links == [str(location["id"]) for location in result["relatedLocations"]]


def places(locations: list[dict[str, Any]]) -> None:
    for location in locations:
        check("location", location)
        check("physicalLocation", location["physicalLocation"])
        check("artifactLocation", location["physicalLocation"]["artifactLocation"])
        check("region", location["physicalLocation"]["region"])
        assert location["physicalLocation"]["region"]["startLine"] >= 1
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"(file:///)?(%[0-9A-F]{2}|[A-Za-z0-9._~/-])+", uri), uri


@pytest.mark.parametrize("make", [empty, hostile, sample, lambda: many(20)])
def test_sarif_is_sarif(make: Any) -> None:
    checked(json.loads(rendered("sarif", make())))


@pytest.mark.skipif("SARIF_SCHEMA" not in os.environ, reason="SARIF_SCHEMA does not name sarif-schema-2.1.0.json")
@pytest.mark.parametrize("make", [empty, hostile, sample, lambda: many(20)])
def test_sarif_satisfies_the_published_schema(make: Any) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(Path(os.environ["SARIF_SCHEMA"]).read_text("utf-8"))
    jsonschema.validate(json.loads(rendered("sarif", make())), schema)


@pytest.mark.parametrize(("clusters", "written", "words"), [
    (3, 6, ()), (4, 8, ("8 duplicates, of which GitHub shows 6;",)),
    (6, 10, ("12 duplicates", "GitHub shows 6, and is given the first 10"))])
def test_sarif_holds_no_more_than_github_takes(clusters: int, written: int, words: tuple[str, ...], monkeypatch: Any) -> None:
    from dedup.reporters import sarif

    monkeypatch.setattr(sarif, "DISPLAYED", 6)
    monkeypatch.setattr(sarif, "RESULTS", 10)
    result, out = many(clusters), io.BytesIO()
    note = sarif.render(result, out, options=RenderOptions())
    report = json.loads(out.getvalue())
    checked(report)
    [run] = report["runs"]
    assert len(run["results"]) == written and run["invocations"][0]["executionSuccessful"]
    notifications = run["invocations"][0]["toolExecutionNotifications"]
    assert [one["message"]["text"] for one in notifications] == ([note] if words else [])
    assert all(word in str(note) for word in words) and bool(words) == bool(note)


def test_sarif_places_the_result_at_the_newcomer_and_relates_the_kept_article() -> None:
    [run] = json.loads(rendered("sarif", sample()))["runs"]
    mirror, short, wire = run["results"]
    assert mirror["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "news/harbour/mirror.txt"
    assert mirror["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "news/harbour/gazette.txt"
    assert wire["locations"][0]["physicalLocation"]["region"] == {"startLine": 2}
    assert len({result["partialFingerprints"]["duplicatePair/v1"] for result in run["results"]}) == 3
    assert run["invocations"][0]["executionSuccessful"] is False
    notifications = run["invocations"][0]["toolExecutionNotifications"]
    assert notifications[1]["message"]["text"].startswith("not valid JSON")


def test_sarif_keeps_names_that_uris_and_messages_would_break() -> None:
    [run] = json.loads(rendered("sarif", hostile()))["runs"]
    [result] = run["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote(uri, errors="surrogatepass") == HOSTILE
    plain = sample()._replace(entries=[Entry(f"a [{n}](2) {{0}}.txt", f"a [{n}](2) {{0}}.txt") for n in range(6)])
    text = json.loads(rendered("sarif", plain))["runs"][0]["results"][0]["message"]["text"]
    assert text == "Edited copy (88% alike) of [a \\[0\\](2) {{0}}.txt](1)"


def test_a_renamed_file_keeps_its_fingerprint_and_an_edited_one_does_not() -> None:
    def prints(result: Result) -> list[str]:
        [run] = json.loads(rendered("sarif", result))["runs"]
        return [found["partialFingerprints"]["duplicatePair/v1"] for found in run["results"]]

    result = sample()
    renamed = result._replace(entries=[entry._replace(path=f"elsewhere/{entry.path}") for entry in result.entries])
    edited = result._replace(text_of=lambda n: result.text_of(n) + ".")
    assert prints(renamed) == prints(result)
    assert not set(prints(edited)) & set(prints(result))
