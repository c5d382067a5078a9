from __future__ import annotations

from pathlib import Path

import pytest

from apitest.results import ScenarioResult, Verdict
from tests.support.sample_project import make_project, plan_of, run, run_project, verdicts


def one(tmp_path: Path, steps: str, feature: str, **files: str) -> ScenarioResult:
    """The result of the first scenario.  steps: of steps.py; feature: the scenario's sentences."""
    text = "Feature: F\n  Scenario: S\n" + "".join(f"    {line}\n" for line in feature.split("\n"))
    named = {name.replace("__", "."): content for name, content in files.items()}
    return run_project(tmp_path, {"steps/steps.py": steps, "a.feature": text, **named}).scenarios()[0]


BEHAVE = "from behave import step\n"
OURS = "from apitest import step\n"


def test_output_and_logs_are_kept_with_the_scenario(tmp_path: Path) -> None:
    feature = "Feature: F\n" + "".join(f'  Scenario: {n}\n    Given it prints "x{n}"\n' for n in range(5))
    result = run(plan_of(make_project(tmp_path, {"a.feature": feature}), split="scenario"), jobs=5)
    assert [scenario.output for scenario in result.scenarios()] == [f"x{n}\n" for n in range(5)]


def test_execute_steps(tmp_path: Path) -> None:
    steps = BEHAVE + (
        "@step('inner {n:d}')\ndef a(c, n):\n    c.n = n\n    assert c.table[0]['k'] == 'v'\n"
        "@step('outer')\ndef b(c):\n    c.execute_steps('Given inner 3\\n  | k |\\n  | v |')\n"
        "    assert c.n == 3\n    assert c.text == 'own'\n"
    )
    assert one(tmp_path, steps, 'Given outer\n"""\nown\n"""').verdict is Verdict.PASSED


def test_execute_steps_that_fail_name_the_step(tmp_path: Path) -> None:
    steps = BEHAVE + (
        "@step('inner')\ndef a(c):\n    assert False, 'because'\n@step('outer')\ndef b(c):\n"
        "    c.execute_steps('Given inner')\n"
    )
    step = one(tmp_path, steps, "Given outer").steps[0]
    assert step.verdict is Verdict.FAILED
    assert step.failure is not None
    assert step.failure.summary == "FAILED SUB-STEP: Given inner\nSubstep info: because"


def test_async_steps_share_a_loop_in_a_scenario(tmp_path: Path) -> None:
    steps = BEHAVE + (
        "import asyncio\n"
        "@step('it begins')\nasync def a(c):\n    c.task = asyncio.ensure_future(later())\n    print('begun')\n"
        "async def later():\n    await asyncio.sleep(0)\n    return 3\n"
        "@step('it ends')\nasync def b(c):\n    assert await c.task == 3\n"
    )
    scenario = one(tmp_path, steps, "Given it begins\nThen it ends")
    assert (scenario.verdict, scenario.output) == (Verdict.PASSED, "begun\n")


def test_async_steps_of_many_scenarios_do_not_meet(tmp_path: Path) -> None:
    steps = BEHAVE + (
        "import asyncio\n@step('{n:d} waits')\nasync def a(c, n):\n    c.n = n\n    await asyncio.sleep(0.001)\n"
        "    assert c.n == n\n"
        "@step('it fails')\nasync def b(c):\n    await asyncio.sleep(0)\n    assert False, 'no'\n"
    )
    feature = "Feature: F\n" + "".join(f"  Scenario: {n}\n    Given {n} waits\n    Then it fails\n" for n in range(6))
    files = {"steps/steps.py": steps, "a.feature": feature}
    result = run(plan_of(make_project(tmp_path, files), split="scenario"), jobs=6)
    for scenario in result.scenarios():
        assert [step.verdict for step in scenario.steps] == [Verdict.PASSED, Verdict.FAILED]


def test_skipping_by_a_step_a_hook_and_a_sentence(tmp_path: Path) -> None:
    steps = (
        BEHAVE + "@step('it is left out')\ndef a(c):\n    c.scenario.skip('not today')\n@step('x')\ndef b(c): pass\n"
    )
    scenario = one(tmp_path / "1", steps, "Given it is left out\nThen x")
    assert (scenario.verdict, scenario.skip_reason) == (Verdict.SKIPPED, "not today")
    assert [step.verdict for step in scenario.steps] == [Verdict.PASSED, Verdict.SKIPPED]
    environment = "def before_scenario(context, scenario):\n    scenario.skip('by hook')\n"
    scenario = one(tmp_path / "2", steps, "Given x", environment__py=environment)
    assert (scenario.verdict, scenario.skip_reason) == (Verdict.SKIPPED, "by hook")
    steps = (
        OURS + "from apitest import ScenarioSkipped\n@step('it skips')\ndef a(c):\n    raise ScenarioSkipped('why')\n"
    )
    scenario = one(tmp_path / "3", steps, "Given it skips")
    assert (scenario.verdict, scenario.skip_reason) == (Verdict.SKIPPED, "why")


