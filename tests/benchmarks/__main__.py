"""`make bench`: measures, shows the tables and writes `docs/performance.md`.

python -m tests.benchmarks                       everything, about ten minutes
python -m tests.benchmarks --quick               one short round, shown only
python -m tests.benchmarks --only ours,go,behave these only, shown only
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks import processes, runners, servers
from tests.benchmarks.report import Results, render
from tests.benchmarks.venvs import ROOT, WORK, NotInstallable


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0, help="of load a server and round")
    given = parser.parse_args(arguments)
    rounds = 1 if given.quick else given.rounds
    seconds = 1.5 if given.quick else given.seconds
    wanted = set(filter(None, given.only.split(","))) or {*servers.ALL, *runners.ALL}
    unknown = wanted - {*servers.ALL, *runners.ALL}
    if unknown:
        print(f"Not known: {', '.join(sorted(unknown))}. There are: {', '.join([*servers.ALL, *runners.ALL])}.")
        return 2
    WORK.mkdir(exist_ok=True)
    results = Results(machine(), python_version(), time.strftime("%Y-%m-%d"), rounds, commit())
    measure_servers([name for name in servers.ALL if name in wanted], results, rounds, seconds)
    measure_runners([name for name in runners.ALL if name in wanted], results, rounds, with_slow=not given.quick)
    text = render(results)
    print("\n" + text)
    (WORK / "results.json").write_text(json.dumps(asdict(results), indent=1), "utf-8")
    if not given.only and not given.quick:
        page = ROOT / "docs" / "performance.md"
        page.write_text(text, "utf-8")
        print(f"Written: {page.relative_to(ROOT)}")
    return 0


def measure_servers(names: list[str], results: Results, rounds: int, seconds: float) -> None:
    chosen = []
    for name in names:
        try:
            chosen.append((servers.ALL[name](), servers.Samples()))
        except NotInstallable as reason:
            results.missing.append(str(reason))
    for number in range(rounds):
        for server, samples in chosen:
            print(f"  round {number + 1} of {rounds}: {server.name}", end=" ", flush=True)
            servers.measure_round(server, samples, seconds)
            print(f"{samples.cpu_us[-1]:.1f} us, {samples.per_second[-1]:,.0f}/s", flush=True)
    for server, samples in chosen:
        results.servers[server.name] = samples.medians()
        results.versions[server.name] = server.versions


def measure_runners(names: list[str], results: Results, rounds: int, *, with_slow: bool) -> None:
    chosen = []
    for name in names:
        try:
            chosen.append((runners.ALL[name](), runners.Samples()))
        except NotInstallable as reason:
            results.missing.append(str(reason))
    if not chosen:
        return
    fast = runners.Backend(0)
    try:
        for number in range(rounds):
            for runner, samples in chosen:
                print(f"  round {number + 1} of {rounds}: {runner.name}", end=" ", flush=True)
                runners.measure_fast(runner, samples, fast.address)
                print(f"{samples.cpu_seconds[-1]:.2f} s of CPU, {samples.wall_seconds[-1]:.2f} s", flush=True)
    finally:
        fast.stop()
    if with_slow:
        slow = runners.Backend(runners.DELAY_SECONDS)
        try:
            for runner, samples in chosen:
                print(f"  50 ms server: {runner.name}", end=" ", flush=True)
                runners.measure_slow(runner, samples, slow.address)
                print(f"{samples.slow_wall_seconds[-1]:.1f} s", flush=True)
        finally:
            slow.stop()
    for runner, samples in chosen:
        results.runners[runner.name] = samples.medians()
        results.versions[runner.name] = runner.versions


def machine() -> str:
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = int(Path("/proc/meminfo").read_text("ascii").split()[1]) / 1024 / 1024
    kernel = f"{platform.system()} {platform.release()}"
    return f"{model}, {len(processes.CORES)} cores, {memory:.0f} GB, {kernel}"


def python_version() -> str:
    return f"{platform.python_implementation()} {platform.python_version()}"


def commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
