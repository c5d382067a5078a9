"""Hot deployment: files of the pickup folder become services while the server runs.

Edge: looks into folders, waits, writes uploads.  How one file is imported is `loader.py`, the first try `trial.py`.
A file is taken once it did not change for a moment.  A failed deploy leaves the old services answering and says file,
line and reason.  Files that import a changed one are deployed again with it.  A file that is taken away takes its
services away.  Source: rulings 63-65, the failure text of `was not deployed`.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from stat import S_ISREG
from types import ModuleType
from typing import Any

from gevent import GreenletExit, Timeout
from gevent.lock import RLock

from server.errors import ConfigError, DeployError
from server.kernel.clock import Clock, SystemClock
from server.kernel.lifecycle import BasePart
from server.services.loader import (
    PickupFinder,
    admitted,
    entries_of,
    explained,
    import_file,
    imported_names,
    line_of,
    module_name,
    read_source,
    source_of,
    tell_added,
)
from server.services.store import ServiceEntry, ServiceStore
from server.services.trial import names_beside, try_files
from server.services.user_config import UserConfig
from server.simpleio.declaration import DEFAULT_INFERENCE, Inference

logger = logging.getLogger(__name__)

# A file that somebody keeps writing to holds the others up for so many stable times, no longer.
MOST_WAITING = 5
# A file that is gone this long is taken away; editors and version control remove and write anew.
GONE_SECONDS = 2.0
USER_CONFIG_SECONDS = 1.0  # ruling 63 wants 5 at most

Signature = tuple[int, int, int]  # mtime in ns, size, inode
Spawn = Callable[[str, Callable[[], Any]], Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one file.  names: its services now.  error: why it was not deployed, None if it was."""

    path: Path
    names: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    error: DeployError | None = None


@dataclass(slots=True)
class _Seen:
    signature: Signature
    first_at: float  # monotonic seconds: first look at a change that is not taken yet
    since: float  # monotonic seconds of the last change
    is_taken: bool = False
    gone_at: float | None = None


@dataclass(slots=True)
class _Known:
    """A file as it was last tried.

    text: the last one, deployed or not.  imports: of it, and of the one that answers.  module: empty if none does.
    """

    text: str
    imports: frozenset[str]
    module: str = ""
    deployed_at: datetime | None = None


