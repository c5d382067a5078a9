"""Writes the reference pages that are made from the code; with `--check` says which of them are out of date.

    .venv/bin/python docs/make_reference.py [--check]

Each page is a function from what the code declares to text, listed in PAGES.  `tests/test_docs.py` runs the check.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path.insert(0, str(ROOT))

MADE = "<!-- Made by `make docs` from the code; do not edit. -->\n"


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print(__doc__)
        return 2
    if arguments:
        stale = stale_pages()
        for name in stale:
            print(f"docs/{name} is out of date: make docs")
        return 1 if stale else 0
    for name, make in PAGES.items():
        path = DOCS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(make(), "utf-8")
        print(f"docs/{name}")
    return 0


def stale_pages() -> list[str]:
    """Names of the pages whose text is not what the code says now."""
    return [
        name
        for name, make in PAGES.items()
        if not (DOCS / name).is_file() or (DOCS / name).read_text("utf-8") != make()
    ]


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(cell(text) for text in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def first_paragraph(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")


# ---- errors


def errors_page() -> str:
    from server import errors

    shape = (
        '{"cid": "...", "error": "input", "message": "...", '
        '"problems": [{"path": "/qty", "problem": "...", "given": "many"}]}'
    )
    rows = []
    for cls in all_subclasses(errors.ServerError):
        status = str(cls.status)
        meaning = first_paragraph(cls).removeprefix(f"{status}: ")
        rows.append([f"`{cls.code}`", status, f"`{cls.__name__}`", meaning[:1].upper() + meaning[1:], cls.hint])
    rows.sort(key=lambda row: (row[1], row[0], row[2]))
    return (
        f"{MADE}\n# Errors of the server\n\n"
        "Every refusal has one shape. `error` is a stable code; `cid` finds the call in the server's log; `problems`\n"
        "is there when there is a place to point at, or more than one thing to mend.\n\n"
        f"```json\n{shape}\n```\n\n"
        "A service may raise any of these classes (`from server.errors import NotFound`); other exceptions become a\n"
        "500 without internals, and a traceback in the log.\n\n"
        + table(["code", "status", "class", "meaning", "what to do"], rows)
    )


def all_subclasses(base: type[Any]) -> Iterator[type[Any]]:
    """Those declared beside the base: families first, then their members."""
    for cls in base.__subclasses__():
        if cls.__module__ == base.__module__:
            if not cls.__subclasses__() or "code" in vars(cls):
                yield cls
            yield from all_subclasses(cls)


PAGES: dict[str, Callable[[], str]] = {
    "reference/errors.md": errors_page,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
