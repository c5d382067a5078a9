"""What a run ends with: the exit code and what it means in words (runner.md section 5, steps.md Part 4.1).  Pure."""

from __future__ import annotations

from apitest.results import ExitCode, RunResult, Verdict

WORDS = {
    ExitCode.OK: "all passed",
    ExitCode.FAILED: "a comparison did not hold",
    ExitCode.USAGE: "the command line or the configuration cannot be used",
    ExitCode.UNDEFINED: "undefined, ambiguous or unreadable sentences",
    ExitCode.ERROR: "something could not be evaluated",
    ExitCode.NOTHING_SELECTED: "nothing was selected",
    ExitCode.FLAKY: "passed, but not at the first attempt",
    ExitCode.INTERRUPTED: "interrupted",
    ExitCode.TERMINATED: "ended from outside",
}


def exit_code(run: RunResult, is_flaky_failure: bool = False, is_empty_allowed: bool = False) -> ExitCode:
    """The highest-ranking cause wins: 130, 2, 3, 4, 1, 6, 5."""
    if run.is_interrupted:
        return ExitCode.TERMINATED if run.is_terminated else ExitCode.INTERRUPTED
    verdicts = {scenario.verdict for scenario in run.scenarios()}
    failures = [feature.failure for feature in run.features if feature.failure is not None]
    if Verdict.UNDEFINED in verdicts or any(failure.kind is Verdict.UNDEFINED for failure in failures):
        return ExitCode.UNDEFINED
    if run.failures or failures or Verdict.ERROR in verdicts:
        return ExitCode.ERROR
    if Verdict.FAILED in verdicts:
        return ExitCode.FAILED
    if Verdict.FLAKY in verdicts and is_flaky_failure:
        return ExitCode.FLAKY
    if not verdicts and not is_empty_allowed:
        return ExitCode.NOTHING_SELECTED
    return ExitCode.OK
