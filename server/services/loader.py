"""Python files -> services, and what is wrong with a file told by file, line and reason.

Edge: imports users' code.  When and in which order files are loaded, and what happens with the result, is
`hot_deploy.py`; the first try in a process of its own is `trial.py`, which uses this file too.
Source: server-interface.md 2.1, rulings 41, 48, 63-65.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import linecache
import logging
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import Any

from server.errors import DeployError
from server.services.base import Service, methods_of
from server.services.naming import default_name, problem_with
from server.services.store import ServiceEntry, Source
from server.simpleio.declaration import DEFAULT_INFERENCE, Inference, compile_declaration
from server.simpleio.elements import DeclarationError

logger = logging.getLogger(__name__)

# A file whose name is taken by the standard library or an installed package is loaded under this one.
PRIVATE_PREFIX = "_pickup_"
MAX_REASON_LENGTH = 500
# Files below here are never at fault in an author's eyes.
_OURS = str(Path(__file__).parents[1])


class ImportTookTooLong(BaseException):
    """Raised inside an import whose time is over.  No Exception, so that code under test does not catch it."""


class TextLoader(importlib.abc.SourceLoader):
    """Compiles a text that was read before; no bytecode is kept.

    NOTE bytecode files are found by whole seconds and size: a second deploy within one second would run the first.
    """

    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._text = text

    def get_filename(self, fullname: str) -> str:
        return self._path

    def get_data(self, path: str) -> bytes:
        return self._text.encode()

    def get_code(self, fullname: str) -> CodeType:
        # The text, not its bytes: they are UTF-8 now, whatever a coding line in the file says.
        code: CodeType = compile(self._text, self._path, "exec", dont_inherit=True)
        return code


class PickupFinder(importlib.abc.MetaPathFinder):
    """Lets files of the pickup folders import each other by name.

    Asked last, so an installed package is never shadowed.  texts: what files hold, by path, where that is known
    already; others are read.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = list(folders)
        self.texts: dict[str, str] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if path is not None or "." in fullname:
            return None
        for folder in self.folders:
            file = folder / f"{fullname}.py"
            if str(file) in self.texts or file.is_file():
                return self.spec_of(fullname, file)
        return None

    def spec_of(self, name: str, file: Path) -> importlib.machinery.ModuleSpec:
        """How to load one file under a module name.  Raises OSError, or SyntaxError if it is not UTF-8."""
        text = self.texts.get(str(file))
        if text is None:
            text = read_source(file)
        spec = importlib.util.spec_from_file_location(name, file, loader=TextLoader(str(file), text))
        assert spec is not None  # a loader was given
        return spec

    def install(self) -> None:
        """Make imports ask this finder."""
        if self not in sys.meta_path:
            sys.meta_path.append(self)

    def uninstall(self) -> None:
        """Undo `install`."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)


def read_source(file: Path) -> str:
    """The text of a Python file.  Raises OSError, or SyntaxError if its encoding is not what it says."""
    data = file.read_bytes()
    try:
        return importlib.util.decode_source(data)
    except LookupError:
        raise SyntaxError("the coding line names no encoding of texts", (str(file), 1, 0, "")) from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SyntaxError(f"the file is not in {error.encoding}", (str(file), line, 0, "")) from None


def source_of(path: str, text: str) -> Source:
    """The source as it is deployed now."""
    return Source(path, text, hashlib.sha256(text.encode()).hexdigest(), datetime.now(timezone.utc))


def module_name(file: Path, folders: Sequence[Path]) -> str:
    """The module name a file is loaded under: its own, unless something else has that name."""
    stem = file.stem
    private = PRIVATE_PREFIX + "".join(sign if sign.isalnum() else "_" for sign in stem)
    if not stem.isidentifier() or stem in sys.builtin_module_names or stem in sys.stdlib_module_names:
        return private
    loaded = sys.modules.get(stem)
    if loaded is not None:
        return stem if getattr(loaded, "__file__", None) == str(file) else private
    for finder in sys.meta_path:
        if isinstance(finder, PickupFinder) or not hasattr(finder, "find_spec"):
            continue
        spec = finder.find_spec(stem, None)
        if spec is not None and spec.origin not in (None, str(file)):
            return private
    first = next((folder / f"{stem}.py" for folder in folders if (folder / f"{stem}.py").is_file()), file)
    return stem if first == file or file.parent not in folders else private


def import_file(name: str, file: Path, finder: PickupFinder) -> ModuleType:
    """The module of a file, imported anew unless it is in `sys.modules`.  Raises whatever the file raises."""
    known = sys.modules.get(name)
    if known is not None and getattr(known, "__file__", None) == str(file):
        return known
    spec = finder.spec_of(name, file)
    linecache.checkcache(str(file))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        assert spec.loader is not None
        spec.loader.exec_module(module)
    except BaseException:
        if sys.modules.get(name) is module:
            del sys.modules[name]
        raise
    return sys.modules.get(name, module)


def imported_names(text: str) -> frozenset[str]:
    """First parts of all modules that a source imports, at any depth; none if it cannot be parsed."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two: nested too deeply
        return frozenset()
    out: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            out.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            out.add(node.module.partition(".")[0])
    return frozenset(out)


