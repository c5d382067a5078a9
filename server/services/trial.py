"""The first try of files in a process of their own, so that a file that hangs, ends the process or breaks it harms
nothing that runs.

`try_files` is the server's side, `run` the child's.  The child is a light Python with this package's service classes
and nothing of the server; it answers one JSON line a file.  Source: ruling 64.
PERF one child a batch costs about 0.15 s, nearly all of it imports; a deploy has to be live in 1 s.
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from server.errors import DeployError
from server.services.loader import (
    ImportTookTooLong,
    PickupFinder,
    entries_of,
    explained,
    import_file,
    module_name,
    source_of,
)
from server.simpleio.declaration import Inference, Words

logger = logging.getLogger(__name__)

# The child ends itself this long after the file's time, if the file did not let itself be interrupted.
GRACE_SECONDS = 0.5
# What a child needs to begin, on a machine that is busy.
BEGIN_SECONDS = 10.0
_BEGIN = (
    "import json, sys; asked = json.load(sys.stdin.buffer); sys.path[:] = asked['sys_path']; "
    "from server.services import trial; trial.run(asked)"
)
_DUMPED = re.compile(r'File "(.+?)", line (\d+)')


def try_files(
    texts: Mapping[str, str], folders: Sequence[Path], inference: Inference, timeout_seconds: float
) -> dict[str, DeployError | None]:
    """Import files and read their declarations in a child process: path -> what is wrong, or None.

    texts: path -> source.  timeout_seconds: for each file.
    """
    out: dict[str, DeployError | None] = {}
    left = list(texts)
    while left:
        answers = _ask(left, texts, folders, inference, timeout_seconds)
        out.update(answers)
        before, left = left, [path for path in left if path not in out]
        if len(left) == len(before):  # the child did not even begin: not the files' fault, so the server tries itself
            logger.warning("The process that tries files before they are deployed gave no answer")
            out.update(dict.fromkeys(left))
            break
    return out


def run(asked: dict[str, Any]) -> None:
    """The child's side; answers on what was its standard output."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    silent = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):  # what the files print while they are imported is nobody's
        os.dup2(silent, number)
    for place in asked["prepare"]:
        module, _, function = place.partition(":")
        getattr(importlib.import_module(module), function)()
    finder = PickupFinder([Path(folder) for folder in asked["folders"]])
    finder.texts = dict(asked["texts"])
    finder.install()
    inference = inference_from(asked["inference"])
    seconds: float = asked["timeout_seconds"]

    def too_late(number: int, frame: Any) -> None:
        raise ImportTookTooLong(f"its import did not end within {seconds:g} s")

    signal.signal(signal.SIGALRM, too_late)
    for path in asked["paths"]:
        _say(answers, {"begun": path})
        faulthandler.dump_traceback_later(seconds + GRACE_SECONDS, file=answers, exit=True)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        answer = _tried(path, finder, inference, asked["beside"])
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()
        _say(answers, answer)
    answers.close()
    os._exit(0)  # threads and exit functions of the files do not hold the deploy up


def names_beside(texts: Iterable[str], folders: Sequence[Path]) -> list[str]:
    """Names of the files that can import each other, sorted."""
    there = {file.name for folder in folders for file in folder.glob("*.py")}
    return sorted(there | {Path(path).name for path in texts})


def inference_to(inference: Inference) -> dict[str, Any]:
    """For the way to the child."""
    return asdict(inference)


def inference_from(data: Mapping[str, Any]) -> Inference:
    """What `inference_to` made."""
    words = {
        key: Words(**{part: tuple(names) for part, names in value.items()})
        for key, value in data.items()
        if isinstance(value, dict)
    }
    return Inference(**{**data, **words})


def _tried(path: str, finder: PickupFinder, inference: Inference, beside: Sequence[str]) -> dict[str, Any]:
    file = Path(path)
    try:
        module = import_file(module_name(file, finder.folders), file, finder)
        entries_of(module, source_of(path, finder.texts[path]), inference=inference)
    except DeployError as error:
        return _answer(path, error)
    except BaseException as error:  # noqa: BLE001 - the border to users' files: all they raise is told, SystemExit too
        return _answer(path, explained(error, path, beside=beside))
    return {"path": path}


def _answer(path: str, error: DeployError) -> dict[str, Any]:
    return {"path": path, "line": error.line, "reason": error.reason, "hint": error.advice}


def _say(answers: IO[str], value: dict[str, Any]) -> None:
    answers.write(json.dumps(value) + "\n")
    answers.flush()


def _ask(
    paths: Sequence[str],
    texts: Mapping[str, str],
    folders: Sequence[Path],
    inference: Inference,
    timeout_seconds: float,
) -> dict[str, DeployError | None]:
    asked = {
        "sys_path": sys.path,
        "prepare": [finder.installed_by for finder in sys.meta_path if hasattr(finder, "installed_by")],
        "folders": [str(folder) for folder in folders],
        "paths": list(paths),
        "texts": dict(texts),
        "beside": sorted(
            {Path(path).name for path in texts} | {file.name for one in folders for file in one.glob("*.py")}
        ),
        "inference": inference_to(inference),
        "timeout_seconds": timeout_seconds,
    }
    child = subprocess.Popen(
        [sys.executable, "-c", _BEGIN],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # so that it can be ended with all that it started
    )
    at_most = BEGIN_SECONDS + len(paths) * (timeout_seconds + 2 * GRACE_SECONDS)
    try:
        said, _ = child.communicate(json.dumps(asked).encode(), timeout=at_most)
    except subprocess.TimeoutExpired:
        _end(child)
        said, _ = child.communicate()
    finally:
        _end(child)
    return _understood(said.decode("utf-8", "replace"), child.returncode, timeout_seconds)


def _understood(said: str, exit_code: int | None, timeout_seconds: float) -> dict[str, DeployError | None]:
    out: dict[str, DeployError | None] = {}
    begun, dumped = "", []
    for line in said.splitlines():
        try:
            answer = json.loads(line)
        except ValueError:
            dumped.append(line)
            continue
        if "begun" in answer:
            begun = answer["begun"]
        elif "reason" in answer:
            path = answer["path"]
            out[path] = DeployError(Path(path).name, answer["line"], answer["reason"], answer["hint"])
        else:
            out[answer["path"]] = None
    if begun and begun not in out:
        name = Path(begun).name
        places = [place for line in dumped if (place := _DUMPED.search(line)) and place[1] == begun]
        if dumped:
            reason = f"its import did not end within {timeout_seconds:g} s"
        else:
            reason = f"the file ends the process while it is imported ({_ending(exit_code)})"
        out[begun] = DeployError(name, int(places[0][2]) if places else 0, reason)
    return out


def _ending(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        try:
            return f"signal {signal.Signals(-exit_code).name}"
        except ValueError:
            return f"signal {-exit_code}"
    return f"exit code {exit_code}"


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the child and what it started, by its own group."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # it has ended, which is what was wanted
