"""Settings of all tests."""
from hypothesis import settings

# No deadline: a shared machine pauses a test at any moment. The same examples in every run: a failure can be repeated.
settings.register_profile("dedup", deadline=None, derandomize=True)
settings.load_profile("dedup")
