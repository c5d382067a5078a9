"""Pins what of behave is used, so that a new version that changes it is noticed here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from behave.model import Scenario, ScenarioOutline
from behave.runner import Context, the_step_registry
from behave.step_registry import registry

from apitest import engine
from apitest.engine import (
    EngineContext,
    ParseProblem,
    UserSteps,
    behave_configuration,
    lines_of,
    load_hooks,
    make_table,
    parse_file,
    parse_sentences,
    row_of,
    scenario_name,
    scenarios_at,
    tag_filter,
)
from apitest.errors import UsageError

FEATURE = """\
@top
Feature: Orders

  Background:
    Given a number 1

  @one
  Scenario: First
    When it is doubled

  Scenario Outline: Buy <n>
    Given a number <n>

    Examples:
      | n |
      | 1 |
      | 2 |

  Scenario Outline: Pay
    Given a number <n>

    Examples: cards
      | n | card |
      | 1 | visa |

  Rule: Big ones
    Scenario: Last
      When it is doubled
"""


@pytest.fixture
def feature(tmp_path: Path) -> Any:
    path = tmp_path / "orders.feature"
    path.write_text(FEATURE)
    return parse_file(path)


def test_names_of_scenarios_and_rows(feature: Any) -> None:
    names = [scenario_name(scenario) for scenario in feature.walk_scenarios()]
    assert names == ["First", "Buy 1", "Buy 2", "Pay (n=1, card=visa)", "Last"]
    assert row_of(feature.walk_scenarios()[2]) == {"n": "2"}
    assert row_of(feature.walk_scenarios()[0]) == {}


@pytest.mark.parametrize(
    ("line", "chosen"),
    [
        (2, ["First", "Buy 1", "Buy 2", "Pay (n=1, card=visa)", "Last"]),
        (7, ["First"]),
        (8, ["First"]),
        (9, ["First"]),
        (11, ["Buy 1", "Buy 2"]),
        (12, ["Buy 1", "Buy 2"]),
        (17, ["Buy 2"]),
        (26, ["Last"]),
        (99, ["Last"]),
    ],
)
def test_a_line_means_what_begins_there_or_last_before(feature: Any, line: int, chosen: list[str]) -> None:
    assert [scenario_name(scenario) for scenario in scenarios_at(feature, [(line, line)])] == chosen


def test_a_range_of_lines_and_the_whole_file(feature: Any) -> None:
    assert [scenario_name(one) for one in scenarios_at(feature, [(8, 12)])] == ["First", "Buy 1", "Buy 2"]
    assert len(scenarios_at(feature, [(0, 0)])) == 5


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("Feature: A\n  Scenario: B\n    Given a number 1\n    gibberish\n", 4, "fits nowhere: gibberish"),
        ("Scenario: without a feature\n", 1, "fits nowhere"),
        ("Feature: A\n  Scenario: B\n    Given x\n      | a | b |\n      | 1 |\n", 5, "Malformed table"),
        ("# language: klingonish\nFeature: A\n", 1, "Unknown language"),
        ("Feature: A\n  Scenario: B\n    And then\n", 3, "AND-STEP"),
    ],
)
def test_what_cannot_be_parsed_is_told_with_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    path = tmp_path / "bad.feature"
    path.write_text(text)
    with pytest.raises(ParseProblem) as found:
        parse_file(path)
    assert (found.value.line, message in found.value.message) == (line, True), found.value.message


def test_bytes_that_are_no_utf8_have_a_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.feature"
    path.write_bytes(b"Feature: A\n\n  Scenario: \xff\n")
    with pytest.raises(ParseProblem, match="UTF-8") as found:
        parse_file(path)
    assert found.value.line == 3


def test_an_empty_file_is_no_feature(tmp_path: Path) -> None:
    path = tmp_path / "empty.feature"
    path.write_text("\n# only a comment\n")
    assert parse_file(path) is None


def test_tables_and_doc_strings_as_people_see_them() -> None:
    table, text, plain = parse_sentences(
        'Given a\n | x | long |\n | 1 | 2 |\nGiven b\n """\n one\n  two\n """\nGiven c'
    )
    assert lines_of(table) == ("| x | long |", "| 1 | 2    |")
    assert lines_of(text) == ('"""', "one", " two", '"""')
    assert lines_of(plain) == ()
    assert make_table(["a"], [["1"]])[0]["a"] == "1"


@pytest.mark.parametrize(
    ("expressions", "tags", "is_chosen"),
    [
        ([], {"a"}, True),
        (["a and not b"], {"a"}, True),
        (["a and not b"], {"a", "b"}, False),
        (["@a", "@b"], {"a"}, False),
        (["a or c"], {"c"}, True),
        (["net*"], {"network"}, True),
        (["not @slow"], {"quick"}, True),
    ],
)
def test_tags(expressions: list[str], tags: set[str], is_chosen: bool) -> None:
    assert tag_filter(expressions)(tags) is is_chosen


def test_tags_that_cannot_be_read() -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        tag_filter(["a and (b"])


def test_users_steps_are_found_with_their_place(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "from behave import given, step, register_type\n"
        "register_type(Even=lambda text: int(text))\n"
        "@given('a {n:d}')\ndef a(context, n): context.n = n\n"
        "@step('a {thing}')\ndef b(context, thing): pass\n"
    )
    steps = UserSteps()
    steps.load(tmp_path)
    assert len(steps) == 2
    assert [match.pattern for match in steps.find("given", "a 3")] == ["a {n:d}", "a {thing}"]
    assert [match.pattern for match in steps.find("then", "a 3")] == ["a {thing}"]
    assert steps.find("given", "nothing") == ()
    assert steps.find("given", "a 3")[0].place.endswith("a.py:3")


def test_behaves_own_registry_is_left_alone(tmp_path: Path) -> None:
    before = {kind: list(found) for kind, found in the_step_registry.steps.items()}
    (tmp_path / "a.py").write_text("@given('x')\ndef a(context): pass\n")
    UserSteps().load(tmp_path)
    assert the_step_registry.steps == before
    assert "add_step_definition" not in vars(registry)


def test_a_module_beside_can_be_imported_and_a_broken_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "shop_words_1.py").write_text("NAME = 'x'\n")
    (tmp_path / "uses.py").write_text(
        "from behave import given\nimport shop_words_1\n@given(shop_words_1.NAME)\ndef a(c): pass\n"
    )
    UserSteps().load(tmp_path)
    (tmp_path / "z.py").write_text("\n\nraise ValueError('no')\n")
    with pytest.raises(UsageError, match=r"z.py:3: ValueError: no"):
        UserSteps().load(tmp_path)
    (tmp_path / "z.py").write_text("\ndef broken(:\n")
    with pytest.raises(UsageError, match=r"z.py:2: SyntaxError"):
        UserSteps().load(tmp_path)


def test_a_converter_that_refuses_is_an_error_of_the_step(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "from behave import given, register_type\n"
        "def even(text):\n    raise ValueError('odd')\neven.pattern = r'\\d+'\n"
        "register_type(Even=even)\n@given('an {n:Even}')\ndef a(context, n): pass\n"
    )
    steps = UserSteps()
    steps.load(tmp_path)
    with pytest.raises(ValueError, match="odd"):
        steps.find("given", "an 3")[0].run(context_of())


def test_async_steps_need_a_loop(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "from behave import given\n@given('a')\nasync def a(context): pass\n@given('b')\ndef b(context): pass\n"
    )
    (tmp_path / "c.py").write_text("import asyncio\nfrom behave import given\n@given('c')\ndef c(context): pass\n")
    steps = UserSteps()
    steps.load(tmp_path)
    assert [steps.find("given", name)[0].needs_loop for name in "abc"] == [True, False, True]


def test_hooks_are_known_by_name(tmp_path: Path) -> None:
    file = tmp_path / "environment.py"
    file.write_text("def before_all(context): pass\ndef helper(): pass\nbefore_step = 3\n")
    assert list(load_hooks(file)) == ["before_all"]
    assert load_hooks(None) == {}


class Runner:
    config = None

    def __init__(self) -> None:
        self.executed: list[str] = []

    def execute_steps(self, context: Any, steps: list[Any]) -> None:
        self.executed += [step.name for step in steps]


RUNNER = Runner()


def context_of(root: dict[str, Any] | None = None) -> EngineContext:
    return EngineContext(RUNNER, root)


def test_the_context_has_layers() -> None:
    context = context_of()
    context.shared = 1
    context._push("feature")
    context.own = 2
    assert (context.shared, context.own, "own" in context) == (1, 2, True)
    del context.own
    with pytest.raises(AttributeError, match="own"):
        _ = context.own
    with pytest.raises(AttributeError, match="at the current level"):
        del context.shared
    closed = []
    context.add_cleanup(closed.append, 1)
    context._pop()
    assert closed == [1]
    assert isinstance(context, Context)


def test_the_outermost_layer_is_shared() -> None:
    first = context_of()
    first.shared = 1
    second = context_of(first._root)
    assert second.shared == 1


def test_execute_steps_parses_and_hands_on() -> None:
    context = context_of()
    with pytest.raises(ValueError, match="outside of feature"):
        context.execute_steps("Given x")
    context.feature = type("F", (), {"language": "en"})()
    assert context.execute_steps("Given x\nAnd y") is True
    assert RUNNER.executed == ["x", "y"]


def test_behaves_options_and_userdata() -> None:
    config = behave_configuration(["--tags", "@a", "-D", "x=1"], {"y": "2"})
    assert config.userdata == {"x": "1", "y": "2"}
    with pytest.raises(UsageError, match="--no-such"):
        behave_configuration(["--no-such"], {})


def test_outlines_build_their_rows_once(feature: Any) -> None:
    outline = feature.run_items[1]
    assert isinstance(outline, ScenarioOutline)
    assert outline.scenarios[0] is outline.scenarios[0]
    assert isinstance(outline.scenarios[0], Scenario)


def test_our_phrases_are_matchers_of_behave(monkeypatch: pytest.MonkeyPatch) -> None:
    def shown(context: Any) -> None:
        """Carries out a phrase."""

    class Phrase:
        pattern, function, file, line = "it is shown", staticmethod(shown), "f.py", 3

    class Found:
        def __init__(self, phrase: Any) -> None:
            self.phrase = phrase

    phrase, later, ran = Phrase(), Phrase(), []
    known = {"it is shown": Found(phrase), "it came later": Found(later)}
    monkeypatch.setattr(the_step_registry, "steps", {"given": [], "when": [], "then": [], "step": []})
    engine.english_matchers(lambda text: known.get(text), lambda context, found: ran.append(found), [phrase])
    steps = parse_sentences("Given it is shown\nThen it came later\nWhen nothing")
    matches = [the_step_registry.find_match(step) for step in steps]
    assert matches[2] is None
    for match in matches[:2]:
        match.run(context_of())
    assert [found.phrase for found in ran] == [phrase, later]
