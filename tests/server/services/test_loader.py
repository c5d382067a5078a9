"""From a file to services; what is wrong with one, told by line and reason."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.errors import DeployError
from server.services.base import Service
from server.services.loader import (
    PickupFinder,
    admitted,
    entries_of,
    entry_of,
    explained,
    import_file,
    imported_names,
    line_of,
    module_name,
    read_source,
    source_of,
    tell_added,
)
from server.services.store import ServiceEntry
from server.simpleio.elements import DeclarationError

HEAD = "from server.services.base import Service\n"
Load = Callable[..., list[ServiceEntry]]


@pytest.fixture
def finder(tmp_path: Path) -> Iterator[PickupFinder]:
    before = set(sys.modules)
    one = PickupFinder([tmp_path])
    one.install()
    yield one
    one.uninstall()
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", "") and str(tmp_path) in str(sys.modules[name].__file__):
            del sys.modules[name]


@pytest.fixture
def load(finder: PickupFinder, tmp_path: Path) -> Load:
    def load(name: str, text: str) -> list[ServiceEntry]:
        file = tmp_path / name
        file.write_text(text)
        module = import_file(module_name(file, [tmp_path]), file, finder)
        return entries_of(module, source_of(str(file), text))

    return load


def test_names_and_what_a_file_holds(load: Load) -> None:
    text = (
        HEAD
        + "class GetOne(Service):\n    input = 'id'\n    def handle(self): pass\n"
        + "class Named(Service):\n    name = 'my.api.login'\n    def handle(self): pass\n"
        + "class Static(Service):\n    @staticmethod\n    def get_name(): return 'static.name'\n"
        + "    def handle_GET(self): pass\n"
        + "Again = GetOne\n"
    )
    entries = load("ho_naming.py", text)
    assert [one.name for one in entries] == ["ho-naming.get-one", "my.api.login", "static.name"]
    assert [one.impl_name for one in entries] == ["ho_naming.GetOne", "ho_naming.Named", "ho_naming.Static"]
    assert entries[0].source == text
    assert entries[0].source_path.endswith("/ho_naming.py")
    assert len(entries[0].source_info.sha256) == 64
    assert entries[0].declaration.has_input


def test_a_namespace(load: Load) -> None:
    entries = load("spaced.py", HEAD + "namespace = 'my.api'\nclass Get(Service):\n    def handle(self): pass\n")
    assert entries[0].name == "my.api.get"
    with pytest.raises(DeployError, match="`namespace` has to be a text"):
        load("spaced2.py", HEAD + "namespace = 5\n")


def test_files_import_each_other_and_only_own_classes_are_services(load: Load) -> None:
    load("zz_base.py", HEAD + "class Base(Service):\n    def handle(self): pass\n")
    entries = load("zz_child.py", "from zz_base import Base\nclass Child(Base): pass\n")
    assert [one.name for one in entries] == ["zz-child.child"]


@pytest.mark.parametrize("name", ["json.py", "test.py", "pytest.py", "my-service.py", "sys.py"])
def test_a_file_named_like_something_else_shadows_nothing(load: Load, name: str) -> None:
    there = sys.modules.get(Path(name).stem)
    entries = load(name, HEAD + "class Get(Service):\n    def handle(self): pass\n")
    assert [one.name for one in entries] == [f"{Path(name).stem}.get"]
    assert sys.modules.get(Path(name).stem) is there


def test_the_second_of_two_folders_with_a_name(tmp_path: Path, finder: PickupFinder) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
        (folder / "zz_same.py").write_text("")
    assert [module_name(folder / "zz_same.py", folders) for folder in folders] == ["zz_same", "_pickup_zz_same"]


def test_a_text_that_changed_within_a_second_is_not_taken_from_bytecode(load: Load) -> None:
    for answer in ("1", "2"):
        sys.modules.pop("zz_quick", None)
        entries = load(
            "zz_quick.py", HEAD + f"class Get(Service):\n    answer = {answer}\n    def handle(self): pass\n"
        )
        assert entries[0].cls.answer == int(answer)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("class Get(Service):\n    pass\n", 2, "Get: has no `handle` method"),
        (
            "class Get(Service):\n    input = 'a', 'a'\n    def handle(self): pass\n",
            3,
            "Get: input: 'a' is declared twice",
        ),
        (
            "class Get(Service):\n    class SimpleIO:\n        output = 'a'\n        input_requierd = 'a'\n"
            "    def handle(self): pass\n",
            5,
            "Get: SimpleIO has no attribute 'input_requierd'. Did you mean 'input_required'?",
        ),
        (
            "class Get(Service):\n    name = 'my.zato'\n    def handle(self): pass\n",
            3,
            "Get: the name 'my.zato' is reserved",
        ),
        (
            "class A(Service):\n    name = 'x'\n    def handle(self): pass\nclass B(A):\n    name = 'x'\n",
            5,
            "B and A both have the name 'x'",
        ),
    ],
)
def test_one_bad_class_refuses_the_file(load: Load, text: str, line: int, reason: str) -> None:
    with pytest.raises(DeployError) as caught:
        load("zz_bad.py", HEAD + text)
    assert caught.value.reason.startswith(reason)
    assert (caught.value.file, caught.value.line) == ("zz_bad.py", line)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("x = 1\nimport zz_pricing\n", 2, "ImportError: no module named 'zz_pricing'"),
        ("x = 1\ny = \n", 2, "SyntaxError: invalid syntax"),
        ("\n\n1/0\n", 3, "ZeroDivisionError: division by zero"),
        ("def f():\n    raise ValueError('a\\n  b')\nf()\n", 2, "ValueError: a b"),
        ("raise SystemExit(3)\n", 1, "the file ends the process while it is imported (sys.exit)"),
        ("from zz_broken import x\n", 1, "SyntaxError: '(' was never closed (in zz_broken.py line 2)"),
        ("import zz_failing\n", 1, "KeyError: 'k' (in zz_failing.py line 1)"),
        ("from server.simpleio.elements import Int\nx = Int('')\n", 2, "DeclarationError: Int needs a name, not ''"),
        ("import json\njson.loads('{')\n", 2, "JSONDecodeError"),
    ],
)
def test_what_an_import_raises(load: Load, tmp_path: Path, text: str, line: int, reason: str) -> None:
    (tmp_path / "zz_broken.py").write_text("\nx = (\n")
    (tmp_path / "zz_failing.py").write_text("{}['k']\n")
    with pytest.raises(BaseException) as caught:
        load("zz_bad.py", text)
    error = explained(caught.value, str(tmp_path / "zz_bad.py"), beside=["a.py", "b.py"])
    assert (error.file, error.line) == ("zz_bad.py", line)
    assert error.reason.startswith(reason)


def test_a_missing_module_tells_the_files_beside_it() -> None:
    error = explained(
        ModuleNotFoundError("No module named 'x'", name="x"), "/p/orders.py", beside=["orders.py", "prices.py"]
    )
    assert str(error) == (
        "orders.py was not deployed\n"
        "   ImportError: no module named 'x'. Files beside it in the folder: orders.py, prices.py"
    )


def test_a_failed_import_leaves_no_module_behind(load: Load) -> None:
    with pytest.raises(ZeroDivisionError):
        load("zz_gone.py", "1/0")
    assert "zz_gone" not in sys.modules


def test_hooks_of_the_store(load: Load, caplog: pytest.LogCaptureFixture) -> None:
    start = "class {0}(Service):\n    def handle(self): pass\n    @staticmethod\n"
    hook = start + "    def before_add_to_store(logger): {1}\n"
    entries = load(
        "zz_hooks.py",
        HEAD
        + hook.format("Yes", "return True")
        + hook.format("No", "return False")
        + start.format("Plain")
        + "    def after_add_to_store(logger): 1/0\n",
    )
    with caplog.at_level(logging.INFO):
        assert [one.name for one in admitted(entries)] == ["zz-hooks.yes", "zz-hooks.plain"]
        tell_added(entries)
    assert "zz_hooks.No: before_add_to_store gave False" in caplog.text
    assert "zz_hooks.Plain: after_add_to_store failed" in caplog.text
    failing = load("zz_hooks2.py", HEAD + hook.format("Bad", "raise ValueError('no')"))
    with pytest.raises(DeployError, match="line 5: Bad.before_add_to_store: ValueError: no"):
        admitted(failing)


def test_imports_of_a_text() -> None:
    assert imported_names("import a.b, c\nfrom d.e import f\nfrom . import g\ndef x():\n    import h\n") == {
        "a",
        "c",
        "d",
        "h",
    }
    assert imported_names("x = (") == frozenset()


def test_lines() -> None:
    text = "class A:\n    x: int = 1\n    class SimpleIO:\n        y = 2\n"
    assert [line_of(text, "A", one) for one in ("x", "y", "SimpleIO", "z", "")] == [2, 4, 3, 1, 1]
    assert (line_of(text, "B"), line_of("x = (", "A")) == (0, 0)


def test_sources_in_other_encodings(finder: PickupFinder, tmp_path: Path) -> None:
    file = tmp_path / "zz_latin.py"
    file.write_bytes("# -*- coding: latin-1 -*-\nx = 'é'\n".encode("latin-1"))
    assert "é" in read_source(file)
    assert import_file("zz_latin", file, finder).x == "é"
    file.write_bytes(b"x = 1\n\n\ny = '\xff'\n")
    with pytest.raises(SyntaxError, match="the file is not in utf-8") as caught:
        read_source(file)
    assert explained(caught.value, str(file)).line == 4


def test_a_class_by_itself() -> None:
    class Get(Service):
        def handle(self) -> None: ...

    entry = entry_of(Get)
    assert (entry.name, entry.impl_name) == ("test-loader.get", "test_loader.Get")
    with pytest.raises(DeclarationError, match="no `handle`"):
        entry_of(type("Empty", (Service,), {}))
