"""What the features need beyond the step library: the pickup folder, the server's log, and its commands."""

import os
import re
import shlex
import subprocess
import time
from pathlib import Path

from behave import given, then, when

WAIT_SECONDS = 10


@given('file "{name}" is copied to the pickup folder')
def copy_to_pickup(context, name):
    """The text below the sentence becomes a file that the server deploys."""
    pickup = Path(os.environ["PICKUP"])
    # As `cp` does it: written in place, so the server has to see by itself when the file is whole.
    (pickup / name).write_text(context.text + "\n")


@then('the server\'s log contains "{text}"')
def log_contains(context, text):
    log = Path(os.environ["ENV"]) / "server1" / "logs" / "server.log"
    ends_at = time.monotonic() + WAIT_SECONDS
    while text not in log.read_text():
        assert time.monotonic() < ends_at, f"{log} has no {text!r}; its end is:\n{log.read_text()[-1500:]}"
        time.sleep(0.05)


@then('no log of the server contains "{text}"')
def logs_do_not_contain(context, text):
    for log in (Path(os.environ["ENV"]) / "server1" / "logs").iterdir():
        assert text not in log.read_text(), f"{log.name} contains {text!r}"


@when('I run the server command "{arguments}"')
def run_server_command(context, arguments):
    """$NAME in the arguments comes from the environment."""
    words = [os.path.expandvars(word) for word in shlex.split(arguments)]
    context.done = subprocess.run(
        [os.environ["PYTHON"], "-m", "server", *words], capture_output=True, text=True, timeout=60
    )


@then("it ends with code {code:d} and says")
def ends_with_code(context, code):
    """Each line below the sentence has to be in what was printed; ... stands for anything within a line."""
    said = context.done.stdout + context.done.stderr
    assert context.done.returncode == code, f"It ended with code {context.done.returncode} and said:\n{said}"
    for line in context.text.splitlines():
        wanted = os.path.expandvars(line.strip())
        pattern = ".*".join(re.escape(part) for part in wanted.split("..."))
        assert re.search(pattern, said), f"{wanted!r} is not in:\n{said}"
