"""The shape of the package: no circles, stages below the pipeline, click in cli.py only, heavy imports inside functions."""
import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "dedup"
TOP = {"cli", "__main__"}
HEAVY = {"datasketch", "scipy", "numba", "pyarrow", "trafilatura", "jinja2", "pyspark", "rapidfuzz"}


def modules():
    for path in sorted(ROOT.rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        yield name, ast.parse(path.read_text("utf-8"))


def imported(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


TREES = dict(modules())


def own(name):
    """The module of ours that an imported name means, or None."""
    if not name.startswith("dedup."):
        return None
    parts = name.split(".")[1:]
    while parts and ".".join(parts) not in TREES:
        parts.pop()
    return ".".join(parts) or None


GRAPH = {name: {own(target) for node in ast.walk(tree) for target in imported(node)} - {None, name}
         for name, tree in TREES.items()}


COMPILED = {"engines.numba_"}  # with numba


def test_imports_have_no_circle():
    done, path = set(), []

    def visit(name):
        assert name not in path, f"circle: {' → '.join([*path[path.index(name):], name])}"
        if name in done:
            return
        path.append(name)
        for target in sorted(GRAPH[name]):
            visit(target)
        done.add(path.pop())

    for name in GRAPH:
        visit(name)


@pytest.mark.parametrize("name", sorted(set(TREES) - {"__main__"}))
def test_nothing_imports_the_command_line(name):
    assert "cli" not in GRAPH[name]


@pytest.mark.parametrize("name", sorted(TREES))
def test_click_stands_in_the_command_line_only(name):
    found = {target.split(".")[0] for node in ast.walk(TREES[name]) for target in imported(node)}
    assert "click" not in found or name == "cli"


@pytest.mark.parametrize("name", sorted(set(TREES) - COMPILED))
def test_heavy_imports_and_those_of_kernels_stand_inside_functions(name):
    at_import = {target for node in TREES[name].body for target in imported(node)}
    assert not {target.split(".")[0] for target in at_import} & HEAVY
    assert not {own(target) for target in at_import} & COMPILED


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["scan", "--help"], ["strip", "-"], ["config", "show"]])
def test_light_commands_never_pay_for_heavy_libraries(arguments):
    program = ("import sys; from dedup.cli import main; status = main(sys.argv[1:]); "
               f"print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr); raise SystemExit(status)")
    done = subprocess.run([sys.executable, "-c", program, *arguments], input="A text.\n", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "[]"
