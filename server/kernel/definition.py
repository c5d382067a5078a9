"""What every stored definition is: `Definition`, its fields by `setting(...)`, and the `Secret` type.

One class a kind is the only declaration: storage, admin services, command line, forms and validation are made from
it.  Nothing here knows a kind, a database or a cipher.  Pure.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import CoreSchema, PydanticUndefined, core_schema

from server.errors import Problem
from server.kernel.names import nearest

MASK: Final = "******"
MAX_NAME_LENGTH = 200  # characters; what the database column holds

# Ruling 55: ways to say "none" that older clients send.
NONE_WORDS = frozenset(("", "zato_none", "zato-no-security"))

D = TypeVar("D", bound="Definition")


class Secret:
    """A text that never shows itself: str, repr, format and serialisation give dots; only `reveal()` gives the text."""

    __slots__ = ("_text",)
    EMPTY: ClassVar[Secret]

    def __init__(self, text: str | Secret = "") -> None:
        self._text: str = text._text if isinstance(text, Secret) else text

    def reveal(self) -> str:
        """The text itself, for the one place that needs it."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return f"Secret('{MASK}')" if self._text else "Secret('')"

    def __str__(self) -> str:
        return MASK if self._text else ""

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> Any:
        # SECURITY a pickled or copied-to-disk secret would be a clear text one.
        raise TypeError("a Secret cannot be pickled")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret:
        return self

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Callable[[Any], CoreSchema]) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validate, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: Callable[[Any], Any]) -> dict[str, Any]:
        return {"type": "string", "format": "password", "writeOnly": True}

    @classmethod
    def _validate(cls, value: Any) -> Secret:
        if isinstance(value, Secret):
            return value
        if not isinstance(value, str):
            raise ValueError("not a text")
        return cls(value)


Secret.EMPTY = Secret()


def setting(
    default: Any = PydanticUndefined,
    *,
    help: str,
    minimum: float | None = None,
    maximum: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    pattern: str | None = None,
    aliases: tuple[str, ...] = (),
    refers_to: str = "",
    generated: bool = False,
    shown: bool = True,
) -> Any:
    """One field of a definition.

    default: none makes the field required.  help: one sentence with the unit, for docs, forms and command line.
    aliases: other names that are accepted as input.  refers_to: the field holds the name of a definition in that
    namespace (e.g. `security`): it has to exist, and cannot be deleted while it is used.  generated: a required
    secret gets a random value at creation if none is given.  shown: false keeps the field out of forms and lists.
    """
    return Field(
        default,
        description=help,
        ge=minimum,
        le=maximum,
        min_length=min_length,
        max_length=max_length,
        pattern=pattern,
        json_schema_extra={"aliases": list(aliases), "refers_to": refers_to, "generated": generated, "shown": shown},
    )


