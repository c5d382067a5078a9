"""The only file that knows behave: its parser, model, tag expressions, decorators, hooks, context and configuration.

Everything else of the runner speaks with behave's objects through what stands here: `parse_file` gives features,
`UserSteps` finds the functions that users wrote for behave, `EngineContext` is the context of steps and hooks, and
`english_matchers` lets behave itself run our sentences.  Not here: which scenarios run and what their sentences mean
(`planning.py`), and running them (`running.py`).

Written against behave 1.3.3 (BSD-2); `tests/apitest/test_engine.py` pins each of its internals that is used here.
"""

from __future__ import annotations

import inspect
import os
import sys
import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from behave import matchers as behave_matchers
from behave import model_core as behave_model
from behave import step_registry as behave_registry
from behave.api.pending_step import StepNotImplementedError
from behave.async_step import AsyncStepFunction
from behave.exception import ConfigError
from behave.i18n import languages
from behave.matchers import Match as BehaveMatch
from behave.matchers import Matcher, MatchWithError
from behave.model import Feature, Scenario, ScenarioOutline, Step, Table
from behave.model_core import FileLocation
from behave.model_type import Status
from behave.parser import Parser, ParserError, State
from behave.runner import Context, ContextMode

# NOTE: the registry that the names in `behave` fill and its runner asks.  `behave.step_registry.registry` is another
# one as soon as behave's command has called `reset_runtime`.
from behave.runner import the_step_registry as behave_steps
from behave.runner_util import exec_file
from behave.tag_expression import make_tag_expression

from apitest.errors import ApitestError, UsageError

__all__ = [
    "EngineContext",
    "ExamplesBlock",
    "Feature",
    "Hooks",
    "ParseProblem",
    "PendingStep",
    "Scenario",
    "Status",
    "Step",
    "Table",
    "UserMatch",
    "UserSteps",
    "behave_configuration",
    "english_matchers",
    "examples_of",
    "is_behave_running",
    "keywords_of",
    "lines_of",
    "load_hooks",
    "make_step",
    "make_table",
    "outline_of",
    "parse_file",
    "parse_sentences",
    "row_of",
    "scenario_name",
    "scenarios_at",
    "tag_filter",
]

PendingStep = StepNotImplementedError

# PERF: behave works out the relative path of its file anew for every step, a third of the time that parsing takes.
behave_model.make_relpath_if_possible = lru_cache(maxsize=256)(behave_model.make_relpath_if_possible)

Hooks = dict[str, Callable[..., Any]]

HOOK_NAMES = frozenset(
    f"{when}_{what}" for when in ("before", "after") for what in ("all", "feature", "rule", "scenario", "step", "tag")
)


class ParseProblem(ApitestError):
    """A feature file that cannot be read; line is 0 where it has none."""

    def __init__(self, message: str, line: int = 0, hint: str = "") -> None:
        super().__init__(message, hint)
        self.line = line


# Reading features


class GherkinParser(Parser):  # type: ignore[misc]
    """behave's parser, which also knows doc strings between two lines of ```."""

    def action_steps(self, line: str) -> bool:
        if line.lstrip().startswith("```") and self.statement.steps:
            self.state = State.MULTILINE_TEXT
            self.multiline_start = self.line
            self.multiline_terminator = "```"
            self.multiline_leading = line.index("`")
            return True
        return bool(super().action_steps(line))


