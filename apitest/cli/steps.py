"""`apitest steps`: the sentences in force, built-in and the project's own, as text, Markdown or JSON."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from apitest.core.phrases import Phrase

_HOLE = re.compile(r"\{[^{}]*\}")

KEYWORDS = {"given": "Given", "when": "When", "then": "Then"}


@click.command("steps")
@click.argument("words", nargs=-1)
@click.option("--format", "style", type=click.Choice(["text", "md", "json"]), default="text", help="[text]")
@click.option("--project", "path", metavar="PATH", default=".", help="Whose own sentences to show.  [this folder]")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="[auto]")
def command(words: tuple[str, ...], style: str, path: str, color: str) -> int:
    """Shows the sentences that have all WORDS in them, in their meaning or in their example."""
    from apitest.project import locate
    from apitest.sentences import load_sentences

    project, _ = locate([path])
    sentences = load_sentences(project)
    found = sentences.book.search(" ".join(words))
    own = [item for item in sentences.steps.patterns() if all(word.lower() in item[1].lower() for word in words)]
    if style == "json":
        click.echo(json.dumps([*map(_fields, found), *map(_own_fields, own)], ensure_ascii=False, indent=1))
    elif style == "md":
        from apitest.catalogue_text import markdown

        click.echo(markdown(found, own), nl=False)
    else:
        _write_text(found, own, words, len(sentences.book), color)
    return 0 if found or own else 1


def _write_text(
    found: list[Phrase], own: list[tuple[str, str, str]], words: tuple[str, ...], total: int, color: str
) -> None:
    import sys

    from apitest.reporters.terminal import Terminal

    out = Terminal(sys.stdout, color)
    for phrase in found:
        out.line("  " + _marked(phrase.pattern, words, out) + out.paint(_below(phrase), "dim"))
        out.line(f"     {phrase.meaning}")
        if phrase.example:
            out.line(f"     {KEYWORDS[phrase.keyword]} {phrase.example}")
        out.line("     " + out.paint(_place(phrase), "dim"))
        out.line()
    for keyword, pattern, place in own:
        out.line(f"  {_marked(pattern, words, out)}")
        out.line(f"     {KEYWORDS.get(keyword, '*')}, written for behave")
        out.line("     " + out.paint(place, "dim"))
        out.line()
    count = len(found) + len(own)
    if not count:
        out.line(f"  No sentence has {' and '.join(repr(word) for word in words)} in it; there are {total}.")
        out.line("  All of them    apitest steps")
        return
    of = f" of {total + len(own)}" if words else ""
    out.line(f"  {count}{of} {'sentence' if count == 1 and not of else 'sentences'}")


def _marked(pattern: str, words: tuple[str, ...], out: Any) -> str:
    """The pattern with its holes and the searched words painted."""
    spans = [(found.start(), found.end(), "place") for found in _HOLE.finditer(pattern)]
    for word in words:
        for match in re.finditer(re.escape(word), pattern, re.IGNORECASE):
            if not any(start < match.end() and match.start() < end for start, end, _ in spans):
                spans.append((match.start(), match.end(), "strong"))
    text, position = "", 0
    for start, end, kind in sorted(spans):
        text += pattern[position:start] + out.paint(pattern[start:end], kind)
        position = end
    return text + pattern[position:]


def _below(phrase: Phrase) -> str:
    names = {"table": "a table", "doc": "a doc string"}
    needs = [names[name] for name in sorted(phrase.needs)]
    takes = [names[name] for name in sorted(phrase.takes - phrase.needs)]
    parts = ([f"with {' and '.join(needs)}"] if needs else []) + ([f"may have {' or '.join(takes)}"] if takes else [])
    return f"   ({', '.join(parts)})" if parts else ""


def _place(phrase: Phrase) -> str:
    from pathlib import Path

    from apitest.config import shown

    file = Path(phrase.file)
    parts = file.parts
    if "apitest" in parts[:-1] and parts[-2] == "steps":
        return "/".join(parts[-3:])
    return f"{shown(file)}:{phrase.line}"


def _fields(phrase: Phrase) -> dict[str, Any]:
    return {
        "sentence": phrase.pattern,
        "keyword": phrase.keyword,
        "meaning": phrase.meaning,
        "example": phrase.example,
        "family": phrase.family,
        "needs": sorted(phrase.needs),
        "takes": sorted(phrase.takes),
        "file": phrase.file,
        "line": phrase.line,
    }


def _own_fields(item: tuple[str, str, str]) -> dict[str, Any]:
    keyword, pattern, place = item
    file, _, line = place.rpartition(":")
    return {"sentence": pattern, "keyword": keyword, "family": "behave", "file": file, "line": int(line or 0)}
