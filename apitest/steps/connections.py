"""Connections that sentences open by a URL or a name, and that later sentences mean without saying so: the one opened
last.

A connection lives for the scenario.  Not here: databases, which upstream keeps as stored values (`sql.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import quote, unquote, urlsplit

from apitest.core import sentences
from apitest.errors import StepError
from apitest.steps.step_input import settings_of, text_of

SHORTEST_SECRET = 4
"""Characters of a URL's password that is hidden from now on; hiding a shorter one would hide half of every report."""


class Closable(Protocol):
    def close(self) -> None: ...


T = TypeVar("T", bound=Closable)


class Opened(Generic[T]):
    """kind: what a reader calls them; schemes: of their URLs; example: the sentence that opens one.

    make(ctx, url, name, section): opens one; section: of the configuration, empty where the sentence had the URL.
    """

    def __init__(
        self, kind: str, schemes: tuple[str, ...], example: str, make: Callable[[Any, str, str, dict[str, str]], T]
    ) -> None:
        self._kind = kind
        self._schemes = schemes
        self._example = example
        self._make = make

    def open(self, ctx: Any, url: Any, name: Any = None) -> T:
        """Opens a connection and makes it the one that is meant from now on.

        url: a URL, the name of a connection of this scenario, or of a section `[connection:NAME]`.
        """
        text, known = text_of(url), self._known(ctx)
        section: dict[str, str] = {}
        if text in known and name is None:
            known[text] = known.pop(text)
            return known[text]
        if "://" not in text:
            section = dict(settings_of(ctx, "connection", text))
            name = text if name is None else name
            text = _url_of(section, text)
        if urlsplit(text).scheme.lower() not in self._schemes:
            scheme = text.partition("://")[0]
            raise StepError(f'"{scheme}" is no {self._kind}', f"Its URL begins with {' or '.join(self._schemes)}://")
        password = unquote(urlsplit(text).password or "")
        if len(password) >= SHORTEST_SECRET:
            ctx.apitest.run.secrets.add(password)
        plain = text_of(name) if name is not None else text
        if plain in known:
            known.pop(plain).close()
        made = self._make(ctx, text, plain, section)
        known[plain] = made
        ctx.apitest.cleanups.append(lambda: _close(known, plain, made))
        return made

    def current(self, ctx: Any) -> T:
        """The one opened last; where none was, the only one that the configuration has.  Raises StepError."""
        known = self._known(ctx)
        if known:
            return list(known.values())[-1]
        sections = ctx.apitest.run.config.sections
        fitting = [
            name.partition(":")[2]
            for name, values in sections.items()
            if name.startswith("connection:") and values.get("url", "").partition(":")[0].lower() in self._schemes
        ]
        if len(fitting) == 1:
            return self.open(ctx, fitting[0])
        hint = f"Given {self._example}"
        if fitting:
            sentence = self._example.partition(' "')[0]
            hint = f'Say which: {sentence} "{fitting[0]}" (there are: {", ".join(fitting)})'
        raise StepError(f"No {self._kind} is open", hint)

    def _known(self, ctx: Any) -> dict[str, T]:
        found: dict[str, T] = ctx.apitest.own.setdefault(f"opened {self._kind}", {})
        return found


def limit_of(section: dict[str, str], otherwise: float) -> float:
    """The longest wait for an answer, in seconds, that a section says.  Raises StepError where it makes no sense."""
    text = section.get("timeout", "")
    if not text:
        return otherwise
    seconds = sentences.parse_duration(text) or sentences.parse_number(text)
    if not seconds or seconds < 0:
        raise StepError(f"timeout of the connection is {text!r}", "Write it like 10 seconds")
    return float(seconds)


def _close(known: dict[str, T], name: str, made: T) -> None:
    if known.get(name) is made:
        del known[name]
    made.close()


def _url_of(section: dict[str, str], name: str) -> str:
    """The URL of a section, with its user name and password where it has them apart."""
    if "url" not in section:
        raise StepError(f"[connection:{name}] has no url", "Add: url = ...")
    scheme, separator, rest = section["url"].partition("://")
    if "username" not in section and "password" not in section:
        return section["url"]
    user, password = quote(section.get("username", ""), safe=""), quote(section.get("password", ""), safe="")
    return f"{scheme}{separator}{user}:{password}@{rest.rpartition('@')[2]}"
