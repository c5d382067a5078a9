"""What each built-in marker checks: one function a marker, in the order of the documentation.

Not here: reading markers (`markers.py`), and the markers that look beyond one value (`compare.py`).
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

from apitest.core import sentences
from apitest.core.dates import TIME_OF_DAY, ZONE, aware, read_moment
from apitest.core.json_pointer import Missing, kind, look
from apitest.errors import StepError


@dataclass(frozen=True, slots=True)
class Context:
    """What some markers need to know.  now: for `~within`; document: the whole actual document, for `~same-as`;
    schema: file name -> (value -> problems), for `~schema`."""

    now: datetime | None = None
    document: Any = None
    schema: Callable[[str], Callable[[Any], list[str]]] | None = None


Check = Callable[[Any, str, Context], str]
"""(actual, argument, context) -> "" when it fits, else why not."""


@dataclass(frozen=True, slots=True)
class Kind:
    check: Check
    title: str
    takes_argument: bool


KINDS: dict[str, Kind] = {}
"""The markers by name; `~each` joins them in `markers.py`."""


def _marker(name: str, title: str) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Registers a check; it takes the argument, or the context too, when it has parameters for them."""

    def decorate(function: Callable[..., str]) -> Callable[..., str]:
        count = function.__code__.co_argcount
        if count == 1:
            KINDS[name] = Kind(lambda actual, argument, context: function(actual), title, False)
        elif count == 2:
            KINDS[name] = Kind(lambda actual, argument, context: function(actual, argument), title, True)
        else:
            KINDS[name] = Kind(function, title, True)
        return function

    return decorate


def _is(condition: object, otherwise: str) -> str:
    return "" if condition else otherwise


def _typed(name: str, title: str, wanted: str, test: Callable[[Any], object]) -> None:
    KINDS[name] = Kind(
        lambda actual, argument, context: "" if test(actual) else f"is {a_(kind(actual))}, not {wanted}", title, False
    )


def a_(word: str) -> str:
    """The word with its article."""
    return word if word == "null" else f"an {word}" if word[0] in "aeiou" else f"a {word}"


KINDS["any"] = Kind(lambda actual, argument, context: "", "any value, null included", False)
KINDS["present"] = Kind(lambda actual, argument, context: "", "the key is there, null included", False)
_typed("null", "null", "null", lambda value: value is None)
KINDS["notnull"] = Kind(
    lambda actual, argument, context: "is null" if actual is None else "", "anything but null", False
)
for _name in ("string", "text"):
    _typed(_name, "any text", "a text", lambda value: isinstance(value, str))
_typed(
    "number", "any number", "a number", lambda value: isinstance(value, (int, float)) and not isinstance(value, bool)
)
_typed("boolean", "true or false", "a boolean", lambda value: isinstance(value, bool))
_typed("list", "any list", "a list", lambda value: isinstance(value, (list, tuple)))
_typed("dict", "any object", "an object", lambda value: isinstance(value, dict))


@_marker("integer", "a whole number")
def _integer(actual: Any) -> str:
    if isinstance(actual, float):
        return "is not a whole number"
    return _is(isinstance(actual, int) and not isinstance(actual, bool), f"is {a_(kind(actual))}, not a number")


@_marker("float", "a decimal number")
def _float(actual: Any) -> str:
    if isinstance(actual, int) and not isinstance(actual, bool):
        return "is a whole number, not a decimal one"
    return _is(isinstance(actual, float), f"is {a_(kind(actual))}, not a number")


@_marker("empty", "empty text, list or object")
def _empty(actual: Any) -> str:
    if not isinstance(actual, (str, list, tuple, dict)):
        return f"is {a_(kind(actual))}, which has no size"
    return _is(not actual, "is not empty")


@_marker("notempty", "a text, list or object that is not empty")
def _notempty(actual: Any) -> str:
    if not isinstance(actual, (str, list, tuple, dict)):
        return f"is {a_(kind(actual))}, which has no size"
    return _is(actual, "is empty")


def _text_marker(name: str, title: str, test: Callable[[str], object]) -> None:
    """A marker for texts of one form."""

    def checked(actual: Any, argument: str, context: Context) -> str:
        if not isinstance(actual, str):
            return f"is {a_(kind(actual))}, not a text"
        return _is(test(actual), f"is not {title}")

    KINDS[name] = Kind(checked, title, False)


_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?([0-9a-f])[0-9a-f]{3}-?([0-9a-f])[0-9a-f]{3}-?[0-9a-f]{12}", re.I)
_EMAIL = re.compile(r"[^@\s\"(),:;<>\[\\\]]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z0-9-]+")
_SEMVER = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(?:-(?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*))*)?"
    r"(?:\+[\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*)?"
)  # semver.org, appendix of 2.0.0


