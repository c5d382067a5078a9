"""`FeatureState` (stored values live for a feature) and `ScenarioState` (request and last response live for a
scenario): what a step finds as `ctx.apitest` (steps.md 0.3).

Glue: holds values, closes what was opened, decides nothing.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apitest.config import is_secret_name
from apitest.core.request import RequestDraft, Response
from apitest.results import Exchange

if TYPE_CHECKING:
    from apitest.config import Config
    from apitest.performing import Performer
    from apitest.project import Project
    from apitest.transports.http import HTTPTransport

Perform = Callable[..., None]


@dataclass(slots=True)
class RunState:
    """Lives for the whole run and is shared by all scenarios: connections, values "for the whole run", masked
    secrets."""

    project: Project
    config: Config
    values: dict[str, Any] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    shared: dict[str, Any] = field(default_factory=dict)  # pools and the like, by a name of their owner's
    cleanups: list[Callable[[], None]] = field(default_factory=list)
    requests: int = 0

    def http(self) -> HTTPTransport:
        """The transport that all requests of the run share, made for the first of them."""
        transport: HTTPTransport | None = self.shared.get("http")
        if transport is None:
            # PERF imported when the first request goes out: 60 ms that a run without requests need not wait for.
            from apitest.transports.http import HTTPTransport

            transport = self.shared["http"] = HTTPTransport()
            self.cleanups.append(transport.close)
        return transport

    def vault(self, path: str) -> Any:
        """A value of a secret store of the configuration; from now on it is a secret.  Raises LookupFailed."""
        vaults = self.shared.get("vaults")
        if vaults is None:
            from apitest.transports.vault import Vaults

            names = [name for name in self.config.sections if name.partition(":")[0] == "vault"]
            settings = {name.partition(":")[2] or "default": self.config.section(name) for name in names}
            vaults = self.shared["vaults"] = Vaults(settings, self.http())
        value = vaults.value(path)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            self.secrets.add(str(value))
        return value


@dataclass(slots=True)
class FeatureState:
    """Lives for a feature (for one scenario where the feature is split)."""

    run: RunState
    file: str  # path of the feature file
    values: dict[str, Any] = field(default_factory=dict)  # for `#name`
    date_formats: dict[str, str] = field(default_factory=dict)
    namespaces: dict[str, str] = field(default_factory=dict)
    cleanups: list[Callable[[], None]] = field(default_factory=list)
    own: dict[str, Any] = field(default_factory=dict)  # state of a step family, under the family's name


@dataclass(slots=True)
class ScenarioState:
    """Lives for a scenario.  exchanges: of the running step, taken over into its result by the engine.

    perform(sentence, table=None, text=None) runs another sentence of the catalogue here and now, its look-ups filled
    in; it raises what the sentence raises.  performer: the same for whole scenarios; None under behave
    itself.  continues_after_failure: failed comparisons do not stop the scenario.
    step_limit_seconds, scenario_limit_seconds: 0 is no limit beyond the run's own.  at_end: called when the
    scenario's steps are over, pass or fail; what they raise is an error of the scenario.  cleanups: called after
    that, last one first; they close things.
    """

    feature: FeatureState
    request: RequestDraft = field(default_factory=RequestDraft)
    response: Response | None = None
    parsed: Any = None  # the parsed body of the last response, filled when first needed
    has_parsed: bool = False
    exchanges: list[Exchange] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cleanups: list[Callable[[], None]] = field(default_factory=list)
    own: dict[str, Any] = field(default_factory=dict)  # state of a step family, under the family's name
    perform: Perform | None = None
    performer: Performer | None = None
    continues_after_failure: bool = False
    step_limit_seconds: float = 0.0
    scenario_limit_seconds: float = 0.0
    at_end: list[Callable[[], None]] = field(default_factory=list)

    @property
    def run(self) -> RunState:
        return self.feature.run

    @property
    def values(self) -> dict[str, Any]:
        return self.feature.values

    def temporary_folder(self) -> Path:
        """The scenario's own folder for files, `#{tmp}`: made when first asked for, removed with the scenario."""
        folder: Path | None = self.own.get("tmp")
        if folder is None:
            folder = self.own["tmp"] = Path(tempfile.mkdtemp(prefix="apitest-")).resolve()
            self.cleanups.append(self._remove_folder)
        return folder

    def _remove_folder(self) -> None:
        shutil.rmtree(self.own.pop("tmp"), ignore_errors=True)


class Scope:
    """Where the look-ups of one scenario find their values (`core/lookups.py` asks)."""

    __slots__ = ("_state",)

    def __init__(self, state: ScenarioState) -> None:
        self._state = state

    def stored(self, name: str) -> Any:
        """The value of `#name`: of the feature, then of the whole run.  Raises KeyError."""
        values = self._state.feature.values
        if name in values:
            return values[name]
        if name == "tmp" and name not in self._state.run.values:
            return str(self._state.temporary_folder())
        return self._state.run.values[name]

    def names(self, sign: str) -> Iterable[str]:
        """What the look-ups of one sign know, for "did you mean"."""
        if sign == "#":
            return {**self._state.run.values, **self._state.feature.values}
        return self._state.run.config.names() if sign == "@" else os.environ

    def configured(self, name: str) -> Any:
        """The value of `@name`.  Raises LookupFailed."""
        return self._state.run.config.configured(name)

    def environment(self, name: str) -> str:
        """The value of `$NAME`, a secret if the name says so.  Raises KeyError."""
        value = os.environ[name]
        if value and is_secret_name(name):
            self._state.run.secrets.add(value)
        return value

    def vault(self, path: str) -> Any:
        """The value of `vault:path`, hidden in everything that is shown.  Raises LookupFailed."""
        return self._state.run.vault(path)


class UpstreamView:
    """`ctx.zato`, the names that steps written for upstream use; each is a view on the scenario's own state."""

    __slots__ = ("_state",)

    def __init__(self, state: ScenarioState) -> None:
        self._state = state

    @property
    def request(self) -> RequestDraft:
        return self._state.request

    @property
    def response(self) -> Response | None:
        return self._state.response

    @property
    def user_ctx(self) -> dict[str, Any]:
        return self._state.feature.values

    @property
    def date_formats(self) -> dict[str, str]:
        return self._state.feature.date_formats
