"""Temporary folders go with the command that made them."""
import os
from pathlib import Path

import pytest

from dedup import scratch


def test_a_folder_is_gone_with_its_command_whatever_refers_to_it():
    with scratch.cleared():
        made = scratch.folder()
        Path(made.name, "file").touch()
        with scratch.folder() as early:
            pass
        assert os.path.exists(made.name) and not os.path.exists(early)
    assert not os.path.exists(made.name)


def test_a_folder_that_no_command_made_lives_as_long_as_the_object():
    made = scratch.folder()
    with pytest.raises(KeyboardInterrupt), scratch.cleared():
        inner = scratch.folder()
        raise KeyboardInterrupt
    assert os.path.exists(made.name) and not os.path.exists(inner.name)
    made.cleanup()
    assert not os.path.exists(made.name)
