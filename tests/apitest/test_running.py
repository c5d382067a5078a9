from __future__ import annotations

import signal
from pathlib import Path

import pytest

from apitest.results import Verdict
from tests.support.sample_project import Heard, make_project, plan_of, run, run_project, verdicts

GOOD = """\
Feature: Good
  Scenario: One
    Given a number 1
    When it is doubled
    Then it is 2
  Scenario: Two
    Given a number 2
    Then it is 2
"""

MIXED = """\
Feature: Mixed
  Scenario: Passes
    Given a number 1
  Scenario: Fails
    Given a number 1
    Then it is 3
    And it is 1
  Scenario: Breaks
    Given it breaks
  Scenario: Is unknown
    Given a numbr 1
    Then it is 1
"""

ENVIRONMENT = """
def note(context, *words):
    context.seen.append(" ".join(words))

def before_all(context):
    context.seen = []
def before_tag(context, tag):
    note(context, "before", "@" + tag)
def after_tag(context, tag):
    note(context, "after", "@" + tag)
def before_feature(context, feature):
    note(context, "before", feature.name)
    context.of_feature = feature.name
def after_feature(context, feature):
    note(context, "after", feature.name)
def before_rule(context, rule):
    note(context, "before", rule.name)
def after_rule(context, rule):
    note(context, "after", rule.name)
def before_scenario(context, scenario):
    note(context, "before", scenario.name)
    context.add_cleanup(note, context, "cleaned", scenario.name)
def after_scenario(context, scenario):
    note(context, "after", scenario.name, scenario.status.name)
def before_step(context, step):
    note(context, "before", step.name)
def after_step(context, step):
    note(context, "after", step.name, step.status.name)
def after_all(context):
    print("\\n".join(context.seen))
"""


def test_every_verdict(tmp_path: Path) -> None:
    heard = Heard()
    result = run(plan_of(make_project(tmp_path, {"a.feature": MIXED, "b.feature": GOOD})), heard)
    assert verdicts(result) == {
        "Passes": Verdict.PASSED,
        "Fails": Verdict.FAILED,
        "Breaks": Verdict.ERROR,
        "Is unknown": Verdict.UNDEFINED,
        "One": Verdict.PASSED,
        "Two": Verdict.PASSED,
    }
    fails = result.scenarios()[1]
    assert [step.verdict for step in fails.steps] == [Verdict.PASSED, Verdict.FAILED, Verdict.SKIPPED]
    assert fails.steps[1].failure is not None
    assert fails.steps[1].failure.summary == "it is 1, not 3"
    assert "Is unknown" not in heard.started
    assert [feature.name for feature in result.features] == ["Mixed", "Good"]
    assert {feature.name for feature in heard.features} == {"Mixed", "Good"}


@pytest.mark.parametrize("jobs", [1, 2, 64])
def test_the_same_verdicts_in_the_same_order_with_any_number_of_jobs(tmp_path: Path, jobs: int) -> None:
    files = {f"{number:02}.feature": MIXED.replace("Mixed", f"Mixed {number}") for number in range(8)}
    result = run(plan_of(make_project(tmp_path, files), split="scenario"), jobs=jobs)
    found = [(scenario.feature, scenario.name, scenario.verdict.value) for scenario in result.scenarios()]
    expected = [
        (f"Mixed {number}", name, verdict)
        for number in range(8)
        for name, verdict in (
            ("Passes", "passed"),
            ("Fails", "failed"),
            ("Breaks", "error"),
            ("Is unknown", "undefined"),
        )
    ]
    assert found == expected
    assert result.jobs == min(jobs, 32)


@pytest.mark.parametrize("split", ["feature", "scenario"])
def test_hooks_come_in_behaves_order(tmp_path: Path, split: str, capsys: pytest.CaptureFixture[str]) -> None:
    feature = """\
@f
Feature: F
  @s
  Scenario: S
    Given a number 1
    Then it is 2
    And it is 3
  Rule: R
    Scenario: T
      Given a number 1
"""
    plan = plan_of(make_project(tmp_path, {"a.feature": feature, "environment.py": ENVIRONMENT}), split=split)
    assert verdicts(run(plan, jobs=1)) == {"S": Verdict.FAILED, "T": Verdict.PASSED}
    assert capsys.readouterr().out.split("\n")[:-1] == [
        "before @f",
        "before F",
        "before @s",
        "before S",
        "before a number 1",
        "after a number 1 passed",
        "before it is 2",
        "after it is 2 failed",
        "after S failed",
        "after @s",
        "cleaned S",
        "before R",
        "before T",
        "before a number 1",
        "after a number 1 passed",
        "after T passed",
        "cleaned T",
        "after R",
        "after F",
        "after @f",
    ]


