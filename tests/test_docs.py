"""Whatever a user can name is in the documentation, and what the documentation names is there.

Reference pages are made from the code (`make docs`); the tests here say which of them are out of date, and look at what
a generator cannot know: pages written by hand, their links, the commands that they tell people to type.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(?:console|sh|bash|text)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
GHERKIN = re.compile(r"^```gherkin\n(.*?)^```", re.MULTILINE | re.DOTALL)
STEP = re.compile(r"\s*(?:Given|When|Then|And|But|\*) (.+?):?\s*$")
CODE = re.compile(r"`([^`\n]+)`")
# A program's name at the start of a shown command, and the words after it.
COMMAND = re.compile(r"^(?:\$ |\.venv/bin/)?(apitest-server|apitest) ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)*)")


@cache
def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_reference", DOCS / "make_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pages() -> list[Path]:
    tops = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CHANGELOG.md")]
    inner = [path for folder in ("docs", "tests", "features") for path in sorted((ROOT / folder).rglob("*.md"))]
    return tops + inner


def complain(found: list[str], rule: str) -> None:
    if found:
        pytest.fail(f"{rule}\n  " + "\n  ".join(found), pytrace=False)


def test_reference_pages_say_what_the_code_says() -> None:
    complain([f"docs/{name}" for name in reference().stale_pages()], "Out of date, make them anew with `make docs`:")


def test_each_link_leads_somewhere() -> None:
    found = []
    for page in pages():
        for target in LINK.findall(page.read_text("utf-8")):
            path, _, anchor = target.partition("#")
            if "://" in target or target.startswith("mailto:"):
                continue
            place = page.parent / path if path else page
            if not place.exists():
                found.append(f"{page.relative_to(ROOT)}: {target}")
            elif anchor and place.suffix == ".md" and anchor not in anchors_of(place):
                found.append(f"{page.relative_to(ROOT)}: no heading for #{anchor}")
    complain(found, "Links that lead nowhere:")


@cache
def anchors_of(page: Path) -> frozenset[str]:
    """The names that GitHub gives to headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)


def test_each_page_of_docs_can_be_reached_from_the_index() -> None:
    seen = set()
    waiting = [DOCS / "index.md"]
    while waiting:
        page = waiting.pop().resolve()
        if page in seen or page.suffix != ".md" or not page.is_file():
            continue
        seen.add(page)
        targets = (target.partition("#")[0] for target in LINK.findall(page.read_text("utf-8")))
        waiting += [page.parent / target for target in targets if target and "://" not in target]
    lost = [str(page.relative_to(ROOT)) for page in DOCS.rglob("*.md") if page.resolve() not in seen]
    complain(sorted(lost), "Pages that no link leads to, starting at docs/index.md:")


def test_each_step_is_in_the_catalogue_page() -> None:
    import apitest.steps  # noqa: F401
    from apitest.catalogue import BUILT_IN

    text = (DOCS / "apitest" / "steps.md").read_text("utf-8").replace("\\|", "|")
    complain(
        [phrase.pattern for phrase in BUILT_IN.phrases() if phrase.pattern not in text],
        "Sentences that docs/apitest/steps.md does not have:",
    )


def test_each_shown_sentence_exists() -> None:
    import apitest.steps  # noqa: F401
    from apitest.catalogue import BUILT_IN
    from apitest.core.phrases import Match

    found = []
    for page in pages():
        for block in GHERKIN.findall(page.read_text("utf-8")):
            for line in block.splitlines():
                step = STEP.match(line)
                if step and not isinstance(BUILT_IN.match(step[1]), Match):
                    found.append(f"{page.relative_to(ROOT)}: {step[1]}")
    complain(found, "Sentences that are shown and do not exist:")


def test_each_connection_type_is_explained_by_hand() -> None:
    text = "\n".join(page.read_text("utf-8") for page in (DOCS / "server").glob("**/*.md"))
    missing = [one.id for one in reference().connection_types() if f"`{one.id}`" not in text]
    complain(missing, "Connection types that no page of docs/server/ names:")


def test_each_shown_command_exists() -> None:
    programs = {"apitest": apitest_command(), "apitest-server": server_command()}
    found = []
    for page in pages():
        for line in shown_lines(page.read_text("utf-8")):
            match = COMMAND.match(line)
            if match and not is_command(programs[match[1]], match[2].split()):
                found.append(f"{page.relative_to(ROOT)}: {line}")
    complain(found, "Commands that are shown and do not exist:")


def shown_lines(text: str) -> Iterator[str]:
    for block in FENCE.findall(text):
        yield from (line.strip() for line in block.splitlines())
    yield from CODE.findall(FENCE.sub("", text))


def is_command(command: click.Command, words: list[str]) -> bool:
    """True if the words lead to a command; words after a command that is no group are its arguments."""
    for word in words:
        if not isinstance(command, click.Group):
            return True
        inner = command.get_command(click.Context(command), word)
        if inner is None:
            return False
        command = inner
    return True


def apitest_command() -> Any:
    from apitest.cli import commands

    return commands


def server_command() -> Any:
    from server.cli.main import cli

    return cli


def test_changes_are_named_by_issue_and_kind() -> None:
    form = re.compile(r"\d+(-[a-z0-9-]+)?\.(added|changed|fixed|removed|security)\.md")
    wrong = [
        path.name for path in (ROOT / "changes").iterdir() if path.name != "README.md" and not form.match(path.name)
    ]
    complain(wrong, "Files of changes/ that are not named <issue>.<added|changed|fixed|removed|security>.md:")
