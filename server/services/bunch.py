"""A dict whose keys are attributes too, as user code of the original expects.  Pure."""

from __future__ import annotations

from typing import Any

from server.kernel.names import suggestion


class Bunch(dict[str, Any]):
    """`Bunch(a=1).a == 1`; setting an attribute sets the key."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"there is no '{name}' here.{suggestion(name, map(str, self))}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self[name]
        except KeyError:
            raise AttributeError(name) from None

    def copy(self) -> Bunch:
        return Bunch(self)

    def __repr__(self) -> str:
        return f"Bunch({dict.__repr__(self)})"

    @classmethod
    def fromDict(cls, value: dict[str, Any]) -> Any:
        """Same as `bunchify`."""
        return bunchify(value)

    def toDict(self) -> Any:
        """Same as `unbunchify`."""
        return unbunchify(self)


def bunchify(value: Any) -> Any:
    """The value with every dict in it, at any depth, turned into a Bunch."""
    if isinstance(value, dict):
        return Bunch((key, bunchify(one)) for key, one in value.items())
    if isinstance(value, (list, tuple)):
        return type(value)(map(bunchify, value)) if type(value) in (list, tuple) else value
    return value


def unbunchify(value: Any) -> Any:
    """The value with every Bunch in it turned into a plain dict."""
    if isinstance(value, dict):
        return {key: unbunchify(one) for key, one in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(unbunchify, value))
    return value
