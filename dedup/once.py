"""What is worked out once: properties, and answers that are remembered."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Key = TypeVar("Key")
Answer = TypeVar("Answer")


class once(Generic[T]):
    """A property that is worked out when it is first asked for, without the lock that `functools.cached_property` takes."""

    def __init__(self, look: Callable[[Any], T]) -> None:
        self._look, self._name, self.__doc__ = look, look.__name__, look.__doc__

    def __get__(self, one: Any, owner: type) -> T:
        value = self._look(one)
        setattr(one, self._name, value)  # to write to `__dict__` would make one, and all attributes slower
        return value


class Remembered(dict[Key, Answer]):
    """Answers, no more than `most`: before another one all are forgotten, and found again where they are asked for."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: Key, answer: Answer) -> None:
        if len(self) >= self._most:
            self.clear()
        super().__setitem__(key, answer)
