"""Where the program starts, in a hurry: a commit waits for it."""
import gc
import os

gc.set_threshold(50_000)  # imports make many objects and no garbage
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # threads that nothing here uses take NumPy a while

from dedup.cli import main  # noqa: E402

if __name__ == "__main__":
    raise SystemExit(main())
