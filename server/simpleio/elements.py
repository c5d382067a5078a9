"""What a SimpleIO declaration is made of: one class a type, each knowing how a value comes in and goes out.

Coming in is a schema of pydantic's core (docs/decisions: one engine for validation); going out is a plain function.
Whole declarations are in `declaration.py`.  Pure.  Source: server-interface.md 2.9, rulings 41-45.
"""

from __future__ import annotations

import copy
import datetime as dt
import decimal
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final

from pydantic_core import CoreSchema, core_schema

Writer = Callable[[Any], Any]


class NotGiven:
    """Says "there is no default", which None could not."""

    _one: ClassVar[NotGiven | None] = None

    def __new__(cls) -> NotGiven:
        if cls._one is None:
            cls._one = super().__new__(cls)
        return cls._one

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "NOT_GIVEN"

    def __copy__(self) -> NotGiven:
        return self

    def __deepcopy__(self, memo: Any) -> NotGiven:
        return self

    def __reduce__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN: Final = NotGiven()


class DeclarationError(Exception):
    """A declaration that cannot be used.  where: the attribute of the SimpleIO or service class, for its line."""

    def __init__(self, reason: str, where: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.where = where


class Unwritable(ValueError):
    """A value that the declared type of an output cannot hold."""


class Element:
    """One declared element.

    name: a leading `-` marks it optional.  default: what a missing optional one is.  `kind` names the type in
    documents, `problem` is the sentence for a value that does not fit.
    """

    kind: ClassVar[str] = "any"
    problem: ClassVar[str] = "not valid"
    is_container: ClassVar[bool] = False  # JSON only
    is_text: ClassVar[bool] = False  # an empty text is a value, not a missing one
    is_secret: ClassVar[bool] = False

    def __init__(self, name: str, *, default: Any = NOT_GIVEN) -> None:
        if not isinstance(name, str) or not name.lstrip("-"):
            raise DeclarationError(f"{type(self).__name__} needs a name, not {name!r}")
        self.is_optional = name.startswith("-")
        self.name = name[1:] if self.is_optional else name
        self.default = default

    def __repr__(self) -> str:
        name = f"-{self.name}" if self.is_optional else self.name
        return f"{type(self).__name__}({name!r})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((type(self), self.name))

    def with_optional(self, is_optional: bool) -> Element:
        """The same element, required or optional."""
        if self.is_optional == is_optional:
            return self
        out = copy.copy(self)
        out.is_optional = is_optional
        return out

    def fresh_default(self) -> Any:
        """The default, as an object of its own if it can be changed."""
        return copy.deepcopy(self.default) if isinstance(self.default, (list, dict, set)) else self.default

    def schema(self) -> CoreSchema:
        """How a value comes in, its problem said in one sentence."""
        return _said(self.incoming(), self.problem)

    def incoming(self) -> CoreSchema:
        """How a value comes in."""
        return core_schema.any_schema()

    def write(self, value: Any) -> Any:
        """A value that the service set -> plain data.  Raises Unwritable.  None stays None."""
        return value


def _said(schema: CoreSchema, problem: str) -> CoreSchema:
    return core_schema.custom_error_schema(schema, custom_error_type="element", custom_error_message=problem)


class Text(Element):
    """A text; a number becomes one."""

    kind = "text"
    problem = "not a text"
    is_text = True

    def incoming(self) -> CoreSchema:
        return core_schema.str_schema(coerce_numbers_to_str=True, strict=False)

    def write(self, value: Any) -> Any:
        return value if type(value) is str else text_of(value)


class Unicode(Text):
    """Same as Text."""


class ForceType(Text):
    """Any scalar, turned into a text."""

    def incoming(self) -> CoreSchema:
        return core_schema.union_schema(
            [
                core_schema.chain_schema(
                    [core_schema.bool_schema(strict=True), core_schema.no_info_plain_validator_function(bool_text)]
                ),
                super().incoming(),
            ],
            mode="left_to_right",
        )


class Secret(Text):
    """A text that is masked in logs and documents; the service sees it as it is (ruling 44)."""

    kind = "secret"
    is_secret = True


class Int(Element):
    """A whole number; a text of digits is one, 5.0 too, true is none."""

    kind = "int"
    problem = "not a whole number"

    def incoming(self) -> CoreSchema:
        return core_schema.union_schema(
            [
                core_schema.int_schema(strict=True),
                core_schema.chain_schema([core_schema.float_schema(strict=True), core_schema.int_schema()]),
                core_schema.chain_schema(
                    [
                        core_schema.str_schema(strict=True, strip_whitespace=True, pattern=r"^[+-]?[0-9]+$"),
                        core_schema.int_schema(),
                    ]
                ),
            ],
            mode="left_to_right",
        )

    def write(self, value: Any) -> Any:
        if type(value) is int:
            return value
        if isinstance(value, float) and not value.is_integer():
            raise Unwritable(self.problem)
        return _made(int, value, self.problem)


class Integer(Int):
    """Same as Int."""


_TRUE = frozenset(("true", "yes", "on", "y", "t", "1"))
_FALSE = frozenset(("false", "no", "off", "n", "f", "0"))


class Bool(Element):
    """true, yes, on, y, t, 1 and their opposites, in any letter case."""

    kind = "bool"
    problem = "neither true nor false"

    def incoming(self) -> CoreSchema:
        # PERF a strict bool first: pydantic's lax one knows the same words, but the union keeps 1.0 out.
        return core_schema.union_schema(
            [
                core_schema.bool_schema(strict=True),
                core_schema.chain_schema([core_schema.int_schema(strict=True), core_schema.bool_schema()]),
                core_schema.chain_schema(
                    [core_schema.str_schema(strict=True, strip_whitespace=True), core_schema.bool_schema()]
                ),
            ],
            mode="left_to_right",
        )

    def write(self, value: Any) -> Any:
        if type(value) is bool:
            return value
        if isinstance(value, str):
            word = value.strip().lower()
            if word in _TRUE:
                return True
            if word in _FALSE:
                return False
            raise Unwritable(self.problem)
        return bool(value)


class Boolean(Bool):
    """Same as Bool."""


class Float(Element):
    """A number with a point; NaN and infinity are none."""

    kind = "float"
    problem = "not a number"

    def incoming(self) -> CoreSchema:
        return core_schema.union_schema(
            [
                core_schema.float_schema(strict=True, allow_inf_nan=False),
                core_schema.chain_schema(
                    [core_schema.str_schema(strict=True), core_schema.float_schema(allow_inf_nan=False)]
                ),
                core_schema.chain_schema([_instance(decimal.Decimal), core_schema.float_schema(allow_inf_nan=False)]),
            ],
            mode="left_to_right",
        )

    def write(self, value: Any) -> Any:
        return value if type(value) is float else _made(float, value, self.problem)


class Decimal(Element):
    """An exact decimal number; texts and numbers are read, and it goes out as a text."""

    kind = "decimal"
    problem = "not a decimal number"

    def incoming(self) -> CoreSchema:
        return core_schema.union_schema(
            [
                core_schema.decimal_schema(allow_inf_nan=False, strict=True),
                *(
                    core_schema.chain_schema([scalar, core_schema.decimal_schema(allow_inf_nan=False)])
                    for scalar in (
                        core_schema.int_schema(strict=True),
                        core_schema.float_schema(strict=True),
                        core_schema.str_schema(strict=True, strip_whitespace=True),
                    )
                ),
            ],
            mode="left_to_right",
        )

    def write(self, value: Any) -> Any:
        if isinstance(value, decimal.Decimal):
            return str(value)
        if isinstance(value, bool):
            raise Unwritable(self.problem)
        try:
            return str(decimal.Decimal(str(value).strip()))
        except decimal.InvalidOperation:
            raise Unwritable(self.problem) from None


class UUID(Element):
    """A UUID."""

    kind = "uuid"
    problem = "not a UUID"

    def incoming(self) -> CoreSchema:
        return core_schema.uuid_schema(strict=False)

    def write(self, value: Any) -> Any:
        return (
            str(value)
            if isinstance(value, uuid.UUID)
            else _made(lambda text: str(uuid.UUID(str(text))), value, self.problem)
        )


# A date begins with one; without this, pydantic reads a text of digits as seconds since 1970: 20240131 as August 1970.
_DATE_PATTERN = r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}"


