"""A scenario without an engine: says sentences to the step library, with a transport that answers from a list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import apitest.steps  # noqa: F401 -- fills the catalogue
from apitest.catalogue import BUILT_IN
from apitest.config import Config, parse_config
from apitest.core import lookups
from apitest.core.phrases import Match
from apitest.core.request import RequestSpec, Response
from apitest.errors import AssertionFailed, CallFailed, StepError
from apitest.project import Project
from apitest.scenario import FeatureState, RunState, ScenarioState, Scope


class FakeTransport:
    """Answers each request with the next prepared thing: a Response, or an error to raise."""

    def __init__(self) -> None:
        self.answers: list[Response | Exception] = []
        self.sent: list[RequestSpec] = []

    def send(self, spec: RequestSpec) -> Response:
        self.sent.append(spec)
        answer = self.answers.pop(0) if self.answers else CallFailed("no answer was prepared", "refused")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        self.answers.clear()


class Table:
    """What behave hands over: headings, and rows with cells."""

    def __init__(self, text: str) -> None:
        lines = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.strip().splitlines()]
        self.headings = lines[0]
        self.rows = [SimpleNamespace(cells=cells) for cells in lines[1:]]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)


class Scenario:
    """say(sentence) runs it; fails(sentence) and errs(sentence) return what it raised."""

    def __init__(self, root: Path, config: Config | None = None) -> None:
        features = root / "features"
        features.mkdir(exist_ok=True)
        self.root = root
        self.features = features
        self.transport = FakeTransport()
        run = RunState(Project(root, features), config or Config())
        run.shared["http"] = self.transport
        run.shared["seed"] = 7
        self.feature = FeatureState(run, str(features / "shop.feature"))
        self.state = ScenarioState(self.feature)
        self.state.perform = self._perform
        self.context = SimpleNamespace(apitest=self.state, text=None, table=None)

    def configure(self, text: str) -> None:
        self.state.run.config = parse_config(text, "config.ini")

    def say(self, sentence: str, below: str | None = None) -> None:
        """Runs a sentence.  below: a table where it begins with `|`, else a doc string."""
        table = Table(below) if below and below.lstrip().startswith("|") else None
        self._perform(sentence, table, None if table is not None else below)

    def _perform(self, sentence: str, table: Any = None, text: str | None = None) -> None:
        found = BUILT_IN.match(sentence)
        assert isinstance(found, Match), f"{sentence}: {found}"
        before = self.context.text, self.context.table
        self.context.text, self.context.table = text, table
        try:
            if "table" in found.phrase.needs:
                assert table is not None, f"{sentence} needs a table"
            if "doc" in found.phrase.needs:
                assert text is not None, f"{sentence} needs a doc string"
            found.phrase.function(self.context, **lookups.resolve_arguments(found.arguments, Scope(self.state)))
        finally:
            self.context.text, self.context.table = before

    def fails(self, sentence: str, below: str | None = None) -> AssertionFailed:
        with pytest.raises(AssertionFailed) as caught:
            self.say(sentence, below)
        assert caught.value.mismatches, f"{sentence}: a failure without a difference"
        return caught.value

    def errs(self, sentence: str, below: str | None = None) -> StepError:
        with pytest.raises(StepError) as caught:
            self.say(sentence, below)
        return caught.value

    def write(self, name: str, content: str | bytes) -> Path:
        """A file below features/."""
        path = self.features / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def answer(self, body: Any = b"", status: int = 200, *headers: tuple[str, str], **values: Any) -> Response:
        """The next answer of the transport: bytes as they are, a text as text/plain, anything else as JSON."""
        made = response(body, status, *headers, **values)
        self.transport.answers.append(made)
        return made

    def received(self, body: Any = b"", status: int = 200, *headers: tuple[str, str], **values: Any) -> None:
        """A response that is already there."""
        self.state.response = response(body, status, *headers, **values)
        self.state.has_parsed = False

    def stored(self, name: str) -> Any:
        return self.feature.values[name]

    def close(self) -> None:
        for closing in (*reversed(self.state.cleanups), *reversed(self.feature.cleanups)):
            closing()


REASONS = {200: "OK", 201: "Created", 302: "Found", 401: "Unauthorized", 404: "Not Found", 500: "Internal Server Error"}


def response(body: Any = b"", status: int = 200, *headers: tuple[str, str], **values: Any) -> Response:
    own = list(headers)
    if isinstance(body, str):
        data, kind = body.encode(), "text/plain"
    elif isinstance(body, bytes):
        data, kind = body, ""
    else:
        data, kind = json.dumps(body).encode(), "application/json"
    if kind and not any(name.lower() == "content-type" for name, _ in own):
        own.append(("Content-Type", kind))
    values = {"url": "http://h/", "seconds": 0.05, "first_byte_seconds": 0.04, **values}
    return Response(status, REASONS.get(status, ""), tuple(own), data, **values)


@pytest.fixture
def scenario(tmp_path: Path) -> Iterator[Scenario]:
    made = Scenario(tmp_path)
    yield made
    made.close()