def _is_uuid4(text: str) -> bool:
    found = _UUID.fullmatch(text)
    return found is not None and found[1] == "4" and found[2].lower() in "89ab"


def _is_date(text: str) -> bool:
    return re.fullmatch(r"\d{4}-\d\d-\d\d", text) is not None and _parses(date.fromisoformat, text)


def _parses(function: Callable[[str], object], text: str) -> bool:
    try:
        function(text)
    except (ValueError, RecursionError):
        return False
    return True


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _is_jwt(text: str) -> bool:
    parts = text.split(".")
    if len(parts) != 3 or not all(re.fullmatch(r"[\w-]*", part) for part in parts) or not parts[1]:
        return False
    try:
        header = json.loads(base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)))
    except (ValueError, RecursionError):
        return False
    return isinstance(header, dict) and "alg" in header


def _is_iban(text: str) -> bool:
    """ISO 13616: two letters, two check digits, remainder 1 modulo 97."""
    plain = text.replace(" ", "").upper()
    if not re.fullmatch(r"[A-Z]{2}\d\d[A-Z0-9]{11,30}", plain):
        return False
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 -- raises ValueError when it is no number
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc and parts.hostname) and not re.search(r"\s", text)


_text_marker("uuid", "a UUID", _UUID.fullmatch)
_text_marker("uuid4", "a UUID of version 4", _is_uuid4)
_text_marker("date", "a date (2026-01-31)", _is_date)
_text_marker(
    "datetime", "a date and time (ISO 8601)", lambda text: read_moment(text) is not None and not _is_date(text)
)
_text_marker("time", "a time of day (13:45:00)", re.compile(TIME_OF_DAY + ZONE).fullmatch)
_text_marker("email", "an e-mail address", _EMAIL.fullmatch)
_text_marker("url", "a URL", _is_url)
_text_marker("ip", "an IP address", lambda text: _parses(ipaddress.ip_address, text))
_text_marker("hex", "hexadecimal digits", re.compile(r"[0-9A-Fa-f]+").fullmatch)
_text_marker("base64", "Base64", _is_base64)
_text_marker("jwt", "a JSON Web Token", _is_jwt)
_text_marker("json", "a text with JSON in it", lambda text: _parses(json.loads, text))
_text_marker("iban", "an IBAN", _is_iban)
_text_marker("phone", "a phone number", re.compile(r"\+?(?:[ ./()-]{0,2}\d){6,15}\)?").fullmatch)
_text_marker("semver", "a version (1.2.3)", _SEMVER.fullmatch)


def _text_check(name: str, title: str, reason: str, test: Callable[[str, str], object]) -> None:
    """A marker that compares a text with its argument."""

    def checked(actual: Any, argument: str, context: Context) -> str:
        if not isinstance(actual, str):
            return f"is {a_(kind(actual))}, not a text"
        return _is(test(actual, argument), f"{reason} {argument!r}")

    KINDS[name] = Kind(checked, title, True)