def test_look_ups_are_filled_in_before_a_step_is_called(tmp_path: Path) -> None:
    steps = OURS + (
        '@step(\'I keep "{value}" as "{name}"\')\ndef a(ctx, value, name):\n    ctx.apitest.values[name] = value\n'
        "@step('\"{value}\" is the number {n}')\ndef b(ctx, value, n):\n"
        "    assert (value, type(value)) == (str(n), str), value\n"
        '@step(\'"{text}" is "{other}" here\')\ndef c(ctx, text, other):\n    assert text == other, (text, other)\n'
    )
    feature = (
        'Given I keep "17" as "id"\nThen "#id" is the number 17\nAnd "a#{id}b" is "a17b" here\n'
        'And "@name" is "Ann" here\nAnd "##id" is "##id" here'
    )
    scenario = one(tmp_path, steps, feature, config__ini="[user]\nname = Ann\n")
    assert scenario.verdict is Verdict.PASSED, scenario.steps


def test_an_unknown_look_up_is_an_error(tmp_path: Path) -> None:
    steps = OURS + "@step('it is \"{x}\"')\ndef a(ctx, x): pass\n"
    step = one(tmp_path, steps, 'Given it is "#nothing"').steps[0]
    assert step.verdict is Verdict.ERROR
    assert step.failure is not None
    assert "#nothing" in step.failure.summary


def test_stored_values_live_for_the_feature_unless_it_is_split(tmp_path: Path) -> None:
    steps = OURS + (
        "@step('I keep \"{v}\"')\ndef a(ctx, v):\n    ctx.apitest.values['v'] = v\n"
        "@step('I see \"{v}\"')\ndef b(ctx, v): pass\n"
    )
    feature = 'Feature: F\n  Scenario: A\n    Given I keep "1"\n  Scenario: B\n    Then I see "#v"\n'
    folder = make_project(tmp_path, {"steps/steps.py": steps, "a.feature": feature})
    assert verdicts(run(plan_of(folder)))["B"] is Verdict.PASSED
    assert verdicts(run(plan_of(folder, split="scenario"), jobs=1))["B"] is Verdict.ERROR


def test_a_table_that_is_needed(tmp_path: Path) -> None:
    steps = OURS + "@step('these', needs='table', example='these')\ndef a(ctx):\n    assert ctx.table[0]['a'] == '1'\n"
    step = one(tmp_path / "1", steps, "Given these").steps[0]
    assert step.verdict is Verdict.ERROR
    assert step.failure is not None
    assert "needs a table" in step.failure.summary
    assert one(tmp_path / "2", steps, "Given these\n| a |\n| 1 |").verdict is Verdict.PASSED


def test_a_sentence_within_a_sentence(tmp_path: Path) -> None:
    steps = OURS + (
        "from apitest import AssertionFailed, Mismatch\n"
        "@step('x is \"{v}\"')\ndef a(ctx, v):\n    raise AssertionFailed('x differs', [Mismatch('x', v, 1)])\n"
        "@step('not at all {step...}')\ndef b(ctx, step):\n"
        "    try:\n        ctx.apitest.perform(step)\n    except AssertionFailed:\n        return\n"
        "    raise AssertionError\n"
        "@step('with a table')\ndef c(ctx):\n    ctx.apitest.perform('the table', [['k'], ['v']])\n"
        "    assert ctx.table is None\n"
        "@step('the table', takes='table')\ndef d(ctx):\n    assert ctx.table[0]['k'] == 'v'\n"
    )
    assert one(tmp_path / "1", steps, 'Then not at all x is "2"\nAnd with a table').verdict is Verdict.PASSED
    plan = plan_of(
        make_project(
            tmp_path / "2", {"steps/steps.py": steps, "a.feature": "Feature: F\n  Scenario: S\n    Then not at all y\n"}
        )
    )
    assert [problem.sentence for problem in plan.problems] == ["not at all y"]


def test_failed_comparisons_may_go_on(tmp_path: Path) -> None:
    steps = OURS + (
        "from apitest import AssertionFailed\n@step('soft')\ndef a(ctx):\n"
        "    ctx.apitest.continues_after_failure = True\n"
        "@step('no')\ndef b(ctx):\n    raise AssertionFailed('no', [])\n@step('yes')\ndef c(ctx): pass\n"
    )
    scenario = one(tmp_path, steps, "Given soft\nThen no\nAnd yes\nAnd no")
    assert [step.verdict.value for step in scenario.steps] == ["passed", "failed", "passed", "failed"]
    assert scenario.verdict is Verdict.FAILED


def test_retries_keep_every_attempt(tmp_path: Path) -> None:
    steps = BEHAVE + (
        "tries = []\n@step('it works at try {n:d}')\ndef a(c, n):\n    tries.append(1)\n"
        "    assert len(tries) >= n, f'try {len(tries)}'\n"
    )
    files = {"steps/steps.py": steps, "a.feature": "Feature: F\n  Scenario: S\n    Given it works at try 3\n"}
    scenario = run_project(tmp_path / "1", files, retry=2).scenarios()[0]
    assert (scenario.verdict, scenario.attempts) == (Verdict.FLAKY, 3)
    assert [attempt.steps[0].failure.summary for attempt in scenario.earlier if attempt.steps[0].failure] == [
        "try 1",
        "try 2",
    ]
    scenario = run_project(tmp_path / "2", files, retry=1).scenarios()[0]
    assert (scenario.verdict, scenario.attempts) == (Verdict.FAILED, 2)


