"""The test runners under measurement: each gets the same 1,000 scenarios of one GET, one status and one value checked,
written as its users would write them, in 10 files.

The peers keep one HTTP session for all scenarios, which is the best they can do.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent, indent

from tests.benchmarks import processes
from tests.benchmarks.servers import wait_until_listening
from tests.benchmarks.venvs import ROOT, WORK, python_of, versions_in

FILES = 10
SCENARIOS_A_FILE = 100
DELAY_SECONDS = 0.05

FEATURE_STEPS = """\
Given the service at "{address}"
When order {number} is asked for
Then the status is 200
And the state is "paid"
"""

STEP_LIBRARY = """
import requests

session = requests.Session()


@given('the service at "{address}"')
def service(context, address):
    context.address = address


@when("order {number} is asked for")
def ask(context, number):
    context.response = session.get(f"{context.address}/orders/{number}", timeout=30)


@then("the status is {status:d}")
def status_is(context, status):
    assert context.response.status_code == status


@then('the state is "{state}"')
def state_is(context, state):
    assert context.response.json()["state"] == state
"""


@dataclass(slots=True)
class Runner:
    """write: fills an empty folder with FILES x SCENARIOS scenarios against an address.  command: runs them."""

    name: str
    versions: str
    write: Callable[[Path, str, int, int], None]
    command: Sequence[str]
    summary: Callable[[int], str]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Samples:
    cpu_seconds: list[float] = field(default_factory=list)
    wall_seconds: list[float] = field(default_factory=list)
    peak_rss_mb: list[float] = field(default_factory=list)
    one_wall_seconds: list[float] = field(default_factory=list)
    slow_wall_seconds: list[float] = field(default_factory=list)
    slow_cpu_seconds: list[float] = field(default_factory=list)

    def medians(self) -> dict[str, float]:
        names = self.__slots__  # type: ignore[attr-defined]
        return {name: statistics.median(getattr(self, name)) for name in names if getattr(self, name)}


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def feature_text(steps: str, file: int, scenarios: int, address: str) -> str:
    parts = [f"Feature: Orders {file}\n"]
    for number in range(scenarios):
        parts.append(f"  Scenario: Order {number} of file {file}\n")
        parts.append(indent(steps.format(address=address, number=number), "    "))
    return "\n".join(parts)


# ---- ours


def apitest() -> Runner:
    steps = """\
