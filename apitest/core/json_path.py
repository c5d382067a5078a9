"""Paths in JSON: a text that begins with `$` is a JSONPath (RFC 9535), any other a JSON Pointer (RFC 6901).

Not here: JSON Pointer itself (`json_pointer.py`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from apitest.core import json_pointer
from apitest.errors import AssertionFailed, Mismatch, StepError

if TYPE_CHECKING:
    from jsonpath import JSONPathEnvironment
    from jsonpath.path import JSONPath


def is_json_path(path: str) -> bool:
    return path.startswith("$")


def read(document: Any, path: str, expected: Any = None) -> Any:
    """The one value at a path of either kind.

    Raises AssertionFailed when there is none, or when a JSONPath finds several; StepError for a path that is none.
    """
    if not is_json_path(path):
        return json_pointer.read(document, path, expected)
    found = read_all(document, path)
    if len(found) == 1:
        return found[0][1]
    if not found:
        mismatch = Mismatch(path, expected, reason="nothing is found there", has_actual=False)
        raise AssertionFailed(f'path "{path}" finds nothing', [mismatch])
    mismatch = Mismatch(path, expected, [value for _, value in found], f"{len(found)} values are found there")
    raise AssertionFailed(
        f'path "{path}" finds {len(found)} values, one was wanted',
        [mismatch],
        f'For all of them: every value of path "{path}" is ..., or the values of path "{path}" are ...',
    )


def exists(document: Any, path: str) -> bool:
    """Whether a path of either kind finds anything."""
    if not is_json_path(path):
        return json_pointer.exists(document, path)
    return bool(read_all(document, path))


def read_all(document: Any, path: str) -> list[tuple[str, Any]]:
    """All values at a path of either kind, each with its JSON Pointer, in document order.

    Raises StepError for a path that is none.  A JSON Pointer finds one value or nothing.
    """
    if not is_json_path(path):
        found = json_pointer.look(document, path)
        return [(path, found.value)] if isinstance(found, json_pointer.Found) else []
    if not isinstance(document, (dict, list)):
        return [("", document)] if path == "$" else []
    return [(json_pointer.join(match.parts), match.obj) for match in _compile(path).finditer(document)]


@lru_cache(maxsize=1)
def _environment() -> JSONPathEnvironment:
    # PERF imported when first used: the library takes 50 ms to import, and most runs need JSON Pointers only.
    from jsonpath import JSONPathEnvironment

    return JSONPathEnvironment(strict=True)


@lru_cache(maxsize=512)
def _compile(path: str) -> JSONPath:
    from jsonpath.exceptions import JSONPathError

    try:
        # The environment compiles a compound path (`$.a | $.b`) to another class, which the strict mode refuses.
        return _environment().compile(path)  # type: ignore[return-value]
    except JSONPathError as error:
        problem = str(error).partition("\n")[0]
        raise StepError(
            f'"{path}" is no JSONPath: {problem}', "See RFC 9535: $.items[0].id, $..price, $.a[?@.b > 1]"
        ) from None
