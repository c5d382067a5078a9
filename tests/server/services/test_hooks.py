"""Which hooks a class has."""

from __future__ import annotations

from server.services.base import Service
from server.services.hooks import Hooks, hooks_of


def test_a_plain_service_has_none() -> None:
    class Plain(Service):
        def handle(self) -> None: ...

    assert hooks_of(Plain, Service) == Hooks(False, (), (), ())


def test_those_written_or_inherited_in_their_order() -> None:
    class Base(Service):
        def before_handle(self) -> None: ...
        def accept(self) -> bool:
            return True

    class Child(Base):
        def finalize_handle(self) -> None: ...
        def validate_input(self) -> None: ...
        def after_handle(self) -> None: ...

    assert hooks_of(Child, Service) == Hooks(
        True, ("validate_input", "before_handle"), ("after_handle",), ("finalize_handle",)
    )
