"""Cassandra: hosts and a keyspace -> a `Session` that runs CQL with bound values, by cassandra-driver.

Cells of tables become values by Cassandra itself (`fromJson`), so that collections, UUIDs and user-defined types are
what their columns want.  One cluster object for all sessions with the same settings (`Clusters`).  Not here: what is
compared (`steps/tables.py`), how types are written (`core/cql_types.py`).  The driver is imported when the first
session is opened; under gevent it chooses its own event loop for it.
"""

from __future__ import annotations

import logging
import re
import threading
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from apitest.core import cql_types, nearest
from apitest.core.cql_types import CQLType
from apitest.core.statements import Conditions, Rows, bind
from apitest.errors import CallFailed, DeadlinePassed, MissingExtra, StepError

PORT = 9042
TIMEOUT_SECONDS = 15.0
"""Longest wait for the answer to a statement."""
CONNECT_SECONDS = 10.0

_PLAIN_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where and how to connect.  hosts: each as `name` or `name:port`; port: of those without; protocol_version: 0 is
    whatever both sides know."""

    hosts: tuple[str, ...] = ("127.0.0.1",)
    port: int = PORT
    keyspace: str = ""
    username: str = ""
    password: str = ""
    consistency: str = ""
    protocol_version: int = 0
    timeout_seconds: float = TIMEOUT_SECONDS

    @property
    def url(self) -> str:
        """Without the password."""
        user = f"{self.username}@" if self.username else ""
        return f"cassandra://{user}{','.join(self.hosts)}/{self.keyspace}"


def read_url(url: str, **changes: Any) -> Settings:
    """`cassandra://ann:pw@c1:9042,c2/shop?consistency=QUORUM` -> Settings.  Raises StepError."""
    parts = urlsplit(url)
    if parts.scheme != "cassandra":
        raise StepError(f'"{parts.scheme}" is no Cassandra', "Write its URL like cassandra://host:9042/keyspace")
    user, _, hosts = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    options = dict(parse_qsl(parts.query))
    unknown = [key for key in options if key != "consistency"]
    if unknown:
        raise StepError(f'A Cassandra URL knows no "{unknown[0]}"', "It knows: consistency")
    made = Settings(
        hosts=read_hosts(hosts),
        keyspace=parts.path.strip("/"),
        username=unquote(name),
        password=unquote(password),
        consistency=options.get("consistency", ""),
    )
    return replace(made, **changes)


def read_hosts(text: str) -> tuple[str, ...]:
    """`c1, c2:9043` -> its parts.  Raises StepError where there is none."""
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    if not found:
        raise StepError("There is no host to connect to", 'Given Cassandra contact points "127.0.0.1"')
    return found


class Clusters:
    """The clusters of a run, one for each way of connecting.  Close them at its end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[Settings, Any] = {}

    def session(self, settings: Settings) -> Session:
        """A new session.  Raises StepError when no host answers, or the keyspace does not exist."""
        key = replace(settings, keyspace="", consistency="")
        with self._lock:
            cluster = self._known.get(key)
            if cluster is None:
                cluster = self._known[key] = _cluster(settings)
        session = Session(settings, cluster)
        try:
            session.open()
        except StepError:
            session.close()
            with self._lock:
                if not cluster.metadata.keyspaces:  # never connected: the next one tries anew
                    self._known.pop(key, None)
                    cluster.shutdown()
            raise
        return session

    def close(self) -> None:
        with self._lock:
            for cluster in self._known.values():
                cluster.shutdown()
            self._known.clear()


