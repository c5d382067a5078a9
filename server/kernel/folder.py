"""Where the files of a server are; which folder a command means.

Paths only: nothing is read or written here beyond asking what exists.  Layout: server-interface.md section 11 and
ruling 63; `DIR` on a command line is an environment or a server's folder (ruling 53).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from server.errors import ConfigError

SERVER_CONF = "server.conf"
SECRETS_CONF = "secrets.conf"
SIMPLE_IO_CONF = "simple-io.conf"


@dataclass(frozen=True, slots=True)
class ServerFolder:
    """The folder of one server, e.g. `env/server1`."""

    base: Path

    @property
    def name(self) -> str:
        return self.base.name

    @property
    def repo(self) -> Path:
        return self.base / "config" / "repo"

    @property
    def server_conf(self) -> Path:
        return self.repo / SERVER_CONF

    @property
    def secrets_conf(self) -> Path:
        return self.repo / SECRETS_CONF

    @property
    def simple_io_conf(self) -> Path:
        return self.repo / SIMPLE_IO_CONF

    @property
    def logs(self) -> Path:
        return self.base / "logs"

    @property
    def server_log(self) -> Path:
        return self.logs / "server.log"

    @property
    def work(self) -> Path:
        return self.base / "work"

    @property
    def extlib(self) -> Path:
        return self.base / "extlib"

    @property
    def user_conf(self) -> Path:
        return self.base / "pickup" / "incoming" / "user-conf"

    @property
    def pid_file(self) -> Path:
        """Number of the process that runs; locked by it as long as it lives (`cli/process.py`)."""
        return self.base / "server.pid"

    @property
    def run_file(self) -> Path:
        """What runs: JSON with pid, address, started_at."""
        return self.work / "running.json"

    @property
    def exists(self) -> bool:
        return self.server_conf.is_file()


def server_folders(path: Path) -> list[ServerFolder]:
    """The servers that `path` means: itself, or those directly in it, by name.  ConfigError if there are none."""
    one = ServerFolder(path.resolve())
    if one.exists:
        return [one]
    if not path.is_dir():
        raise ConfigError(f"There is no folder {path}. Create a server with: apitest-server quickstart create {path}")
    found = [ServerFolder(child.resolve()) for child in sorted(path.iterdir()) if ServerFolder(child).exists]
    if not found:
        raise ConfigError(
            f"There is no server in {path}: neither config/repo/{SERVER_CONF} nor a folder with one. "
            f"Create one with: apitest-server quickstart create {path}"
        )
    return found


def server_folder(path: Path) -> ServerFolder:
    """The one server that `path` means.  ConfigError if there is none or more than one."""
    found = server_folders(path)
    if len(found) > 1:
        names = ", ".join(str(path / one.name) for one in found)
        raise ConfigError(f"There are {len(found)} servers in {path}. Name one of: {names}")
    return found[0]
