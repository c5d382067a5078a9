"""What is wrong or doubtful in a project's features, found without running anything -> `Finding` values.

Not here: printing (`cli/lint.py`), and what a sentence means (`sentences.py`, `planning.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from apitest import engine
from apitest.composite import CompositeCall
from apitest.config import is_secret_name, shown
from apitest.core import failure_text
from apitest.core.phrases import Match, Raw
from apitest.results import Place
from apitest.sentences import Call, place_of

if TYPE_CHECKING:
    from apitest.planning import Plan, PlannedStep

PROBLEM, DOUBT, NOTE = "problem", "doubt", "note"
"""PROBLEM: cannot be run.  DOUBT: should be changed.  NOTE: a matter of custom, never an error."""

PAUSES = ("i wait", "i sleep")
LOOKUPS = ("@", "#", "$", "~", "vault:")
SHORTEST_SECRET = 4  # of a configured value that is looked for in features; a shorter one is found everywhere

_KEYS = re.compile(
    r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*"  # a JSON Web Token
    r"|\bAKIA[0-9A-Z]{16}\b"  # an access key of AWS
    r"|\bgh[pousr]_\w{36,}\b|\bsk_live_\w{16,}\b|\bxox[abp]-[\w-]{10,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
_JSON_PAIR = re.compile(r'"([\w-]+)"\s*:\s*"([^"]+)"')
_AUTHORIZATION = re.compile(r"(?:basic|bearer|token)\s+(?![@#$])\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Finding:
    """level: PROBLEM, DOUBT or NOTE; kind: a word for it; hint: what to do, may be empty."""

    place: Place
    level: str
    kind: str
    message: str
    hint: str = ""


def findings(plan: Plan, is_whole_project: bool = True) -> list[Finding]:
    """All findings, by file and line, each once.  is_whole_project: then what is unused is told too."""
    found = [*_problems(plan), *_names(plan)]
    for scenario in plan.scenarios:
        for step in scenario.steps:
            found += _of_step(step, plan)
    if is_whole_project:
        found += _unused(plan)
    return sorted(dict.fromkeys(found), key=lambda one: (one.place.file, one.place.line, one.level))


def _problems(plan: Plan) -> Iterator[Finding]:
    for feature in plan.features:
        if feature.failure is not None:
            yield Finding(feature.place, PROBLEM, "unreadable", feature.failure.summary, feature.failure.hint)
    for problem in plan.problems:
        lines = [line.strip() for line in failure_text.problem_lines(problem)[1:]]
        kind = "ambiguous" if problem.is_ambiguous else "unusable" if problem.reason else "undefined"
        yield Finding(problem.place, PROBLEM, kind, f"{problem.sentence}: {lines[0]}", "; ".join(lines[1:]))
    for phrase, trouble in plan.sentences.phrase_troubles():
        file, _, line = (trouble.place or place_of(phrase)).rpartition(":")
        reason = trouble.reason or trouble.kind
        yield Finding(Place(file, int(line)), PROBLEM, "undefined", f"{trouble.sentence}: {reason}")


def _names(plan: Plan) -> Iterator[Finding]:
    """Names that are given twice: reports and `-n` cannot tell them apart."""
    features: dict[str, Place] = {}
    for feature in plan.features:
        if feature.feature is None:
            continue
        first = features.setdefault(feature.name, feature.place)
        if first is not feature.place:
            message = f'There is another feature "{feature.name}"'
            yield Finding(feature.place, DOUBT, "duplicate name", message, f"The first is at {first}")
        scenarios: dict[str, Place] = {}
        for scenario in feature.scenarios:
            outline = engine.outline_of(scenario.scenario)
            place = scenario.place if outline is None else Place(scenario.place.file, outline.line)
            name = scenario.name if outline is None else str(outline.name)
            first = scenarios.setdefault(name, place)
            if first != place:
                message = f'There is another scenario "{name}" in this feature'
                yield Finding(place, DOUBT, "duplicate name", message, f"The first is in line {first.line}")


def _of_step(planned: PlannedStep, plan: Plan) -> Iterator[Finding]:
    step, place = planned.step, planned.place
    sentence = str(step.name)
    if sentence.lower().startswith(PAUSES):
        hint = "Wait for what should happen: within 10 seconds ..."
        yield Finding(place, DOUBT, "pause", f"{sentence}: waits too long or not long enough", hint)
    match = planned.call.match if isinstance(planned.call, Call | CompositeCall) else None
    if match is not None and str(step.keyword).strip() != "*":
        customary = match.phrase.keyword
        if step.step_type in ("given", "when", "then") and step.step_type != customary:
            message = f"{sentence}: said with {step.step_type.title()}, customary is {customary.title()}"
            yield Finding(place, NOTE, "keyword", message)
    for secret in _secrets(planned, match, plan):
        hint = "Keep it in [secrets] of config.ini or in the environment, and write @name or $NAME"
        yield Finding(place, DOUBT, "secret", f"A secret stands in the feature: {secret}", hint)


def _secrets(planned: PlannedStep, match: Match | None, plan: Plan) -> Iterator[str]:
    """What looks like a secret, by the name of its place; the secret itself is never said."""
    step = planned.step
    whole = "\n".join([str(step.name), *planned.lines])
    if _KEYS.search(whole):
        yield "a key or token"
        return
    if any(len(value) >= SHORTEST_SECRET and f'"{value}"' in whole for value in plan.config.secret_values()):
        yield "a value of the configuration"
        return
    if match is not None:
        arguments = (match.inner or match).arguments
        for name, value in arguments.items():
            if is_secret_name(name) and isinstance(value, Raw) and _is_literal(value.text):
                yield name
        header = arguments.get("header") or arguments.get("h")
        content = arguments.get("value") or arguments.get("v")
        is_authorization = isinstance(header, Raw) and header.text.lower() == "authorization"
        if is_authorization and isinstance(content, Raw) and _AUTHORIZATION.fullmatch(content.text):
            yield "header Authorization"
    if step.text is not None:
        for name, text in _JSON_PAIR.findall(str(step.text)):
            if is_secret_name(name) and _is_literal(text):
                yield name
    if step.table is not None:
        for column, heading in enumerate(step.table.headings):
            if is_secret_name(heading) and any(_is_literal(row.cells[column]) for row in step.table):
                yield heading


def _is_literal(text: str) -> bool:
    return bool(text) and not text.startswith(LOOKUPS) and not re.search(r"[@#$]\{|^<.*>$", text)


def _unused(plan: Plan) -> Iterator[Finding]:
    sentences = plan.sentences
    for phrase in sentences.own_phrases():
        if phrase not in sentences.used:
            file, _, line = place_of(phrase).rpartition(":")
            yield Finding(Place(file, int(line)), DOUBT, "unused", f"No feature uses: {phrase.pattern}")
    for _, pattern, where in sentences.steps.patterns():
        if where not in sentences.used_places:
            file, _, line = where.rpartition(":")
            yield Finding(Place(shown(Path(file)), int(line)), DOUBT, "unused", f"No feature uses: {pattern}")
