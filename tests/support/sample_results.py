"""Results as a run would give them: one scenario of each verdict, with an exchange and a difference."""

from __future__ import annotations

from apitest.errors import Mismatch
from apitest.reporters.base import RunStart
from apitest.results import (
    Exchange,
    Failure,
    FeatureResult,
    Place,
    RunResult,
    ScenarioResult,
    SentenceProblem,
    StepResult,
    Verdict,
)

FILE = "features/orders.feature"


def exchange() -> Exchange:
    return Exchange(
        curl="curl -X POST http://shop.test/orders -d '{\"qty\": 2}'",
        method="POST",
        url="http://shop.test/orders",
        request_headers=(("Content-Type", "application/json"),),
        request_body='{"qty": 2}',
        status=201,
        reason="Created",
        response_headers=(("X-Zato-CID", "K0a7f3"),),
        response_body='{"state": "<pending>", "total": 12.0}',
        response_size=36,
        seconds=0.0031,
        cid="K0a7f3",
    )


def step(line: int, sentence: str, verdict: Verdict = Verdict.PASSED, failure: Failure | None = None) -> StepResult:
    return StepResult("Given", sentence, Place(FILE, line), verdict, 0.01, failure)


def scenario(index: int, name: str, verdict: Verdict, *steps: StepResult, **more: object) -> ScenarioResult:
    return ScenarioResult(
        name,
        "Orders",
        Place(FILE, index * 10 + 4),
        ("shop",),
        verdict,
        list(steps),
        seconds=0.5,
        started_at=1_700_000_000.0 + index,
        index=index,
        **more,  # type: ignore[arg-type]
    )


def difference() -> Failure:
    return Failure(
        Verdict.FAILED, 'path "/state"', (Mismatch("/state", "paid", "pending"),), "the state changes later?"
    )


def scenarios() -> list[ScenarioResult]:
    called = step(15, "the URL is invoked")
    called.exchanges = [exchange()]
    failed = [step(14, 'address "x"'), called, step(16, 'path "/state" is "paid"', Verdict.FAILED, difference())]
    broken = Failure(Verdict.ERROR, "connection refused", hint="Is it running?")
    unknown = Failure(Verdict.UNDEFINED, f"no such sentence: Given x at {FILE}:35")
    first_try = scenario(5, "Sometimes", Verdict.FAILED, step(55, "x", Verdict.FAILED, difference()))
    return [
        scenario(0, "Good & <well>", Verdict.PASSED, step(5, "all is well"), output="printed\x00\x1b[31m\n"),
        scenario(1, "Pay an order", Verdict.FAILED, *failed, notes=["a note"]),
        scenario(2, "Refused", Verdict.ERROR, step(25, "the URL is invoked", Verdict.ERROR, broken)),
        scenario(3, "Unknown", Verdict.UNDEFINED, step(35, "x", Verdict.UNDEFINED), failure=unknown),
        scenario(4, "Left out", Verdict.SKIPPED, step(45, "x", Verdict.SKIPPED), skip_reason="waits for #41"),
        scenario(5, "Sometimes", Verdict.FLAKY, step(55, "x"), attempts=2, earlier=[first_try]),
        scenario(6, "Not reached", Verdict.NOT_RUN, step(65, "x", Verdict.NOT_RUN)),
    ]


def problem() -> SentenceProblem:
    return SentenceProblem(Place(FILE, 35), "Given", "x", ("xx",), (), ("Unknown",))


def run_result(*, only_good: bool = False) -> RunResult:
    chosen = scenarios()[:1] if only_good else scenarios()
    features = [FeatureResult("Orders", Place(FILE, 1), ("shop",), chosen, description=("All about orders.",))]
    if not only_good:
        bad = Failure(Verdict.UNDEFINED, "This line fits nowhere: gibberish")
        features.append(FeatureResult("bad.feature", Place("features/bad.feature", 7), (), failure=bad))
    problems = [] if only_good else [problem()]
    return RunResult(features, 12.84, 1_700_000_000.0, 32, requests=24, seed=7, environment="dev", problems=problems)


def run_start(result: RunResult, **more: object) -> RunStart:
    return RunStart(
        features=len(result.features),
        scenarios=len(result.scenarios()),
        jobs=0,
        problems=result.problems,
        unreadable=[feature for feature in result.features if feature.failure is not None],
        command="apitest run shop",
        **more,  # type: ignore[arg-type]
    )
