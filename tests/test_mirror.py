"""Each module has its test file: `server/channels/rest.py` is tested by `tests/server/channels/test_rest.py`.

An edge may be tested in `tests/edges/test_<name>.py` instead.  What has no test file of its own is in `WITHOUT` with
the reason.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

WITHOUT: dict[str, str] = {
    "apitest/__main__.py": "an entry point; features/apitest starts it",
    "server/__main__.py": "an entry point; tests/edges start it",
    "server/main.py": "an entry point; tests/edges start it",
    "server/storage/migrations/versions/0001_first.py": "run by tests/server/storage",
}


def modules() -> list[str]:
    found = []
    for folder in ("apitest", "server"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if has_logic(path):
                found.append(str(path.relative_to(ROOT)))
    return found


def has_logic(path: Path) -> bool:
    """False where there is nothing but imports, constants and plain data: a front page, a re-export, a dataclass."""
    if "template" in path.parts:
        return False
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in nodes)


def places_of(module: str) -> list[Path]:
    """Where a module's test may be: its mirror, or an edge test by name (with its folder's name where that helps)."""
    path = Path(module)
    name = path.parent.name if path.name == "__init__.py" else path.stem
    folder = path.parent.parent if path.name == "__init__.py" else path.parent
    edges = ROOT / "tests" / "edges"
    mirror = ROOT / "tests" / folder / f"test_{name}.py"
    inside = ROOT / "tests" / path.parent / f"test_{name}.py"
    return [mirror, inside, edges / f"test_{name}.py", edges / f"test_{folder.name}_{name}.py"]


def test_each_module_has_its_test_file() -> None:
    missing = []
    for module in modules():
        if module not in WITHOUT and not any(place.is_file() for place in places_of(module)):
            missing.append(f"{module}: wanted {places_of(module)[0].relative_to(ROOT)}")
    if missing:
        pytest.fail("Modules without a test file of their own:\n  " + "\n  ".join(missing), pytrace=False)


def test_the_list_of_exceptions_is_true() -> None:
    gone = [module for module in WITHOUT if not (ROOT / module).is_file()]
    tested = [m for m in WITHOUT if m not in gone and any(place.is_file() for place in places_of(m))]
    if gone or tested:
        pytest.fail(f"In WITHOUT, but no such file: {gone}; but has a test: {tested}", pytrace=False)
