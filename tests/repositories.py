"""Git repositories of made-up articles, random histories of them, and what a full scan says about their changes."""
import io
import json
import os
import random
import subprocess
from pathlib import Path

import pytest

from dedup import gate, git, pipeline, sources
from dedup.index import Index
from dedup.reporters import json_
from dedup.reporters.output import RenderOptions
from dedup.settings import Settings

SETTINGS = Settings(jobs=1, engine="numpy", boilerplate="mask")  # what is removed decides nothing here
PEOPLE = "Adler Brandt Castel Dorn Ebner Falk Gruber Hensel Imhof Jansen Keller Lorenz".split()
PLACES = "Ousel Brant Tamsin Carrow Sallow Verran Linton Marsk Orlow Penrith Quarn Rudd".split()
THINGS = "the ferry, the old mill, the harbour wall, a school bus, the winter market, the reservoir, a tram line".split(", ")
VERBS = "closed reopened sold inspected flooded repainted moved celebrated measured postponed defended praised".split()
TAILS = ("after a vote on Tuesday", "because of the storm", "for the third time this year", "without giving a reason",
         "in front of two hundred guests", "although the budget is spent", "before the first snow", "to save money",
         "while the inquiry continues", "at the request of the neighbours", "despite the warnings of engineers")
APPEAL = ("Our newsroom is paid for by readers like you. Become a member today and keep this reporting free for everyone.\n"
          "Subscribe to our newsletter and never miss a story.\n")


def environment(**more: str) -> dict[str, str]:
    """An environment in which git reads no configuration of the user's, and belongs to no other repository."""
    clean = {name: value for name, value in os.environ.items()
             if not name.startswith(("GIT_", "PRE_COMMIT", "DEDUP_"))}
    return {**clean, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_AUTHOR_NAME": "A",
            "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org", **more}


def run_git(folder: Path, *arguments: str) -> str:
    """What git prints; fails loudly."""
    done = subprocess.run(["git", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false", "-c", "gc.auto=0",
                           "-c", "protocol.file.allow=always", *arguments],
                          cwd=folder, env=environment(), capture_output=True)
    assert done.returncode == 0, (arguments, done.stderr.decode("utf-8", "replace"))
    return os.fsdecode(done.stdout)


def sentence(rng: random.Random) -> str:
    """One sentence of a made-up report."""
    return (f"{rng.choice(PEOPLE)} of {rng.choice(PLACES)} {rng.choice(VERBS)} {rng.choice(THINGS)} {rng.choice(TAILS)}, "
            f"said {rng.choice(PEOPLE)}, {rng.randint(20, 90)}.")


def article(rng: random.Random, sentences: int = 12) -> str:
    """A made-up report in paragraphs of two sentences."""
    lines = [sentence(rng) for _ in range(sentences)]
    return "\n\n".join(" ".join(lines[at:at + 2]) for at in range(0, sentences, 2)) + "\n"