def service_classes(module: ModuleType) -> list[type[Service]]:
    """Services that are written in a module itself, not those it imports, in order of writing."""
    found = [
        one
        for one in vars(module).values()
        if isinstance(one, type)
        and issubclass(one, Service)
        and one is not Service
        and one.__module__ == module.__name__
        and not inspect.isabstract(one)
    ]
    return list(dict.fromkeys(found))  # a second name for the same class is no second service


def entry_of(
    cls: type[Service],
    *,
    module: str = "",
    namespace: str = "",
    source: Source | None = None,
    inference: Inference = DEFAULT_INFERENCE,
    is_internal: bool = False,
) -> ServiceEntry:
    """One class -> its entry.  module: what the class's module is called in names, if not as it is.

    Raises DeclarationError; `where` of it is the attribute at fault, empty for the class itself.
    """
    stem = module or cls.__module__.rpartition(".")[2].removeprefix(PRIVATE_PREFIX)
    name = _declared_name(cls) or default_name(stem, cls.__name__, namespace)
    if problem := problem_with(name, is_internal=is_internal):
        raise DeclarationError(problem, "name" if "name" in vars(cls) else "")
    if not callable(getattr(cls, "handle", None)) and not any(methods_of(cls)):
        raise DeclarationError("has no `handle` method, nor a `handle_GET`, `handle_POST` ...")
    declaration = compile_declaration(cls, inference)
    return ServiceEntry(cls, name, f"{stem}.{cls.__name__}", declaration, source=source, is_internal=is_internal)


def entries_of(
    module: ModuleType,
    source: Source,
    *,
    inference: Inference = DEFAULT_INFERENCE,
    is_internal: bool = False,
) -> list[ServiceEntry]:
    """All services of a module.  Raises DeployError; one bad class refuses the whole file (ruling 48)."""
    namespace = getattr(module, "namespace", "")
    if not isinstance(namespace, str):
        raise DeployError(_file_name(source.path), 0, "`namespace` has to be a text")
    stem = Path(source.path).stem if source.path else ""
    out: list[ServiceEntry] = []
    for cls in service_classes(module):
        try:
            entry = entry_of(
                cls, module=stem, namespace=namespace, source=source, inference=inference, is_internal=is_internal
            )
        except DeclarationError as error:
            line = line_of(source.text, cls.__name__, error.where)
            raise DeployError(_file_name(source.path), line, f"{cls.__name__}: {error.reason}") from error
        twin = next((one for one in out if one.name == entry.name), None)
        if twin is not None:
            line = line_of(source.text, cls.__name__)
            reason = f"{cls.__name__} and {twin.cls.__name__} both have the name '{entry.name}'"
            raise DeployError(_file_name(source.path), line, reason)
        out.append(entry)
    return out


