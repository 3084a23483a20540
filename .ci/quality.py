"""Score `dedup scan` on development data that lies beside the project, and fail below the floors in floors.toml.

usage: quality.py FOLDER    (a folder with eval/ and tools/score.py; without it nothing is scored)
"""
from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path


def main() -> int:
    shared = Path(sys.argv[1]).resolve()
    if not (shared / "eval").is_dir():
        print(f"quality: no development data in {shared}, nothing scored")
        return 0
    floors = tomllib.loads((Path(__file__).parent / "floors.toml").read_text())
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, want in floors.items():
            docs, out = Path(folder, "docs.jsonl"), Path(folder, "out.jsonl")
            with gzip.open(shared / "eval" / want["set"] / "docs.jsonl.gz") as source, open(docs, "wb") as target:
                shutil.copyfileobj(source, target)
            began = time.monotonic()
            subprocess.run([sys.executable, "-m", "dedup", "scan", docs, "--annotate", out, "-q", "--isolated"], check=True)
            seconds = time.monotonic() - began
            files = [str(shared / "eval" / want["set"] / file) if file != "OUT" else str(out) for file in want["files"]]
            done = subprocess.run([sys.executable, shared / "tools" / "score.py", *want["command"], *files],
                                  check=True, capture_output=True, text=True)
            score = json.loads(done.stdout.splitlines()[0])
            print(f"quality: {name}: {json.dumps(score)} in {seconds:.0f} s")
            for measure, (low, high) in want["bounds"].items():
                if not low <= score[measure] <= high:
                    failed += 1
                    print(f"quality: {name}: {measure} is {score[measure]}, not within {low} to {high}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
