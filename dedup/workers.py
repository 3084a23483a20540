"""A function over many tasks, in order, on one core or several."""
from __future__ import annotations

import gc
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from dedup.errors import DedupError

if TYPE_CHECKING:
    from concurrent.futures import Future

Task = TypeVar("Task")
Answer = TypeVar("Answer")
LATE = 20  # seconds after the last answer in which workers must have ended
_STOPS = (signal.SIGINT, signal.SIGTERM)


def cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def shared() -> bool:
    """Whether workers see what there is without a copy: then they may be given large arrays."""
    import multiprocessing

    return "fork" in multiprocessing.get_all_start_methods()


@contextmanager
def held_back() -> Iterator[None]:
    """Signals wait for the end: a lock that an exception leaves locked stops the pool for ever.

    Nor does a worker that starts in here meet a signal before it knows what to do with one.
    """
    came: list[int] = []
    handlers = {}
    if threading.current_thread() is threading.main_thread():  # no other ever runs a handler
        handlers = {number: signal.signal(number, lambda number, frame: came.append(number)) for number in _STOPS}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS) if hasattr(signal, "pthread_sigmask") else None
    try:
        yield
    finally:
        if mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, handler in handlers.items():
            signal.signal(number, handler or signal.SIG_DFL)  # None: set by something that is not Python
        for missed in came:
            signal.raise_signal(missed)


_given: tuple[Any, ...]  # of a worker: what each call is given besides its task


def _start(given: tuple[Any, ...]) -> None:
    global _given
    _given = given
    gc.freeze()  # what the parent has made stays shared with it
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C and stops the workers
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)


def _work(function: Callable[..., Any], task: Any) -> Any:
    return function(*_given, task)  # noqa: F821 - each worker has it


def run(function: Callable[..., Answer], tasks: Iterable[Task], jobs: int, *given: Any) -> Iterator[Answer]:
    """`function` of what is `given` and each task, in the order of the tasks; with `jobs` > 1 in worker processes.

    All must be picklable. What is given goes to each worker once. Raises DedupError when a worker dies, or cannot be
    started.
    """
    with team(jobs, *given) as each:
        yield from each(function, tasks)


class Team(Protocol):
    """Workers that remember what they are given, and what they do to it, from one call to the next."""

    def __call__(self, function: Callable[..., Answer], tasks: Iterable[Task]) -> Iterator[Answer]:
        """As `run`."""


@contextmanager
def team(jobs: int, *given: Any) -> Iterator[Team]:
    """Workers for several functions, one after the other, of the same that is given."""
    if jobs <= 1:
        yield lambda function, tasks: (function(*given, task) for task in tasks)
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    method = "fork" if shared() else "spawn"
    others = multiprocessing.active_children()
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context(method), _start, (given,))
    done: SimpleQueue[Future[Any]] = SimpleQueue()  # a queue that an exception cannot leave locked
    ready: set[Future[Any]] = set()
    died: list[object] = []  # threads of the pool; it waits for ever when one could not start another
    hook, threading.excepthook = threading.excepthook, died.append

    def submit(function: Callable[..., Answer], task: Task) -> Future[Answer]:
        try:
            with held_back():
                future = pool.submit(_work, function, task)
                future.add_done_callback(done.put)
                return future
        except (RuntimeError, OSError, MemoryError) as error:  # no thread or process could be started
            raise BrokenProcessPool from error

    def answer(future: Future[Answer]) -> Answer:
        while future not in ready and not died:
            with suppress(Empty):
                ready.add(done.get(timeout=1))
        if died:
            raise BrokenProcessPool
        ready.remove(future)
        with held_back():
            return future.result()

    def each(function: Callable[..., Answer], tasks: Iterable[Task]) -> Iterator[Answer]:
        waiting: deque[Future[Answer]] = deque()
        for task in tasks:
            waiting.append(submit(function, task))
            if len(waiting) > 2 * jobs:  # answers are held only as far as the workers are ahead
                yield answer(waiting.popleft())
        while waiting:
            yield answer(waiting.popleft())

    def end() -> None:
        for child in set(multiprocessing.active_children()).difference(others):
            child.kill()

    broken = False
    try:
        yield each
    except BrokenProcessPool:
        broken = True
        raise DedupError("a worker process died, perhaps for want of memory: try fewer --jobs") from None
    finally:
        if broken:  # the interpreter would wait for those that are left
            end()
        # one that was killed with the lock of a queue in its hands leaves the others waiting for it
        late = threading.Timer(LATE, end)
        late.daemon = True
        with suppress(RuntimeError):  # no thread to be had
            late.start()
        # at the end of the interpreter Python wakes the pool's thread, though that may be closing what it is woken by
        with suppress(RuntimeError):  # the pool's own thread may never have been started
            pool.shutdown(wait=not died, cancel_futures=True)
        late.cancel()
        threading.excepthook = hook
