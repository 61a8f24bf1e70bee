"""Do one thing to many at once."""

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def at_once(function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Call ``function`` with each item, each in a thread of its own, and return what they return, in order.

    The first failure is raised as soon as it happens, and so is Ctrl-C; threads that still work are left to it.
    """
    things = list(items)
    if not things:
        return []
    pool = ThreadPoolExecutor(len(things))
    try:
        futures = [pool.submit(function, item) for item in things]
        done, _ = wait(futures, return_when=FIRST_EXCEPTION)
        for future in futures:
            if future in done:
                future.result()
        return [future.result() for future in futures]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
