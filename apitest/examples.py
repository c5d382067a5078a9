"""Examples whose rows come from outside: `@data:users.csv`, `@data:cases.json`, `@data:sql:shop:paid_orders`.

Read before the run, so that counts, tags, `file:LINE` and splitting know the rows.  Glue.  Not here: how behave keeps
Examples (`engine.py`), how files are read (`data_files.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from apitest.config import Config, parse_duration
from apitest.core import lookups, nearest
from apitest.core.plain_values import plain
from apitest.core.statements import bind, bound_names
from apitest.data_files import read_rows
from apitest.engine import Feature, examples_of
from apitest.errors import ApitestError, StepError
from apitest.project import Project

DATA = "data:"
MAY_BE_EMPTY = "may-be-empty"


@dataclass(frozen=True, slots=True)
class Trouble:
    """An Examples block whose rows could not be read."""

    line: int
    message: str
    hint: str


class Sources:
    """Where rows are read from; each source once.  Close it when the plan is made."""

    def __init__(self, project: Project, config: Config) -> None:
        self._project = project
        self._config = config
        self._known: dict[tuple[str, str], list[Any]] = {}
        self._open: dict[str, Any] = {}

    def rows(self, source: str, beside: str) -> list[Any]:
        """The rows of what stands behind `@data:`.  beside: the feature file.  Raises ApitestError."""
        key = (source, "" if source.startswith(("sql:", "cql:")) else beside)
        if key not in self._known:
            kind, _, rest = source.partition(":")
            if kind in ("sql", "cql") and rest:
                self._known[key] = self._query(rest)
            else:
                self._known[key] = read_rows(source, self._project.read_bytes(source, "data", beside))
        return self._known[key]

    def close(self) -> None:
        for database in self._open.values():
            database.close()
        self._open.clear()

    def _query(self, place: str) -> list[dict[str, Any]]:
        name, _, query = place.partition(":")
        if not name or not query:
            raise StepError(f'"{place}" names no query', "Write it like @data:sql:CONNECTION:QUERY")
        queries = self._config.section("queries")
        if query not in queries:
            near = nearest.names(query, queries, 1)
            hint = f'Did you mean "{near[0]}"?' if near else f"Add to {self._config.file or 'config.ini'}: [queries]"
            raise StepError(f'There is no query "{query}" in [queries]', hint)
        settings = self._config.section(f"connection:{name}")
        if "url" not in settings:
            raise StepError(f"[connection:{name}] has no url", "Add: url = sqlite:///shop.db")
        is_cql = settings["url"].startswith("cassandra:")
        statement = queries[query]
        values = {one: self._config.configured(one) for one in bound_names(statement, is_cql=is_cql)}
        made, bound = bind(statement, values, is_cql=is_cql)
        return list(self._database(name, settings, is_cql).run(made, bound).dicts())

    def _database(self, name: str, settings: dict[str, str], is_cql: bool) -> Any:
        if name in self._open:
            return self._open[name]
        seconds = parse_duration(settings["timeout"], "timeout") if "timeout" in settings else 0.0
        changes: dict[str, Any] = {key: settings[key] for key in ("username", "password") if key in settings}
        if is_cql:
            from apitest.transports.cassandra import Clusters, read_url

            clusters = self._open["the clusters of all"] = self._open.get("the clusters of all") or Clusters()
            opened: Any = clusters.session(read_url(settings["url"], **changes))
        else:
            from apitest.transports.sql import TIMEOUT_SECONDS, Database, with_credentials

            opened = Database(with_credentials(settings["url"], changes), seconds or TIMEOUT_SECONDS)
        self._open[name] = opened
        return opened


def fill(
    feature: Feature,
    file: str,
    lines: Sequence[tuple[int, int]],
    sources: Sources,
    takes: Callable[[set[str]], bool],
) -> list[Trouble]:
    """Gives every Examples block that names a source its rows; what could not be read is returned.

    lines: of the selection, empty for all; takes: whether a scenario with these tags may be wanted.  Nothing is read
    for blocks that neither means.
    """
    troubles = []
    for block in examples_of(feature, lines):
        source = next((tag[len(DATA) :] for tag in block.own_tags if tag.startswith(DATA)), None)
        if source is None:
            continue
        block.fill(block.headings, [])
        if not block.is_meant or not takes(block.tags):
            continue
        try:
            headings, rows = _cells(sources.rows(source, file), block.headings, source)
            if not rows and not block.has_rows and MAY_BE_EMPTY not in block.tags:
                raise StepError(f'"{source}" has no rows', f"Where that is right, tag the Examples @{MAY_BE_EMPTY}")
        except ApitestError as error:
            troubles.append(Trouble(block.line, f"@{DATA}{source}: {error.message}", error.hint))
            continue
        block.fill(headings, rows)
    return troubles


def _cells(rows: Sequence[Any], headings: Sequence[str], source: str) -> tuple[list[str], list[list[str]]]:
    """Rows as behave's tables have them: texts.  headings: of the feature file, empty where it has none."""
    if all(isinstance(row, dict) for row in rows):
        known = list(dict.fromkeys(str(key) for row in rows for key in row))
        missing = [name for name in headings if rows and name not in known]
        if missing:
            near = nearest.names(missing[0], known, 1)
            hint = f'Did you mean "{near[0]}"?' if near else f"There are: {', '.join(known)}"
            raise StepError(f'"{source}" has no column "{missing[0]}"', hint)
        names = list(headings) or known
        return names, [[_text(row.get(name, "")) for name in names] for row in rows]
    if not headings:
        raise StepError(f'The rows of "{source}" name no columns', "Write them as the first line of the Examples")
    lists = [list(row) if isinstance(row, list | tuple) else [row] for row in rows]
    for number, row in enumerate(lists, 1):
        if len(row) != len(headings):
            raise StepError(f'"{source}": {len(row)} values in row {number}, but {len(headings)} columns')
    return list(headings), [[_text(cell) for cell in row] for row in lists]


def _text(cell: Any) -> str:
    return lookups.as_text(plain(cell))
