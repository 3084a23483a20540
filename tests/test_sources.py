"""Which files are read, under which names, in which order."""
import io
import os
import subprocess

import pytest

from dedup import ids, sources
from dedup.errors import ConfigError, InputError
from hypothesis import given
from hypothesis import strategies as st


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")


def paths(*given, **options):
    found, errors = sources.find([str(path) for path in given], **options)
    return [source.path for source in found], [error.path for error in errors]


def test_a_folder_is_read_in_order_of_names_without_hidden_and_unknown_files(tmp_path):
    touch(tmp_path, "b.txt", "a/z.md", "a.jsonl.gz", "B.html", "photo.jpg", ".hidden.txt", ".git/x.txt", "noext")
    assert paths(tmp_path) == (["B.html", "a.jsonl.gz", "a/z.md", "b.txt"], [])


def test_a_named_file_is_read_whatever_it_is_called(tmp_path):
    touch(tmp_path, "README", ".hidden.txt")
    assert paths(tmp_path / "README", tmp_path / ".hidden.txt") == (["README", ".hidden.txt"], [])


def test_several_paths_are_shown_from_their_common_parent(tmp_path):
    touch(tmp_path, "x/a.txt", "y/z/a.txt", "y/z/b.txt")
    assert paths(tmp_path / "y/z/b.txt", tmp_path / "x")[0] == ["y/z/b.txt", "x/a.txt"]
    assert paths(tmp_path / "y/z/b.txt")[0] == ["b.txt"]
    assert paths(tmp_path / "y", tmp_path / "y/z", tmp_path / "y/z/b.txt")[0] == ["z/a.txt", "z/b.txt"]


def test_a_missing_path_is_an_error_and_the_rest_is_read(tmp_path):
    touch(tmp_path, "a.txt")
    found, errors = sources.find([str(tmp_path / "none.txt"), str(tmp_path / "a.txt")])
    assert [source.path for source in found] == ["a.txt"]
    assert (errors[0].path, errors[0].error[:25]) == ("none.txt", "no such file or directory")


def test_links_are_followed_once_and_loops_told(tmp_path):
    touch(tmp_path, "in/real/a.txt", "in/b.txt", "out/c.txt", "out/d/e.txt")
    folder = tmp_path / "in"
    (folder / "again.txt").symlink_to(folder / "b.txt")
    (folder / "abroad").symlink_to(tmp_path / "out")
    (folder / "abroad2").symlink_to(tmp_path / "out")
    (folder / "loop").symlink_to(folder)
    (folder / "real/up").symlink_to("..")
    (folder / "self.txt").symlink_to("self.txt")
    (folder / "gone.txt").symlink_to("nowhere")
    (tmp_path / "out/back").symlink_to(folder)
    assert paths(folder) == (
        ["abroad/c.txt", "abroad/d/e.txt", "b.txt", "real/a.txt"], ["gone.txt", "loop", "real/up", "self.txt"])


