"""server.conf, secrets.conf and simple-io.conf -> `ServerConfig`, once; nobody else reads them.

Each setting is declared once, below: key, type, default, help; `docs/reference/settings.md` is made from that.  Keys
are those of server-interface.md section 11, ours are marked by having their unit in the name.  An unknown key is
refused with its line and the nearest name, and every problem is told at once.  A value may be

- `$NAME`: taken from the environment;
- `zato+secret://key`: taken from `[zato]` of secrets.conf, opened with `key1` if it is sealed;
- replaced from outside by `Zato_Config_Server_server__conf_<section>_<key>=value` in the environment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from server.errors import ConfigError
from server.kernel.definition import Secret
from server.kernel.folder import SECRETS_CONF, SERVER_CONF, SIMPLE_IO_CONF, ServerFolder
from server.kernel.ini_text import Entry, parse_entries
from server.kernel.names import suggestion

ENV_PREFIX: Final = "Zato_Config_Server_"
SECRET_PREFIX: Final = "zato+secret://"

_TRUE = frozenset(("true", "yes", "on", "y", "t", "1"))
_FALSE = frozenset(("false", "no", "off", "n", "f", "0"))
_ENV_NAME = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))\Z")
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


def key(default: Any, help: str, *, name: str = "", minimum: float | None = None, choices: tuple[str, ...] = ()) -> Any:
    """One setting.  name: of the key, if not the field's.  help: one sentence with the unit.  minimum: least number."""
    return field(default=default, metadata={"help": help, "name": name, "minimum": minimum, "choices": choices})


