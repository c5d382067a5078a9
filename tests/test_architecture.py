"""The import rules of ARCHITECTURE.md, read from the source with `ast`; nothing is imported.

An exception to a rule is an entry in `EXCEPTIONS` with its reason.  An entry that is no longer needed fails the test
too, so the list stays true.
"""

from __future__ import annotations

import ast
import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Pure: values in, values out.
PURE = (
    "apitest/core/*.py",
    "apitest/errors.py",
    "apitest/results.py",
    "server/errors.py",
    "server/protocols/*.py",
    "server/simpleio/*.py",
    "server/kernel/lifecycle.py",
    "server/kernel/names.py",
    "server/kernel/registry.py",
    "server/kernel/invocation.py",
    "server/security/definition.py",
    "server/security/check.py",
    "server/channels/base.py",
    "server/channels/rest.py",
    "server/channels/http_routes.py",
    "server/services/bunch.py",
    "server/services/request.py",
    "server/services/response.py",
    "server/services/hooks.py",
    "*/definition.py",
    "*/rules.py",
)

# Edges: the only files that may know gevent.
EDGES = (
    "apitest/__main__.py",
    "apitest/parallel.py",
    "apitest/project.py",
    "apitest/transports/*.py",
    "apitest/mocks/*.py",
    "server/main.py",
    "server/testing.py",
    "server/kernel/clock.py",
    "server/kernel/greenlets.py",
    "server/storage/engine.py",
    "server/services/loader.py",
    "server/services/hot_deploy.py",
    "server/channels/http_listener.py",
    "server/outgoing/*.py",
    "server/admin/client.py",
    "server/cli/offline.py",
    "server/*/runtime.py",
)

# Capabilities meet through the kernel, never through each other's modules.
CAPABILITIES = (
    "channels",
    "outgoing",
    "cache",
    "scheduler",
    "pubsub",
    "sso",
    "cluster",
    "load_balancer",
    "stats",
    "openapi",
)

PURE_LIBRARIES = {
    "annotated_types",
    "brotli",
    "cryptography",
    "graphql",
    "hdrh",
    "joserfc",
    "jsonpath",
    "jsonschema_rs",
    "lxml",
    "orjson",
    "pydantic",
    "pydantic_core",
    "typing_extensions",
    "yaml",
    "zstandard",
}  # fmt: skip

IMPURE_STDLIB = {
    "asyncio", "concurrent", "ctypes", "fcntl", "ftplib", "getpass", "glob", "http.client", "http.server", "imaplib",
    "logging", "multiprocessing", "os", "pathlib", "pty", "queue", "random", "readline", "resource", "sched", "secrets",
    "select", "selectors", "shelve", "shutil", "signal", "smtplib", "socket", "socketserver", "sqlite3", "ssl",
    "subprocess", "sys", "tempfile", "threading", "time", "urllib.request", "xmlrpc",
}  # fmt: skip

IMPURE_CALLS = {
    "open", "print", "input", "datetime.now", "datetime.utcnow", "datetime.today", "date.today",
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.date.today", "uuid.uuid1", "uuid.uuid4", "uuid4",
}  # fmt: skip

# (file pattern, what it may import or call although the rule says no) -> why.
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("server/protocols/http_parser.py", "httptools"): "bytes in, events out: as pure as a parser in Python, and faster",
    (
        "server/outgoing/sql.py",
        "sqlalchemy",
    ): "offers services a SQLAlchemy session, has no SQL of ours",
    ("server/outgoing/sql_engine.py", "sqlalchemy"): "makes the engine of such a connection",
    ("server/outgoing/sql_engine.py", "sqlite3"): "waits for a locked database without holding up the loop",
}


@dataclass(frozen=True, slots=True)
class Import:
    path: str
    line: int
    module: str
    names: tuple[str, ...] = ()

    def is_of(self, *packages: str) -> bool:
        """`from server import errors` is of `server.errors` as well as of `server`."""
        spelled = [self.module, *(f"{self.module}.{name}" for name in self.names)]
        return any(text == package or text.startswith(f"{package}.") for text in spelled for package in packages)


def python_files(*folders: str) -> list[str]:
    found = []
    for folder in folders:
        found += [str(path.relative_to(ROOT)) for path in sorted((ROOT / folder).rglob("*.py"))]
    return found


@cache
def tree_of(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text("utf-8"), path)


