"""Results -> `docs/performance.md`.  Pure: what was measured comes in as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Results:
    """Medians by name; missing: what could not be measured, and why."""

    machine: str
    python: str
    day: str
    rounds: int
    commit: str
    servers: dict[str, dict[str, float]] = field(default_factory=dict)
    runners: dict[str, dict[str, float]] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


INTRODUCTION = """\
# Performance

Made by `make bench`, not by hand: tools in `tests/benchmarks/`. Every peer runs in the same session on the same
machine, in rounds that take turns; the figures are medians over the rounds. What is measured has one core, the load or
the called server has another. **CPU time is the figure to look at**: wall time and requests a second depend on what
else the machine does, CPU time much less.
"""

SERVERS = """\
## One REST request

`POST /bench/orders/{customer}` with JSON in and out over keep-alive connections, through routing, Basic Auth, input
types checked (SimpleIO here, pydantic in Flask and FastAPI, by hand in the bare ones), and the service. One worker.
Before it is measured, each server proves that it answers a wrong password with 401, a wrong type and a missing field
with 400 (FastAPI: 422), an unknown path with 404.
"""

START = """\
## Start and memory

Start to first answer is from the start of the command to the first 200 of the call above. Resident memory of all its
processes in MB: at start, after the load, and while 1,000 keep-alive connections stay open.
"""

RUNNERS = """\
## 1,000 scenarios

Ten files of 100 scenarios; a scenario is one GET, its status and one value of its JSON checked, written as the runner's
users would write it, with one HTTP session for all where the runner allows that. The called server answers at once, or
after 50 ms. *One* is the wall time of a run with a single scenario. apitest runs with the `config.ini` of
`apitest init`, which lets scenarios of one file run at the same time.
"""


def render(results: Results) -> str:
    parts = [INTRODUCTION, facts(results)]
    if results.servers:
        parts += [SERVERS, request_table(results.servers)]
        parts += [START, start_table(results.servers)]
    if results.runners:
        parts += [RUNNERS, runner_table(results.runners)]
    parts.append("## Versions\n")
    parts.append("".join(f"- {name}: {text}\n" for name, text in results.versions.items()))
    if results.missing:
        parts.append("Not measured here:\n")
        parts.append("".join(f"- {reason}\n" for reason in results.missing))
    return "\n".join(parts)


def facts(results: Results) -> str:
    return (
        f"- Machine: {results.machine}\n- Python: {results.python}\n"
        f"- Measured: {results.day}, {results.rounds} rounds, at commit {results.commit}\n"
    )


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def shown(values: dict[str, float], name: str, form: str) -> str:
    return format(values[name], form) if name in values else "-"


def request_table(servers: dict[str, dict[str, float]]) -> str:
    head = ["server", "CPU us a request", "requests/s", "p50 ms", "p99 ms"]
    rows = [
        [
            name,
            shown(values, "cpu_us", ".1f"),
            shown(values, "per_second", ",.0f"),
            shown(values, "p50_ms", ".2f"),
            shown(values, "p99_ms", ".2f"),
        ]
        for name, values in servers.items()
    ]
    return table(head, rows)


def start_table(servers: dict[str, dict[str, float]]) -> str:
    head = ["server", "first answer s", "RSS at start", "after load", "1,000 idle connections"]
    rows = [
        [
            name,
            shown(values, "first_answer_seconds", ".2f"),
            shown(values, "rss_start_mb", ".0f"),
            shown(values, "rss_loaded_mb", ".0f"),
            shown(values, "rss_idle_mb", ".0f"),
        ]
        for name, values in servers.items()
    ]
    return table(head, rows)


def runner_table(runners: dict[str, dict[str, float]]) -> str:
    head = ["runner", "CPU s", "wall s", "RSS MB", "one s", "50 ms server: wall s", "CPU s"]
    rows = [
        [
            name,
            shown(values, "cpu_seconds", ".2f"),
            shown(values, "wall_seconds", ".2f"),
            shown(values, "peak_rss_mb", ".0f"),
            shown(values, "one_wall_seconds", ".2f"),
            shown(values, "slow_wall_seconds", ".1f"),
            shown(values, "slow_cpu_seconds", ".2f"),
        ]
        for name, values in runners.items()
    ]
    return table(head, rows)