def test_what_takes_too_long_is_an_error(tmp_path: Path) -> None:
    steps = (
        BEHAVE + "import gevent\n@step('it hangs')\ndef a(c):\n    gevent.sleep(30)\n@step('then')\ndef b(c): pass\n"
    )
    files = {"steps/steps.py": steps, "a.feature": "Feature: F\n  Scenario: S\n    Given it hangs\n    Then then\n"}
    scenario = run_project(tmp_path, files, scenario_timeout_seconds=0.02).scenarios()[0]
    assert scenario.verdict is Verdict.ERROR
    assert scenario.failure is not None
    assert scenario.failure.summary == "The scenario took longer than 0.02 s"


def test_a_step_may_have_its_own_limit(tmp_path: Path) -> None:
    steps = OURS + (
        "import gevent\n@step('quick')\ndef a(ctx):\n    ctx.apitest.step_limit_seconds = 0.02\n"
        "@step('it hangs')\ndef b(ctx):\n    gevent.sleep(30)\n"
    )
    step = one(tmp_path, steps, "Given quick\nWhen it hangs").steps[1]
    assert step.verdict is Verdict.ERROR
    assert step.failure is not None
    assert step.failure.summary == "When it hangs took longer than 0.02 s"


def test_what_runs_at_the_end_runs_whatever_happened(tmp_path: Path) -> None:
    steps = OURS + (
        "@step('later')\ndef a(ctx):\n    ctx.apitest.at_end.append(lambda: print('at end'))\n"
        "    ctx.apitest.cleanups.append(lambda: print('closed'))\n@step('no')\ndef b(ctx):\n"
        "    raise AssertionError('no')\n"
    )
    scenario = one(tmp_path, steps, "Given later\nThen no")
    assert (scenario.verdict, scenario.output) == (Verdict.FAILED, "at end\nclosed\n")


def test_a_step_that_leaves_the_program_does_not_end_the_run(tmp_path: Path) -> None:
    steps = BEHAVE + "import sys\n@step('it leaves')\ndef a(c):\n    sys.exit(3)\n"
    scenario = one(tmp_path, steps, "Given it leaves")
    assert scenario.verdict is Verdict.ERROR


def test_pending_steps(tmp_path: Path) -> None:
    steps = BEHAVE + (
        "from behave.api.pending_step import StepNotImplementedError\n"
        "@step('it will be')\ndef a(c):\n    raise StepNotImplementedError('STEP: it will be')\n"
    )
    step = one(tmp_path, steps, "Given it will be").steps[0]
    assert step.verdict is Verdict.ERROR
    assert step.failure is not None
    assert "pending" in step.failure.summary


def test_secrets_are_masked_in_all_that_is_kept(tmp_path: Path) -> None:
    steps = OURS + (
        "@step('it says \"{x}\"')\ndef a(ctx, x):\n    print('output', x)\n    ctx.apitest.notes.append('note ' + x)\n"
        "    raise AssertionError('failed with ' + x)\n"
    )
    scenario = one(tmp_path, steps, 'Given it says "@token"', config__ini="[user]\ntoken = s3cr3t-value\n")
    assert scenario.steps[0].failure is not None
    kept = [scenario.output, *scenario.notes, scenario.steps[0].failure.summary, scenario.steps[0].failure.traceback]
    assert not any("s3cr3t-value" in text for text in kept)
    assert "***" in scenario.output


@pytest.mark.parametrize(("scope", "verdict"), [("scenario", Verdict.ERROR), ("feature", Verdict.PASSED)])
def test_the_scope_of_the_request(tmp_path: Path, scope: str, verdict: Verdict) -> None:
    steps = OURS + (
        "@step('header kept')\ndef a(ctx):\n    ctx.apitest.request.address = 'http://x'\n"
        "@step('header there')\ndef b(ctx):\n    if not ctx.apitest.request.address: raise ValueError\n"
    )
    feature = "Feature: F\n  Scenario: A\n    Given header kept\n  Scenario: B\n    Then header there\n"
    files = {"steps/steps.py": steps, "a.feature": feature, "config.ini": f"[apitest]\nrequest_scope = {scope}\n"}
    assert verdicts(run_project(tmp_path, files, jobs=1))["B"] is verdict


def test_names_that_old_steps_use(tmp_path: Path) -> None:
    steps = OURS + (
        "@step('old')\ndef a(ctx):\n    ctx.zato.user_ctx['x'] = 1\n    ctx.zato.request.method = 'PUT'\n"
        "    assert ctx.apitest.values['x'] == 1 and ctx.zato.response is None\n"
        "    assert ctx.apitest.request.method == 'PUT'\n"
    )
    assert one(tmp_path, steps, "Given old").verdict is Verdict.PASSED
