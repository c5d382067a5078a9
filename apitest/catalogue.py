"""Where sentences, markers, types and generators are registered: the decorators of the step library and of users'
own steps.

    @step('the basket of "{user}" has {n} items', "then", meaning="...", example='the basket of "ann" has 3 items')
    def basket_has(ctx, user, n): ...

What they register goes to `BUILT_IN`, or to the book given to `collecting` while a project's own steps are loaded.
Not here: the notation (`core/notation.py`) and matching (`core/phrases.py`).
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from apitest.core import markers
from apitest.core.notation import PhraseType
from apitest.core.phrases import Phrase, PhraseBook
from apitest.errors import PhraseError, StepError

Function = TypeVar("Function", bound=Callable[..., Any])

KEYWORDS = ("given", "when", "then")
FOLLOWERS = frozenset(("table", "doc"))

BUILT_IN = PhraseBook(
    types=(
        PhraseType(
            "inbox",
            choices=(
                "WebSocket",
                "AMQP queue",
                "ZeroMQ",
                "Redis channel",
                "event stream",
                "GraphQL subscription",
                "Kafka topic",
                "MQTT topic",
            ),
        ),
        PhraseType("where", choices=("header", "query", "cookie")),
        PhraseType("word", regex=re.compile(r"[^\s\",]+")),
    ),
    is_lazy=True,
)
"""The sentences that ship; filled by importing `apitest.steps`.  That none of them is broken and no two could mean one
sentence is checked by `BUILT_IN.check()`, in a test."""

GENERATORS: dict[str, Callable[..., Any]] = {}
"""Kinds of random values by name; filled by `generator`."""

_collecting: list[PhraseBook] = [BUILT_IN]


@contextlib.contextmanager
def collecting(book: PhraseBook) -> Iterator[PhraseBook]:
    """While this lasts, the decorators register into `book`, usually `PhraseBook(BUILT_IN)`.

    Loading is done one project at a time: the book in force is the process's, not the greenlet's.  Markers of a project
    that was loaded before are forgotten.
    """
    markers.forget_own()
    _collecting.append(book)
    try:
        yield book
    finally:
        _collecting.remove(book)


def step(
    pattern: str,
    keyword: str = "given",
    *,
    meaning: str,
    example: str,
    needs: str | Iterable[str] = (),
    takes: str | Iterable[str] = (),
    inner: str = "",
    upstream: bool = False,
) -> Callable[[Function], Function]:
    """Registers a sentence of the step library.

    The function is called as `f(ctx, **arguments)`: the holes by their names, `choice`, `choice_2` ... for `(a/b)`.
    needs: "table", "doc" or both, without which the sentence is an error; takes: what may follow besides.  inner:
    see `Phrase`.  upstream: old suites know the sentence too.

    Raises PhraseError when the pattern is broken or collides with another; both places are named.
    """
    if not meaning or not example:
        raise PhraseError(f"{pattern}: a sentence of the library needs a meaning and an example")
    return _register(pattern, keyword, meaning, example, needs, takes, upstream, inner)


def user_step(
    pattern: str,
    keyword: str = "given",
    *,
    meaning: str = "",
    example: str = "",
    needs: str | Iterable[str] = (),
    takes: str | Iterable[str] = ("table", "doc"),
) -> Callable[[Function], Function]:
    """The same for a project's own steps, where meaning and example may be left out."""
    return _register(pattern, keyword, meaning, example, needs, takes, False)


def _register(
    pattern: str,
    keyword: str,
    meaning: str,
    example: str,
    needs: str | Iterable[str],
    takes: str | Iterable[str],
    upstream: bool,
    inner: str = "",
) -> Callable[[Function], Function]:
    needed, taken = _followers(pattern, needs), _followers(pattern, takes)
    if keyword.lower() not in KEYWORDS:
        raise PhraseError(f"{pattern}: the keyword is {keyword!r}", f"Use one of: {', '.join(KEYWORDS)}.")

    def decorate(function: Function) -> Function:
        code = getattr(function, "__code__", None)
        phrase = Phrase(
            pattern=pattern,
            function=function,
            keyword=keyword.lower(),
            meaning=meaning or (function.__doc__ or "").strip().partition("\n")[0],
            example=example,
            family=(function.__module__ or "own").rpartition(".")[2],  # None: behave executes steps without a name
            needs=needed,
            takes=taken | needed,
            inner=inner,
            file=code.co_filename if code else "",
            line=code.co_firstlineno if code else 0,
            is_upstream=upstream,
        )
        # A family may be imported while a project's own steps are loaded.
        is_ours = (function.__module__ or "").startswith("apitest.steps.")
        (BUILT_IN if is_ours else _collecting[-1]).add(phrase)
        return function

    return decorate


def _followers(pattern: str, names: str | Iterable[str]) -> frozenset[str]:
    found = frozenset((names,) if isinstance(names, str) else names)
    if unknown := found - FOLLOWERS:
        raise PhraseError(f"{pattern}: needs and takes know 'table' and 'doc', not {', '.join(sorted(unknown))}")
    return found


def matcher(name: str) -> Callable[[Function], Function]:
    """Registers a marker of a project's own: `~name` or `~name:argument` in expected values.

    The function is called as `f(actual, argument)`, argument being "" where none is given; it returns True where the
    value fits, else False or a text that says why not.
    """

    def decorate(function: Function) -> Function:
        try:
            markers.register(name, function)
        except StepError as error:
            raise PhraseError(error.message, error.hint) from None
        return function

    return decorate


def generator(kind: str) -> Callable[[Function], Function]:
    """Registers a kind of random value: `I store a random "kind" under "x"`.

    The function is called as `f(random, argument)`: a `random.Random` that follows the run's seed, and what stands
    after the colon in `kind:argument`, "" where there is none.
    """

    def decorate(function: Function) -> Function:
        if kind in GENERATORS and not _is_same_place(GENERATORS[kind], function):
            raise PhraseError(f"random {kind!r} is registered twice", "Give one of them another name.")
        GENERATORS[kind] = function
        return function

    return decorate


def type(name: str, regex: str | None = None, *, choices: Iterable[str] = ()) -> Callable[[Function], Function]:
    """Registers a type of bare hole, `{price:Money}` or `{Money}`; the function turns the text into the argument.

    Either a regular expression for what stands in the sentence, or texts of which one must stand there.
    """

    def decorate(function: Function) -> Function:
        texts = tuple(choices)
        if bool(texts) == (regex is not None):
            raise PhraseError(f"the type {name!r} needs either a regular expression or choices")
        try:
            compiled = re.compile(regex) if regex is not None else None
        except re.error as error:
            raise PhraseError(f"the type {name!r}: {error}", "Correct its regular expression.") from None
        _collecting[-1].add_type(PhraseType(name, compiled, function, texts))
        return function

    return decorate


def _is_same_place(one: Callable[..., Any], other: Callable[..., Any]) -> bool:
    """Whether two functions come from one line, i.e. a file was loaded again."""
    first, second = getattr(one, "__code__", None), getattr(other, "__code__", None)
    return (
        first is not None
        and second is not None
        and first.co_filename == second.co_filename
        and (first.co_firstlineno == second.co_firstlineno)
    )
