"""Look-ups in texts: `#stored`, `@configured`, `$ENVIRONMENT`, `vault:path`, alone or as `#{...}` inside longer text.

    "#order"             the stored value itself, its type kept; "#order/items/0" and "#order.items[0]" reach inside
    "id-#{order/id}"     turned into text
    "##fff", "@@me"      a literal # or @ in front; also $$ and ~~;  "##{x}" keeps `#{x}`

A text that begins with the sign and a letter, digit or underscore (for `$`: no digit) is a look-up as a whole.
Not here: where the values come from; a `Scope` brings them.  Source: docs/apitest/writing-tests.md, "Values".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from apitest.core import json_pointer, nearest, sentences
from apitest.core.markers import Verbatim
from apitest.core.phrases import Raw
from apitest.errors import LookupFailed, StepError


class Scope(Protocol):
    """Where values are found.  Each of the four raises KeyError for what it does not know; `names` lists what the one
    with this sign (`#`, `@`, `$`) knows, for "did you mean"."""

    def stored(self, name: str) -> Any: ...
    def configured(self, name: str) -> Any: ...
    def environment(self, name: str) -> str: ...
    def vault(self, path: str) -> Any: ...
    def names(self, sign: str) -> Iterable[str]: ...


def _no_vault(path: str) -> Any:
    raise LookupFailed(f"there is no vault to look up {path!r} in", "Configure one under [vault].")


@dataclass(frozen=True, slots=True)
class Values:
    """A Scope over plain mappings.  The mappings are read when asked, so they may change meanwhile."""

    values: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Callable[[str], Any] = _no_vault

    def stored(self, name: str) -> Any:
        return self.values[name]

    def configured(self, name: str) -> Any:
        return self.settings[name]

    def environment(self, name: str) -> str:
        return self.variables[name]

    def vault(self, path: str) -> Any:
        return self.secrets(path)

    def names(self, sign: str) -> Iterable[str]:
        return {"#": self.values, "@": self.settings, "$": self.variables}[sign].keys()


_INSIDE = re.compile(r"([#@$])\1\{|([#@$])\{([^{}\"'\n]+)\}")
_STARTS = {"#": re.compile(r"#\w"), "@": re.compile(r"@\w"), "$": re.compile(r"\$[A-Za-z_]")}
_KINDS = {"#": "stored value", "@": "setting", "$": "environment variable"}
_STEP = re.compile(r"[/.\[]")
_INDEX = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")


def resolve(text: str, scope: Scope) -> Any:
    """The value of a text as it stands in a sentence, a table cell or a JSON string.

    A text that is one look-up gives the value itself, with its type; any other gives text.  A text from elsewhere that
    begins with `~` comes as `Verbatim`, so that data is never taken for a marker.

    Raises LookupFailed, with the nearest names, for what is unknown.
    """
    if not text:
        return text
    sign = text[0]
    if sign in "#@$~":
        if text[1:2] == sign and not text.startswith("{", 2):
            return Verbatim(sign + fill(text[2:], scope))
        if sign == "~":
            return _resolve_marker(text, scope)
        if _STARTS[sign].match(text):
            return shield(_look_up(sign, text[1:], scope))
        whole = _INSIDE.fullmatch(text)
        if whole is not None and whole[2]:
            return shield(_look_up(sign, whole[3], scope))
    elif sign == "v" and text.startswith("vault:") and len(text) > 6 and not text[6].isspace():
        return shield(_ask_vault(text, scope))
    filled = fill(text, scope)
    return Verbatim(filled) if filled is not text and filled.startswith("~") else filled


def fill(text: str, scope: Scope) -> str:
    """The text with every `#{name}`, `@{name}` and `${NAME}` replaced by its value as text."""
    if "{" not in text:
        return text

    def replace(found: re.Match[str]) -> str:
        if found[1]:
            return found[1] + "{"
        return as_text(_look_up(found[2], found[3].strip(), scope))

    return _INSIDE.sub(replace, text)


def resolve_document(value: Any, scope: Scope) -> Any:
    """A JSON document with the look-ups in its strings replaced; keys are filled too.  A new document."""
    if isinstance(value, str):
        return resolve(value, scope)
    if isinstance(value, list):
        return [resolve_document(item, scope) for item in value]
    if isinstance(value, dict):
        return {fill(key, scope): resolve_document(item, scope) for key, item in value.items()}
    return value


def resolve_arguments(arguments: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """The arguments of a match with every `Raw` replaced by its value.

    Raises LookupFailed for unknown names, StepError where a number or a duration was wanted and something else found.
    """
    return {name: _resolve_raw(value, scope) if type(value) is Raw else value for name, value in arguments.items()}


def as_text(value: Any) -> str:
    """A value as it stands inside longer text: JSON spelling for true, false, null, lists and objects."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if value is None or isinstance(value, (bool, list, dict, tuple)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return str(value)