class Date(Element):
    """A day, YYYY-MM-DD."""

    kind = "date"
    problem = "not a date (YYYY-MM-DD)"

    def incoming(self) -> CoreSchema:
        return core_schema.union_schema(
            [
                core_schema.date_schema(strict=True),
                core_schema.chain_schema([_text(_DATE_PATTERN), core_schema.date_schema()]),
                core_schema.chain_schema([core_schema.datetime_schema(strict=True), core_schema.date_schema()]),
            ],
            mode="left_to_right",
        )

    def write(self, value: Any) -> Any:
        if isinstance(value, dt.datetime):
            return value.date().isoformat()
        if isinstance(value, dt.date):
            return value.isoformat()
        return _date_text(value, self.problem)


class DateTime(Element):
    """A moment by ISO 8601, with or without zone."""

    kind = "datetime"
    problem = "not a date and time (ISO 8601)"

    def incoming(self) -> CoreSchema:
        return core_schema.union_schema(
            [
                core_schema.datetime_schema(strict=True),
                core_schema.chain_schema([_text(_DATE_PATTERN), core_schema.datetime_schema()]),
                core_schema.chain_schema([core_schema.date_schema(strict=True), core_schema.datetime_schema()]),
            ],
            mode="left_to_right",
        )

    def write(self, value: Any) -> Any:
        if isinstance(value, (dt.datetime, dt.date)):
            return value.isoformat()
        return _date_text(value, self.problem)