@cache
def imports_of(path: str) -> tuple[Import, ...]:
    """Every import at any depth, those for type checkers too: a name that is known is a name that is depended on."""
    found = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found += [Import(path, node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                base = path.removesuffix(".py").split("/")[: -node.level]
                module = ".".join([*base, module]).rstrip(".")
            found.append(Import(path, node.lineno, module, tuple(alias.name for alias in node.names)))
    return tuple(found)


def calls_of(path: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            yield node.lineno, ast.unparse(node.func)


def is_any(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(path, pattern) for pattern in patterns)


def is_pure(path: str) -> bool:
    return is_any(path, PURE)


USED_EXCEPTIONS: set[tuple[str, str]] = set()


def is_excused(path: str, what: str) -> bool:
    for pattern, allowed in EXCEPTIONS:
        if fnmatch(path, pattern) and (what == allowed or what.startswith(f"{allowed}.")):
            USED_EXCEPTIONS.add((pattern, allowed))
            return True
    return False


def complain(found: list[str], rule: str) -> None:
    """Shows every breach at once, with the rule they break."""
    if found:
        pytest.fail(f"{rule}\n  " + "\n  ".join(found), pytrace=False)


def breaches(found: list[Import]) -> list[str]:
    return [
        f"{item.path}:{item.line} imports {item.module}" for item in found if not is_excused(item.path, item.module)
    ]


def our_module(item: Import) -> bool:
    return item.module.split(".")[0] in ("server", "apitest")


def leads_to_pure(item: Import) -> bool:
    """True if what is imported is a pure file of ours, a package of such files, or names from one."""
    base = item.module.replace(".", "/")
    if (ROOT / f"{base}.py").is_file():
        return is_pure(f"{base}.py")
    if is_pure(f"{base}/__init__.py"):
        return True
    return all(is_pure(f"{base}/{name}.py") for name in item.names)


def test_pure_files_import_only_pure_things() -> None:
    found = []
    for path in python_files("apitest", "server"):
        if not is_pure(path):
            continue
        for item in imports_of(path):
            top = item.module.split(".")[0]
            if our_module(item):
                is_fine = leads_to_pure(item)
            elif top in sys.stdlib_module_names:
                is_fine = not any(item.is_of(name) for name in IMPURE_STDLIB)
            else:
                is_fine = top in PURE_LIBRARIES
            if not is_fine:
                found.append(item)
    complain(breaches(found), "A pure file imports the pure part of the standard library, and pure files of ours:")


def test_pure_files_do_not_touch_the_world() -> None:
    found = []
    for path in python_files("apitest", "server"):
        if is_pure(path):
            found += [
                f"{path}:{line} calls {name}()"
                for line, name in calls_of(path)
                if name in IMPURE_CALLS and not is_excused(path, name)
            ]
    complain(found, "A pure file is told the time, random bytes and file contents:")


def test_the_kernel_names_no_capability() -> None:
    allowed = ("server.kernel", "server.errors")
    found = [
        item
        for path in python_files("server/kernel")
        for item in imports_of(path)
        if our_module(item) and not item.is_of(*allowed)
    ]
    complain(breaches(found), "The kernel imports server/errors.py and itself, nothing else of ours:")


def test_capabilities_do_not_import_each_other() -> None:
    found = []
    for own in CAPABILITIES:
        others = [f"server.{name}" for name in CAPABILITIES if name != own]
        found += [
            item
            for path in python_files(f"server/{own}")
            for item in imports_of(path)
            if item.is_of(*others) and not item.module.endswith(".definition")
        ]
    complain(breaches(found), "Capabilities meet through invoker, registry and events, not by importing each other:")


def test_foundations_do_not_import_what_stands_on_them() -> None:
    above_all = [f"server.{name}" for name in (*CAPABILITIES, "admin", "cli", "web", "main", "assemble", "testing")]
    found = [
        item
        for folder in ("security", "services", "storage", "simpleio", "protocols", "kernel")
        for path in python_files(f"server/{folder}")
        for item in imports_of(path)
        if item.is_of(*above_all) and not item.module.endswith(".definition")
    ]
    complain(breaches(found), "Imports go down only; security, services, storage and below know no capability:")


def test_sql_only_in_storage() -> None:
    found = [
        item
        for path in python_files("server")
        for item in imports_of(path)
        if item.is_of("sqlalchemy", "alembic", "psycopg", "sqlite3") and not path.startswith("server/storage/")
    ]
    complain(breaches(found), "SQL is spoken in server/storage/ only:")


def test_gevent_only_in_edges() -> None:
    found = [
        item
        for path in python_files("apitest", "server")
        for item in imports_of(path)
        if item.is_of("gevent", "greenlet") and not is_any(path, EDGES)
    ]
    complain(breaches(found), "Only edges know gevent; the others are plain blocking code:")


def test_behave_only_in_the_engine() -> None:
    found = [
        item
        for path in python_files("apitest", "server")
        for item in imports_of(path)
        if item.is_of("behave") and path != "apitest/engine.py"
    ]
    complain(breaches(found), "Only apitest/engine.py knows behave:")


def test_faces_go_through_the_admin_client() -> None:
    allowed = ("server.admin.client", "server.admin.describe", "server.cli", "server.errors")
    faces = [path for path in python_files("server/web") if path] + ["server/cli/online.py"]
    found = [
        item
        for path in faces
        if (ROOT / path).is_file()
        for item in imports_of(path)
        if our_module(item) and not item.is_of(*allowed) and not item.is_of("server.web")
    ]
    complain(breaches(found), "The web and the online commands know admin/client.py and admin/describe.py only:")


def test_apitest_and_server_do_not_know_each_other() -> None:
    found = [item for path in python_files("apitest") for item in imports_of(path) if item.is_of("server")]
    found += [item for path in python_files("server") for item in imports_of(path) if item.is_of("apitest")]
    complain(breaches(found), "apitest and server meet over the network, as a user's would:")


def test_features_import_neither() -> None:
    found = [
        item
        for path in python_files("features")
        for item in imports_of(path)
        if item.is_of("server") or item.is_of("apitest.core", "apitest.engine", "apitest.transports")
    ]
    complain(breaches(found), "Features use what users have: commands, addresses and the public names of apitest:")


def test_compat_is_a_dead_end() -> None:
    allowed = ("server/main.py", "server/testing.py")
    found = [
        item
        for path in python_files("apitest", "server")
        for item in imports_of(path)
        if item.is_of("server.compat") and not path.startswith("server/compat/") and path not in allowed
    ]
    complain(breaches(found), "Only the entry points install server/compat/:")


IMPORT_RULES = (
    test_the_kernel_names_no_capability,
    test_capabilities_do_not_import_each_other,
    test_foundations_do_not_import_what_stands_on_them,
    test_sql_only_in_storage,
    test_gevent_only_in_edges,
    test_behave_only_in_the_engine,
    test_faces_go_through_the_admin_client,
    test_apitest_and_server_do_not_know_each_other,
    test_features_import_neither,
    test_compat_is_a_dead_end,
)


def test_lists_name_files_that_exist() -> None:
    files = python_files("apitest", "server")
    stale = [pattern for pattern in (*PURE, *EDGES) if not any(fnmatch(path, pattern) for path in files)]
    later = {"apitest/mocks/*.py", "*/rules.py", "server/*/runtime.py"}  # rooms of the design that fill up later
    complain([pattern for pattern in stale if pattern not in later], "Patterns that match no file:")


def test_every_exception_is_still_needed() -> None:
    for rule in (test_pure_files_import_only_pure_things, test_pure_files_do_not_touch_the_world, *IMPORT_RULES):
        with contextlib.suppress(pytest.fail.Exception):
            rule()  # notes which exceptions it meets
    unused = [f"{path}: {what}" for (path, what) in EXCEPTIONS if (path, what) not in USED_EXCEPTIONS]
    complain(unused, "Exceptions that nothing needs any more:")


def test_every_module_says_what_lives_in_it() -> None:
    found = [
        f"{path}: no docstring"
        for path in python_files("apitest", "server")
        if ast.get_docstring(tree_of(path)) is None and tree_of(path).body
    ]
    complain(found, "A module docstring says what lives here and what does not:")


def test_patching_happens_at_entry_points_only() -> None:
    allowed = ("server/main.py", "apitest/__main__.py", "apitest/cli/__init__.py")
    found = [
        f"{path}:{line} calls {name}()"
        for path in python_files("apitest", "server")
        for line, name in calls_of(path)
        if name.split(".")[-1] in ("patch_all", "patch_socket", "patch_thread") and path not in allowed
    ]
    complain(found, "Only the first lines of an entry point patch the standard library:")
