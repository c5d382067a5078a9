"""Patches the standard library, then runs pytest: for `tests/edges/`, whose code runs under gevent in real life.

.venv/bin/python tests/run_patched.py tests/edges [pytest options]
"""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402

import pytest  # noqa: E402

sys.exit(pytest.main(sys.argv[1:]))