@dataclass(frozen=True, slots=True, kw_only=True)
class MainSettings:
    """Where the server listens and how long it may take to stop."""

    bind: str = key("0.0.0.0:17010", "Address and port to listen on; port 0 picks a free one.", name="gunicorn_bind")
    workers: int = key(
        1, "Number of processes; 1 is the only number supported now.", name="gunicorn_workers", minimum=1
    )
    graceful_timeout_seconds: float = key(
        30.0,
        "Seconds that running calls get to finish when the server stops.",
        name="gunicorn_graceful_timeout",
        minimum=0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HTTPSettings:
    """Limits of the HTTP listener."""

    methods_allowed: tuple[str, ...] = key(
        ("GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"),
        "Methods that any channel may accept; 405 for others.",
    )
    max_header_bytes: int = key(64 * 1024, "Largest request line and headers, in bytes; 431 above.", minimum=1024)
    max_body_bytes: int = key(16 * 1024 * 1024, "Largest body, in bytes; 413 above.", minimum=0)
    header_timeout_seconds: float = key(10.0, "Seconds for all headers of a request to arrive; 408 then.", minimum=0.01)
    body_timeout_seconds: float = key(60.0, "Seconds for the whole body to arrive; 408 then.", minimum=0.01)
    idle_timeout_seconds: float = key(75.0, "Seconds an idle connection is kept open.", minimum=0.01)


@dataclass(frozen=True, slots=True, kw_only=True)
class HTTPResponseSettings:
    """What each response carries."""

    server_header: str = key("apitest-server", "Value of the Server header; empty leaves it out.")
    return_x_zato_cid: bool = key(True, "Whether each response has the correlation ID in X-Zato-CID.")


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSettings:
    """The database that definitions and deployed services are kept in."""

    engine: str = key("sqlite", "Database engine.", choices=("sqlite", "postgresql"))
    db_name: str = key("zato.db", "Name of the database; for SQLite a path, relative to the server's folder.")
    host: str = key("", "Host of the database.")
    port: int = key(5432, "Port of the database.", minimum=1)
    username: str = key("", "User of the database.")
    password: Secret = key(Secret.EMPTY, "Password of that user; a reference such as $DB_PASSWORD is best.")
    pool_size: int = key(5, "Most connections to the database.", minimum=1)
    extra: str = key("", "Further options of the database address: key=value, joined with &.")


@dataclass(frozen=True, slots=True, kw_only=True)
class HotDeploySettings:
    """The folder that services are deployed from."""

    pickup_dir: str = key("pickup/incoming/services", "Folder of services, relative to the server's folder.")
    check_timeout_seconds: float = key(
        5.0, "Seconds a file may take to import when it is tried before deployment.", minimum=0.1
    )
    scan_interval_seconds: float = key(0.2, "Seconds between two looks into the folder.", minimum=0.01)
    stable_seconds: float = key(0.2, "A file is taken once it did not change for so many seconds.", minimum=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MiscSettings:
    """Everything else."""

    initial_cluster_name: str = key("", "Name of the environment; shown by `info`.")
    initial_server_name: str = key("", "Name of this server; the folder's name if empty.")
    default_error_message: str = key("", "Sentence of a reply with status 500; empty is `Internal server error`.")
    return_tracebacks: bool = key(False, "Accepted for older files; tracebacks are in the log only.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggingSettings:
    """What goes into the log files."""

    level: str = key("info", "Least level that is logged.", choices=("debug", "info", "warning", "error"))
    access_log: bool = key(True, "Whether each request gets a line in http_access.log.")
    max_file_bytes: int = key(50_000_000, "A log file is put aside at this size.", minimum=100_000)
    keep_files: int = key(5, "How many files put aside are kept.", minimum=1)


@dataclass(frozen=True, slots=True)
class InferenceWords:
    """Which names of SimpleIO elements mean a type (simple-io.conf, server-interface.md 2.9)."""

    exact: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SimpleIOSettings:
    """What simple-io.conf says; None where the file is silent, so that the built-in words hold."""

    bool_words: InferenceWords | None = None
    int_words: InferenceWords | None = None
    secret_words: InferenceWords | None = None
    bytes_to_str_encoding: str = "utf-8"
    response_elem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """All that the files say.  folder: the server's.  secret_key: `key1` of secrets.conf."""

    folder: ServerFolder
    main: MainSettings = MainSettings()
    http: HTTPSettings = HTTPSettings()
    http_response: HTTPResponseSettings = HTTPResponseSettings()
    odb: StorageSettings = StorageSettings()
    hot_deploy: HotDeploySettings = HotDeploySettings()
    misc: MiscSettings = MiscSettings()
    logging: LoggingSettings = LoggingSettings()
    simple_io: SimpleIOSettings = SimpleIOSettings()
    secret_key: Secret = Secret.EMPTY
    # Sections whose keys are anyone's: user_config is label -> path of a file, the others as their names say.
    user_config: Mapping[str, str] = field(default_factory=dict)
    user: Mapping[str, str] = field(default_factory=dict)
    os_environ: Mapping[str, str] = field(default_factory=dict)
    startup_services: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.misc.initial_server_name or self.folder.name

    @property
    def host(self) -> str:
        return split_bind(self.main.bind)[0]

    @property
    def port(self) -> int:
        return split_bind(self.main.bind)[1]

    @property
    def pickup_folder(self) -> Path:
        return self.folder.base / self.hot_deploy.pickup_dir

    @property
    def sqlite_path(self) -> Path:
        return self.folder.base / self.odb.db_name


SECTIONS: Final[Mapping[str, type[Any]]] = MappingProxyType(
    {
        "main": MainSettings,
        "http": HTTPSettings,
        "http_response": HTTPResponseSettings,
        "odb": StorageSettings,
        "hot_deploy": HotDeploySettings,
        "misc": MiscSettings,
        "logging": LoggingSettings,
    }
)
# Section -> field of ServerConfig.
FREE_SECTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "user_config": "user_config",
        "user": "user",
        "os_environ": "os_environ",
        "startup_services_first_worker": "startup_services",
        "startup_services_any_worker": "startup_services",
    }
)
_ALL_SECTIONS = (*SECTIONS, *FREE_SECTIONS)


def read_config(folder: ServerFolder, environ: Mapping[str, str]) -> ServerConfig:
    """The configuration of a server's folder.  Raises ConfigError with every problem, one a line."""
    if not folder.exists:
        raise ConfigError(f"There is no {folder.server_conf}")
    return parse_config(
        folder,
        server_conf=_text(folder.server_conf),
        secrets_conf=_text(folder.secrets_conf) if folder.secrets_conf.exists() else "",
        simple_io_conf=_text(folder.simple_io_conf) if folder.simple_io_conf.exists() else "",
        environ=environ,
    )


def parse_config(
    folder: ServerFolder,
    *,
    server_conf: str,
    secrets_conf: str = "",
    simple_io_conf: str = "",
    environ: Mapping[str, str] = _NOTHING,
) -> ServerConfig:
    """As `read_config`, from texts.  Pure."""
    problems: list[str] = []
    secrets = _Secrets(secrets_conf, problems)
    reader = _Reader(secrets, environ, problems)
    settings = reader.server_conf(parse_entries(server_conf, SERVER_CONF))
    simple_io = _simple_io(parse_entries(simple_io_conf, SIMPLE_IO_CONF), problems)
    if problems:
        raise ConfigError("\n".join(problems))
    return ServerConfig(folder=folder, simple_io=simple_io, secret_key=secrets.key1, **settings)


def split_bind(bind: str) -> tuple[str, int]:
    """`host:port` -> both; `[::1]:17010` for IPv6.  ValueError with a sentence otherwise."""
    host, colon, port = bind.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535 or (":" in host and not host.startswith("[")):
        raise ValueError(f"{bind!r} is not of the form address:port, e.g. 127.0.0.1:17010")
    return host.strip("[]") or "0.0.0.0", int(port)


class _Secrets:
    """secrets.conf: `[secret_keys] key1` and the values of `[zato]`."""

    def __init__(self, text: str, problems: list[str]) -> None:
        self.key1 = Secret.EMPTY
        self._values: dict[str, str] = {}
        for entry in parse_entries(text, SECRETS_CONF):
            if entry.section == "secret_keys" and re.fullmatch(r"key\d+", entry.key):
                if entry.key == "key1":
                    self.key1 = Secret(entry.value)
            elif entry.section == "zato":
                self._values[entry.key] = entry.value
            elif entry.section == "secret_keys":
                problems.append(_unknown(f"{SECRETS_CONF} line {entry.line}", entry, ["key1"]))
            else:
                problems.append(_unknown_section(f"{SECRETS_CONF} line {entry.line}", entry, ["secret_keys", "zato"]))

    def get(self, name: str) -> str:
        """The clear text; ValueError with a sentence."""
        if name not in self._values:
            raise ValueError(f"{SECRETS_CONF} has no '{name}' in [zato].{suggestion(name, self._values)}")
        value = self._values[name]
        if not value.startswith("gAAA"):
            return value
        from cryptography.fernet import Fernet, InvalidToken  # only when a sealed value is used: 40 ms

        try:
            return Fernet(self.key1.reveal().encode()).decrypt(value.encode()).decode()
        except (InvalidToken, ValueError):
            raise ValueError(f"'{name}' of {SECRETS_CONF} was sealed with another key than its key1") from None


class _Reader:
    """Entries of server.conf -> values of `ServerConfig`; problems go to a list."""

    def __init__(self, secrets: _Secrets, environ: Mapping[str, str], problems: list[str]) -> None:
        self._secrets = secrets
        self._environ = environ
        self._problems = problems

    def server_conf(self, entries: list[Entry]) -> dict[str, Any]:
        plain: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
        free: dict[str, dict[str, str]] = {name: {} for name in set(FREE_SECTIONS.values())}
        for where, entry in [
            *((f"{SERVER_CONF} line {entry.line}", entry) for entry in entries),
            *self._overrides(),
        ]:
            if entry.section in FREE_SECTIONS:
                self._into(free[FREE_SECTIONS[entry.section]], entry.key, where, entry, None)
            elif entry.section in SECTIONS:
                known = {_key_of(one): one for one in fields(SECTIONS[entry.section])}
                if entry.key in known:
                    one = known[entry.key]
                    self._into(plain[entry.section], one.name, where, entry, one)
                else:
                    self._problems.append(_unknown(where, entry, known))
            else:
                self._problems.append(_unknown_section(where, entry, _ALL_SECTIONS))
        out: dict[str, Any] = {section: SECTIONS[section](**values) for section, values in plain.items()}
        out.update({name: MappingProxyType(values) for name, values in free.items()})
        self._check(out)
        return out

    def _into(self, target: dict[str, Any], name: str, where: str, entry: Entry, one: Any) -> None:
        try:
            text = self._resolve(entry)
            target[name] = text if one is None else _convert(one, text)
        except ValueError as error:
            self._problems.append(f"{where}: '{entry.key}' in [{entry.section}]: {error}")

    def _resolve(self, entry: Entry) -> str:
        found = _ENV_NAME.match(entry.value)
        if found and not entry.is_quoted:
            name = found[1] or found[2]
            if name not in self._environ:
                raise ValueError(f"the environment has no variable {name}. Set it, or write the value itself")
            return self._environ[name]
        if entry.value.startswith(SECRET_PREFIX):
            return self._secrets.get(entry.value[len(SECRET_PREFIX) :])
        return entry.value

    def _overrides(self) -> list[tuple[str, Entry]]:
        """Entries that the environment gives; the later ones win over the file."""
        out = []
        prefix = ENV_PREFIX + SERVER_CONF.replace(".", "__") + "_"
        for variable in sorted(self._environ):
            if not variable.startswith(ENV_PREFIX):
                continue
            where = f"environment variable {variable}"
            rest = variable[len(prefix) :]
            # `http` is also how `http_response` begins: the longest section that fits is meant.
            section = max((name for name in _ALL_SECTIONS if rest.startswith(name + "_")), key=len, default="")
            if not variable.startswith(prefix) or not section:
                self._problems.append(f"{where}: expected {prefix}<section>_<key>")
                continue
            out.append((where, Entry(section, rest[len(section) + 1 :], self._environ[variable], 0, True)))
        return out

    def _check(self, settings: Mapping[str, Any]) -> None:
        try:
            split_bind(settings["main"].bind)
        except ValueError as error:
            self._problems.append(f"{SERVER_CONF}: 'gunicorn_bind' in [main]: {error}")
        if settings["main"].workers != 1:
            self._problems.append(f"{SERVER_CONF}: 'gunicorn_workers' in [main]: only 1 is supported now")


def _convert(one: Any, text: str) -> Any:
    """A text as the type of a setting; ValueError with a sentence."""
    kind = str(one.type)
    if kind == "Secret":
        return Secret(text)
    if kind == "bool":
        if text.lower() not in _TRUE | _FALSE:
            raise ValueError(f"{text!r} is neither true nor false")
        return text.lower() in _TRUE
    if kind.startswith("tuple"):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if kind in ("int", "float"):
        value = _number(kind, text)
        minimum = one.metadata["minimum"]
        if minimum is not None and value < minimum:
            raise ValueError(f"{text} is less than {minimum}")
        return value
    choices = one.metadata["choices"]
    if choices and text not in choices:
        raise ValueError(f"{text!r} is not one of: {', '.join(choices)}")
    return text


def _number(kind: str, text: str) -> int | float:
    try:
        value = int(text.replace("_", "")) if kind == "int" else float(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a {'whole ' if kind == 'int' else ''}number") from None
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(f"{text!r} is not a number that can be used")
    return value


def _simple_io(entries: list[Entry], problems: list[str]) -> SimpleIOSettings:
    words: dict[str, dict[str, tuple[str, ...]]] = {}
    values: dict[str, Any] = {}
    plain = {("bytes_to_str", "encoding"): "bytes_to_str_encoding", ("default", "response_elem"): "response_elem"}
    kinds = {"exact": "exact", "prefix": "prefixes", "suffix": "suffixes"}
    for entry in entries:
        if (entry.section, entry.key) in plain:
            values[plain[entry.section, entry.key]] = entry.value
        elif entry.section in ("bool", "int", "secret"):
            if entry.key in kinds:
                listed = tuple(word.strip() for word in re.split(r"[,\n]", entry.value) if word.strip())
                words.setdefault(entry.section, {})[kinds[entry.key]] = listed
            else:
                problems.append(_unknown(f"{SIMPLE_IO_CONF} line {entry.line}", entry, kinds))
        elif entry.section in ("bytes_to_str", "default"):
            known = [name for section, name in plain if section == entry.section]
            problems.append(_unknown(f"{SIMPLE_IO_CONF} line {entry.line}", entry, known))
        else:
            known = ["bool", "int", "secret", "bytes_to_str", "default"]
            problems.append(_unknown_section(f"{SIMPLE_IO_CONF} line {entry.line}", entry, known))
    for section, found in words.items():
        values[f"{section}_words"] = InferenceWords(**found)
    return SimpleIOSettings(**values)


def _key_of(one: Any) -> str:
    return str(one.metadata["name"] or one.name)


def _unknown(where: str, entry: Entry, known: Any) -> str:
    return f"{where}: unknown key '{entry.key}' in [{entry.section}].{suggestion(entry.key, known)}"


def _unknown_section(where: str, entry: Entry, known: Any) -> str:
    if not entry.section:
        return f"{where}: '{entry.key}' stands before the first [section]"
    return f"{where}: unknown section [{entry.section}].{suggestion(entry.section, known)}"


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 at byte {error.start}") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None


def describe_settings() -> list[tuple[str, str, str, str]]:
    """(section, key, default as text, help) of every setting, for the reference page."""
    out = []
    for section, cls in SECTIONS.items():
        for one in fields(cls):
            default = ", ".join(one.default) if isinstance(one.default, tuple) else one.default
            out.append((section, _key_of(one), str(default), str(one.metadata["help"])))
    return out
