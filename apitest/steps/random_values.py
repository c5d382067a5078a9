"""Made-up values by kind, for requests and stored values: `name`, `e-mail`, `text:20`, `number:1..9` ...

Random bits come in as an argument, so that a run's seed decides.  A project adds kinds with `@generator`.
"""

from __future__ import annotations

import difflib
import uuid
from datetime import date, timedelta
from random import Random
from typing import Any

from apitest.catalogue import GENERATORS, generator
from apitest.core.random_text import from_pattern
from apitest.errors import StepError

LETTERS = "abcdefghijklmnopqrstuvwxyz"
FIRST_NAMES = ("Ada", "Boris", "Chen", "Dana", "Emil", "Fatima", "Goran", "Hana", "Ivo", "Jana", "Kofi", "Lena")
LAST_NAMES = ("Abel", "Brandt", "Costa", "Dube", "Evans", "Fischer", "Green", "Horvat", "Ito", "Jensen", "Kaya", "Li")
STREETS = ("Mill Lane", "High Street", "Station Road", "Church Walk", "Harbour Row", "Oak Avenue")
TOWNS = ("Ashford", "Bergen", "Cardiff", "Delft", "Espoo", "Fulda")
TRADES = ("Trading", "Logistics", "Foods", "Textiles", "Instruments", "Printing")
DAYS = 36525
"""Random dates are within a hundred years from 1950-01-01 on."""


def generate(kind: str, random: Random) -> Any:
    """A value of a kind; what stands behind a colon is its argument.  Raises StepError for an unknown one."""
    name, _, argument = kind.partition(":")
    function = GENERATORS.get(name) or GENERATORS.get(name.lower())
    if function is None:
        near = difflib.get_close_matches(name.lower(), list(GENERATORS), 1)
        hint = f'Did you mean "{near[0]}"? ' if near else ""
        raise StepError(f'There is no random "{kind}"', f"{hint}Kinds: {', '.join(sorted(GENERATORS))}")
    return function(random, argument)


def random_string(random: Random) -> str:
    """A text that nothing else has and that can name things: it does not begin with a digit."""
    return f"a{random.getrandbits(128):032x}"


def _digits(random: Random, count: int) -> str:
    return "".join(random.choice("0123456789") for _ in range(count))


def _whole(argument: str, default: int) -> int:
    if not argument:
        return default
    if not argument.isdigit():
        raise StepError(f'"{argument}" is no length', "For instance text:20")
    return int(argument)


@generator("name")
def _name(random: Random, argument: str) -> str:
    """First and last name."""
    return f"{random.choice(FIRST_NAMES)} {random.choice(LAST_NAMES)}"


@generator("e-mail")
def _email(random: Random, argument: str) -> str:
    """Of a domain that can never receive anything (RFC 2606)."""
    return f"{random.choice(FIRST_NAMES).lower()}.{random.getrandbits(48):x}@{argument or 'example.com'}"


@generator("phone")
def _phone(random: Random, argument: str) -> str:
    """Of the numbers kept free for stories."""
    return f"+1-202-555-01{_digits(random, 2)}"


@generator("address")
def _address(random: Random, argument: str) -> str:
    """House number, street and town."""
    return f"{random.randrange(1, 200)} {random.choice(STREETS)}, {random.choice(TOWNS)}"


@generator("company")
def _company(random: Random, argument: str) -> str:
    """A name that ends with Ltd."""
    return f"{random.choice(LAST_NAMES)} {random.choice(TRADES)} Ltd"


@generator("iban")
def _iban(random: Random, argument: str) -> str:
    """German, with right check digits (ISO 13616)."""
    account = _digits(random, 18)
    return f"DE{98 - int(account + '131400') % 97:02d}{account}"


@generator("card")
def _card(random: Random, argument: str) -> str:
    """Sixteen digits that pass Luhn's check."""
    digits = "4" + _digits(random, 14)
    total = sum(
        sum(divmod(int(sign) * (2 if index % 2 == 0 else 1), 10)) for index, sign in enumerate(digits)
    )  # from the left, as the check digit makes the length even
    return f"{digits}{-total % 10}"


@generator("uuid")
def _uuid(random: Random, argument: str) -> str:
    """Of version 4, with dashes."""
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


@generator("ip")
def _ip(random: Random, argument: str) -> str:
    """Of the networks kept free for documents (RFC 5737)."""
    return f"{random.choice(('192.0.2', '198.51.100', '203.0.113'))}.{random.randrange(1, 255)}"


@generator("text")
def _text(random: Random, argument: str) -> str:
    """So many small letters: text:20; ten unless said otherwise."""
    return "".join(random.choice(LETTERS) for _ in range(_whole(argument, 10)))


@generator("number")
def _number(random: Random, argument: str) -> int:
    """A whole number in a range: number:1..9; from 0 to 99 unless said otherwise."""
    first, dots, last = (argument or "0..99").partition("..")
    try:
        low, high = int(first), int(last if dots else first)
        return random.randint(low, high)
    except ValueError:
        raise StepError(f'"number:{argument}" is no range', "For instance number:1..9") from None


@generator("date")
def _date(random: Random, argument: str) -> str:
    """Within a hundred years from 1950 on, as 2026-01-31."""
    return (date(1950, 1, 1) + timedelta(days=random.randrange(DAYS))).isoformat()


@generator("boolean")
def _boolean(random: Random, argument: str) -> bool:
    """True or false."""
    return random.random() < 0.5


@generator("re")
def _re(random: Random, argument: str) -> str:
    """A text that a regular expression fits."""
    return from_pattern(argument, random)
