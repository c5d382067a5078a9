from __future__ import annotations

from pathlib import Path

import pytest

from apitest import bridge, engine
from apitest.core.phrases import Match
from apitest.errors import StepError
from tests.support.sample_project import make_project

FEATURE = "Feature: Store\n  Scenario: one\n    Given a number 1\n"


def test_without_behaves_command_nothing_is_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "english_matchers", lambda *arguments: pytest.fail("registered"))
    bridge.install()


class FakeContext:
    """As much of behave's context as the bridge uses."""

    def __init__(self, folder: Path) -> None:
        self.frames = {"scenario": {}, "feature": {}, "testrun": {}}
        self.cleanups: list[tuple[str, object]] = []
        self.feature = type("F", (), {"filename": str(folder / "features" / "a.feature")})()
        self.config = type("C", (), {"userdata": {"name": "Ann"}})()
        self.table = self.text = None

    def __getattr__(self, name: str) -> object:
        return self.frames["scenario"][name]

    def _select_stack_frame_by_layer(self, layer: str) -> dict[str, object]:
        return self.frames[layer]

    def add_cleanup(self, function: object, layer: str) -> None:
        self.cleanups.append((layer, function))


def test_state_is_made_once_on_behaves_layers(tmp_path: Path) -> None:
    context = FakeContext(make_project(tmp_path, {"a.feature": FEATURE}))
    state = bridge.state_of(context)
    assert bridge.state_of(context) is state
    assert [layer for layer, _ in context.cleanups] == ["testrun", "feature", "scenario"]
    assert state.run.config.configured("name") == "Ann"
    context.frames["scenario"] = {}
    other = bridge.state_of(context)
    assert other is not state
    assert other.feature is state.feature


def test_closing_raises_the_first_error_after_all_were_called(tmp_path: Path) -> None:
    context = FakeContext(make_project(tmp_path, {"a.feature": FEATURE}))
    state, called = bridge.state_of(context), []
    state.cleanups += [lambda: called.append(1), lambda: 1 / 0]
    close = dict(context.cleanups)["scenario"]
    with pytest.raises(ZeroDivisionError):
        close()  # type: ignore[operator]
    assert called == [1]


def test_a_sentence_within_a_sentence(tmp_path: Path) -> None:
    import apitest.steps  # noqa: F401
    from apitest.catalogue import BUILT_IN

    context = FakeContext(make_project(tmp_path, {"a.feature": FEATURE}))
    state = bridge.state_of(context)
    assert isinstance(BUILT_IN.match('I store "1" under "x"'), Match)
    assert state.perform is not None
    state.perform('I store "1" under "x"')
    assert state.values == {"x": "1"}
    with pytest.raises(StepError, match="no such sentence"):
        state.perform("nothing like it")