def test_the_same_hooks_under_behave_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the test above expects is what behave does, not what we think it does."""
    from behave.configuration import Configuration
    from behave.runner import Runner

    feature = "@f\nFeature: F\n  @s\n  Scenario: S\n    Given a number 1\n    Then it is 2\n    And it is 3\n"
    folder = make_project(tmp_path, {"a.feature": feature, "environment.py": ENVIRONMENT})
    ours = run(plan_of(folder), jobs=1)
    lines = capsys.readouterr().out
    config = Configuration([str(folder / "features"), "--no-capture", "-f", "null", "--no-summary"], load_config=False)
    Runner(config).run()
    theirs = capsys.readouterr().out.replace("USING RUNNER: behave.runner:Runner\n", "")
    assert lines == theirs
    assert ours.count(Verdict.FAILED) == 1


@pytest.mark.parametrize(
    ("hook", "verdict", "text"),
    [
        ("before_scenario(context, scenario)", Verdict.ERROR, "before_scenario failed: ValueError: no"),
        ("after_scenario(context, scenario)", Verdict.ERROR, "after_scenario failed: ValueError: no"),
        ("before_feature(context, feature)", Verdict.ERROR, "before_feature failed: ValueError: no"),
        ("before_tag(context, tag)", Verdict.ERROR, "before_tag failed: ValueError: no"),
    ],
)
def test_a_hook_that_fails_is_an_error_of_its_scenarios(tmp_path: Path, hook: str, verdict: Verdict, text: str) -> None:
    environment = f"def {hook}:\n    raise ValueError('no')\n"
    result = run_project(tmp_path, {"a.feature": "@t\n" + GOOD, "environment.py": environment})
    for scenario in result.scenarios():
        assert scenario.verdict is verdict
        assert scenario.failure is not None
        assert scenario.failure.summary == text
        assert "environment.py" in scenario.failure.traceback


def test_a_step_hook_that_fails_is_an_error_of_the_step(tmp_path: Path) -> None:
    environment = "def before_step(context, step):\n    raise ValueError('no')\n"
    step = run_project(tmp_path, {"a.feature": GOOD, "environment.py": environment}).scenarios()[0].steps[0]
    assert step.verdict is Verdict.ERROR
    assert step.failure is not None
    assert step.failure.summary == "before_step failed: ValueError: no"


def test_before_all_that_fails_starts_nothing(tmp_path: Path) -> None:
    environment = "def before_all(context):\n    raise ValueError('no')\n"
    result = run_project(tmp_path, {"a.feature": GOOD, "environment.py": environment})
    assert set(verdicts(result).values()) == {Verdict.NOT_RUN}
    assert [failure.summary for failure in result.failures] == ["before_all failed: ValueError: no"]


def test_after_feature_that_fails_is_an_error_of_the_feature(tmp_path: Path) -> None:
    environment = "def after_feature(context, feature):\n    raise ValueError('no')\n"
    result = run_project(tmp_path, {"a.feature": GOOD, "environment.py": environment})
    assert set(verdicts(result).values()) == {Verdict.PASSED}
    assert result.features[0].failure is not None
    assert result.features[0].failure.summary == "after_feature failed: ValueError: no"


def test_what_before_all_sets_is_seen_by_all_and_stays_apart_below(tmp_path: Path) -> None:
    environment = "def before_all(context):\n    context.base = 10\n"
    steps = (
        "from behave import step\n"
        "@step('own is {n:d}')\ndef a(c, n):\n    assert not hasattr(c, 'own')\n    c.own = n + c.base\n"
        "@step('it is now {n:d}')\ndef b(c, n):\n    assert c.own == n\n"
    )
    feature = "Feature: F\n" + "".join(
        f"  Scenario: {n}\n    Given own is {n}\n    Then it is now {n + 10}\n" for n in range(10)
    )
    result = run_project(tmp_path, {"a.feature": feature, "environment.py": environment, "steps/steps.py": steps})
    assert set(verdicts(result).values()) == {Verdict.PASSED}


def test_fixtures_are_cleaned_up_with_their_layer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environment = """
from behave import fixture, use_fixture
seen = []

@fixture
def shop(context, name):
    seen.append(f"open {name}")
    context.shop = name
    yield name
    seen.append(f"close {name}")

def before_feature(context, feature):
    use_fixture(shop, context, "feature")
