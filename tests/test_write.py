"""Outputs: what is in them, what they may never do, and what a crash may never leave."""
import gzip
import io
import json

import pytest

from dedup import sources, staging, write
from dedup.errors import OutputError
from dedup.sources import MANIFEST
from results import read_all, rereader, result_of


def make(folder, **files):
    """Files by name, where a__b_txt stands for a/b.txt."""
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def scan(output, *paths, overwrite=False):
    found, errors = sources.find([str(path) for path in paths], output=output)
    result = result_of([*errors, *read_all(found)])
    if output:
        write.write_outputs(result, found, rereader(), output, overwrite=overwrite)
    return result, found, errors


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def lines(data):
    return [json.loads(line) for line in data.splitlines()]


@pytest.fixture
def news(tmp_path):
    folder = tmp_path / "news"
    make(folder, a_txt="Body\n[ad] buy\n", b_txt="Body\n", c_md="# Other\r\n\r\nText \r\n", sub__p_html="<p>Page</p>",
         sub__r_jsonl=b'{"id": 7, "text": "Body\\n", "x": [1.5, 123456789012345678901]}\n'
                      b'oops\n{"id": "k", "text": "Kept\\n[ad] z", "path": "mine"}\n')
    return folder


def annotated(*paths):
    result, found, errors = scan(None, *paths)
    out = io.BytesIO()
    write.annotate(result, [*errors, *read_all(found)], out)
    return lines(out.getvalue())


def test_annotate_keeps_every_field_and_every_input(news):
    rows = annotated(news)
    assert [row["path"] for row in rows] == [
        "a.txt", "b.txt", "c.md", "sub/p.html", "sub/r.jsonl", "sub/r.jsonl", "mine"]
    by_id = {row["id"]: row for row in rows}
    assert by_id["a.txt"]["text"] == "Body\n"
    assert by_id["a.txt"]["dedup"]["removed"] == [
        {"start": 5, "end": 14, "class": "ad", "rule": "test.ad", "evidence": ["cue"], "text": "[ad] buy\n"}]
    assert by_id[7]["x"] == [1.5, 123456789012345678901]
    assert rows[5] == {"id": None, "path": "sub/r.jsonl", "line": 2,
                       "dedup": {"error": "broken JSON: Expecting value at column 1"}}
    assert by_id["k"]["path"] == "mine" and by_id["k"]["dedup"]["path"] == "sub/r.jsonl"
    assert [row["dedup"].get("kept") for row in rows] == [False, False, True, True, True, None, True]


def test_decision_of_a_copy_a_canonical_and_a_loner(news):
    by_id = {row["id"]: row["dedup"] for row in annotated(news)}
    assert {**by_id["a.txt"], "removed": None} == {
        "cluster": 1, "canonical": "7", "kept": False, "relation": "exact", "match": "exact", "similarity": 1.0,
        "containment": 1.0, "reason": "same text", "removed": None}
    assert (by_id[7]["canonical"], by_id[7]["relation"], by_id[7]["similarity"]) == ("7", None, None)
    assert (by_id["k"]["cluster"], by_id["k"]["canonical"], by_id["k"]["kept"]) == (None, "k", True)


def test_colliding_ids_leave_the_field_alone(tmp_path):
    make(tmp_path, a_jsonl='{"id":1,"text":"x"}\n', b_jsonl='{"id":1,"text":"y"}\n')
    rows = annotated(tmp_path)
    assert [(row["id"], row["path"], row["dedup"]["id"], row["dedup"]["canonical"]) for row in rows] == [
        (1, "a.jsonl", "a.jsonl#1", "a.jsonl#1"), (1, "b.jsonl", "b.jsonl#1", "b.jsonl#1")]


def test_folder_holds_canonical_versions_and_a_manifest_of_everything(news, tmp_path):
    out = tmp_path / "out"
    scan(out, news)
    files = tree(out)
    assert set(files) == {"c.md", "sub/p.html.txt", "sub/r.jsonl", MANIFEST}
    assert files["c.md"] == b"# Other\r\n\r\nText \r\n"
    assert files["sub/p.html.txt"] == b"Page"
    assert [row["id"] for row in lines(files["sub/r.jsonl"])] == [7, "k"]
    manifest = lines(files[MANIFEST])
    assert [(row["path"], row["line"], row["output"]) for row in manifest] == [
        ("a.txt", None, None), ("b.txt", None, None), ("c.md", None, "c.md"), ("sub/p.html", None, "sub/p.html.txt"),
        ("sub/r.jsonl", 1, "sub/r.jsonl"), ("sub/r.jsonl", 2, None), ("sub/r.jsonl", 3, "sub/r.jsonl")]
    assert all(row["dedup"] for row in manifest)


