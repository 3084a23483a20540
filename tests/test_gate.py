"""The gate: changed articles among all tracked ones, warm and cold, and against a full scan."""
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dedup import gate
from dedup.boilerplate.repeats import Repeats
import repositories as repo

SEQUENCES = int(os.environ.get("DEDUP_SEQUENCES", "4"))
FIRST = int(os.environ.get("DEDUP_FIRST_SEQUENCE", "0"))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEQUENCES))
def test_warm_verdict_is_that_of_a_full_scan_along_random_histories(tmp_path, seed):
    folder = tmp_path / "r"
    folder.mkdir()
    story = repo.Story(folder, seed)
    with gate.opened(tmp_path / "index", gate.spec(repo.SETTINGS)) as index:
        assert not repo.ask(folder, index).warm
        snapshot = Repeats.from_bytes(index.snapshot.to_bytes())
        for _ in range(5):
            story.step()
            answer = repo.ask(folder, index)
            names = repo.run_git(folder, "diff", "--cached", "--name-only", "--no-renames", "-z").split("\0")[:-1]
            assert answer.warm or not names
            clusters = repo.full_scan(folder, snapshot)
            found = json.loads(repo.verdict(answer))["clusters"]
            expected = repo.touching(clusters, set(names)) if names else clusters
            assert [{**cluster, "cluster": 0} for cluster in found] == [{**cluster, "cluster": 0} for cluster in expected]
