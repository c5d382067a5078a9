"""apitest/transports/process.py and the sentences over it, with real processes."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from apitest.errors import DeadlinePassed
from apitest.transports import process
from tests.apitest.steps.conftest import Scenario


@pytest.fixture
def scenario(tmp_path: Path) -> Iterator[Scenario]:
    made = Scenario(tmp_path)
    yield made
    made.close()


SLOW = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(os.getpid(), child.pid, flush=True)
time.sleep(60)
"""


def is_gone(pid: int, seconds: float = 5.0) -> bool:
    """Whether a process is over, or is so within a moment; one that nobody has asked for its exit code is."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.02)
    return False


def test_exit_code_and_output(scenario: Scenario) -> None:
    scenario.say("I run command \"python -c 'import sys; print(1); print(2, file=sys.stderr); sys.exit(3)'\"")
    scenario.say("the exit code is 3")
    scenario.say('the command output contains "1"')
    scenario.say('the command output contains "2"')
    scenario.say('the command output doesn\'t contain "4"')
    scenario.say('the command output matches "[12]"')
    scenario.say("the command took under 30 seconds")
    failure = scenario.fails("the exit code is 0")
    assert (failure.mismatches[0].expected, failure.mismatches[0].actual) == (0, 3)
    scenario.fails('the command output contains "4"')
    scenario.fails('the command output doesn\'t contain "1"')
    scenario.fails('the command output matches "[a-z]"')
    scenario.errs('the command output contains ""')


def test_lines_of_output(scenario: Scenario) -> None:
    scenario.say("I run command \"python -c 'print(1); print(2); print(3)'\"")
    scenario.say("the command output contains these lines", "2\n3")
    scenario.say("the command output is", "1\n2\n3")
    scenario.fails("the command output contains these lines", "1\n3")
    scenario.fails("the command output contains these lines", "4")
    scenario.fails("the command output is", "1\n2")
    scenario.say('I store the command output under "all"')
    scenario.say('I store the match of "(\\d)\\n3" in the command output under "two"')
    assert (scenario.stored("all"), scenario.stored("two")) == ("1\n2\n3\n", "2")


def test_no_shell_is_involved(scenario: Scenario) -> None:
    scenario.say("I run command \"python -c 'import sys; print(sys.argv[1:])' $HOME *.py ; exit 7\"")
    scenario.say("the exit code is 0")
    scenario.say("the command output contains \"['$HOME', '*.py', ';', 'exit', '7']\"")


def test_folder_and_variables(scenario: Scenario) -> None:
    scenario.say('commands run in "#{tmp}/work"')
    scenario.say('commands have the environment variable "COLOUR" set to "blue"')
    scenario.say(
        'I run command "python -c \'import os; print(os.getcwd(), os.environ[\\"COLOUR\\"])\'"'.replace('\\"', '"')
    )
    scenario.say('the command output contains "#{tmp}/work blue"')


@pytest.mark.parametrize("command", ["no-such-program-here", "python -c 'unclosed", " "])
def test_commands_that_cannot_run(scenario: Scenario, command: str) -> None:
    scenario.errs(f'I run command "{command}"')


def test_nothing_was_run(scenario: Scenario) -> None:
    scenario.errs("the exit code is 0")
    scenario.errs('background command "x" is running')


def test_command_that_takes_too_long_is_ended_with_its_children(scenario: Scenario) -> None:
    scenario.say("each step may take at most 1 second")
    scenario.write("slow.py", SLOW)
    begin = time.monotonic()
    error = scenario.errs('I run command "python features/slow.py"')
    assert isinstance(error, DeadlinePassed)
    assert time.monotonic() - begin < 8
    for pid in error.hint.rpartition(":")[2].split():
        assert is_gone(int(pid))


def test_background(scenario: Scenario) -> None:
    scenario.write("serve.py", "import os, time\nprint('up', os.getpid(), flush=True)\ntime.sleep(60)\n")
    scenario.say('command "python features/serve.py" runs in the background as "app"')
    scenario.say('background command "app" is running')
    scenario.say('within 10 seconds the output of background command "app" contains "up"')
    running = scenario.state.own["background"]["app"]
    pid = int(running.output().split()[1])
    scenario.fails('background command "app" is over')
    scenario.close()
    scenario.state.cleanups.clear()
    assert is_gone(pid)


def test_background_command_that_ends_by_itself(scenario: Scenario) -> None:
    scenario.say('command "python -c pass" runs in the background as "app"')
    scenario.say('within 10 seconds background command "app" is over')


def test_port(scenario: Scenario) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        scenario.fails(f'port {port} of "127.0.0.1" opens within 100 ms')
        listener.listen()
        scenario.say(f'port {port} of "127.0.0.1" opens within 5 seconds')


def test_programs_of_this_installation_come_first() -> None:
    assert process.run("python -c 'import gevent'", Path(), process.variables_for({}), 30).exit_code == 0


def test_much_output_is_cut_not_lost(tmp_path: Path) -> None:
    done = process.run('python -c \'print("x" * 6_000_000 + "end")\'', tmp_path, process.variables_for({}), 30)
    assert len(done.output) == process.MAX_OUTPUT_BYTES
    assert done.output.endswith("end\n")
