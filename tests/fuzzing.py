"""How hard to try: TEST_FUZZ=N tries N random examples of everything that is tested so, other ones in every run."""
import os

TRIES = int(os.environ.get("TEST_FUZZ", "0"))


def examples(few: int) -> int:
    """How many examples a test tries: a few of them if nobody asks for more."""
    return TRIES or few
