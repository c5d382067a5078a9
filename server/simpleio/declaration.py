"""A service class -> `Declaration`: what it takes and gives, compiled once, when it is deployed.

Declared in an inner class `SimpleIO` or as `input` and `output` of the service itself.  Element types are in
`elements.py`; reading and writing by a declaration in `read.py` and `write.py`.  Pure.
Source: server-interface.md 2.9, rulings 39-48.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import CoreSchema, SchemaValidator, core_schema

from server.kernel.names import nearest
from server.simpleio.elements import NOT_GIVEN, AsIs, Bool, DeclarationError, Element, Float, Int, Secret, Text

INPUT_PARTS = ("input_required", "input_optional", "input")
OUTPUT_PARTS = ("output_required", "output_optional", "output")
OPTIONS = (
    "request_elem",
    "response_elem",
    "default_value",
    "default_input_value",
    "default_output_value",
    "skip_empty_keys",
    "skip_empty_request_keys",
    "skip_empty_response_keys",
    "force_empty_keys",
    "output_repeated",
    "allow_empty_required",
    "strict_output",
)
KNOWN = (*INPUT_PARTS, *OUTPUT_PARTS, *OPTIONS)


class MissingText(str):
    """What a missing optional input is: an empty text that `Input.get` can tell from one that was sent (ruling 42)."""

    __slots__ = ()

    def __reduce__(self) -> str:
        return "MISSING"

    def __copy__(self) -> MissingText:
        return self

    def __deepcopy__(self, memo: Any) -> MissingText:
        return self


MISSING = MissingText()


@dataclass(frozen=True, slots=True)
class Words:
    """Names that mean a type: whole ones, beginnings, endings."""

    exact: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()

    def match(self, name: str) -> bool:
        return (
            name in self.exact
            or (bool(self.prefixes) and name.startswith(self.prefixes))
            or (bool(self.suffixes) and name.endswith(self.suffixes))
        )


_SECRET_NAMES = (
    "auth_data auth_token password password1 password2 secret_key tls_pem_passphrase token api_key apiKey xApiKey"
)


@dataclass(frozen=True, slots=True)
class Inference:
    """Which names mean a type, where none is declared, and other settings of simple-io.conf."""

    bool_words: Words = Words(prefixes=("by_", "has_", "is_", "may_", "needs_", "should_"))
    int_words: Words = Words(exact=("id",), suffixes=("_count", "_id", "_size", "_size_min", "_size_max", "_timeout"))
    secret_words: Words = Words(exact=tuple(_SECRET_NAMES.split()))
    response_elem: str = ""
    bytes_to_str_encoding: str = "utf-8"

    def element(self, name: str) -> Element:
        """The element that a bare name declares."""
        plain = name.lstrip("-")
        if self.secret_words.match(plain):
            return Secret(name)
        if self.int_words.match(plain):
            return Int(name)
        if self.bool_words.match(plain):
            return Bool(name)
        return Text(name)


DEFAULT_INFERENCE = Inference()


@dataclass(frozen=True, slots=True)
class Declaration:
    """Input and output of one service.

    input, output: elements in order of declaration, required and optional.  has_input, has_output: false if nothing
    is declared, then anything passes.  The fields that begin with `run_` are made for speed; read.py and write.py
    use them.
    """

    input: tuple[Element, ...] = ()
    output: tuple[Element, ...] = ()
    has_input: bool = False
    has_output: bool = False
    request_elem: str = ""
    response_elem: str = ""
    is_output_repeated: bool = False
    is_output_strict: bool = False
    skip_empty: frozenset[str] = frozenset()
    secret_names: frozenset[str] = frozenset()
    encoding: str = "utf-8"
    run_validate: Callable[[Any], Any] = field(default=lambda raw: raw, repr=False, compare=False)
    run_empty_is_missing: frozenset[str] = field(default=frozenset(), repr=False)
    run_null_is_missing: bool = True
    run_writers: tuple[tuple[str, type[Any] | None, Callable[[Any], Any], bool, Any], ...] = field(
        default=(), repr=False, compare=False
    )
    run_names: frozenset[str] = field(default=frozenset(), repr=False)

    def input_element(self, name: str) -> Element | None:
        """The declared input of this name."""
        return next((one for one in self.input if one.name == name), None)


EMPTY = Declaration()


def compile_declaration(cls: type[Any], inference: Inference = DEFAULT_INFERENCE) -> Declaration:
    """What a service class declares.  Raises DeclarationError with the attribute that is wrong."""
    holder = getattr(cls, "SimpleIO", None)
    options = _options(holder)
    inputs = _part(cls, holder, INPUT_PARTS, inference)
    outputs = _part(cls, holder, OUTPUT_PARTS, inference)
    has_input, has_output = inputs is not None, outputs is not None
    default = options.get("default_value", NOT_GIVEN)
    input_default = options.get("default_input_value", default)
    output_default = options.get("default_output_value", default)
    skip_all = bool(options.get("skip_empty_keys"))
    allow_empty = options.get("allow_empty_required")
    takes, gives = tuple(inputs or ()), tuple(outputs or ())
    skip_input = skip_all or bool(options.get("skip_empty_request_keys"))
    return Declaration(
        input=takes,
        output=gives,
        has_input=has_input,
        has_output=has_output,
        request_elem=_text_option(options, "request_elem"),
        response_elem=_text_option(options, "response_elem") or inference.response_elem,
        is_output_repeated=bool(options.get("output_repeated", False)),
        is_output_strict=bool(options.get("strict_output", False)),
        skip_empty=_skip_empty(gives, options, skip_all),
        secret_names=frozenset(one.name for one in (*takes, *gives) if one.is_secret),
        encoding=inference.bytes_to_str_encoding,
        run_validate=_validator(takes, input_default, skip_input, bool(allow_empty)),
        run_empty_is_missing=frozenset(
            one.name for one in takes if (one.is_optional and not one.is_text) or allow_empty is False
        ),
        run_null_is_missing=not allow_empty,
        run_writers=tuple(
            (one.name, _passes_as_is(one), one.write, one.is_optional, _output_default(one, output_default))
            for one in gives
        ),
        run_names=frozenset(one.name for one in gives),
    )


def elements_of(value: Any, inference: Inference = DEFAULT_INFERENCE) -> list[Element]:
    """A declared name, element, or list of both -> elements.  Raises DeclarationError."""
    if isinstance(value, (str, Element)):
        value = (value,)
    elif isinstance(value, type) and issubclass(value, Element):
        raise DeclarationError(f"{value.__name__} is a type; give it a name: {value.__name__}('...')")
    elif isinstance(value, (Mapping, set)) or not isinstance(value, Iterable):
        raise DeclarationError(f"expected names or elements, found {type(value).__name__}")
    out: list[Element] = []
    for one in value:
        if isinstance(one, Element):
            out.append(one)
        elif isinstance(one, str) and one.lstrip("-"):
            out.append(inference.element(one))
        elif isinstance(one, type) and issubclass(one, Element):
            raise DeclarationError(f"{one.__name__} is a type; give it a name: {one.__name__}('...')")
        elif isinstance(one, (list, tuple)):
            out.extend(elements_of(one, inference))
        else:
            raise DeclarationError(f"expected a name or an element, found {one!r}")
    return out


def _part(cls: type[Any], holder: Any, names: tuple[str, str, str], inference: Inference) -> list[Element] | None:
    required, optional, both = names
    out: list[Element] = []
    found = False
    for name in names:
        for place in (holder, cls if name == both else None):
            value = getattr(place, name, None) if place is not None else None
            if value is None or callable(value) and not isinstance(value, type):
                continue
            found = True
            try:
                elements = elements_of(value, inference)
            except DeclarationError as error:
                raise DeclarationError(f"{name}: {error.reason}", name) from None
            if name == optional:
                elements = [one.with_optional(True) for one in elements]
            known = {one.name for one in out}
            for one in elements:
                if one.name in known:
                    raise DeclarationError(f"{name}: '{one.name}' is declared twice", name)
                known.add(one.name)
                out.append(one)
    return out if found else None


def _options(holder: Any) -> dict[str, Any]:
    if holder is None:
        return {}
    if not isinstance(holder, type):
        raise DeclarationError("SimpleIO has to be a class", "SimpleIO")
    out: dict[str, Any] = {}
    for name in dir(holder):
        if name.startswith("_"):
            continue
        if name in OPTIONS:
            out[name] = getattr(holder, name)
        elif name not in KNOWN and not callable(getattr(holder, name)):
            near = nearest(name, KNOWN)
            # A name that is like none of ours is the user's own business; a near miss is a typing error.
            if near is not None:
                raise DeclarationError(f"SimpleIO has no attribute '{name}'. Did you mean '{near}'?", name)
    return out


def _text_option(options: Mapping[str, Any], name: str) -> str:
    value = options.get(name) or ""
    if not isinstance(value, str):
        raise DeclarationError(f"{name} has to be a text, not {type(value).__name__}", name)
    return value


def _skip_empty(gives: Iterable[Element], options: Mapping[str, Any], skip_all: bool) -> frozenset[str]:
    if not (skip_all or options.get("skip_empty_response_keys")):
        return frozenset()
    forced = options.get("force_empty_keys") or ()
    kept = {forced} if isinstance(forced, str) else set(forced)
    return frozenset(one.name for one in gives if one.name not in kept)


# PERF by the function that writes: values of exactly this type are left as they are, so it need not be called.
_AS_IS: dict[Any, type[Any]] = {Text.write: str, Int.write: int, Bool.write: bool, Float.write: float}


def _passes_as_is(element: Element) -> type[Any] | None:
    return _AS_IS.get(type(element).write)  # an element type of the user's own may write otherwise


def _output_default(element: Element, general: Any) -> Any:
    return element.default if element.default is not NOT_GIVEN else general


def _validator(takes: tuple[Element, ...], default: Any, skip_missing: bool, allow_empty: bool) -> Callable[[Any], Any]:
    fields = {}
    for one in takes:
        schema = one.schema()
        if allow_empty:
            schema = _or_empty(schema)
        if one.is_optional:
            if one.default is not NOT_GIVEN:
                schema = _with_default(schema, one.fresh_default)
            elif default is not NOT_GIVEN:
                schema = core_schema.with_default_schema(schema, default=default)
            elif not skip_missing:
                schema = core_schema.with_default_schema(schema, default=MISSING)
        fields[one.name] = core_schema.typed_dict_field(schema, required=not one.is_optional)
    try:
        json.dumps(list(fields))  # names have to be plain texts
        validator = SchemaValidator(core_schema.typed_dict_schema(fields, extra_behavior="ignore"))
    except Exception as error:  # pragma: no cover
        raise DeclarationError(f"the declaration cannot be compiled: {error}") from error
    return validator.validate_python


def _with_default(schema: CoreSchema, make: Callable[[], Any]) -> CoreSchema:
    value = make()
    if isinstance(value, (list, dict, set)):
        return core_schema.with_default_schema(schema, default_factory=make)
    return core_schema.with_default_schema(schema, default=value)


def _or_empty(schema: CoreSchema) -> CoreSchema:
    empty = core_schema.union_schema([core_schema.none_schema(), core_schema.literal_schema([""])])
    return core_schema.union_schema([empty, schema], mode="left_to_right")


__all__ = ["EMPTY", "MISSING", "AsIs", "Declaration", "Inference", "Words", "compile_declaration", "elements_of"]