class Session:
    """One keyspace of a cluster.  Close it when done; the cluster stays."""

    def __init__(self, settings: Settings, cluster: Any) -> None:
        self.settings = settings
        self.is_closed = False
        self._cluster = cluster
        self._session: Any = None
        self._level: int | None = None
        self._prepared: dict[str, Any] = {}
        if settings.consistency:
            self.set_consistency(settings.consistency)

    @property
    def url(self) -> str:
        return self.settings.url

    @property
    def keyspace(self) -> str:
        return str(self._session.keyspace or "")

    def open(self) -> None:
        self._session = _asked("connect", lambda: self._cluster.connect())
        if self.settings.keyspace:
            self.use(self.settings.keyspace)

    def use(self, keyspace: str) -> None:
        """Tables without a keyspace of their own are in this one from now on."""
        known = self._cluster.metadata.keyspaces
        if keyspace not in known:
            _asked("describe", self._cluster.refresh_schema_metadata)
        name = _as_known(keyspace, known)
        if name is None:
            near = nearest.names(keyspace, known, 1)
            hint = f'Did you mean "{near[0]}"?' if near else f'Given a Cassandra keyspace "{keyspace}" with 1 replica'
            raise StepError(f'There is no keyspace "{keyspace}"', hint)
        _asked("use", lambda: self._session.set_keyspace(name))
        self._prepared.clear()

    def make_keyspace(self, name: str, replicas: int) -> None:
        """A keyspace, where it is missing; used from now on."""
        if replicas < 1:
            raise StepError(f"A keyspace cannot have {replicas} replicas")
        self._execute(
            f"CREATE KEYSPACE IF NOT EXISTS {quoted(name)} WITH replication = "
            f"{{'class': 'NetworkTopologyStrategy', 'replication_factor': {replicas}}}"
        )
        self.use(name)

    def set_consistency(self, level: str) -> None:
        """How many replicas must agree from now on.  Raises StepError for an unknown level."""
        from cassandra import ConsistencyLevel

        known = ConsistencyLevel.name_to_value
        name = level.strip().upper().replace(" ", "_").replace("-", "_")
        if name not in known:
            near = nearest.names(name, known, 1)
            hint = f'Did you mean "{near[0]}"?' if near else f"There are: {', '.join(known)}"
            raise StepError(f'There is no consistency level "{level}"', hint)
        self._level = known[name]

    def run(self, cql: str, values: Mapping[str, Any] | None = None) -> Rows:
        """One statement.  values: for each `:name` of it.  Raises StepError with Cassandra's own words."""
        return _plain_rows(self._execute(cql, values))

    def run_all(self, statements: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Several statements, one after the other; Cassandra cannot undo the ones before one that fails."""
        for cql, values in statements:
            self._execute(cql, values)

    def insert(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Rows into a table, typed by Cassandra.  Raises StepError."""
        if not rows:
            return
        table = self._table(name)
        for row in rows:
            given = {self._column(table, key): value for key, value in row.items()}
            names = ", ".join(map(quoted, given))
            marks = ", ".join(f"fromJson(:v{index})" for index in range(len(given)))
            values = {
                f"v{index}": self._json(table, column, value) for index, (column, value) in enumerate(given.items())
            }
            self._execute(f"INSERT INTO {_place(table)} ({names}) VALUES ({marks})", values)

    def update(self, name: str, values: Mapping[str, Any], where: Conditions | None) -> int:
        """Changes the rows that a condition holds for -> how many."""
        table = self._table(name)
        given = {self._column(table, key): value for key, value in values.items()}
        changes = ", ".join(f"{quoted(column)} = fromJson(:s{index})" for index, column in enumerate(given))
        bound = {f"s{index}": self._json(table, column, value) for index, (column, value) in enumerate(given.items())}
        return self._each(table, where, f"UPDATE {_place(table)} SET {changes}", bound)

    def delete(self, name: str, where: Conditions | None) -> int:
        """Deletes the rows that a condition holds for, all without one -> how many."""
        table = self._table(name)
        return self._each(table, where, f"DELETE FROM {_place(table)}", {})

    def empty(self, name: str) -> None:
        self._execute(f"TRUNCATE {_place(self._table(name))}")

    def rows_of(self, name: str) -> Rows:
        """All rows of a table."""
        return _plain_rows(self._execute(f"SELECT * FROM {_place(self._table(name))}"))

    def count(self, name: str) -> int:
        return int(self._execute(f"SELECT count(*) FROM {_place(self._table(name))}").one()[0])

    def columns_of(self, name: str) -> list[str]:
        return list(self._table(name).columns)

    def close(self) -> None:
        self.is_closed = True
        if self._session is not None:
            self._session.shutdown()

    def _execute(self, cql: str, values: Mapping[str, Any] | None = None) -> Any:
        if self.is_closed:
            raise StepError("The Cassandra session is closed")
        if values:
            return _asked(cql, lambda: self._execute_prepared(cql, dict(values)))
        return _asked(cql, lambda: self._session.execute(self._with_level(_statement(cql))))

    def _execute_prepared(self, cql: str, values: dict[str, Any]) -> Any:
        prepared = self._prepared.get(cql)
        if prepared is None:
            prepared = self._prepared[cql] = self._session.prepare(cql)
        kinds = {column.name: column.type.typename for column in prepared.column_metadata}
        typed = {name: cql_types.coerce(value, kinds.get(name, "")) for name, value in values.items()}
        return self._session.execute(self._with_level(prepared.bind(typed)))

    def _with_level(self, statement: Any) -> Any:
        if self._level is not None:
            statement.consistency_level = self._level
        return statement

    def _table(self, name: str) -> Any:
        """A table as the cluster describes it now.  Raises StepError with the nearest name."""
        keyspace, _, plain = name.rpartition(".")
        keyspace = keyspace or self.keyspace
        if not keyspace:
            raise StepError(f'Table "{name}" is in no keyspace', f'Write "KEYSPACE.{name}", or connect to a keyspace')
        keyspaces = self._cluster.metadata.keyspaces
        space = _as_known(keyspace, keyspaces) or keyspace
        for candidate in dict.fromkeys((plain, plain.lower())):
            _asked("describe", partial(self._refresh, space, candidate))
            found = keyspaces[space].tables.get(candidate) if space in keyspaces else None
            if found is not None:
                return found
        _asked("describe", lambda: self._refresh(space, ""))
        tables = keyspaces[space].tables if space in keyspaces else {}
        near = nearest.names(plain, tables, 1)
        hint = f'Did you mean "{near[0]}"?' if near else f"There are: {', '.join(sorted(tables)) or 'no tables'}"
        raise StepError(f'There is no table "{name}" in {space}', hint)

    def _refresh(self, keyspace: str, table: str) -> None:
        if table and keyspace in self._cluster.metadata.keyspaces:
            self._cluster.refresh_table_metadata(keyspace, table)
        else:
            self._cluster.refresh_schema_metadata()

    def _column(self, table: Any, name: str) -> str:
        found = _as_known(name, table.columns)
        if found is not None:
            return found
        near = nearest.names(name, table.columns, 1)
        hint = f'Did you mean "{near[0]}"?' if near else f"There are: {', '.join(table.columns)}"
        raise StepError(f'Table "{table.name}" has no column "{name}"', hint)

    def _json(self, table: Any, column: str, value: Any) -> str:
        types = self._cluster.metadata.keyspaces[table.keyspace_name].user_types

        def fields(name: str) -> Mapping[str, CQLType] | None:
            own = types.get(name)
            if own is None:
                return None
            return {
                field: cql_types.parse_type(kind) for field, kind in zip(own.field_names, own.field_types, strict=True)
            }

        kind = table.columns[column].cql_type
        wanted = cql_types.parse_type(kind)
        try:
            return cql_types.as_json(value, wanted, fields)
        except StepError as error:
            raise StepError(
                f'"{value}" does not fit column "{column}" of {table.name}, which holds {kind}',
                error.hint or error.message,
            ) from None

    def _each(self, table: Any, where: Conditions | None, action: str, values: dict[str, Any]) -> int:
        """Does something to each row that is meant, by its primary key."""
        keys = [column.name for column in table.primary_key]
        found = self._meant(table, keys, where)
        own = " AND ".join(f"{quoted(key)} = :k{index}" for index, key in enumerate(keys))
        for row in found:
            self._execute(f"{action} WHERE {own}", {**values, **{f"k{i}": value for i, value in enumerate(row)}})
        return len(found)

    def _meant(self, table: Any, keys: list[str], where: Conditions | None) -> list[tuple[Any, ...]]:
        """The primary keys of the rows that a condition holds for.

        CQL knows neither OR nor != nor NULL in conditions, so each condition is asked for alone where one of them is
        needed.
        """
        names = ", ".join(map(quoted, keys))
        select = f"SELECT {names} FROM {_place(table)}"
        if where is None:
            return [tuple(row) for row in self._execute(select)]
        given = [(self._column(table, column), sign, value) for column, sign, value in where.conditions]
        is_plain = where.operator == "and" and all(sign != "!=" and not _is_null(value) for _, sign, value in given)
        parts = [given] if is_plain else [[condition] for condition in given]
        sets = [self._keys_where(table, keys, select, part) for part in parts]
        found = sets[0]
        for other in sets[1:]:
            if where.operator == "and":
                found = [key for key in found if key in other]
            else:
                found += [key for key in other if key not in found]
        return found

    def _keys_where(
        self, table: Any, keys: list[str], select: str, conditions: list[tuple[str, str, Any]]
    ) -> list[tuple[Any, ...]]:
        column, sign, value = conditions[0]
        if sign == "!=" or _is_null(value):
            if sign not in ("=", "!="):
                return []
            names = ", ".join(map(quoted, [*keys, column]))
            rows = [tuple(row) for row in self._execute(f"SELECT {names} FROM {_place(table)}")]
            if _is_null(value):
                return [row[:-1] for row in rows if (row[-1] is None) is (sign == "=")]
            same = self._keys_where(table, keys, select, [(column, "=", value)])
            return [row[:-1] for row in rows if row[-1] is not None and row[:-1] not in same]
        clauses = " AND ".join(f"{quoted(name)} {sign} fromJson(:w{i})" for i, (name, sign, _) in enumerate(conditions))
        bound = {f"w{i}": self._json(table, name, wanted) for i, (name, _, wanted) in enumerate(conditions)}
        return [tuple(row) for row in self._execute(f"{select} WHERE {clauses} ALLOW FILTERING", bound)]


def bind_cql(statement: str, values: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    return bind(statement, values, is_cql=True)


def quoted(name: str) -> str:
    """A name as CQL has it: plain where it is all small letters, else in quotes, so that it stays one name."""
    return name if _PLAIN_NAME.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def _place(table: Any) -> str:
    return f"{quoted(table.keyspace_name)}.{quoted(table.name)}"


def _as_known(name: str, known: Iterable[str]) -> str | None:
    """A name as the cluster spells it; CQL does not mind letter case."""
    names = list(known)
    if name in names:
        return name
    return next((other for other in names if other.lower() == name.lower()), None)


def _is_null(value: Any) -> bool:
    return value is None or (type(value) is str and value == "~null")


def _statement(cql: str) -> Any:
    from cassandra.query import SimpleStatement

    return SimpleStatement(cql)


def _cluster(settings: Settings) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the driver's own, about its event loops
            from cassandra.auth import PlainTextAuthProvider
            from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
            from cassandra.policies import DCAwareRoundRobinPolicy, TokenAwarePolicy
            from cassandra.query import tuple_factory
    except ImportError as error:
        raise MissingExtra("cassandra-driver", "cassandra") from error
    warnings.filterwarnings("ignore", message=".*GeventConnection.*", category=DeprecationWarning)
    logging.getLogger("cassandra").setLevel(logging.CRITICAL)  # what matters is raised
    # Rows as plain tuples: the driver's own have no columns whose names begin with an underscore.
    profile = ExecutionProfile(
        load_balancing_policy=TokenAwarePolicy(DCAwareRoundRobinPolicy()),
        request_timeout=settings.timeout_seconds,
        row_factory=tuple_factory,
    )
    options: dict[str, Any] = {}
    if settings.protocol_version:
        options["protocol_version"] = settings.protocol_version
    if settings.username or settings.password:
        options["auth_provider"] = PlainTextAuthProvider(settings.username, settings.password)
    return Cluster(
        [_endpoint(host, settings.port) for host in settings.hosts],
        port=settings.port,
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        connect_timeout=CONNECT_SECONDS,
        control_connection_timeout=CONNECT_SECONDS,
        monitor_reporting_enabled=False,
        **options,
    )


def _endpoint(host: str, port: int) -> tuple[str, int]:
    name, colon, own = host.rpartition(":")
    if not colon or (":" in name and not name.endswith("]")):
        return host.strip("[]"), port
    if not own.isdigit() or not 0 < int(own) < 65536:
        raise StepError(f'"{host}" has no port', "Write it like 127.0.0.1:9042")
    return name.strip("[]"), int(own)


def _asked(what: str, ask: Callable[[], Any]) -> Any:
    """What the driver gives; what it raises becomes a StepError in Cassandra's own words."""
    from cassandra import DriverException, OperationTimedOut, Timeout
    from cassandra.cluster import NoHostAvailable
    from cassandra.protocol import ErrorMessage, SyntaxException

    shown = " ".join(what.split())
    hint = f"CQL: {shown if len(shown) < 300 else shown[:300] + '...'}" if " " in shown else ""
    try:
        return ask()
    except NoHostAvailable as error:
        raise _unreachable(error) from error
    except (OperationTimedOut, Timeout) as error:
        raise DeadlinePassed(f"Cassandra did not answer in time: {_words(error)}", hint) from error
    except (DriverException, ErrorMessage, SyntaxException) as error:
        raise StepError(f"Cassandra refused: {_words(error)}", hint) from error
    except (TypeError, ValueError, KeyError, OverflowError) as error:  # a value that does not fit its parameter
        raise StepError(f"Cassandra's driver refused: {error}", hint) from error


def _unreachable(error: Any) -> StepError:
    """Why no host took the call, each with its reason."""
    errors = error.errors if isinstance(error.errors, Mapping) else {}
    told = [f"{host}: {_words(one)}" for host, one in errors.items()]
    reason = "; ".join(told) or str(error)
    if "AuthenticationFailed" in {type(one).__name__ for one in errors.values()}:
        return StepError(f"Cassandra lets nobody in with these credentials ({reason})", "Given Cassandra credentials")
    lowered = reason.lower()
    kind = "refused" if "refused" in lowered else "timeout" if "timed out" in lowered else "unreachable"
    return CallFailed(f"No Cassandra answers: {reason}", kind, "Is it running, and are its hosts and port right?")


def _words(error: Any) -> str:
    """The message of an error without the driver's frame around it."""
    own = getattr(error, "message", None)
    text = own if isinstance(own, str) and own else str(error)
    found = re.search(r'message="(.*)"', text, re.DOTALL)
    return (found[1] if found else text).strip().splitlines()[0] if text.strip() else type(error).__name__


def _plain_rows(result: Any) -> Rows:
    columns = tuple(str(name) for name in result.column_names or ())
    if not columns:
        return Rows((), (), 0)
    rows = tuple(tuple(_plain(cell) for cell in row) for row in result)
    return Rows(columns, rows, len(rows))


def _plain(value: Any) -> Any:
    """A value of the driver's own kinds as Python's."""
    from cassandra.util import Date, Duration, SortedSet, Time

    if isinstance(value, SortedSet):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _plain(item) for name, item in value._asdict().items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Date):
        try:
            return value.date()
        except ValueError:  # beyond Python's calendar
            return str(value)
    if isinstance(value, Time):
        return value.time()
    if isinstance(value, Duration):
        return cql_types.duration_text(value.months, value.days, value.nanoseconds)
    return value