def parse_file(path: Path) -> Feature | None:
    """A feature file -> behave's model of it; None where there is nothing in it.  Raises ParseProblem."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ParseProblem(f"The file cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ParseProblem(f"The file is not UTF-8 (byte {error.start})", line, "Save it as UTF-8") from error
    try:
        return GherkinParser().parse(text, str(path))
    except ParserError as error:
        raise ParseProblem(*_parse_message(error)) from error
    except KeyError as error:  # what the parser raises for `# language: xx` that it does not know
        raise ParseProblem(f"Unknown language {error}", 1, "Known languages: behave --lang-list") from error
    except (AttributeError, IndexError, TypeError, AssertionError, ValueError) as error:
        # The parser stumbles over some texts (`|` before any step, tags at the very end) instead of refusing them.
        raise ParseProblem(f"The file cannot be parsed ({type(error).__name__}: {error})") from error


def parse_sentences(text: str, language: str = "en", file: str = "") -> list[Step]:
    """Steps with their keywords, as `context.execute_steps` takes them.  Raises ParseProblem."""
    try:
        steps: list[Step] = GherkinParser(language or "en", variant="steps").parse_steps(text, file or None)
        return steps
    except ParserError as error:
        raise ParseProblem(*_parse_message(error)) from error


def keywords_of(language: str) -> tuple[str, ...]:
    """What a step may begin with, in lower case, with the blank behind it where the language has one."""
    words = languages.get(language, languages["en"])
    return tuple({word.lower() for kind in ("given", "when", "then", "and", "but") for word in words[kind]})


def make_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    return Table(list(headings), rows=[list(row) for row in rows])


def make_step(
    sentence: str,
    file: str = "",
    line: int = 0,
    table: Sequence[Sequence[str]] | None = None,
    text: str | None = None,
) -> Step:
    """A step that stands in no feature file by itself.  table: its rows, the headings first."""
    made = make_table(table[0], table[1:]) if table is not None else None
    return Step(file, line, "*", "step", sentence, text=text, table=made)


def lines_of(step: Step) -> tuple[str, ...]:
    """The table or doc string below a sentence, as people see it."""
    if step.table is not None:
        rows = [step.table.headings, *(row.cells for row in step.table)]
        cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
        widths = [max(len(row[index]) for row in cells) for index in range(len(cells[0]))]
        return tuple(
            "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
            for row in cells
        )
    if step.text is not None:
        return ('"""', *str(step.text).split("\n"), '"""')
    return ()


def row_of(scenario: Scenario) -> dict[str, str]:
    """The values of an outline's row; empty for a plain scenario."""
    row = scenario._row
    return dict(zip(row.headings, row.cells, strict=True)) if row is not None else {}


def outline_of(scenario: Scenario) -> ScenarioOutline | None:
    """The outline that a scenario is a row of."""
    return scenario.parent if isinstance(scenario.parent, ScenarioOutline) else None


def scenario_name(scenario: Scenario) -> str:
    """The name as written; a row of an outline has its values in the name's holes, or else behind the name."""
    row = row_of(scenario)
    if not row or not isinstance(scenario.parent, ScenarioOutline):
        return str(scenario.name)
    written = name = str(scenario.parent.name)
    for key, value in row.items():
        name = name.replace(f"<{key}>", value)
    if name != written:
        return name
    return f"{name} ({', '.join(f'{key}={value}' for key, value in row.items())})"


def scenarios_at(feature: Feature, ranges: Sequence[tuple[int, int]]) -> list[Scenario]:
    """The scenarios that `file:LINE` means.

    A line stands for what begins on it or last before it, its tags included: a scenario, a row of examples, an outline
    (all its rows), a rule or the feature (all in it).
    """
    starts: list[tuple[int, list[Scenario]]] = [(0, list(feature.walk_scenarios()))]

    def add(item: Any) -> None:
        inner = [item] if not hasattr(item, "scenarios") else list(_scenarios_in(item))
        starts.append((min([item.line, *(tag.line for tag in item.tags if tag.line)]), inner))
        for child in getattr(item, "run_items", ()):
            add(child)
        if isinstance(item, ScenarioOutline):
            rows: dict[int, list[Scenario]] = {}
            for row_scenario in item.scenarios:  # rows from a data file all stand on the line of their Examples
                rows.setdefault(row_scenario.line, []).append(row_scenario)
            starts.extend(rows.items())

    add(feature)
    starts.sort(key=lambda entry: entry[0])
    lines = [line for line, _ in starts]
    chosen: dict[int, Scenario] = {}
    for first, last in ranges:
        begin = max(bisect_right(lines, first) - 1, 0)
        end = bisect_right(lines, last)
        for _, scenarios in starts[begin : max(end, begin + 1)]:
            chosen.update({id(scenario): scenario for scenario in scenarios})
    return [scenario for scenario in feature.walk_scenarios() if id(scenario) in chosen]


