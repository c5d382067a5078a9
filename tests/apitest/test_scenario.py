from __future__ import annotations

from pathlib import Path

import pytest

from apitest.config import parse_config
from apitest.core import lookups
from apitest.errors import LookupFailed
from apitest.project import Project
from apitest.scenario import FeatureState, RunState, ScenarioState, Scope, UpstreamView


@pytest.fixture
def state(tmp_path: Path) -> ScenarioState:
    run = RunState(Project(tmp_path, tmp_path), parse_config("[user]\nname = Ann\n", "config.ini"))
    return ScenarioState(FeatureState(run, "a.feature"))


def test_values_of_the_feature_win_over_those_of_the_run(state: ScenarioState) -> None:
    state.run.values.update(a=1, b=2)
    state.values["a"] = 3
    scope = Scope(state)
    assert (scope.stored("a"), scope.stored("b")) == (3, 2)
    with pytest.raises(KeyError):
        scope.stored("c")


def test_every_kind_of_look_up(state: ScenarioState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP", "env")
    state.values["order"] = {"items": [{"id": 7}]}
    scope = Scope(state)
    assert lookups.resolve("#order/items/0/id", scope) == 7
    assert lookups.resolve("@name", scope) == "Ann"
    assert lookups.resolve("$SHOP", scope) == "env"
    for text, hint in (("#ordr", "#order"), ("@nme", "@name"), ("$SHOPP", "$SHOP")):
        with pytest.raises(LookupFailed) as found:
            lookups.resolve(text, scope)
        assert hint in found.value.hint
    with pytest.raises(LookupFailed, match="no secret store"):
        lookups.resolve("vault:a/b", scope)


def test_old_names_are_views(state: ScenarioState) -> None:
    view = UpstreamView(state)
    view.user_ctx["x"] = 1
    view.date_formats["day"] = "YYYY"
    assert (state.values, state.feature.date_formats) == ({"x": 1}, {"day": "YYYY"})
    assert view.request is state.request
    assert view.response is None
