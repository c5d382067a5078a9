"""Services that run once when the server starts, in the order of server.conf.

Source: server-interface.md 11.1, `[startup_services_first_worker]`: `service.name=payload`, where the payload is a
text, several separated by commas (then the service runs once for each), or `file://path`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path

from server.errors import ConfigError
from server.kernel.invocation import ChannelContext, ServiceRequest
from server.kernel.invoker import Invoker

logger = logging.getLogger(__name__)

STARTUP_CHANNEL = ChannelContext("startup-service", "startup")
_FILE = "file://"


def payloads_of(setting: str, base: Path) -> list[str]:
    """What one service is called with.  base: folder that relative paths start at.  Raises ConfigError."""
    if setting.startswith(_FILE):
        path = base / setting.removeprefix(_FILE)
        try:
            return [path.read_text("utf-8")]
        except OSError as error:
            raise ConfigError(f"the payload of a startup service cannot be read: {error}") from error
    return [part.strip() for part in setting.split(",")] if "," in setting else [setting]


def run_startup_services(
    invoker: Invoker, settings: Iterable[tuple[str, str]], base: Path, new_cid: Callable[[], str]
) -> list[str]:
    """Run them in order; gives the names of those that failed, which are logged and do not hold up the others."""
    failed = []
    for name, setting in settings:
        cid = new_cid()
        try:
            for payload in payloads_of(setting, base):
                invoker.invoke(ServiceRequest(name, payload, cid, STARTUP_CHANNEL))
        except Exception:  # the border between a starting server and users' code
            logger.exception("Startup service '%s' failed [%s]", name, cid)
            failed.append(name)
    return failed