def admitted(entries: Iterable[ServiceEntry]) -> list[ServiceEntry]:
    """Those whose `before_add_to_store` does not say no.  Raises DeployError if it fails."""
    out = []
    for entry in entries:
        hook = getattr(entry.cls, "before_add_to_store", None)
        if hook is None:
            out.append(entry)
            continue
        try:
            answer = hook(entry.logger)
        except Exception as error:
            raise explained(error, entry.source_path, f"{entry.cls.__name__}.before_add_to_store: ") from error
        if answer is True:
            out.append(entry)
        else:
            logger.info("%s: before_add_to_store gave %r, so it is not deployed", entry.impl_name, answer)
    return out


def tell_added(entries: Iterable[ServiceEntry]) -> None:
    """Run `after_add_to_store` of those that have one; its failure is logged, the service stays."""
    for entry in entries:
        hook = getattr(entry.cls, "after_add_to_store", None)
        if hook is not None:
            try:
                hook(entry.logger)
            except Exception:
                logger.exception("%s: after_add_to_store failed", entry.impl_name)


def explained(error: BaseException, path: str, front: str = "", beside: Sequence[str] = ()) -> DeployError:
    """What an import raised -> file, line and reason in its author's words.

    path: of the file.  front: said before the reason.  beside: names of the files in its folder.
    """
    line, elsewhere = _place(error, path)
    hint = ""
    if isinstance(error, ModuleNotFoundError):
        reason = f"ImportError: no module named '{error.name}'"
        if beside:
            hint = f"Files beside it in the folder: {', '.join(beside)}"
    elif isinstance(error, SyntaxError):
        reason = f"{type(error).__name__}: {error.msg}"
    elif isinstance(error, ImportTookTooLong):
        reason = str(error)
    elif isinstance(error, SystemExit):
        reason = "the file ends the process while it is imported (sys.exit)"
    else:
        text = " ".join(str(error).split())
        reason = type(error).__name__ + (f": {text}" if text else "")
    if elsewhere:
        reason += f" ({elsewhere})"
    return DeployError(_file_name(path), line, (front + reason)[:MAX_REASON_LENGTH], hint)


def line_of(text: str, class_name: str, attribute: str = "") -> int:
    """Where a class, or an attribute of it or of its `SimpleIO`, is written; 0 if it is not found."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two: nested too deeply
        return 0
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == class_name:
            return (_attribute_line(node, attribute) if attribute else 0) or node.lineno
    return 0


def _attribute_line(node: ast.ClassDef, attribute: str) -> int:
    for one in ast.walk(node):
        if isinstance(one, ast.Assign) and any(isinstance(to, ast.Name) and to.id == attribute for to in one.targets):
            return one.lineno
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and one.target.id == attribute:
            return one.lineno
        if isinstance(one, ast.ClassDef) and one.name == attribute:
            return one.lineno
    return 0


def _declared_name(cls: type[Service]) -> Any:
    own: Mapping[str, Any] = vars(cls)
    if "get_name" in own:
        return own["get_name"].__get__(None, cls)()
    return own.get("name")


def _place(error: BaseException, path: str) -> tuple[int, str]:
    """(line in the file, what to say if the fault itself is in another file)."""
    if isinstance(error, SyntaxError) and error.filename == path:
        return error.lineno or 0, ""
    frames = _frames(error.__traceback__)
    line = next((number for file, number in reversed(frames) if file == path), 0)
    own = [place for place in frames if not place[0].startswith(("<frozen", _OURS))]
    if isinstance(error, SyntaxError) and error.filename:
        return line, f"in {_file_name(error.filename)} line {error.lineno or 0}"
    last = own[-1] if own else None
    if last is None or last[0] == path:
        return line, ""
    return line, f"in {_file_name(last[0])} line {last[1]}"


def _frames(trace: TracebackType | None) -> list[tuple[str, int]]:
    return [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(trace)]


def _file_name(path: str) -> str:
    return Path(path).name if path else "the class"