def edited(rng: random.Random, text: str) -> str:
    """Something like a copy: a word changed, cut, extended, framed by an appeal, shouted, or the same."""
    kind = rng.randrange(7)
    paragraphs = text.split("\n\n")
    if kind == 0:
        return text.replace(" said ", " told us ", 2)
    if kind == 1:
        return "\n\n".join(paragraphs[:max(1, len(paragraphs) // 2)]) + "\n"
    if kind == 2:
        return text + "\n" + article(rng, rng.choice([2, 6, 16]))
    if kind == 3:
        return text + "\n" + APPEAL
    if kind == 4:
        return text.replace("\n\n", "\n") + " \n"
    if kind == 5:
        return "\n\n".join([*paragraphs[1:], paragraphs[0]])
    return text


TEXT, OTHER, THIRD = (article(random.Random(seed)) for seed in (1, 2, 3))  # three articles that have nothing in common
COPY = TEXT.replace(" said ", " told us ", 2)


def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps the environment of whoever runs the tests from the process: it may belong to another repository's hook."""
    for name in set(os.environ) - set(environment()):
        monkeypatch.delenv(name)


class Story:
    """A repository with a random history; every step leaves something staged, and most are committed later."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.rng, self.count = folder, random.Random(seed), 0
        run_git(folder, "init", "-q")
        for _ in range(self.rng.randint(3, 8)):
            self.add()
        self.commit()

    def files(self) -> list[Path]:
        """The articles in the work tree."""
        return sorted(path for path in self.folder.rglob("*.*") if path.suffix in (".txt", ".jsonl"))

    def text(self) -> str:
        """A new article, or something like a copy of one that is there."""
        there = [path for path in self.files() if path.suffix == ".txt"]
        if there and self.rng.random() < 0.6:
            return edited(self.rng, self.rng.choice(there).read_text())
        text = article(self.rng, self.rng.choice([2, 8, 12, 20]))
        return text + APPEAL if self.rng.random() < 0.5 else text

    def add(self) -> None:
        self.count += 1
        name = f"{self.rng.choice(['a', 'b', 'c d'])}/{self.rng.randrange(100):02}-{self.count}"
        path = self.folder / f"{name}{'.jsonl' if self.rng.random() < 0.15 else '.txt'}"
        path.parent.mkdir(exist_ok=True)
        if path.suffix == ".txt":
            path.write_text(self.text())
        else:
            records = [{"text": self.text(), "site": self.rng.choice(["x", "y"])} for _ in range(self.rng.randint(1, 3))]
            if self.rng.random() < 0.5:
                records[0]["id"] = f"r{self.rng.randrange(3)}"
            path.write_text("".join(json.dumps(record) + "\n" for record in records))

    def edit(self) -> None:
        path = self.rng.choice(self.files())
        if path.suffix == ".txt":
            path.write_text(edited(self.rng, path.read_text()) + self.rng.choice(["", sentence(self.rng) + "\n"]))
        else:
            path.write_text("".join(path.read_text().splitlines(keepends=True)[::-1]))

    def rename(self) -> None:
        path = self.rng.choice(self.files())
        self.count += 1
        path.rename(path.with_name(f"{self.rng.randrange(100):02}-moved-{self.count}{path.suffix}"))

    def delete(self) -> None:
        if len(self.files()) > 2:
            self.rng.choice(self.files()).unlink()

    def revert(self) -> None:
        """Bring back what some earlier commit had."""
        commits = run_git(self.folder, "rev-list", "HEAD").split()
        run_git(self.folder, "restore", f"--source={self.rng.choice(commits[:4])}", "--", ".")

    def commit(self) -> None:
        run_git(self.folder, "add", "-A")
        run_git(self.folder, "commit", "-q", "--allow-empty", "-m", f"step {self.count}")

    def step(self) -> None:
        """Some changes, staged; those of the step before may or may not have been committed."""
        if self.rng.random() < 0.7:
            self.commit()
        for _ in range(self.rng.randint(1, 3)):
            self.rng.choices([self.add, self.edit, self.rename, self.delete, self.revert], [5, 3, 2, 2, 1])[0]()
        run_git(self.folder, "add", "-A")


def clusters(answer: gate.Answer) -> list[dict]:
    """The clusters of an answer, as the JSON report has them."""
    return json.loads(rendered(answer.result))["clusters"]


def rendered(result) -> bytes:
    out = io.BytesIO()
    json_.render(result, out, options=RenderOptions())
    return out.getvalue()


def full_scan(folder: Path, snapshot) -> list[dict]:
    """The clusters of a scan of the work tree, everything made anew but the table of recurrent blocks."""
    found, failed = sources.find([folder])
    with Index(":memory:") as index:
        with index.transaction():
            index.create(gate.spec(SETTINGS))
            index.freeze(snapshot)
        result = pipeline.scan(found, SETTINGS, failed=failed, index=index)
        return json.loads(rendered(result))["clusters"]


def touching(clusters: list[dict], paths: set[str]) -> list[dict]:
    """The clusters with a member at one of the paths, without their numbers."""
    return [{**cluster, "cluster": 0} for cluster in clusters if any(member["path"] in paths for member in cluster["members"])]


def ask(folder: Path, index: Index, since: str | None = None, settings: Settings = SETTINGS) -> gate.Answer:
    """The gate's answer on what is staged."""
    repository = git.Repository.find(str(folder))
    return gate.scan(repository, gate.ask(repository, since, {}), settings, index)