def shield(value: Any) -> Any:
    """The value with every text in it that begins with `~` marked as plain text; itself where there is none."""
    if isinstance(value, str):
        return Verbatim(value) if value.startswith("~") else value
    if isinstance(value, (list, dict)) and _has_tilde(value):
        if isinstance(value, list):
            return [shield(item) for item in value]
        return {key: shield(item) for key, item in value.items()}
    return value


def _has_tilde(value: Any) -> bool:
    if isinstance(value, str):
        return value.startswith("~") and not isinstance(value, Verbatim)
    if isinstance(value, list):
        return any(_has_tilde(item) for item in value)
    if isinstance(value, dict):
        return any(_has_tilde(item) for item in value.values())
    return False


def _resolve_raw(raw: Raw, scope: Scope) -> Any:
    if raw.kind == "expression":
        return raw.text
    value = resolve(raw.text, scope)
    if raw.kind == "number":
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value
        number = sentences.parse_number(value.strip()) if isinstance(value, str) else None
        if number is None:
            raise StepError(f"{raw.text} should be a number, but is {as_text(value)!r}")
        return number
    if raw.kind == "duration":
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
        seconds = None
        if isinstance(value, str):
            plain = sentences.parse_number(value.strip())
            seconds = sentences.parse_duration(value) if plain is None else float(plain)
        if seconds is None:
            raise StepError(f"{raw.text} should be a duration such as 5 seconds, but is {as_text(value)!r}")
        return seconds
    return value


def _resolve_marker(text: str, scope: Scope) -> str:
    """`~before:#ts`: the argument of a marker may be a look-up."""
    name, colon, argument = text.partition(":")
    if not colon or not argument:
        return text
    return f"{name}:{as_text(resolve(argument, scope))}"


def _look_up(sign: str, name: str, scope: Scope) -> Any:
    if sign == "#":
        return _look_up_stored(name, scope)
    try:
        return scope.configured(name) if sign == "@" else scope.environment(name)
    except KeyError:
        raise _unknown(sign, name, scope) from None


def _look_up_stored(name: str, scope: Scope) -> Any:
    """The longest stored name that the text begins with; what follows it reaches inside."""
    ends = [len(name), *sorted((found.start() for found in _STEP.finditer(name)), reverse=True)]
    for end in ends:
        if end == 0:
            continue
        try:
            value = scope.stored(name[:end])
        except KeyError:
            continue
        return _reach(value, name[:end], name[end:]) if end < len(name) else value
    raise _unknown("#", name, scope)


def _reach(value: Any, name: str, rest: str) -> Any:
    if rest.startswith("/"):
        pointer = rest
    else:
        steps = list(_INDEX.finditer(rest))
        if "".join(step[0] for step in steps) != rest:
            raise LookupFailed(f"#{name}{rest} cannot be read", "Write #name/key/0 or #name.key[0].")
        pointer = json_pointer.join(step[1] or step[2] for step in steps)
    found = json_pointer.look(value, pointer)
    if isinstance(found, json_pointer.Missing):
        raise LookupFailed(f"#{name}{rest} does not exist: {found.reason}", found.hint)
    return found.value


def _ask_vault(text: str, scope: Scope) -> Any:
    try:
        return scope.vault(text[6:])
    except KeyError:
        raise LookupFailed(f"the vault has nothing under {text[6:]!r}") from None


def _unknown(sign: str, name: str, scope: Scope) -> LookupFailed:
    """The error for an unknown name, with what comes near and how to write the sign itself."""
    near = nearest.names(name, scope.names(sign))
    hint = f"Did you mean {' or '.join(sign + other for other in near)}? " if near else ""
    return LookupFailed(
        f"there is no {_KINDS[sign]} {sign}{name}", f"{hint}For a text that begins with {sign}, write {sign}{sign}."
    )
