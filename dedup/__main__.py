"""Where the program starts, in a hurry: a commit waits for it."""
from __future__ import annotations

import gc
import os
import sys

gc.set_threshold(50_000)  # imports make many objects and no garbage
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # threads that nothing here uses take NumPy a while

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """The whole command line."""
    for stream in ("stdin", "stdout", "stderr"):
        if getattr(sys, stream) is None:  # closed by whoever started the program, as some daemons do
            setattr(sys, stream, open(os.devnull, "r+"))
    try:
        return _main(list(sys.argv[1:] if argv is None else argv))
    finally:
        gc.freeze()  # else the interpreter looks through all there is for garbage before it ends


def _main(arguments: list[str]) -> int:
    """For what is asked most often, without the import of what reads the command line."""
    if arguments == ["--version"]:
        from dedup import __version__

        try:
            print(f"dedup {__version__}", flush=True)
            return 0
        except OSError:
            pass  # who reads it has gone, or the disk is full: the command line knows what to do
    if arguments[:1] == ["scan"] and "--staged" in arguments:
        from dedup import hook

        wishes = hook.understood(arguments[1:])
        if wishes is not None:
            return hook.main(wishes)
    from dedup import cli, engines

    engines.alone = True
    return cli.main(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