def _matches(text: str, pattern: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error as error:
        raise StepError(f"~regex:{pattern}: {error}", "Correct the regular expression.") from None


_text_check("regex", "a text in which ... is found", "does not match", _matches)
_text_check("startswith", "a text that starts with ...", "does not start with", str.startswith)
_text_check("endswith", "a text that ends with ...", "does not end with", str.endswith)


@_marker("contains", "a text or list that contains ...")
def _contains(actual: Any, argument: str) -> str:
    if isinstance(actual, (list, tuple)):
        return _is(any(_same(item, argument) for item in actual), f"has no element {argument!r}")
    if not isinstance(actual, str):
        return f"is {a_(kind(actual))}, not a text or list"
    return _is(argument in actual, f"does not contain {argument!r}")


@_marker("oneof", "one of ...")
def _oneof(actual: Any, argument: str) -> str:
    choices = [choice.strip() for choice in argument.split(",")]
    return _is(any(_same(actual, choice) for choice in choices), f"is none of {', '.join(choices)}")


def _same(actual: Any, text: str) -> bool:
    """Whether a value is what a bare text says: `3` fits the number 3, `true` fits true."""
    if isinstance(actual, str):
        return actual == text
    if isinstance(actual, bool) or actual is None:
        return json.dumps(actual) == text
    number = sentences.parse_number(text)
    return number is not None and isinstance(actual, (int, float)) and actual == number


def _number(text: str, marker: str) -> float:
    number = sentences.parse_number(text.strip())
    if number is None:
        raise StepError(f"the marker {marker} needs numbers", "For example ~range:1..9, ~gt:0, ~near:3.14+-0.01.")
    return number


def _no_number(actual: Any) -> str:
    is_number = isinstance(actual, (int, float)) and not isinstance(actual, bool)
    return "" if is_number else f"is {a_(kind(actual))}, not a number"


@_marker("range", "a number in ..., both ends included")
def _range(actual: Any, argument: str) -> str:
    first, dots, last = argument.partition("..")
    low, high = _number(first, f"~range:{argument}"), _number(last if dots else "", f"~range:{argument}")
    return _no_number(actual) or _is(low <= actual <= high, f"is not between {first} and {last}")


@_marker("gt", "a number greater than ...")
def _gt(actual: Any, argument: str) -> str:
    limit = _number(argument, f"~gt:{argument}")
    return _no_number(actual) or _is(actual > limit, f"is not greater than {argument}")


@_marker("lt", "a number less than ...")
def _lt(actual: Any, argument: str) -> str:
    limit = _number(argument, f"~lt:{argument}")
    return _no_number(actual) or _is(actual < limit, f"is not less than {argument}")


@_marker("near", "a number near ...")
def _near(actual: Any, argument: str) -> str:
    middle, sign, width = argument.partition("+-")
    wanted, most = _number(middle, f"~near:{argument}"), _number(width if sign else "", f"~near:{argument}")
    # NOTE the last digits of binary fractions are forgiven: 3.15 is within 3.14+-0.01.
    return _no_number(actual) or _is(
        abs(actual - wanted) <= most + 1e-12 * max(abs(wanted), 1), f"is not near {argument}"
    )


@_marker("length", "a text, list or object of length ...")
def _length(actual: Any, argument: str) -> str:
    first, dots, last = argument.partition("..")
    low = _number(first, f"~length:{argument}")
    high = _number(last, f"~length:{argument}") if dots else low
    if not isinstance(actual, (str, list, tuple, dict)):
        return f"is {a_(kind(actual))}, which has no length"
    return _is(low <= len(actual) <= high, f"has length {len(actual)}")


@_marker("within", "a time within ... (5s-of-now)")
def _within(actual: Any, argument: str, context: Context) -> str:
    found = re.fullmatch(r"(.+?)-of-now", argument)
    width = sentences.parse_duration(found[1]) if found else None
    if width is None:
        raise StepError(f"~within:{argument} makes no sense", "For example ~within:5s-of-now.")
    if context.now is None:
        raise StepError("~within cannot be used here", "It needs to know the time of the call.")
    moment = _moment(actual)
    if moment is None:
        return "is no date and time"
    seconds = (moment - aware(context.now)).total_seconds()
    return _is(abs(seconds) <= width, f"is {abs(seconds):.3g} s {'before' if seconds < 0 else 'after'} now")


@_marker("before", "a time before ...")
def _before(actual: Any, argument: str) -> str:
    moment, limit = _moment(actual), _limit(argument, "before")
    return "is no date or time" if moment is None else _is(moment < limit, f"is not before {argument}")


@_marker("after", "a time after ...")
def _after(actual: Any, argument: str) -> str:
    moment, limit = _moment(actual), _limit(argument, "after")
    return "is no date or time" if moment is None else _is(moment > limit, f"is not after {argument}")


@_marker("same-as", "the value at ...")
def _same_as(actual: Any, argument: str, context: Context) -> str:
    found = look(context.document, argument)
    if isinstance(found, Missing):
        return f"cannot be the same as {argument}: {found.reason}"
    is_same = type(actual) is type(found.value) and actual == found.value
    return _is(is_same, f"differs from {argument}, which is {json.dumps(found.value, ensure_ascii=False, default=str)}")


@_marker("schema", "valid against the JSON Schema ...")
def _schema(actual: Any, argument: str, context: Context) -> str:
    if context.schema is None:
        raise StepError(f"~schema:{argument} cannot be used here")
    return "; ".join(context.schema(argument)(actual))


def _moment(value: Any) -> datetime | None:
    """A text (ISO 8601), an epoch in seconds or milliseconds, or a datetime as a moment."""
    if isinstance(value, datetime):
        return aware(value)
    if isinstance(value, date):
        return datetime.combine(value, time(), timezone.utc)
    if isinstance(value, str):
        return read_moment(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        seconds = value / 1000 if abs(value) > 1e11 else value  # 1e11 s is the year 5138
        try:
            return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds)
        except (OverflowError, ValueError):  # inf, nan
            return None
    return None


def _limit(argument: str, name: str) -> datetime:
    number = sentences.parse_number(argument)
    moment = _moment(argument if number is None else number)
    if moment is None:
        raise StepError(f"~{name}:{argument} needs a date", f"For example ~{name}:2026-01-31T12:00:00Z.")
    return moment