class Definition(BaseModel):
    """Base of all definitions: frozen, unknown fields refused.  `id` is the store's number, 0 until stored."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: int = setting(0, help="Number given when the definition is stored.", minimum=0)
    name: str = setting(help="Name, unique among definitions of its kind.", min_length=1, max_length=MAX_NAME_LENGTH)
    is_active: bool = setting(True, help="Whether it may be used; an inactive one stays stored.")

    @field_validator("name")
    @classmethod
    def _plain_name(cls, value: str) -> str:
        # Names are shown in logs, lists and messages, and typed on command lines.
        if not value.isprintable() or value != value.strip():
            raise ValueError("may hold printable characters only, and no space at either end")
        return value


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """One field as others see it: storage, admin services, forms, command line.

    type: `text`, `int`, `float`, `bool`, `secret` or `any` (lists, objects).  default: None if required.
    """

    name: str
    type: str
    is_required: bool
    is_nullable: bool
    default: Any
    help: str
    aliases: tuple[str, ...]
    refers_to: str
    is_generated: bool
    is_shown: bool
    choices: tuple[str, ...]

    @property
    def is_secret(self) -> bool:
        return self.type == "secret"


@cache
def fields_of(cls: type[Definition]) -> tuple[FieldInfo, ...]:
    """The fields of a definition class, in order of declaration."""
    out = []
    for name, info in cls.model_fields.items():
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        kind, is_nullable, choices = _plain_type(info.annotation)
        aliases = extra.get("aliases", [])
        out.append(
            FieldInfo(
                name=name,
                type=kind,
                is_required=info.is_required(),
                is_nullable=is_nullable,
                default=None if info.is_required() else info.get_default(call_default_factory=True),
                help=info.description or "",
                aliases=tuple(str(alias) for alias in aliases) if isinstance(aliases, list) else (),
                refers_to=str(extra.get("refers_to", "")),
                is_generated=bool(extra.get("generated", False)),
                is_shown=bool(extra.get("shown", True)),
                choices=choices,
            )
        )
    return tuple(out)


def secret_fields(cls: type[Definition]) -> tuple[str, ...]:
    """Names of the fields that hold secrets."""
    return tuple(field.name for field in fields_of(cls) if field.is_secret)


def references_of(definition: Definition) -> tuple[tuple[str, str, str], ...]:
    """(field, namespace, name) of every definition that this one refers to."""
    return tuple(
        (field.name, field.refers_to, value)
        for field in fields_of(type(definition))
        if field.refers_to and (value := getattr(definition, field.name))
    )


def read_definition(cls: type[D], data: Mapping[str, Any]) -> D | list[Problem]:
    """Strictly read a definition; every problem at once, with its path, and never with a secret in it.

    Aliases of fields are accepted, words for "none" (ruling 55) become None where a field refers to something.
    """
    infos = fields_of(cls)
    aliases = {alias: field.name for field in infos for alias in field.aliases}
    referring = {field.name for field in infos if field.refers_to}
    values: dict[str, Any] = {}
    for key, value in data.items():
        name = aliases.get(key, key)
        if name != key and name in data:
            continue  # the field's own name wins over its alias
        if name in referring and isinstance(value, str) and value.lower() in NONE_WORDS:
            value = None
        values[name] = value
    try:
        return cls.model_validate(values)
    except ValidationError as error:
        return _problems(error, cls, values)


def _problems(error: ValidationError, cls: type[Definition], values: Mapping[str, Any]) -> list[Problem]:
    secrets = secret_fields(cls)
    known = [field.name for field in fields_of(cls)]
    out = []
    for one in error.errors(include_url=False, include_context=False, include_input=False):
        location = [str(step) for step in one["loc"]]
        path = "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in location)
        top = location[0] if location else ""
        if one["type"] == "missing":
            out.append(Problem(path, "missing"))
        elif one["type"] == "extra_forbidden":
            near = nearest(top, known) if len(location) == 1 else None
            out.append(Problem(path, "unknown field" + (f", did you mean '{near}'?" if near else "")))
        elif len(location) == 1 and top not in secrets and top in values:
            given = values[top]
            is_plain = isinstance(given, (str, int, float, bool, type(None)))
            out.append(Problem(path, _worded(one["msg"]), given if is_plain else None, is_plain))
        else:
            out.append(Problem(path, _worded(one["msg"])))
    return out


def _worded(message: str) -> str:
    """pydantic's sentence as the rest of a line that begins with a path."""
    for prefix in ("Input should be ", "Value error, "):
        if message.startswith(prefix):
            message = message[len(prefix) :]
            return f"should be {message}" if prefix == "Input should be " else message
    return message[:1].lower() + message[1:]


def _plain_type(annotation: Any) -> tuple[str, bool, tuple[str, ...]]:
    """(type word, may be null, closed set of texts) of an annotation."""
    import types
    from typing import Literal, Union, get_args, get_origin

    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        members = [member for member in get_args(annotation) if member is not type(None)]
        word, _, choices = _plain_type(members[0]) if len(members) == 1 else ("any", True, ())
        return word, type(None) in get_args(annotation), choices
    if origin is Literal:
        return "text", False, tuple(str(choice) for choice in get_args(annotation))
    words: dict[Any, str] = {str: "text", int: "int", float: "float", bool: "bool", Secret: "secret"}
    return words.get(annotation, "any"), False, ()
