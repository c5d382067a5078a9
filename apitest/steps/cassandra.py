"""Cassandra: connections and keyspaces, the sentences of old suites, CSV files into tables.

Tables and queries are those of SQL (`tables.py`).  What is said about the next connection (contact points, port,
protocol version, credentials) holds for the scenario.  Not here: the driver (`transports/cassandra.py`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from apitest.catalogue import step
from apitest.core import lookups
from apitest.core.literals import parse_integer
from apitest.core.plain_values import plain
from apitest.errors import StepError
from apitest.steps.data import rows_of_file
from apitest.steps.databases import conditions, forget, open_session, pairs, query, session_of
from apitest.steps.step_input import names_in, text_of
from apitest.steps.store import keep
from apitest.transports.cassandra import Settings, read_hosts

# The next connection


@step(
    'Cassandra contact points "{contact_points}"',
    meaning="Hosts for the next connection, separated by commas; each may have a port of its own, host:9042.",
    example='Cassandra contact points "c1,c2"',
    upstream=True,
)
def contact_points(ctx: Any, contact_points: Any) -> None:
    _change(ctx, hosts=read_hosts(",".join(names_in(contact_points))))


@step(
    'Cassandra port "{port}"',
    meaning="The port of hosts that have none of their own; 9042 where nothing is said.",
    example='Cassandra port "9042"',
    upstream=True,
)
def port(ctx: Any, port: Any) -> None:
    number = parse_integer(port)
    if not 0 < number < 65536:
        raise StepError(f"{number} is no port")
    _change(ctx, port=number)


@step(
    'Cassandra protocol version "{protocol_version}"',
    meaning="The version of the native protocol; the newest that both sides know where nothing is said.",
    example='Cassandra protocol version "5"',
    upstream=True,
)
def protocol_version(ctx: Any, protocol_version: Any) -> None:
    number = parse_integer(protocol_version)
    if not 1 <= number <= 6:
        raise StepError(f"{number} is no version of the protocol", "Cassandra 5 speaks 4 and 5.")
    _change(ctx, protocol_version=number)


@step(
    'Cassandra credentials "{username}" "{password}"',
    meaning="User name and password for the next connection.",
    example='Cassandra credentials "app" "@cassandra_password"',
)
def credentials(ctx: Any, username: Any, password: Any) -> None:
    _change(ctx, username=text_of(username), password=text_of(password))


# Connections


@step(
    'I connect to keyspace "{keyspace}" as "{conn_name}"',
    meaning="Opens a session in a keyspace and keeps it under a name.",
    example='I connect to keyspace "shop" as "cass"',
    upstream=True,
)
def connect(ctx: Any, keyspace: Any, conn_name: Any) -> None:
    open_session(ctx, replace(_settings(ctx), keyspace=text_of(keyspace)), text_of(conn_name))


@step(
    'Cassandra connection "{name}" to "{hosts}"[ with keyspace "{keyspace}"]',
    meaning="Opens a session with these hosts and keeps it under a name; tables are those of the keyspace.",
    example='Cassandra connection "cass" to "c1,c2" with keyspace "shop"',
)
def connect_to(ctx: Any, name: Any, hosts: Any, keyspace: Any) -> None:
    space = text_of(keyspace) if keyspace is not None else ""
    settings = replace(_settings(ctx), hosts=read_hosts(",".join(names_in(hosts))), keyspace=space)
    open_session(ctx, settings, text_of(name))


@step(
    'Cassandra consistency "{level}"[ using "{c}"]',
    meaning="How many replicas must agree from now on: ONE, QUORUM, ALL, LOCAL_ONE, LOCAL_QUORUM ...",
    example='Cassandra consistency "QUORUM"',
)
def consistency(ctx: Any, level: Any, c: Any) -> None:
    session_of(ctx, c).set_consistency(text_of(level))


@step(
    'a Cassandra keyspace "{keyspace}" with {n} replicas[ using "{c}"]',
    meaning="Makes a keyspace where it is missing; tables are those of this keyspace from now on.",
    example='a Cassandra keyspace "shop" with 1 replica',
)
def make_keyspace(ctx: Any, keyspace: Any, n: Any, c: Any) -> None:
    session_of(ctx, c).make_keyspace(text_of(keyspace), parse_integer(n))


@step(
    'I disconnect from Cassandra "{conn_name}"',
    "then",
    meaning="Closes a session.",
    example='I disconnect from Cassandra "cass"',
    upstream=True,
)
def disconnect(ctx: Any, conn_name: Any) -> None:
    forget(ctx, session_of(ctx, conn_name))


# Rows


@step(
    'I store CQL query result "{cql}" under "{name}", using "{conn_name}", idx "{idx}"',
    meaning="Keeps one row of a query, counted from 0, as text: its values joined by semicolons.",
    example='I store CQL query result "select name from users" under "who", using "cass", idx "0"',
    upstream=True,
)
def store_row(ctx: Any, cql: Any, name: Any, conn_name: Any, idx: Any) -> None:
    rows = query(ctx, "cql", cql, conn_name).rows
    index = parse_integer(idx)
    if not 0 <= index < len(rows):
        raise StepError(f"The query has no row {index}", f"It returned {len(rows)}, counted from 0.")
    keep(ctx, name, ";".join(lookups.as_text(plain(cell)) for cell in rows[index]))


@step(
    'I insert data from CSV "{filename}" to Cassandra table "{tablename}", using "{conn_name}"',
    meaning="Adds the rows of a CSV file; its first line names the columns, cells in [brackets] are lists.",
    example='I insert data from CSV "users.csv" to Cassandra table "users", using "cass"',
    upstream=True,
)
def insert_csv(ctx: Any, filename: Any, tablename: Any, conn_name: Any) -> None:
    rows = rows_of_file(ctx, filename)
    session_of(ctx, conn_name).insert(text_of(tablename), rows)


@step(
    'I insert "{values}" into "{columns}" of Cassandra table "{tablename}", using "{conn_name}"',
    "then",
    meaning="Adds one row; values and columns are lists with commas.",
    example='I insert "7, Ann" into "id, name" of Cassandra table "users", using "cass"',
    upstream=True,
)
def insert_row(ctx: Any, values: Any, columns: Any, tablename: Any, conn_name: Any) -> None:
    session_of(ctx, conn_name).insert(text_of(tablename), [pairs(columns, values)])


@step(
    'I update "{columns}" of Cassandra table "{tablename}" set "{values}" filter by "{criterion}", using "{conn_name}"',
    "then",
    meaning="Changes columns of the rows for which a stored filter holds.",
    example='I update "state" of Cassandra table "orders" set "void" filter by "#cheap", using "cass"',
    upstream=True,
)
def update_rows(ctx: Any, columns: Any, tablename: Any, values: Any, criterion: Any, conn_name: Any) -> None:
    row = pairs(columns, values)
    session_of(ctx, conn_name).update(text_of(tablename), row, conditions(criterion))


@step(
    'I delete from Cassandra table "{tablename}" where "{criterion}", using "{conn_name}"',
    "then",
    meaning="Deletes the rows for which a stored filter holds.",
    example='I delete from Cassandra table "orders" where "#cheap", using "cass"',
    upstream=True,
)
def delete_rows(ctx: Any, tablename: Any, criterion: Any, conn_name: Any) -> None:
    session_of(ctx, conn_name).delete(text_of(tablename), conditions(criterion))


# Inside


def _settings(ctx: Any) -> Settings:
    found: Settings = ctx.apitest.own.get("cassandra") or Settings()
    return found


def _change(ctx: Any, **changes: Any) -> None:
    ctx.apitest.own["cassandra"] = replace(_settings(ctx), **changes)