def test_several_paths_go_below_their_base_names(tmp_path):
    make(tmp_path, x__news__a_txt="1", y__news__a_txt="2", z__other__a_txt="3", solo_txt="4")
    out = tmp_path / "out"
    scan(out, tmp_path / "x/news", tmp_path / "z/other", tmp_path / "solo.txt")
    assert set(tree(out)) == {"news/a.txt", "other/a.txt", "solo.txt", MANIFEST}
    scan(tmp_path / "out2", tmp_path / "x/news", tmp_path / "y/news")
    assert tree(tmp_path / "out2").keys() == {"x/news/a.txt", "y/news/a.txt", MANIFEST}


def test_names_that_differ_in_case_or_normalisation_do_not_meet(tmp_path):
    make(tmp_path / "in", A_txt="1", a_txt="2", x_html="<p>3", x_html_txt="4")
    (tmp_path / "in/caf\u00e9.txt").write_text("5")
    (tmp_path / "in/cafe\u0301.txt").write_text("6")
    scan(tmp_path / "out", tmp_path / "in")
    names = tree(tmp_path / "out").keys()
    assert len({name.casefold() for name in names}) == len(names) == 7


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz", "out.jsonl.zst"])
def test_one_file_of_records(news, tmp_path, name):
    if name.endswith(".zst"):
        pytest.importorskip("zstandard")
    out = tmp_path / name
    scan(out, news)
    first = out.read_bytes()
    found, _ = sources.find([str(out)])
    again = read_all(found)
    assert [item.id for item in again] == ["c.md", "sub/p.html", "7", "k"]
    assert len(lines((tmp_path / "out.manifest.jsonl").read_bytes())) == 7
    scan(out, news)  # it has a manifest of ours: replaced, and the same to the byte
    assert out.read_bytes() == first


def test_a_foreign_file_is_not_replaced(news, tmp_path):
    out = tmp_path / "mine.jsonl"
    out.write_text("precious")
    with pytest.raises(OutputError, match="--overwrite"):
        scan(out, news)
    assert out.read_text() == "precious"
    scan(out, news, overwrite=True)
    assert len(lines(out.read_bytes())) == 4


def test_overwriting_a_folder_takes_only_what_the_manifest_lists(news, tmp_path):
    out = tmp_path / "out"
    scan(out, news)
    make(out, notes_md="my own", sub__mine_txt="my own")
    with pytest.raises(OutputError, match="earlier output"):
        scan(out, news)
    (news / "c.md").unlink()
    (news / "sub/p.html").unlink()
    scan(out, news, overwrite=True)
    assert set(tree(out)) == {"notes.md", "sub/mine.txt", "sub/r.jsonl", MANIFEST}
    make(out, a_txt="in the way")
    make(news, a_txt="no copy of b")
    before = tree(out)
    with pytest.raises(OutputError, match="not ours"):
        scan(out, news, overwrite=True)
    assert tree(out) == before


def test_a_foreign_folder_is_not_written_to(news, tmp_path):
    make(tmp_path / "home", thesis_txt="precious")
    with pytest.raises(OutputError, match="not an output of dedup"):
        scan(tmp_path / "home", news, overwrite=True)
    assert set(tree(tmp_path / "home")) == {"thesis.txt"}


def test_a_manifest_cannot_make_us_delete_outside(news, tmp_path):
    out, victim = tmp_path / "out", tmp_path / "victim.txt"
    scan(out, news)
    victim.write_text("precious")
    with open(out / MANIFEST, "a") as manifest:
        for name in ("../victim.txt", str(victim), "sub/../../victim.txt"):
            manifest.write(json.dumps({"id": "x", "path": "x", "output": name, "dedup": {}}) + "\n")
    scan(out, news, overwrite=True)
    assert victim.read_text() == "precious"