def before_scenario(context, scenario):
    use_fixture(shop, context, scenario.name)
def after_all(context):
    print(seen)
"""
    run_project(tmp_path, {"a.feature": GOOD, "environment.py": environment})
    expected = ["open feature", "open One", "close One", "open Two", "close Two", "close feature"]
    assert capsys.readouterr().out == f"{expected}\n"


def test_a_cleanup_that_fails_is_an_error_and_the_others_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = """
def before_scenario(context, scenario):
    context.add_cleanup(print, "closed")
    context.add_cleanup(lambda: 1 / 0)
"""
    result = run_project(tmp_path, {"a.feature": GOOD, "environment.py": environment})
    scenario = result.scenarios()[0]
    assert scenario.verdict is Verdict.ERROR
    assert scenario.failure is not None
    assert "ZeroDivisionError" in scenario.failure.summary
    assert "closed" in scenario.output


def test_stopping_after_the_first_failure(tmp_path: Path) -> None:
    feature = "Feature: F\n" + "".join(f"  Scenario: {n}\n    Given it breaks\n" for n in range(4))
    result = run_project(tmp_path, {"a.feature": feature}, stop_after=2, jobs=1)
    assert [verdict.value for verdict in verdicts(result).values()] == ["error", "error", "not run", "not run"]


def test_a_dry_run_starts_nothing(tmp_path: Path) -> None:
    heard = Heard()
    files = {"a.feature": MIXED, "environment.py": "def before_all(context):\n    raise ValueError\n"}
    result = run(plan_of(make_project(tmp_path, files)), heard, is_dry=True)
    assert list(verdicts(result).values()) == [Verdict.NOT_RUN] * 3 + [Verdict.UNDEFINED]
    assert heard.started == []
    assert result.failures == []
    assert len(heard.features) == 1


def test_serial_scenarios_run_alone_and_last(tmp_path: Path) -> None:
    heard = Heard()
    feature = GOOD.replace("  Scenario: One", "  @serial\n  Scenario: One")
    run(plan_of(make_project(tmp_path, {"a.feature": feature}), split="scenario"), heard, jobs=8)
    assert heard.started == ["Two", "One"]


def test_random_order_is_repeatable_and_reports_stay_in_order(tmp_path: Path) -> None:
    feature = "Feature: F\n" + "".join(f"  Scenario: {n}\n    Given a number {n}\n" for n in range(20))
    folder = make_project(tmp_path, {"a.feature": feature})
    orders = []
    for _ in range(2):
        heard = Heard()
        result = run(plan_of(folder, split="scenario", order="random", seed=7), heard, jobs=1)
        orders.append(heard.started)
        assert list(verdicts(result)) == [str(number) for number in range(20)]
    assert orders[0] == orders[1] != sorted(orders[0], key=int)


def test_signal_handlers_are_given_back(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    run_project(tmp_path, {"a.feature": GOOD})
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


OUTLINE = """\
Feature: Rows
  Scenario Outline: <n>
    Given I store "<n>" under "n<n>"
    Then it is <n>
    Examples:
      | n |
      | 1 |
      | 2 |
  Scenario: Alone
    Given a number 1
"""


@pytest.mark.parametrize(("split", "units"), [("feature", 1), ("scenario", 2), ("example", 3)])
def test_what_runs_by_itself(tmp_path: Path, split: str, units: int) -> None:
    plan = plan_of(
        make_project(tmp_path, {"a.feature": OUTLINE.replace("Then it is <n>", "And a number 1")}), split=split
    )
    result = run(plan)
    assert result.jobs == units
    assert set(verdicts(result).values()) == {Verdict.PASSED}


def test_the_rows_of_an_outline_share_no_values_where_it_is_split(tmp_path: Path) -> None:
    text = OUTLINE.replace("Then it is <n>", 'Then variable "#n1" is a string "1"')
    folder = make_project(tmp_path, {"a.feature": text})
    assert list(verdicts(run(plan_of(folder, split="feature"))).values()) == [Verdict.PASSED] * 3
    assert list(verdicts(run(plan_of(folder, split="scenario"))).values()) == [
        Verdict.PASSED,
        Verdict.ERROR,
        Verdict.PASSED,
    ]


def test_no_hook_runs_where_nothing_is_selected(tmp_path: Path) -> None:
    hooks = "def before_all(context):\n    raise RuntimeError('set up for nothing')\n"
    folder = make_project(tmp_path, {"a.feature": OUTLINE, "environment.py": hooks})
    assert run(plan_of(folder, tags=["@nowhere"])).failures == []
