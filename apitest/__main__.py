"""Where the command `apitest` begins: `python -m apitest`, and the console script of setup.cfg.

The two commands that run scenarios need gevent's sockets, locks and sleeps in place before anything else is imported;
the others start quicker without.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

PATCHED = ("run", "demo")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and words[0] in PATCHED and not any(word in ("--help", "-h") for word in words):
        from gevent import events, monkey

        # PERF: gevent looks through all installed packages for plug-ins: 50 ms of the 110 that patching takes.
        events.notify_and_call_entry_points = events.notify  # type: ignore[attr-defined]
        monkey.patch_all(signal=False)
    from apitest.cli import run_command

    return run_command(words)


if __name__ == "__main__":
    sys.exit(main())
