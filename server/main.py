"""The server's process: patch first, read the configuration, assemble, run until told to stop.

`python server/main.py FOLDER [--console] [--report-fd N]`; people use `apitest-server start`.
--console: lines on the terminal too.  --report-fd: where to write one line of JSON once the server answers, or why it
cannot start.  Exit codes: 0 stopped as asked, 1 could not start.  SIGTERM and Ctrl-C stop in an orderly way, a second
one at once; SIGURG writes what every greenlet does into the log.  An edge, and the only file that patches.
"""

from gevent import monkey

if __name__ == "__main__":
    monkey.patch_all()

# ruff: noqa: E402 - whatever is imported below has to see the patched standard library
import logging
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

ROOT = str(Path(__file__).resolve().parent.parent)
if __name__ == "__main__":
    # Run by path, the first place to look would be this folder, whose `errors.py` is not everybody's errors.
    sys.path[0] = ROOT

from server import VERSION
from server.errors import CannotStart, ServerError
from server.kernel.folder import ServerFolder
from server.kernel.pid_file import PidFile, Running

logger = logging.getLogger("server")


def main(arguments: list[str]) -> int:
    """Run a server; gives the exit code."""
    began_at = time.monotonic()
    folder, is_console, report_fd = _parse(arguments)
    pid_file = PidFile(folder)
    try:
        if not folder.exists:
            raise CannotStart(
                f"There is no server in {folder.base}", "Create one: apitest-server quickstart create DIR"
            )
        pid_file.take()
        return _run(folder, pid_file, is_console, report_fd, began_at)
    except ServerError as error:
        _refuse(error, is_console, report_fd)
        return 1
    except OSError as error:  # a folder that is read-only, belongs to somebody else, is on a full disk ...
        _refuse(CannotStart(f"{error.filename or folder.base}: {error.strerror or error}"), is_console, report_fd)
        return 1
    finally:
        pid_file.give_back()


def _run(folder: ServerFolder, pid_file: PidFile, is_console: bool, report_fd: int, began_at: float) -> int:
    from gevent.event import Event

    from server import compat
    from server.assemble import Assembly
    from server.kernel.config import read_config
    from server.kernel.log_setup import SecretMask, WarningCount, set_up

    config = read_config(folder, os.environ)
    os.environ.update(config.os_environ)
    folder.logs.mkdir(exist_ok=True)
    mask = SecretMask()
    warnings = WarningCount()
    set_up(
        level=config.logging.level,
        logs=folder.logs,
        mask=mask,
        console=sys.stderr if is_console else None,
        max_file_bytes=config.logging.max_file_bytes,
        keep_files=config.logging.keep_files,
        counter=warnings,
    )
    compat.install()
    told_to_stop = Event()
    _listen_to_signals(told_to_stop)
    assembly = Assembly(config, mask=mask)
    try:
        address = assembly.start()
        stop_timeout = config.main.graceful_timeout_seconds
        pid_file.tell(Running(os.getpid(), address, time.time(), VERSION, stop_timeout))
        seconds = time.monotonic() - began_at
        logger.info("%s listens on %s, ready in %.2f s (%d services)", config.name, address, seconds, assembly.services)
        _report(report_fd, address=address, services=assembly.services, warnings=warnings.count)
        if is_console:
            from server.cli.main import started_lines

            lines = started_lines(folder, address, seconds, assembly.services, warnings.count, folder.base)
            print("\n".join(lines), flush=True)
        told_to_stop.wait()
        logger.info("%s stops: no new calls, running ones have %g s", config.name, stop_timeout)
    except (ServerError, OSError):
        raise
    except Exception as error:  # the border of the process: a person gets a sentence, the log the traceback
        logger.exception("%s could not start", config.name)
        raise CannotStart(
            f"{config.name} could not start: {type(error).__name__}: {mask(str(error))}",
            f"This is a fault of the server; its log has the traceback: {folder.server_log}",
        ) from error
    finally:
        assembly.stop(config.main.graceful_timeout_seconds)
        logger.info("%s stopped", config.name)
    return 0


def _listen_to_signals(told_to_stop: Any) -> None:
    import gevent

    def stop() -> None:
        if told_to_stop.is_set():
            logger.warning("Told to stop twice: running calls are lost")
            os._exit(1)
        told_to_stop.set()

    def show_greenlets() -> None:
        from gevent import util

        format_run_info: Any = util.format_run_info  # its types say that it gives nothing
        logger.info("What runs:\n%s", "\n".join(format_run_info()))

    gevent.signal_handler(signal.SIGTERM, stop)
    gevent.signal_handler(signal.SIGINT, stop)
    gevent.signal_handler(signal.SIGURG, show_greenlets)


def _refuse(error: ServerError, is_console: bool, report_fd: int) -> None:
    from server.cli.offline import explain

    lines = explain(error)
    if logging.getLogger().handlers:
        logger.error("The server did not start: %s", " ".join(lines))
    _report(report_fd, error="\n   ".join(lines[:-1] or lines), advice=lines[-1] if len(lines) > 1 else "")
    if is_console or not report_fd:
        print("\n".join(f"  {line}" for line in lines), file=sys.stderr, flush=True)


def _report(report_fd: int, **values: Any) -> None:
    if not report_fd:
        return
    import json

    try:
        os.write(report_fd, json.dumps(values).encode() + b"\n")
        os.close(report_fd)
    except OSError:
        pass  # the command that waited for the report is gone; the server runs all the same


def _parse(arguments: list[str]) -> tuple[ServerFolder, bool, int]:
    places = [one for one in arguments if not one.startswith("--") and not one.isdecimal()]
    if len(places) != 1:
        raise SystemExit("Usage: python server/main.py FOLDER [--console] [--report-fd N]")
    report_fd = int(arguments[arguments.index("--report-fd") + 1]) if "--report-fd" in arguments else 0
    return ServerFolder(Path(places[0]).resolve()), "--console" in arguments, report_fd


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