class HotDeployer(BasePart):
    """Watches folders and deploys.

    folders: of services; the first takes uploads.  spawn(name, function): runs the watching, for as long as the part
    lives; none, then only `scan`, `deploy_file` and the like work.  memory: a file that remembers which texts were
    tried, so that a restart need not try them again.
    """

    def __init__(
        self,
        store: ServiceStore,
        folders: Sequence[Path],
        *,
        inference: Inference = DEFAULT_INFERENCE,
        check_timeout_seconds: float = 5.0,
        scan_interval_seconds: float = 0.2,
        stable_seconds: float = 0.2,
        user_config: UserConfig | None = None,
        clock: Clock | None = None,
        spawn: Spawn | None = None,
        memory: Path | None = None,
    ) -> None:
        self._store = store
        self._folders = [Path(folder) for folder in folders]
        self._inference = inference
        self._check_timeout_seconds = check_timeout_seconds
        self._scan_interval_seconds = scan_interval_seconds
        self._stable_seconds = stable_seconds
        self._user_config = user_config
        self._clock: Clock = clock if clock is not None else SystemClock()
        self._spawn = spawn
        self._memory = memory
        self._finder = PickupFinder(self._folders)
        self._lock = RLock()
        self._seen: dict[Path, _Seen] = {}
        self._known: dict[Path, _Known] = {}
        self._looked: dict[str, Signature] = {}
        self._is_settled = False
        self._is_running = False
        self._config_at = 0.0

    # The four promises

    def provision(self) -> None:
        """Make the folders and let files import each other."""
        for folder in self._folders:
            folder.mkdir(parents=True, exist_ok=True)
        self._finder.install()
        if self._user_config is not None:
            self._user_config.refresh()

    def start(self) -> None:
        """Begin to watch."""
        self._is_running = True
        if self._spawn is not None:
            self._spawn("hot deployment", self._watch)

    def stop(self, deadline_seconds: float) -> None:
        """End watching after the look that runs."""
        self._is_running = False

    def close(self) -> None:
        """Files can no longer import each other; those imported stay."""
        self._is_running = False
        self._finder.uninstall()

    # Deploying

    def load_all(self) -> list[Outcome]:
        """Deploy all that is in the folders, at start; texts that were tried before are not tried again."""
        found = {Path(path): signature for path, signature in self._look().items()}
        now = self._clock.monotonic()
        for path, signature in found.items():
            self._seen[path] = _Seen(signature, now, now, is_taken=True)
        return self._deploy(sorted(found))

    def deploy_file(self, path: Path | str) -> list[str]:
        """Deploy one file and those that import it; gives the names of its services.  Raises DeployError.

        A file outside of the pickup folders is put into the first one.
        """
        file = Path(path).absolute()
        if file.parent not in self._folders:
            try:
                return self.deploy_text(file.name, read_source(file))
            except (OSError, SyntaxError) as error:
                raise explained(error, str(file)) from error
        signature = _signature_of(file)
        if signature is not None:
            now = self._clock.monotonic()
            self._seen[file] = _Seen(signature, now, now, is_taken=True)
        return self._result_of(file, self._deploy([file]))

    def deploy_text(self, file_name: str, text: str) -> list[str]:
        """Deploy an uploaded file: it gets into the folder only if it can be deployed.  Raises DeployError."""
        if Path(file_name).name != file_name or not _is_service_file(file_name):
            raise DeployError(file_name, 0, "the name of a file of services ends in .py and has no folder in it")
        file = self._folders[0] / file_name
        with self._lock:
            # Written first: services that answer without a file would be gone after a restart.
            begun = file.with_name(f".{file_name}.new")
            try:
                begun.write_text(text, "utf-8")
                outcomes = self._deploy([file], {file: text})
                names = self._result_of(file, outcomes)
                os.replace(begun, file)
            except (OSError, ValueError) as error:
                why = error.strerror if isinstance(error, OSError) else error
                raise DeployError(file_name, 0, f"it cannot be written to the pickup folder: {why}") from error
            finally:
                with suppress(OSError, ValueError):
                    begun.unlink(missing_ok=True)
            signature = _signature_of(file)
            if signature is not None:
                now = self._clock.monotonic()
                self._seen[file] = _Seen(signature, now, now, is_taken=True)
        return names

    def scan(self) -> list[Outcome]:
        """One look: deploys what is stable, takes away what is gone."""
        now = self._clock.monotonic()
        looked = self._look()
        if looked == self._looked and self._is_settled:
            return []  # PERF with 1,000 files the rest costs 10 ms a look
        self._looked = looked
        found = {Path(path): signature for path, signature in looked.items()}
        waiting: list[Path] = []
        for path, signature in found.items():
            seen = self._seen.get(path)
            if seen is None:
                self._seen[path] = seen = _Seen(signature, now, now)
            elif seen.signature != signature:
                if seen.is_taken:
                    seen.first_at = now
                seen.signature, seen.since, seen.is_taken = signature, now, False
            seen.gone_at = None
            if not seen.is_taken:
                waiting.append(path)
        ready = [path for path in waiting if now - self._seen[path].since >= self._stable_seconds]
        oldest = min((self._seen[path].first_at for path in waiting), default=now)
        if len(ready) < len(waiting) and now - oldest < MOST_WAITING * self._stable_seconds:
            ready = []  # files that are copied together are deployed together
        outcomes: list[Outcome] = []
        if ready:
            for path in ready:
                self._seen[path].is_taken = True
            outcomes = self._deploy(sorted(ready))
        outcomes += self._without(found, now)
        self._is_settled = len(ready) == len(waiting) and len(self._seen) == len(found)
        return outcomes

    # Private

    def _watch(self) -> None:
        while self._is_running:
            try:
                self.scan()
                if self._user_config is not None:
                    now = self._clock.monotonic()
                    if now - self._config_at >= USER_CONFIG_SECONDS:
                        self._config_at = now
                        self._tell_config(self._user_config.refresh())
            except Exception:  # a folder that cannot be read now may be readable later; the watching must not end
                logger.exception("Hot deployment could not look into its folders")
            self._clock.sleep(self._pause())

    def _pause(self) -> float:
        """Until the next look: when the youngest change becomes stable, or the usual interval."""
        now = self._clock.monotonic()
        since = [one.since for one in self._seen.values() if not one.is_taken]
        left = max(since) + self._stable_seconds - now if since else self._scan_interval_seconds
        return min(max(left, 0.01), self._scan_interval_seconds)

    def _tell_config(self, labels: Iterable[str]) -> None:
        for label in labels:
            logger.info("User configuration '%s' was read", label)

    def _look(self) -> dict[str, Signature]:
        out: dict[str, Signature] = {}
        for folder in self._folders:
            try:
                with os.scandir(folder) as entries:
                    for entry in entries:
                        if _is_service_file(entry.name):
                            try:
                                status = entry.stat()
                            except OSError:
                                continue  # it went away meanwhile
                            if S_ISREG(status.st_mode):  # opening a named pipe would wait, and all calls with it
                                out[entry.path] = (status.st_mtime_ns, status.st_size, status.st_ino)
            except FileNotFoundError:
                continue  # made anew by whoever took it away
        return out

    def _without(self, found: Mapping[Path, Signature], now: float) -> list[Outcome]:
        out = []
        for path, seen in list(self._seen.items()):
            if path in found:
                continue
            if seen.gone_at is None:
                seen.gone_at = now
            if now - seen.gone_at >= GONE_SECONDS:
                del self._seen[path]
                out.append(self._take_away(path))
        return out

    def _take_away(self, path: Path) -> Outcome:
        with self._lock:
            known = self._known.pop(path, None)
            if known is not None and known.module:
                sys.modules.pop(known.module, None)
            done = self._store.remove_source(str(path))
        if done.removed:
            logger.info("%s was taken away, and with it: %s", path.name, ", ".join(done.removed))
        return Outcome(path, (), done.removed)

    def _deploy(self, paths: Sequence[Path], texts: Mapping[Path, str] | None = None) -> list[Outcome]:
        with self._lock:
            began = self._clock.monotonic()
            out: dict[Path, Outcome] = {}
            batch = self._batch(paths, texts or {}, out)
            self._finder.texts = {str(path): text for path, text in batch.items()}
            try:
                for path, error in self._tried(batch).items():
                    if error is not None:
                        out[path] = self._failed(path, batch[path], error)
                good = {path: text for path, text in batch.items() if path not in out}
                self._remember(good)
                self._load(good, out, began)
            finally:
                self._finder.texts = {}
            return [out[path] for path in sorted(out)]

    def _batch(self, paths: Sequence[Path], texts: Mapping[Path, str], out: dict[Path, Outcome]) -> dict[Path, str]:
        """The files, read, and all others whose imports lead to one of them."""
        batch: dict[Path, str] = {}
        for path in paths:
            if not path.name.isprintable():  # bytes that are not UTF-8 are surrogates here
                reason = "the name of the file is not UTF-8 or holds a control character"
                out[path] = self._failed(path, "", DeployError(ascii(path.name), 0, reason))
                continue
            try:
                batch[path] = texts[path] if path in texts else read_source(path)
            except (OSError, SyntaxError) as error:
                out[path] = self._failed(path, "", explained(error, str(path)))
        changed = {path.stem for path in batch}
        grew = True
        while grew:
            grew = False
            for path, known in self._known.items():
                if path not in batch and path not in out and known.imports & changed:
                    batch[path] = known.text
                    changed.add(path.stem)
                    grew = True
        return batch

    def _tried(self, batch: Mapping[Path, str]) -> dict[Path, DeployError | None]:
        tried = self._remembered()
        if all(tried.get(str(path)) == _digest(text) for path, text in batch.items()):
            return dict.fromkeys(batch)
        texts = {str(path): text for path, text in batch.items()}
        found = try_files(texts, self._folders, self._inference, self._check_timeout_seconds)
        return {Path(path): error for path, error in found.items()}

    def _load(self, batch: Mapping[Path, str], out: dict[Path, Outcome], began: float) -> None:
        before: dict[Path, tuple[str, ModuleType | None]] = {}
        for path in batch:
            name = module_name(path, self._folders)
            before[path] = (name, sys.modules.get(name))
        for name, _ in before.values():
            sys.modules.pop(name, None)
        for path, text in batch.items():
            name, old = before[path]
            try:
                entries = self._entries(path, name, text)
                done = self._store.add(entries, source_of(str(path), text), self._clock.monotonic() - began)
            except DeployError as error:
                if old is not None:
                    sys.modules[name] = old
                else:
                    sys.modules.pop(name, None)
                out[path] = self._failed(path, text, error)
                continue
            self._known[path] = _Known(text, imported_names(text), name, datetime.now(timezone.utc))
            tell_added(entries)
            out[path] = Outcome(path, done.added, done.removed)
            self._tell(out[path], self._clock.monotonic() - began)

    def _entries(self, path: Path, name: str, text: str) -> list[ServiceEntry]:
        try:
            module = import_file(name, path, self._finder)
        except (KeyboardInterrupt, GeneratorExit, GreenletExit, Timeout):
            raise  # meant for whoever asked, not caused by the file
        except BaseException as error:  # the border to users' files: all they raise refuses one
            raise explained(error, str(path), beside=names_beside([str(path)], self._folders)) from error
        entries = admitted(entries_of(module, source_of(str(path), text), inference=self._inference))
        for entry in entries:
            other = self._store.find(entry.name)
            if other is not None and other.source_path and not Path(other.source_path).exists():
                self._take_away(Path(other.source_path))  # a file that was renamed
        try:
            self._store.check_names(entries)
        except ConfigError as error:
            taken = next((one for one in entries if self._store.find(one.name) is not None), None)
            line = line_of(text, taken.cls.__name__) if taken is not None else 0
            raise DeployError(path.name, line, str(error)) from error
        return entries

    def _failed(self, path: Path, text: str, error: DeployError) -> Outcome:
        known = self._known.get(path)
        keeps = ""
        if known is not None and known.deployed_at is not None:
            moment = known.deployed_at.astimezone()
            keeps = f"the version of {moment:%H:%M:%S} keeps answering"
        # What it needs may arrive later: the imports of this text, too, say when to try again.
        before = known if known is not None else _Known("", frozenset())
        imports = before.imports | imported_names(text)
        self._known[path] = _Known(text, imports, before.module, before.deployed_at)
        told = DeployError(error.file, error.line, error.reason, error.advice, keeps)
        logger.error("%s", told)
        return Outcome(path, error=told)

    def _tell(self, outcome: Outcome, seconds: float) -> None:
        what = ", ".join(outcome.names) if outcome.names else "no services; other files can import it"
        logger.info("%s is deployed in %.2f s: %s", outcome.path.name, seconds, what)
        if outcome.removed:
            logger.info("%s no longer has: %s", outcome.path.name, ", ".join(outcome.removed))

    def _result_of(self, file: Path, outcomes: Iterable[Outcome]) -> list[str]:
        for outcome in outcomes:
            if outcome.path == file:
                if outcome.error is not None:
                    raise outcome.error
                return list(outcome.names)
        raise DeployError(file.name, 0, "it is no file of services")

    def _remembered(self) -> dict[str, str]:
        if self._memory is None:
            return {}
        try:
            found = json.loads(self._memory.read_text("utf-8"))
        except (OSError, ValueError):
            return {}  # no memory is a slower start, no fault
        is_ours = (
            isinstance(found, dict) and found.get("python") == sys.version and isinstance(found.get("tried"), dict)
        )
        return {str(path): str(digest) for path, digest in found["tried"].items()} if is_ours else {}

    def _remember(self, good: Mapping[Path, str]) -> None:
        if self._memory is None or not good:
            return
        tried = self._remembered()
        new = {**tried, **{str(path): _digest(text) for path, text in good.items()}}
        if new != tried:
            try:
                self._memory.parent.mkdir(parents=True, exist_ok=True)
                self._memory.write_text(json.dumps({"python": sys.version, "tried": new}), "utf-8")
            except OSError as error:  # the next start is slower, no more
                logger.warning("What was tried could not be remembered in %s: %s", self._memory, error.strerror)


def _is_service_file(name: str) -> bool:
    return name.endswith(".py") and not name.startswith((".", "__"))


def _signature_of(path: Path) -> Signature | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size, status.st_ino)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