class UTC(DateTime):
    """A moment in UTC without its zone: what has a zone is converted (ruling 45)."""

    kind = "utc"

    def incoming(self) -> CoreSchema:
        return core_schema.no_info_after_validator_function(_without_zone, super().incoming())

    def write(self, value: Any) -> Any:
        return super().write(_without_zone(value) if isinstance(value, dt.datetime) else value)


class AsIs(Element):
    """Whatever comes, untouched; also keeps a name like `id` from meaning a number."""

    kind = "any"
    is_text = True


class Opaque(AsIs):
    """Whatever comes, untouched."""


class CSV(Element):
    """A text `a,b,c` is the list of its parts; goes out as such a text."""

    kind = "csv"
    problem = "not a list of values separated by commas"

    def incoming(self) -> CoreSchema:
        return core_schema.union_schema(
            [
                core_schema.chain_schema(
                    [core_schema.str_schema(strict=True), core_schema.no_info_plain_validator_function(_split)]
                ),
                core_schema.list_schema(),
                core_schema.chain_schema([core_schema.tuple_variable_schema(), core_schema.list_schema()]),
            ],
            mode="left_to_right",
        )

    def write(self, value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return ",".join(map(text_of, value))
        return value if type(value) is str else text_of(value)


class List(Element):
    """A list of anything; a single value is a list of one."""

    kind = "list"
    problem = "not a list"
    is_container = True

    def incoming(self) -> CoreSchema:
        scalar = core_schema.union_schema(
            [
                core_schema.str_schema(strict=True),
                core_schema.int_schema(strict=True),
                core_schema.float_schema(strict=True),
                core_schema.bool_schema(strict=True),
            ]
        )
        return core_schema.union_schema(
            [
                core_schema.list_schema(),
                core_schema.chain_schema([scalar, core_schema.no_info_plain_validator_function(_alone)]),
            ],
            mode="left_to_right",
        )

    def write(self, value: Any) -> Any:
        if isinstance(value, (str, bytes, Mapping)):
            return [value]
        return value if type(value) is list else _made(list, value, self.problem)


Keys = Sequence["str | Element"]


class Dict(Element):
    """An object; keys named after its own name are required, those with a leading `-` optional (ruling 43).

    Without keys it is any object.  A key may be an element, then its value has that type.
    """

    kind = "dict"
    problem = "not an object"
    is_container = True

    def __init__(self, name: str, *keys: str | Element, default: Any = NOT_GIVEN) -> None:
        super().__init__(name, default=default)
        self.keys = tuple(key if isinstance(key, Element) else AsIs(key) for key in keys)
        seen = [key.name for key in self.keys]
        for key in seen:
            if seen.count(key) > 1:
                raise DeclarationError(f"{type(self).__name__} '{self.name}' has the key '{key}' twice")

    def schema(self) -> CoreSchema:
        return self.incoming()  # its own problem and those of its keys are told apart

    def incoming(self) -> CoreSchema:
        if not self.keys:
            return _said(core_schema.dict_schema(), self.problem)
        fields = {
            key.name: core_schema.typed_dict_field(_key_schema(key), required=not key.is_optional) for key in self.keys
        }
        return core_schema.typed_dict_schema(fields, extra_behavior="allow")

    def write(self, value: Any) -> Any:
        get, names = getter_of(value)
        if get is None:
            raise Unwritable(self.problem)
        if not self.keys:
            return dict(value) if isinstance(value, Mapping) else {name: get(name) for name in names}
        out = {name: get(name) for name in names} if isinstance(value, Mapping) else {}
        for key in self.keys:
            found = get(key.name)
            if found is NOT_GIVEN:
                if not key.is_optional:
                    raise Unwritable(f"the key '{key.name}' is missing")
                continue
            out[key.name] = None if found is None else key.write(found)
        return out


class Nested(Dict):
    """Same as Dict (ruling 45)."""


class DictList(Dict):
    """A list of objects, each as `Dict` has it."""

    kind = "dict_list"
    problem = "not a list of objects"

    def incoming(self) -> CoreSchema:
        return core_schema.list_schema(super().incoming(), strict=False)

    def write(self, value: Any) -> Any:
        if isinstance(value, (str, bytes, Mapping)):
            raise Unwritable(self.problem)
        one = super().write
        return [one(row) for row in _made(list, value, self.problem)]


class ListOfDicts(DictList):
    """Same as DictList."""


ELEMENT_TYPES: tuple[type[Element], ...] = (
    AsIs,
    Bool,
    Boolean,
    CSV,
    Date,
    DateTime,
    Decimal,
    Dict,
    DictList,
    Float,
    ForceType,
    Int,
    Integer,
    List,
    ListOfDicts,
    Nested,
    Opaque,
    Secret,
    Text,
    Unicode,
    UTC,
    UUID,
)


def text_of(value: Any) -> Any:
    """A scalar -> its text; containers stay what they are."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return bool_text(value)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "replace")
    if value is None or isinstance(value, (dict, list, tuple, set)):
        return value
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    return str(value)


def bool_text(value: bool) -> str:
    """`true` or `false`, as JSON and XML write it (ruling 54)."""
    return "true" if value else "false"


def getter_of(value: Any) -> tuple[Callable[[str], Any] | None, Sequence[str]]:
    """How to read elements of a dict, a row of SQLAlchemy or any object: (get, names it has).

    get(name) gives NOT_GIVEN for what is not there.  (None, ()) for a scalar or a list.
    """
    if isinstance(value, Mapping):
        return (lambda name: value.get(name, NOT_GIVEN)), list(value)
    mapping = getattr(value, "_mapping", None)  # sqlalchemy.Row
    if isinstance(mapping, Mapping):
        return (lambda name: mapping.get(name, NOT_GIVEN)), list(mapping)
    if value is None or isinstance(value, (str, bytes, int, float, list, tuple, set, decimal.Decimal, dt.date)):
        return None, ()
    columns = getattr(getattr(value, "__table__", None), "columns", None)  # a mapped class of SQLAlchemy
    if columns is not None:
        names = [str(column.key) for column in columns]
    else:
        names = [name for name in getattr(value, "__dict__", ()) if not name.startswith("_")]
    return (lambda name: getattr(value, name, NOT_GIVEN)), names


def _key_schema(key: Element) -> CoreSchema:
    return core_schema.nullable_schema(key.schema()) if key.is_optional else key.schema()


def _instance(cls: type[Any]) -> CoreSchema:
    return core_schema.is_instance_schema(cls)


def _text(pattern: str) -> CoreSchema:
    return core_schema.str_schema(strict=True, strip_whitespace=True, pattern=pattern)


def _made(make: Callable[[Any], Any], value: Any, problem: str) -> Any:
    try:
        return make(value)
    except (TypeError, ValueError, OverflowError):
        raise Unwritable(problem) from None


def _alone(value: Any) -> list[Any]:
    return [value]


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(",")] if value.strip() else []


def _without_zone(value: dt.datetime) -> dt.datetime:
    return value if value.tzinfo is None else value.astimezone(dt.timezone.utc).replace(tzinfo=None)


def _date_text(value: Any, problem: str) -> str:
    # A text that the service made itself may have any form of date; only what is no text at all is refused.
    if isinstance(value, str):
        return value
    raise Unwritable(problem)
