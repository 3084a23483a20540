"""Settings of all tests."""
from fuzzing import TRIES, examples
from hypothesis import settings

# No deadline: a shared machine pauses a test at any moment. The same examples in every run: a failure can be repeated.
settings.register_profile("dedup", deadline=None, derandomize=not TRIES, max_examples=examples(100))
settings.load_profile("dedup")