Given address "{address}"
And URL path "/orders/{number}"
When the URL is invoked
Then status is "200"
And path "/state" is "paid"
"""

    def write(folder: Path, address: str, files: int, scenarios: int) -> None:
        put(folder / "features" / "config.ini", "[apitest]\nsplit = example\n")  # as `apitest init` makes it
        for file in range(files):
            put(folder / "features" / f"orders_{file}.feature", feature_text(steps, file, scenarios, address))

    command = [sys.executable, "-m", "apitest", "run", "features"]
    environment = {"PYTHONPATH": str(ROOT)}
    versions = versions_in(Path(sys.executable), "behave", "urllib3", "gevent")
    return Runner("apitest", versions, write, command, lambda count: f"{count} scenario", environment)


# ---- peers


def behave() -> Runner:
    python = python_of("behave", ["behave", "requests"])

    def write(folder: Path, address: str, files: int, scenarios: int) -> None:
        put(folder / "features" / "steps" / "orders.py", "from behave import given, then, when\n" + STEP_LIBRARY)
        for file in range(files):
            text = feature_text(FEATURE_STEPS, file, scenarios, address)
            put(folder / "features" / f"orders_{file}.feature", text)

    command = [str(python), "-m", "behave", "--format", "progress", "--no-color"]
    versions = versions_in(python, "behave", "requests")
    return Runner("behave", versions, write, command, lambda count: f"{count} scenario")


def pytest_bdd() -> Runner:
    python = python_of("pytest-bdd", ["pytest-bdd", "pytest", "requests"])
    library = dedent("""\
        import pytest
        import requests
        from pytest_bdd import given, parsers, scenarios, then, when

        scenarios("features")
        session = requests.Session()


        @given(parsers.parse('the service at "{address}"'), target_fixture="address")
        def service(address):
            return address


        @when(parsers.parse("order {number} is asked for"), target_fixture="response")
        def ask(address, number):
            return session.get(f"{address}/orders/{number}", timeout=30)


        @then(parsers.parse("the status is {status:d}"))
        def status_is(response, status):
            assert response.status_code == status


        @then(parsers.parse('the state is "{state}"'))
        def state_is(response, state):
            assert response.json()["state"] == state
    """)

    def write(folder: Path, address: str, files: int, scenarios: int) -> None:
        put(folder / "test_orders.py", library)
        put(folder / "pytest.ini", "[pytest]\n")
        for file in range(files):
            text = feature_text(FEATURE_STEPS, file, scenarios, address)
            put(folder / "features" / f"orders_{file}.feature", text)

    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    versions = versions_in(python, "pytest-bdd", "pytest", "requests")
    return Runner("pytest-bdd", versions, write, command, lambda count: f"{count} passed")


def robot() -> Runner:
    python = python_of("robot", ["robotframework", "robotframework-requests"])

    def write(folder: Path, address: str, files: int, scenarios: int) -> None:
        head = dedent(f"""\
            *** Settings ***
            Library    RequestsLibrary
            Suite Setup    Create Session    orders    {address}

            *** Test Cases ***
        """)
        for file in range(files):
            cases = [
                f"Order {number} of file {file}\n"
                f"    ${{response}}=    GET On Session    orders    /orders/{number}    expected_status=200\n"
                f"    Should Be Equal    ${{response.json()}}[state]    paid\n"
                for number in range(scenarios)
            ]
            put(folder / "suites" / f"orders_{file}.robot", head + "\n".join(cases))

    command = [str(python), "-m", "robot", "--console", "dotted", "--outputdir", "out", "suites"]
    versions = versions_in(python, "robotframework", "robotframework-requests", "requests")

    def summary(count: int) -> str:
        return f"{count} tests, {count} passed" if count > 1 else "1 test, 1 passed"

    return Runner("Robot + RequestsLibrary", versions, write, command, summary)


def tavern() -> Runner:
    python = python_of("tavern", ["tavern", "pytest<9"])  # its loader needs an inner module of older ones

    def write(folder: Path, address: str, files: int, scenarios: int) -> None:
        put(folder / "pytest.ini", "[pytest]\n")
        for file in range(files):
            documents = [
                dedent(f"""\
                    test_name: Order {number} of file {file}
                    stages:
                      - name: ask
                        request:
                          url: {address}/orders/{number}
                          method: GET
                        response:
                          status_code: 200
                          strict: false
                          json:
                            state: paid
                """)
                for number in range(scenarios)
            ]
            put(folder / f"test_orders_{file}.tavern.yaml", "---\n".join(documents))

    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    return Runner(
        "Tavern", versions_in(python, "tavern", "pytest", "requests"), write, command, lambda count: f"{count} passed"
    )


ALL: dict[str, Callable[[], Runner]] = {
    "apitest": apitest,
    "behave": behave,
    "pytest-bdd": pytest_bdd,
    "robot": robot,
    "tavern": tavern,
}


# ---- measuring


class Backend:
    """The small server that the scenarios call, on the other core."""

    def __init__(self, delay_seconds: float) -> None:
        self.port = processes.free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "tests.benchmarks.backend", str(self.port), str(delay_seconds)]
        log = WORK / "logs" / "backend.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        core = processes.OTHER_CORE
        self.process = processes.start(command, log=log, core=core, environment=os.environ, cwd=ROOT)
        wait_until_listening(self.port)

    def stop(self) -> None:
        processes.stop(self.process)


def measure_fast(runner: Runner, samples: Samples, address: str) -> None:
    many = run(runner, address, FILES, SCENARIOS_A_FILE)
    samples.cpu_seconds.append(many.cpu)
    samples.wall_seconds.append(many.wall)
    samples.peak_rss_mb.append(many.peak_rss_mb)
    samples.one_wall_seconds.append(run(runner, address, 1, 1).wall)


def measure_slow(runner: Runner, samples: Samples, address: str) -> None:
    many = run(runner, address, FILES, SCENARIOS_A_FILE)
    samples.slow_wall_seconds.append(many.wall)
    samples.slow_cpu_seconds.append(many.cpu)


def run(runner: Runner, address: str, files: int, scenarios: int) -> processes.Usage:
    folder = WORK / "projects" / runner.name.split()[0]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    runner.write(folder, address, files, scenarios)
    environment = {**os.environ, "HOME": str(WORK / "home"), "NO_COLOR": "1", **runner.environment}
    (WORK / "home").mkdir(exist_ok=True)
    usage = processes.run(runner.command, environment=environment, cwd=folder)
    wanted = runner.summary(files * scenarios)
    if usage.exit_code or wanted not in usage.output:
        raise SystemExit(
            f"{runner.name} ended with {usage.exit_code}, wanted {wanted!r} in its output:\n{usage.output[-2000:]}"
        )
    return usage
