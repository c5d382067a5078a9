"""The catalogue as pages to read: every sentence with its meaning and an example, markers, kinds of random values.

Used by `apitest steps --format md` and by `make docs`, which writes docs/apitest/steps.md.  Not here: searching
(`core/phrases.py`) and the terminal (`cli/steps.py`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from itertools import groupby

from apitest.catalogue import GENERATORS
from apitest.core import markers
from apitest.core.phrases import Phrase

KEYWORDS = {"given": "Given", "when": "When", "then": "Then"}

ORDER = (
    "http", "http_response", "auth", "json_request", "json", "json_lists", "xml_request", "xml", "soap", "wsdl",
    "dates", "store", "data", "sql", "csv", "files", "process", "server", "core",
)  # fmt: skip
"""Families in reading order; others follow by their names."""
LONGEST_TITLE = 60


def markdown(phrases: Iterable[Phrase], own: Sequence[tuple[str, str, str]] = ()) -> str:
    """Tables of sentences, one a family.  own: (keyword, pattern, place) of steps that were written for behave."""
    lines: list[str] = []
    for _, found in groupby(sorted(phrases, key=_rank), key=lambda phrase: phrase.family):
        members = list(found)
        title, about = about_family(members[0])
        lines += ["", f"## {title}", ""]
        if about:
            lines += [about, ""]
        lines += ["| keyword | sentence | meaning | example |", "|---|---|---|---|"]
        for phrase in members:
            sentence = f"`{phrase.pattern}`{_below(phrase)}"
            cells = (KEYWORDS[phrase.keyword], sentence, phrase.meaning, f"`{phrase.example}`")
            lines.append(_row(cells))
    if own:
        lines += ["", "## Written for behave", "", "| keyword | sentence | place |", "|---|---|---|"]
        lines += [_row((KEYWORDS.get(keyword, "*"), f"`{pattern}`", place)) for keyword, pattern, place in own]
    return "\n".join(lines).strip("\n") + "\n"


def marker_table() -> str:
    """What markers there are, and what each fits."""
    names = markers.names()
    rows = [_row((f"`~{name}{':...' if '...' in title else ''}`", title)) for name, title in names.items()]
    return "\n".join(["| marker | fits |", "|---|---|", *rows]) + "\n"


def generator_table() -> str:
    """The kinds of random values."""
    rows = []
    for name, function in GENERATORS.items():
        about = " ".join((function.__doc__ or "").split()).rstrip(".")
        rows.append(_row((f"`{name}`", about)))
    return "\n".join(["| kind | |", "|---|---|", *sorted(rows)]) + "\n"


def about_family(phrase: Phrase) -> tuple[str, str]:
    """Title of a phrase's family and what it is about: the first sentence of its module's docstring."""
    module = sys.modules.get(phrase.function.__module__)
    text = " ".join((module.__doc__ or "").strip().partition("\n\n")[0].split()) if module else ""
    title, colon, about = text.partition(":")
    if not colon and 0 < len(text) <= LONGEST_TITLE:
        title = text.rstrip(".")
    elif not colon or len(title) > LONGEST_TITLE:
        title, about = phrase.family.replace("_", " ").capitalize(), text
    about = about.strip()
    return title.strip(), about[:1].upper() + about[1:]


def _rank(phrase: Phrase) -> tuple[int, str]:
    known = phrase.family in ORDER
    return (ORDER.index(phrase.family) if known else len(ORDER), phrase.family)


def _below(phrase: Phrase) -> str:
    """What stands below the sentence."""
    names = {"table": "table", "doc": "doc string"}
    needed = [names[what] for what in sorted(phrase.needs)]
    taken = [f"{names[what]} if wanted" for what in sorted(phrase.takes - phrase.needs)]
    return f" + {', '.join([*needed, *taken])}" if needed or taken else ""


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"