def test_a_link_inside_the_output_does_not_lead_out(news, tmp_path):
    out, outside = tmp_path / "out", tmp_path / "outside"
    scan(out, news)
    outside.mkdir()
    for path in (out / "sub").iterdir():
        path.unlink()
    (out / "sub").rmdir()
    (out / "sub").symlink_to(outside)
    with pytest.raises(OutputError):
        scan(out, news, overwrite=True)
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("hostile", ["../../etc/passwd", "/etc/passwd", "CON", "a\0b", "x/../../y", "\u202e.txt", "."])
def test_ids_never_become_paths(tmp_path, hostile):
    folder = tmp_path / "in"
    make(folder, a_jsonl=json.dumps({"id": hostile, "text": "x"}))
    scan(tmp_path / "deep/out", folder)
    assert set(tree(tmp_path)) == {"in/a.jsonl", "deep/out/a.jsonl", f"deep/out/{MANIFEST}"}


def test_output_inside_the_input_is_not_read(news):
    first, *_ = scan(news / "clean", news)
    second, *_ = scan(news / "clean", news, overwrite=True)
    third, *_ = scan(news / "one.jsonl", news)
    fourth, *_ = scan(None, news)
    for other in (second, third, fourth):
        assert [entry.id for entry in first.entries] == [entry.id for entry in other.entries]


def test_an_output_that_is_named_is_read_without_its_manifest(news, tmp_path):
    result, *_ = scan(tmp_path / "clean", news)
    kept = [str(path) for path in sorted(tree(tmp_path / "clean")) if path != MANIFEST]
    found, errors = sources.find([str(tmp_path / "clean")])
    assert sorted(source.path for source in found) == kept and not errors
    (tmp_path / "clean" / MANIFEST).write_text('{"text": "somebody else\'s"}\n')
    again = {source.path for source in sources.find([str(tmp_path / "clean")])[0]}
    assert MANIFEST in again, "no manifest of ours"
    assert again == {*kept, MANIFEST} - {"sub/r.jsonl"}, "records that carry decisions of ours are an earlier output"


def test_a_text_that_changed_meanwhile_is_an_error_and_nothing_is_written(news, tmp_path):
    found, errors = sources.find([str(news)])
    result = result_of([*errors, *read_all(found)])
    for change in (lambda: (news / "c.md").write_text("other"), lambda: (news / "c.md").unlink()):
        change()
        with pytest.raises(OutputError, match="changed while"):
            write.write_outputs(result, found, rereader(), tmp_path / "out")
        with pytest.raises(OutputError, match="changed while"):
            write.write_outputs(result, found, rereader(), tmp_path / "out.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["news"]


def test_compression_is_kept(tmp_path):
    make(tmp_path / "in", a_txt_gz=gzip.compress(b"hello\n[ad]\n"), b_jsonl_gz=gzip.compress(b'{"text":"x"}\n'))
    scan(tmp_path / "out", tmp_path / "in")
    assert gzip.decompress((tmp_path / "out/a.txt.gz").read_bytes()) == b"hello\n"
    assert json.loads(gzip.decompress((tmp_path / "out/b.jsonl.gz").read_bytes()))["id"] == "b.jsonl.gz#1"


def test_a_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError):
        with staging.file(tmp_path / "a.jsonl") as stream:
            stream.write(b"half")
            raise RuntimeError
    with pytest.raises(RuntimeError):
        with staging.folder(tmp_path / "out") as part:
            (part / "x").write_text("half")
            raise RuntimeError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("moves", range(6))
def test_the_next_run_finishes_a_change_that_was_cut_short(news, tmp_path, monkeypatch, moves):
    out = tmp_path / "out"
    out.mkdir()  # an existing folder is changed file by file
    left, real = [moves], staging.os.replace

    def dying(source, target):
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        real(source, target)

    monkeypatch.setattr(staging.os, "replace", dying)
    try:
        scan(out, news)
    except KeyboardInterrupt:
        pass
    else:
        assert moves >= 4
        return
    monkeypatch.undo()
    scan(out, news)
    scan(tmp_path / "undisturbed", news)
    assert tree(out) == tree(tmp_path / "undisturbed")
