"""Scenarios that other scenarios run by name: found in their feature files, every sentence matched, kept for the run.

Not here: running them (`performing.py`) and the sentences that ask for it (`steps/reuse.py`).
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apitest import engine
from apitest.config import shown
from apitest.errors import StepError
from apitest.project import Project, feature_files

if TYPE_CHECKING:
    from apitest.engine import EngineContext, Feature, Scenario, Step
    from apitest.sentences import Sentences


@dataclass(frozen=True, slots=True)
class CalledScenario:
    """A scenario with what carries out each of its sentences, those of its background first."""

    name: str
    file: str
    line: int
    scenario: Any
    feature: Any
    steps: tuple[tuple[Step, Callable[[EngineContext], None]], ...]

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"


class CalledScenarios:
    """Finds scenarios by name.  Files are read once."""

    def __init__(self, project: Project, sentences: Sentences) -> None:
        self._project = project
        self._sentences = sentences
        self._features: dict[Path, Feature | None] = {}
        self._found: dict[tuple[Path, str], CalledScenario] = {}

    def find(self, name: str, feature: str = "", beside: str = "") -> CalledScenario:
        """The scenario of that name.

        feature: its file, by the rules for files; without it the feature `beside` is looked through first, then all of
        the project, where the name must be unique (steps.md Part 4.8).  Raises StepError.
        """
        file, scenario = self.locate(name, feature, beside)
        found = self._found.get((file, name))
        if found is None:
            found = self._found[file, name] = self._matched(name, file, scenario)
        return found

    def locate(self, name: str, feature: str = "", beside: str = "") -> tuple[Path, Scenario]:
        """The same without looking at its sentences."""
        if feature:
            file = self._project.find(feature, "", beside)
            return file, self._in(file, name) or self._missing(name, shown(file), self._names(file))
        files = [Path(beside).resolve()] if beside and Path(beside).is_file() else []
        if files and (own := self._in(files[0], name)) is not None:
            return files[0], own
        hits = []
        names: list[str] = []
        for file in feature_files(self._project.features):
            found = self._in(file.resolve(), name)
            names += self._names(file.resolve())
            if found is not None:
                hits.append((file.resolve(), found))
        if len(hits) > 1:
            places = ", ".join(f"{shown(file)}:{scenario.line}" for file, scenario in hits)
            raise StepError(f'There are {len(hits)} scenarios "{name}": {places}', "Give one of them another name.")
        return hits[0] if hits else (Path(), self._missing(name, "the project", names))

    def _in(self, file: Path, name: str) -> Scenario | None:
        feature = self._feature(file)
        if feature is None:
            return None
        rows = []
        for scenario in feature.walk_scenarios():
            if engine.scenario_name(scenario) == name:
                return scenario
            if engine.row_of(scenario) and str(scenario.parent.name) == name:
                rows.append(scenario)
        if len(rows) > 1:
            near = "; ".join(engine.scenario_name(row) for row in rows[:3])
            raise StepError(f'Scenario "{name}" has {len(rows)} rows of examples', f"Name one of them: {near}")
        return rows[0] if rows else None

    def _feature(self, file: Path) -> Feature | None:
        if file not in self._features:
            try:
                self._features[file] = engine.parse_file(file)
            except engine.ParseProblem as problem:
                raise StepError(f"{shown(file)}:{problem.line}: {problem.message}", problem.hint) from None
        return self._features[file]

    def _names(self, file: Path) -> list[str]:
        feature = self._feature(file)
        return [engine.scenario_name(one) for one in feature.walk_scenarios()] if feature is not None else []

    def _missing(self, name: str, where: str, names: list[str]) -> Any:
        near = difflib.get_close_matches(name, names, 1, 0.5)
        raise StepError(f'There is no scenario "{name}" in {where}', f'Did you mean "{near[0]}"?' if near else "")

    def _matched(self, name: str, file: Path, scenario: Scenario) -> CalledScenario:
        steps = tuple((step, self._sentences.call_for(step)) for step in scenario.all_steps)
        return CalledScenario(name, shown(file), scenario.line, scenario, self._feature(file), steps)
