"""Laws that hold for any corpus: what is kept, what is removed, and on what a decision may depend."""
import json
import random
import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings as given_settings, strategies as st

from dedup import kept, match, pipeline, sources, standalone
from dedup.article import cut
from dedup.cli import main
from dedup.features import Recipe
from dedup.settings import Settings

WORDS = ("harbour council voted tuesday pier ferry budget river school winter repair bridge mayor engineer market museum "
         "farmer storm railway station plan cost million months local residents argued against after before under new old "
         "north south quay valley company minister report inquiry court judge hospital doctor teacher union strike").split()
APPEAL = ["Dear readers,", "Our newsroom lives on what its readers give, and on nothing else.",
          "If you can, please support us with $5 a month. It takes a minute, and every contribution counts.",
          "Thank you for standing with us."]
NAVIGATION = ["Share this article", "Follow us on Facebook", "Read more: Council meets again on Friday"]


def sentence(chance):
    words = [chance.choice(WORDS) for _ in range(chance.randint(9, 18))]
    return " ".join(words).capitalize() + "."


def corpus(seed):
    """Records: originals, and copies that were edited, cut, or wrapped in boilerplate."""
    chance = random.Random(seed)
    records = []
    for original in range(chance.randint(2, 5)):
        body = [" ".join(sentence(chance) for _ in range(3)) for _ in range(chance.randint(3, 7))]
        for copy in range(chance.choice([1, 1, 2, 3])):
            text = list(body)
            if copy and chance.random() < .5:
                text[-1] = sentence(chance)
            if copy and chance.random() < .3:
                text = text[:max(2, len(text) * 2 // 3)]
            if chance.random() < .5:
                text += APPEAL
            if chance.random() < .3:
                text.insert(1, chance.choice(NAVIGATION))
            records.append({"id": f"{original}-{copy}", "site": f"s{chance.randint(0, 2)}", "text": "\n\n".join(text)})
    return records


def scan(records, **changed):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "records.jsonl")
        path.write_text("".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in records))
        found, failed = sources.find([str(path)])
        return pipeline.scan(found, Settings(jobs=1, engine="numpy", **changed), failed=failed)


def decisions(result, without=()):
    """Everything decided, by id; numbers of clusters and articles replaced by what they stand for."""
    ids = [entry.id for entry in result.entries]
    groups = {(ids[cluster.canonical], tuple(
        (ids[member.article], member.relation, member.match, member.similarity) for member in cluster.members
        if ids[member.article] not in without)) for cluster in result.clusters}
    removed = {ids[number]: result.removed_of(number) for number in range(len(ids)) if ids[number] not in without}
    return {group for group in groups if len(group[1]) > 1}, removed


corpora = st.integers(0, 10**6).map(corpus)
laws = given_settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@laws
@given(corpora)
def test_kept_text_and_removed_spans_rebuild_the_text(records):
    result = scan(records)
    for number in range(len(records)):
        text, at, rebuilt = result.text_of(number), 0, ""
        for span in result.removed_of(number):
            assert at <= span.start < span.end <= len(text)
            rebuilt += text[at:span.start] + text[span.start:span.end]
            at = span.end
        assert rebuilt + text[at:] == text


@laws
@given(corpora)
def test_every_article_stands_in_exactly_one_place(records):
    result = scan(records)
    assert sorted(result.order) == list(range(len(records)))
    members = [member.article for cluster in result.clusters for member in cluster.members]
    assert len(members) == len(set(members))
    assert all(cluster.canonical == cluster.members[0].article and len(cluster.members) > 1 for cluster in result.clusters)
    assert [cluster.number for cluster in result.clusters] == list(range(1, len(result.clusters) + 1))


@laws
@given(corpora)
def test_every_dropped_article_satisfies_its_rule_against_its_canonical(records):
    result = scan(records)
    for cluster in result.clusters:
        for member in cluster.members[1:]:
            assert {"exact": member.similarity == 1, "jaccard": member.similarity >= .7,
                    "containment": member.containment >= Settings().containment, "edit": True}[member.match]
            assert 0 <= member.similarity <= member.containment <= 1


@laws
@given(corpora, st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(records, chance):
    shuffled = records[:]
    chance.shuffle(shuffled)
    assert decisions(scan(records)) == decisions(scan(shuffled))


@laws
@given(corpora)
def test_an_input_that_cannot_be_read_changes_nothing_else(records):
    broken = records[:1] + ['{"text": 1\n', '{"no": "text"}\n'] + records[1:]
    result = scan(broken)
    assert len(result.errors) == 2
    assert decisions(result) == decisions(scan(records))


@laws
@given(corpora, st.integers(0, 10**6))
def test_an_exact_duplicate_changes_no_other_decision(records, seed):
    twin = {**random.Random(seed).choice(records), "id": "zzz"}
    before, after = decisions(scan(records)), decisions(scan([*records, twin]), without={"zzz"})
    assert before[1] == after[1]
    assert before[0] == after[0]


@laws
@given(corpora)
def test_strip_of_its_own_output_changes_nothing(records):
    recipe = Recipe()
    with tempfile.TemporaryDirectory() as folder:
        for record in records:
            path = Path(folder, "a.txt")
            path.write_text(record["text"])
            once = standalone.strip(str(path), None, recipe).after
            path.write_text(once)
            assert standalone.strip(str(path), None, recipe).after == once


@laws
@given(corpora)
def test_mask_changes_no_text_and_the_same_clusters(records):
    stripped, masked = scan(records), scan(records, boilerplate="mask")
    assert decisions(stripped)[0] == decisions(masked)[0]
    assert not any(decisions(masked)[1].values())


@pytest.mark.parametrize("seed", range(3))
def test_canonical_text_is_the_text_without_its_spans(seed):
    result = scan(corpus(seed))
    for number in range(len(result.entries)):
        clean = cut(result.text_of(number), result.removed_of(number))
        assert len(clean) == len(result.text_of(number)) - sum(s.end - s.start for s in result.removed_of(number))


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_where_features_are_kept_and_by_whom_changes_no_decision(engine, tmp_path, monkeypatch):
    if engine == "numba" and not find_spec("numba"):
        pytest.skip("without numba")
    join, found = kept.join, []
    monkeypatch.setattr(kept, "join", lambda *given: found.append(join(*given)) or found[-1])
    monkeypatch.setattr(pipeline, "BATCH_BYTES", 5000)
    monkeypatch.setattr(match, "WORTH", 1)
    out = []
    for more in (["--jobs", "1"], ["--max-memory", "1K"], ["--max-memory", "1K", "--jobs", "1"], ["--jobs", "3"]):
        target = tmp_path / f"out{len(out)}.jsonl"
        samples = str(Path(__file__).parent.parent / "samples")
        assert main(["scan", samples, "--annotate", str(target), "--isolated", "-q", "--engine", engine, *more]) == 0
        out.append(target.read_bytes())
    assert out == out[:1] * 4
    assert [(isinstance(one.signatures, np.memmap), isinstance(one.samples, np.memmap)) for one in found] == [
        (False, False), (True, True), (True, True), (False, False)]
