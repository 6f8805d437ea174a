"""Work beside an event loop: each system has threads of its own there, so that one that is slow keeps no other waiting."""

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar

from colophon import environment

AT_ONCE = 6
"""So many threads work for one system in one triggerer; what more of its triggers ask waits behind these."""

_T = TypeVar("_T")


async def beside(system: str, work: Callable[..., _T], *args: Any) -> _T:
    """What `work` returns, done in one of the threads of `system`: a connection's id, or whatever else may be slow by itself."""
    pool = environment.kept_pool(f"beside {system}", AT_ONCE)
    return await asyncio.get_running_loop().run_in_executor(pool, partial(copy_context().run, work, *args))
