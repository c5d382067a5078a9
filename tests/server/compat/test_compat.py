"""Old import names, only where they were asked for."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator

import pytest

from server import compat
from server.services.base import Service


@pytest.fixture(autouse=True)
def installed() -> Iterator[None]:
    compat.install()
    yield
    compat.uninstall()


def test_a_service_is_the_same_class_under_both_names() -> None:
    module = importlib.import_module("zato.server.service")
    assert module.Service is Service
    for name in (
        *("AsIs", "Bool", "Boolean", "CSV", "Date", "DateTime", "Decimal", "Dict", "DictList", "ListOfDicts"),
        *("Float", "ForceType", "Int", "Integer", "List", "Nested", "Opaque", "Text", "Unicode", "UTC", "UUID"),
        "NOT_GIVEN",
    ):
        assert hasattr(module, name), name


def test_exceptions_and_small_modules() -> None:
    exceptions = importlib.import_module("zato.common.exception")
    error = exceptions.BadRequest("cid", "why", needs_msg=True)
    assert isinstance(error, exceptions.HTTPException)
    assert error.status == 400
    assert importlib.import_module("bunch").bunchify({"a": {"b": 1}}).a.b == 1
    assert importlib.import_module("anyjson").loads("[1]") == [1]
    assert importlib.import_module("zato.server.service.internal.helpers").Echo.name == "zato.helpers.echo"


def test_what_is_not_there_is_no_module() -> None:
    with pytest.raises(ModuleNotFoundError, match="No module named 'zato.nothing'"):
        importlib.import_module("zato.nothing")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("zatopek")


def test_installing_twice_is_installing_once() -> None:
    compat.install()
    assert sum(isinstance(one, compat.CompatFinder) for one in sys.meta_path) == 1


def test_without_it_the_names_do_not_exist() -> None:
    importlib.import_module("zato.server.service")
    compat.uninstall()
    assert not any(name == "zato" or name.startswith("zato.") for name in sys.modules)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("zato.server.service")