def test_names_that_are_no_unicode_are_shown_and_opened(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("x")
    found, _ = sources.find([str(tmp_path)])
    assert found[0].path == "caf\\xe9.txt" and found[0].open().read() == b"x"
    found[0].path.encode("utf-8")


def test_gitignore_holds_in_a_work_tree_dedupignore_anywhere(tmp_path):
    touch(tmp_path, "a.txt", "b.txt", "sub/c.txt", "sub/keep.txt", "raw/d.txt")
    (tmp_path / ".gitignore").write_text("b.txt\n/raw/\n")
    (tmp_path / "sub/.dedupignore").write_text("*.txt\n!keep.txt\n")
    assert paths(tmp_path)[0] == ["a.txt", "b.txt", "raw/d.txt", "sub/keep.txt"]
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert paths(tmp_path)[0] == ["a.txt", "sub/keep.txt"]
    assert paths(tmp_path / "sub")[0] == ["keep.txt"]
    assert paths(tmp_path / "raw")[0] == ["d.txt"], "who names a folder wants it read"
    assert paths(tmp_path / "b.txt")[0] == ["b.txt"]


def test_exclude_holds_for_everything(tmp_path):
    touch(tmp_path, "a.txt", "sub/b.txt", "sub/c.md")
    assert paths(tmp_path, exclude=["*.md", "a.txt"])[0] == ["sub/b.txt"]
    assert paths(tmp_path, exclude=["sub/"])[0] == ["a.txt"]
    assert paths(tmp_path / "a.txt", exclude=["a.*"])[0] == []
    for wrong in ("!", "[z-a]x"):
        with pytest.raises(ConfigError, match="not a pattern"):
            sources.find([str(tmp_path)], exclude=[wrong])


def test_lines_that_are_no_pattern_are_passed_over(tmp_path):
    touch(tmp_path, "a.txt", "b.txt", "z.txt")
    (tmp_path / ".dedupignore").write_text("!\n[z-a].txt\nb.txt\n")
    assert paths(tmp_path)[0] == ["a.txt", "z.txt"]


def test_an_output_that_holds_the_input_is_refused(tmp_path):
    touch(tmp_path, "in/a.txt")
    for output in (tmp_path, tmp_path / "in", tmp_path / "in/a.txt"):
        with pytest.raises(ConfigError, match="choose another"):
            sources.find([str(tmp_path / "in/a.txt")], output=output)
    assert paths(tmp_path / "in", output=tmp_path / "in/a.txt")[0] == []


def test_nul_separated_lists(tmp_path):
    touch(tmp_path, "a b.txt", "c\nd.txt")
    names = [os.fsencode(tmp_path / name) for name in ("c\nd.txt", "a b.txt")]
    listing = tmp_path / "list"
    listing.write_bytes(b"\0".join(names) + b"\0")
    assert paths(files0_from=str(listing))[0] == ["c\nd.txt", "a b.txt"]
    assert paths(files0_from="-", stdin=io.BytesIO(b"\0".join(names)))[0] == ["c\nd.txt", "a b.txt"]
    assert paths(files0_from="-", stdin=io.BytesIO())[0] == []
    for wrong, why in ((b"a\0\0b", "name 2 is empty"), (b"a.txt\nb.txt\n", "print0")):
        with pytest.raises(InputError, match=why):
            sources.find([], files0_from="-", stdin=io.BytesIO(wrong))


def test_stdin_is_spooled_and_its_compression_seen():
    import gzip

    found, _ = sources.find(["-"], stdin=io.BytesIO(gzip.compress(b"{}\n")))
    assert (found[0].path, found[0].format, found[0].compression) == ("-", ".jsonl", ".gz")
    assert gzip.decompress(found[0].open().read()) == gzip.decompress(found[0].open().read()) == b"{}\n"


places = st.sampled_from([
    ("p", 1), ("p", 2), ("p", 3), ("q", None), ("p#1", None), ("q#1", 1), ("q#1", 2), ("q#1#1", None)])
keys = st.lists(
    st.tuples(st.sampled_from(["", "a", "b", "p#1", "p#2", "q", "q#1", "q#1#1"]), places)
    .map(lambda key: (key[0], *key[1])),
    unique_by=lambda key: key[1:])


@given(keys)
def test_ids_are_unique_and_only_collisions_change_them(listed):
    got, warning = ids.assign(listed)
    assert len(set(got)) == len(got)
    natural = [own or (path if line is None else f"{path}#{line}") for own, path, line in listed]
    assert (warning is None) == (len(set(natural)) == len(natural))
    for id_, plain, (_, path, line) in zip(got, natural, listed):
        assert id_ in (plain, f"{path}#{line or 1}")
        assert id_ == plain or natural.count(plain) > 1 or plain in got


@given(keys, st.randoms())
def test_ids_do_not_hang_on_the_order(listed, random):
    mixed = list(listed)
    random.shuffle(mixed)
    assert dict(zip(listed, ids.assign(listed)[0])) == dict(zip(mixed, ids.assign(mixed)[0]))


def test_names_alike_but_for_case_keep_their_names(tmp_path):
    touch(tmp_path, "A.txt", "a.txt")
    found, _ = sources.find([str(tmp_path)])
    assert [(source.path, source.target) for source in found] == [("A.txt", "A.txt"), ("a.txt", "a~2.txt")]


def test_targets_are_never_in_each_others_way(tmp_path):
    touch(tmp_path, "x/news/a.txt", "y/news", "z/News/a.txt", "w/dedup-manifest.jsonl")
    found, _ = sources.find([str(tmp_path / name) for name in ("x/news", "y/news", "z/News", "w/dedup-manifest.jsonl")])
    assert [source.target for source in found] == [
        "x/news/a.txt", "y/news", "z/News/a.txt", "dedup-manifest~2.jsonl"]
    touch(tmp_path, "q/a", "q/b")
    targets = sources._Targets()
    assert [targets(name) for name in ("a", "A/b", "a/c/d", "a~2", ".x.txt", ".X.txt", "dedup-manifest.jsonl")] == [
        "a", "~2/A/b", "~2/a/c/d", "a~2", ".x.txt", ".X~2.txt", "dedup-manifest~2.jsonl"]
