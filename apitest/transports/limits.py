"""A limit on the whole of a call, where a library knows one for each read or write only.

It needs gevent's sockets: under a plain interpreter (stock behave) the library's own limits hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import gevent
from gevent import monkey

from apitest.errors import CallFailed


@contextmanager
def limit(seconds: float, what: str) -> Iterator[None]:
    """Raises CallFailed in the block when it takes longer than so many seconds.  what: who did not answer."""
    if not monkey.is_module_patched("socket"):
        yield
        return
    timeout = gevent.Timeout.start_new(seconds)
    try:
        yield
    except gevent.Timeout as passed:
        if passed is not timeout:
            raise
        raise CallFailed(f"{what} did not answer within {seconds:g} s", "timeout") from None
    finally:
        timeout.close()