class ExamplesBlock:
    """The Examples of an outline.  headings: as written, may be empty; has_rows: the feature file itself has some.

    is_meant: false where only other lines of the file were chosen.
    """

    __slots__ = ("_examples", "_written", "headings", "is_meant", "outline")

    def __init__(self, outline: ScenarioOutline, examples: Any) -> None:
        self.outline = outline
        self._examples = examples
        table = examples.table
        self.headings: list[str] = list(table.headings) if table is not None else []
        self._written = list(table.rows) if table is not None else []
        self.is_meant = True

    @property
    def line(self) -> int:
        return int(self._examples.line)

    @property
    def has_rows(self) -> bool:
        return bool(self._written)

    @property
    def own_tags(self) -> list[str]:
        return [str(tag) for tag in self._examples.tags]

    @property
    def tags(self) -> set[str]:
        """All that its scenarios have."""
        found = set(self.own_tags)
        item: Any = self.outline
        while item is not None:
            found.update(str(tag) for tag in item.tags)
            item = getattr(item, "parent", None)
        return found

    def fill(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Rows behind those that are written; they all stand on the line of the block."""
        table = Table(list(headings), line=self.line)
        for row in self._written:
            table.add_row(row.cells, row.line)
        for cells in rows:
            table.add_row(list(cells), self.line)
        self._examples.table = table


def examples_of(feature: Feature, ranges: Sequence[tuple[int, int]] = ()) -> list[ExamplesBlock]:
    """All Examples blocks of a feature, before behave makes scenarios of their rows."""
    blocks: list[ExamplesBlock] = []

    def add(item: Any) -> None:
        if isinstance(item, ScenarioOutline):
            blocks.extend(ExamplesBlock(item, examples) for examples in item.examples)
        for child in getattr(item, "run_items", ()):
            add(child)

    add(feature)
    if ranges and blocks:
        for block in blocks:
            if not block.has_rows:
                block.fill(["?"], [["?"]])  # one row that stands for all that will come
        chosen = {(id(one.parent), one.line) for one in scenarios_at(feature, ranges)}
        for block in blocks:
            lines = {block.line, *(row.line for row in block._written)}
            block.is_meant = any((id(block.outline), line) in chosen for line in lines)
            if not block.has_rows:
                block.fill(block.headings, [])
    return blocks


def _scenarios_in(item: Any) -> Iterator[Scenario]:
    return iter(item.scenarios) if isinstance(item, ScenarioOutline) else iter(item.walk_scenarios())


def _parse_message(error: ParserError) -> tuple[str, int, str]:
    """behave's message -> ours: one line, without its states; the reason it gives becomes the hint."""
    text, _, reason = str(error.args[0]).strip().partition("\nREASON: ")
    if text.startswith("Parser failure in state"):
        line = (error.line_text or "").strip()
        return (f"This line fits nowhere: {line}" if line else "The file cannot be parsed"), error.line or 0, reason
    text = text.partition(" at line ")[0]
    return text, error.line or 0, reason


# Choosing by tags


def tag_filter(expressions: Sequence[str]) -> Callable[[set[str]], bool]:
    """Tag expressions, all of which must hold -> a test of a scenario's tags.  Raises UsageError."""
    if not expressions:
        return lambda tags: True
    try:
        parsed = make_tag_expression(list(expressions))
    except Exception as error:  # the expression parsers raise many kinds, all about the user's text
        raise UsageError(
            f"The tags {' and '.join(expressions)!r} cannot be read: {error}",
            "Write them like: -t 'slow and not (wip or broken)'",
        ) from error
    check: Callable[[set[str]], bool] = parsed.check
    return check


# Users' Python


class UserMatch:
    """A sentence that a function written for behave carries out."""

    __slots__ = ("_match", "_needs_loop", "function", "pattern")

    def __init__(self, match: BehaveMatch, pattern: str) -> None:
        self._match = match
        self.function = match.func
        self.pattern = pattern
        self._needs_loop = _needs_loop(match.func)

    @property
    def place(self) -> str:
        location = BehaveMatch.make_location(self.function)
        return f"{location.filename}:{location.line}"

    @property
    def needs_loop(self) -> bool:
        """True for async steps, and for plain ones of modules that handle the event loop themselves."""
        return self._needs_loop

    def run(self, context: EngineContext) -> None:
        self._match.run(context)


class UserSteps:
    """What the modules in `steps/` registered with behave's decorators."""

    def __init__(self) -> None:
        self._matchers: dict[str, list[Matcher]] = {"given": [], "when": [], "then": [], "step": []}
        self._cache: dict[tuple[str, str], tuple[UserMatch, ...]] = {}

    def __len__(self) -> int:
        return sum(len(found) for found in self._matchers.values())

    def load(self, folder: Path) -> None:
        """Executes the modules of a steps folder in the order of their names, as behave does.  Raises UsageError."""
        files = sorted(file for file in folder.glob("*.py") if file.is_file())
        common = {
            "use_step_matcher": behave_matchers.use_step_matcher,
            "step_matcher": behave_matchers.use_step_matcher,
        }
        with self._collecting():
            behave_registry.setup_step_decorators(common, behave_steps)
            behave_matchers.use_current_step_matcher_as_default()
            with importable(folder):
                for file in files:
                    run_user_file(file, dict(common))
                    behave_matchers.use_default_step_matcher()

    def find(self, step_type: str, sentence: str) -> tuple[UserMatch, ...]:
        """All functions that fit a sentence, in the order of their registration."""
        key = (step_type, sentence)
        found = self._cache.get(key)
        if found is None:
            candidates = self._matchers["step"]
            if step_type != "step":
                candidates = [*self._matchers[step_type], *candidates]
            matches = []
            for matcher in candidates:
                match = matcher.match(sentence)
                if match is not None:
                    matches.append(UserMatch(match, matcher.pattern))
            if len(matches) > 1:  # a converter that refuses the text is an error of the step only if no other fits
                matches = [item for item in matches if not isinstance(item._match, MatchWithError)] or matches[:1]
            found = self._cache[key] = tuple(matches)
        return found

    def patterns(self) -> list[tuple[str, str, str]]:
        """(keyword, pattern, place) of each, for `apitest steps`."""
        found = []
        for keyword, registered in self._matchers.items():
            for matcher in registered:
                found.append((keyword, str(matcher.pattern), f"{matcher.location.filename}:{matcher.location.line}"))
        return found

    @contextmanager
    def _collecting(self) -> Iterator[None]:
        """behave's decorators fill this object instead of the module-wide registry, without behave's own look for
        ambiguous patterns: a sentence that two patterns fit is found when it is met."""
        registry = behave_steps
        add = registry.__dict__.get("add_step_definition")

        def add_step_definition(keyword: str, step_text: str, function: Callable[..., Any]) -> None:
            matcher = behave_matchers.make_step_matcher(function, step_text, keyword.lower())
            if not registry.is_good_step_definition(matcher):
                return
            known = self._matchers[keyword.lower()]
            if not any(registry.same_step_matcher(existing, matcher) for existing in known):
                known.append(matcher)

        registry.add_step_definition = add_step_definition
        try:
            yield
        finally:
            if add is None:
                del registry.add_step_definition
            else:
                registry.add_step_definition = add


def load_hooks(file: Path | None) -> Hooks:
    """The hooks of an `environment.py`, by name.  Raises UsageError where the file cannot be executed."""
    if file is None:
        return {}
    found: dict[str, Any] = {}
    with importable(file.parent):
        run_user_file(file, found)
    return {name: found[name] for name in HOOK_NAMES if callable(found.get(name))}


@contextmanager
def importable(folder: Path) -> Iterator[None]:
    """Modules beside a user's file can be imported from it, and later from its functions: the path stays."""
    text = str(folder)
    if text not in sys.path:
        sys.path.insert(0, text)
    yield


def run_user_file(file: Path, names: dict[str, Any]) -> None:
    """Executes a module of the user's, as behave does, without a place in `sys.modules`.  Raises UsageError."""
    names["__name__"] = file.stem
    try:
        exec_file(str(file), names)
    except ApitestError:
        raise
    except Exception as error:  # the user's module may raise anything; it is told with its place
        line = _line_in(error, file)
        raise UsageError(
            f"{_relative(file)}:{line}: {type(error).__name__}: {error}",
            "The file could not be loaded; nothing was run",
        ) from error


def _line_in(error: BaseException, file: Path) -> int:
    if isinstance(error, SyntaxError) and error.lineno:
        return error.lineno
    line = 0
    trace = error.__traceback__
    while trace is not None:
        if os.path.abspath(trace.tb_frame.f_code.co_filename) == str(file):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _relative(file: Path) -> str:
    text = os.path.relpath(file)
    return str(file) if text.startswith("..") else text


def _needs_loop(function: Any) -> bool:
    if isinstance(function, AsyncStepFunction) or inspect.iscoroutinefunction(getattr(function, "__wrapped__", None)):
        return True
    names = getattr(inspect.unwrap(function), "__globals__", {})
    return "asyncio" in names or "use_or_create_async_context" in names or "AsyncContext" in names


# The context that users' steps and hooks see


def behave_configuration(options: Sequence[str], defines: dict[str, str]) -> Any:
    """behave's configuration object, for `context.config` and its userdata.  Raises UsageError for unknown options."""
    from behave.configuration import Configuration

    messages: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with _argparse_errors_in(messages):
                config = Configuration(list(options), load_config=False)
        except (ConfigError, SystemExit) as error:
            text = " ".join(messages) or str(error)
            raise UsageError(f"behave does not take the options {' '.join(options)!r}: {text}") from error
    config.userdata.update(defines)
    config.capture_hooks = False  # each scenario's output is captured by apitest/capture.py
    return config


@contextmanager
def _argparse_errors_in(messages: list[str]) -> Iterator[None]:
    import argparse

    original = argparse.ArgumentParser.error

    def error(parser: Any, message: str) -> Any:
        messages.append(message)
        raise SystemExit(2)

    argparse.ArgumentParser.error = error  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        argparse.ArgumentParser.error = original  # type: ignore[method-assign]


class EngineContext(Context):  # type: ignore[misc]
    """behave's context, one for each unit that runs by itself; the outermost layer is shared by all.

    Setting an attribute costs a dict entry, not a stack trace: behave warns of masked names, we do not.
    """

    def __init__(self, runner: Any, root: dict[str, Any] | None = None) -> None:
        super().__init__(runner)
        values = self.__dict__
        values["_mode"] = ContextMode.USER
        if root is not None:
            values["_root"] = root
            values["_stack"] = [root]

    def __setattr__(self, name: str, value: Any) -> None:
        if name[0] == "_":
            self.__dict__[name] = value
        else:
            self.__dict__["_stack"][0][name] = value

    def __getattr__(self, name: str) -> Any:
        if name[0] != "_":
            for frame in self.__dict__["_stack"]:
                if name in frame:
                    return frame[name]
            if name == "zato":
                return self._make_zato()
        raise AttributeError(f"'Context' object has no attribute {name!r}")

    def __delattr__(self, name: str) -> None:
        frame = self.__dict__["_stack"][0]
        if name not in frame:
            raise AttributeError(f"'Context' object has no attribute {name!r} at the current level")
        del frame[name]

    def _set_root_attribute(self, name: str, value: Any) -> None:
        self.__dict__["_root"][name] = value

    def _emit_warning(self, attr: str, params: dict[str, Any]) -> None:
        return None

    def use_with_user_mode(self) -> Any:
        return _NOTHING

    _use_with_behave_mode = use_with_user_mode

    def execute_steps(self, steps_text: str) -> bool:
        """Runs steps given as text, as behave does: True, or AssertionError that names the step that failed."""
        feature = self.feature
        if not feature:
            raise ValueError("execute_steps() called outside of feature")
        self._runner.execute_steps(self, parse_sentences(steps_text, feature.language))
        return True

    def _pop(self, capture_sink: Any = None) -> None:
        try:
            self._do_cleanups()
        finally:
            self._stack.pop(0)

    def _make_zato(self) -> Any:
        """`ctx.zato`, as suites written for upstream use it: a view on the scenario's state."""
        from apitest.scenario import UpstreamView

        view = UpstreamView(self.apitest)
        self.__dict__["_stack"][0]["zato"] = view
        return view


class _Nothing:
    """A context manager that does nothing; modes only matter to behave's warnings."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: object) -> None:
        return None


_NOTHING = _Nothing()


# Our sentences under behave itself


def is_behave_running() -> bool:
    """True in a process that runs behave's own command, not ours."""
    main = sys.modules.get("__main__")
    spec = getattr(main, "__spec__", None)
    if spec is not None and spec.name.split(".")[0] == "behave":
        return True
    return Path(sys.argv[0] if sys.argv else "").stem in ("behave", "behavex")


def english_matchers(match: Callable[[str], Any], run: Callable[[Any, Any], None], phrases: Sequence[Any]) -> None:
    """Registers phrases with behave, for every keyword.

    match(sentence) -> an object whose `phrase` is one of the phrases, or something without one; run(context, found)
    carries it out.  One matcher a phrase, so that behave's catalogue of steps shows them all.
    """

    class EnglishMatch(BehaveMatch):  # type: ignore[misc]
        def __init__(self, found: Any) -> None:
            super().__init__(found.phrase.function, [])
            self._found = found

        def run(self, context: Any) -> None:
            with context.use_with_user_mode():
                run(context, self._found)

    class EnglishMatcher(Matcher):  # type: ignore[misc]
        NAME = "english"

        def __init__(self, phrase: Any) -> None:
            super().__init__(phrase.function, phrase.pattern, "step")
            self._phrase = phrase
            self._location = FileLocation(phrase.file, phrase.line)

        def compile(self) -> Any:
            return self

        def check_match(self, step_text: str) -> list[Any] | None:
            return [] if self.match(step_text) else None

        def match(self, step_text: str) -> EnglishMatch | None:
            found = match(step_text)
            return EnglishMatch(found) if getattr(found, "phrase", None) is self._phrase else None

    if not behave_matchers.has_registered_step_matcher_class(EnglishMatcher.NAME):
        behave_matchers.register_step_matcher_class(EnglishMatcher.NAME, EnglishMatcher)
    # NOTE: straight into the list: `add_step_definition` compares each new pattern with all before it, which takes
    # seconds for 750 phrases, and PhraseBook has already made sure that no two of ours fit one sentence.
    behave_steps.steps["step"].extend(EnglishMatcher(phrase) for phrase in phrases)
    known = set(map(id, phrases))

    class LaterMatcher(EnglishMatcher):
        """The phrases that a project adds after the step library was imported."""

        def __init__(self) -> None:
            Matcher.__init__(self, english_matchers, "sentences of the project", "step")

        def match(self, step_text: str) -> EnglishMatch | None:
            found = match(step_text)
            phrase = getattr(found, "phrase", None)
            return EnglishMatch(found) if phrase is not None and id(phrase) not in known else None

    behave_steps.steps["step"].append(LaterMatcher())
