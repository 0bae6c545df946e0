"""Independent pieces of work on a few threads; results come in the order in which pieces end."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

Work = TypeVar("Work")
Result = TypeVar("Result")


def spread(work: Callable[[Work], Result], pieces: Sequence[Work], threaded: bool = True) -> Iterator[Result]:
    """Yield `work(piece)` for every piece. The first fault ends it; pieces not begun are then left."""
    if not threaded:
        yield from map(work, pieces)
        return
    threads = min(len(pieces), os.cpu_count() or 1)
    with ThreadPoolExecutor(threads, thread_name_prefix="decode") as pool:
        waiting: set[Future[Result]] = {pool.submit(work, piece) for piece in pieces}
        try:
            while waiting:
                ended, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in ended:
                    yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
