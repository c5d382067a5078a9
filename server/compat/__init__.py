"""Import names that existing user code uses (`zato.*`, `bunch`, `anyjson`), active only where `install` was called.

The modules below this folder only re-export; this file only finds them.  The finder is asked last, so a product that
is really installed under such a name is never shadowed.  Source: server-interface.md 1.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from types import ModuleType

_TOP_NAMES = ("zato", "bunch", "anyjson")
_HERE = __name__


class _Loader(importlib.abc.Loader):
    """Fills a module with what our module of the same name holds."""

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        ours = importlib.import_module(f"{_HERE}.{module.__name__}")
        for name, value in vars(ours).items():
            if not name.startswith("__") and not isinstance(value, ModuleType):
                setattr(module, name, value)
        module.__doc__ = ours.__doc__


class CompatFinder(importlib.abc.MetaPathFinder):
    """Finds the old names among our modules."""

    # How a process that tries files before deployment gets the same names.
    installed_by = f"{_HERE}:install"

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in _TOP_NAMES:
            return None
        try:
            found = importlib.util.find_spec(f"{_HERE}.{fullname}")
        except ModuleNotFoundError:
            return None
        if found is None:
            return None
        is_package = found.submodule_search_locations is not None
        return importlib.machinery.ModuleSpec(fullname, _Loader(), origin=found.origin, is_package=is_package)


def install() -> None:
    """Make the old names importable; calling it again does nothing."""
    if not any(isinstance(finder, CompatFinder) for finder in sys.meta_path):
        sys.meta_path.append(CompatFinder())


def uninstall() -> None:
    """Undo `install`, modules that were imported under the old names included."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, CompatFinder)]
    for name, module in list(sys.modules.items()):
        spec = getattr(module, "__spec__", None)
        if spec is not None and isinstance(spec.loader, _Loader):
            del sys.modules[name]
