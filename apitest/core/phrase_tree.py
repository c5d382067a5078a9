"""The tree of words that all phrases of a book share: putting a phrase in, finding those that fit a sentence, and
finding those that could fit a sentence of another phrase.

Not here: what a phrase carries besides its words (`phrases.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from apitest.core import sentences
from apitest.core.notation import Hole, Part, PhraseType, Variant
from apitest.core.sentences import Kind, Token

if TYPE_CHECKING:
    from apitest.core.phrases import Phrase


@dataclass(frozen=True, slots=True)
class Raw:
    """A value as written, still to be looked up (`lookups.resolve_arguments`).

    kind: `text` (escapes undone), `payload` (as it stands), `number` or `duration` (a look-up that must give one), or
    `expression`, which is never looked up.
    """

    text: str
    kind: Literal["text", "payload", "number", "duration", "expression"] = "text"


@dataclass(slots=True)
class Node:
    """All phrases that begin with the same words and holes, up to here."""

    words: dict[str, Node] = field(default_factory=dict)
    fixed_texts: dict[str, Node] = field(default_factory=dict)
    text: Node | None = None
    number: Node | None = None
    duration: Node | None = None
    typed: list[tuple[PhraseType, Node]] = field(default_factory=list)
    ends: list[Entry] = field(default_factory=list)  # phrases that are complete here
    payloads: list[Entry] = field(default_factory=list)  # ... that take the rest as a payload
    steps: list[Entry] = field(default_factory=list)  # ... that take the rest as a sentence


@dataclass(frozen=True, slots=True)
class Entry:
    phrase: Phrase
    variant: Variant
    names: tuple[str, ...]


def insert(node: Node, entry: Entry) -> None:
    after_number = False
    for part in entry.variant.parts:
        if part.hole is Hole.PAYLOAD:
            node.payloads.append(entry)
            return
        if part.hole is Hole.STEP:
            node.steps.append(entry)
            return
        node = _child(node, part, after_number)
        after_number = after_number or part.hole is Hole.NUMBER
    node.ends.append(entry)


def _child(node: Node, part: Part, after_number: bool) -> Node:
    """The node below for this part, made when missing.  After a number a word stands for its singular and plural."""
    if part.hole is Hole.TEXT:
        node.text = node.text or Node()
        return node.text
    if part.hole is Hole.NUMBER:
        node.number = node.number or Node()
        return node.number
    if part.hole is Hole.DURATION:
        node.duration = node.duration or Node()
        return node.duration
    if part.hole is Hole.TYPED:
        assert part.type is not None
        for kind, child in node.typed:
            if kind == part.type:
                return child
        child = Node()
        node.typed.append((part.type, child))
        return child
    if part.is_quoted:
        return node.fixed_texts.setdefault(part.word, Node())
    forms = sentences.number_forms(part.word) if after_number else (part.word,)
    known = next((node.words[form] for form in forms if form in node.words), None) or Node()
    for form in forms:
        node.words.setdefault(form, known)
    return known


def walk(
    node: Node,
    sentence: str,
    tokens: list[Token],
    index: int,
    values: tuple[Any, ...],
    found: list[tuple[Entry, tuple[Any, ...]]],
) -> None:
    """Collects every entry that fits tokens[index:], with the values of its holes."""
    if index == len(tokens):
        found.extend((entry, values) for entry in node.ends)
        return
    token = tokens[index]
    kind, value, after = token.kind, token.value, index + 1
    if kind is Kind.TEXT or kind is Kind.UNCLOSED:
        if kind is Kind.TEXT:
            if node.text is not None:
                walk(node.text, sentence, tokens, after, (*values, Raw(value)), found)
            if value in node.fixed_texts:
                walk(node.fixed_texts[value], sentence, tokens, after, values, found)
        if node.payloads and sentence[-1] == '"' and len(sentence) > token.start + 1:
            payload = Raw(sentence[token.start + 1 : -1], "payload")
            found.extend((entry, (*values, payload)) for entry in node.payloads)
    else:
        child = node.words.get(value)
        if child is not None:
            walk(child, sentence, tokens, after, values, found)
    if kind is not Kind.WORD and kind is not Kind.UNCLOSED:
        if node.number is not None:
            number = sentences.parse_number(value)
            if number is not None:
                walk(node.number, sentence, tokens, after, (*values, number), found)
            elif sentences.is_lookup(value):
                walk(node.number, sentence, tokens, after, (*values, Raw(value, "number")), found)
        if node.duration is not None:
            if kind is Kind.NUMBER and after < len(tokens) and tokens[after].kind is Kind.WORD:
                value, after = f"{value} {tokens[after].value}", after + 1
            seconds = sentences.parse_duration(value)
            if seconds is not None:
                walk(node.duration, sentence, tokens, after, (*values, seconds), found)
            elif sentences.is_lookup(value):
                walk(node.duration, sentence, tokens, after, (*values, Raw(value, "duration")), found)
    for phrase_type, child in node.typed:
        _walk_typed(phrase_type, child, sentence, tokens, index, values, found)
    if node.steps:
        found.extend((entry, (*values, sentence[token.start :])) for entry in node.steps)


def _walk_typed(
    kind: PhraseType,
    child: Node,
    sentence: str,
    tokens: list[Token],
    index: int,
    values: tuple[Any, ...],
    found: list[tuple[Entry, tuple[Any, ...]]],
) -> None:
    """A type may take several words: what its regex matches must end where a token ends."""
    assert kind.regex is not None
    hit = kind.regex.match(sentence, tokens[index].start)
    if hit is None or hit.end() == hit.start():
        return
    for after in range(index, len(tokens)):
        if tokens[after].end == hit.end():
            walk(child, sentence, tokens, after + 1, (*values, kind.convert(hit[0])), found)
            return


# Overlap: is there a sentence that fits both a variant and a phrase of the tree?  The tree is walked with the parts of
# the variant instead of tokens.  Every pair below names what both sides can take:
#
#            word          text     number        duration          typed
#   word     equal         -        3             3 (and a unit)    regex fits
#   text                   any      "3"           "3 s"             -
#   number                          any           #look-up, 3 s     same type
#   duration                                      any               same type
#   payload takes whatever starts and ends with a quote, a sentence inside takes whatever there is.

_QUOTABLE = (Hole.TEXT, Hole.PAYLOAD, Hole.NUMBER, Hole.DURATION)


def overlaps(
    node: Node, parts: tuple[Part, ...], index: int, after_number: bool, seen: list[str]
) -> Iterator[tuple[Phrase, str]]:
    """The phrases below `node` that share a sentence with parts[index:], each with such a sentence."""
    if index == len(parts):
        for entry in node.ends:
            yield entry.phrase, " ".join(seen)
        return
    part, after = parts[index], index + 1
    rest = [*seen, *(_sample(other) for other in parts[index:])]
    if node.steps:
        yield node.steps[0].phrase, " ".join(rest)
    if node.payloads and _may_be_quoted(part) and _may_be_quoted(parts[-1], at_end=True):
        yield node.payloads[0].phrase, " ".join(rest)
    if part.hole is Hole.PAYLOAD or part.hole is Hole.STEP:
        for entry, words in _endings(node, part.hole is Hole.PAYLOAD):
            yield entry.phrase, " ".join((*seen, *words))
        return

    def onward(child: Node | None, sample: str, parts_taken: int = 1) -> Iterator[tuple[Phrase, str]]:
        if child is not None:
            is_after_number = after_number or part.hole is Hole.NUMBER
            yield from overlaps(child, parts, index + parts_taken, is_after_number, [*seen, sample])

    child: Node | None

    unit = parts[after].word if after < len(parts) and parts[after].word in sentences.UNITS else ""
    is_number = part.hole is Hole.NUMBER or sentences.parse_number(part.word) is not None
    if is_number and node.duration is not None and after < len(parts) and parts[after].hole is Hole.STEP:
        for entry in _all_below(node.duration):  # the sentence inside takes the unit and the rest
            yield entry.phrase, " ".join([*seen, "3 s ..."])
    if part.hole is Hole.TEXT:
        yield from onward(node.text, '"x"')
        yield from onward(node.number, '"3"')
        yield from onward(node.duration, '"3 s"')
        for text, child in node.fixed_texts.items():
            yield from onward(child, f'"{text}"')
    elif part.hole is Hole.NUMBER:
        yield from onward(node.number, "3")
        yield from onward(node.text, '"3"')
        yield from onward(node.duration, "#n")
        if unit:
            yield from onward(node.duration, f"3 {unit}", 2)
        for word, child in _numeric(node.words):
            yield from onward(child, word)
        for text, child in _numeric(node.fixed_texts):
            yield from onward(child, f'"{text}"')
    elif part.hole is Hole.DURATION:
        yield from onward(node.duration, "3 s")
        yield from onward(node.text, '"3 s"')
        yield from onward(node.number, "#d")
        for number, child in [*_numeric(node.words), ("3", node.number)]:
            for word, last in child.words.items() if child else ():
                if word in sentences.UNITS:
                    yield from onward(last, f"{number} {word}")
            if child is not None and child.steps:  # which takes the unit and the rest
                yield child.steps[0].phrase, " ".join([*seen, number, "s ..."])
    elif part.hole is Hole.TYPED:
        for kind, child in node.typed:
            if kind == part.type:
                yield from onward(child, f"<{kind.name}>")
        for word, child in node.words.items():
            if part.type is not None and part.type.regex is not None and part.type.regex.fullmatch(word):
                yield from onward(child, word)
    elif part.is_quoted:
        yield from onward(node.fixed_texts.get(part.word), f'"{part.word}"')
        yield from onward(node.text, f'"{part.word}"')
        if sentences.parse_number(part.word) is not None:
            yield from onward(node.number, f'"{part.word}"')
        if sentences.parse_duration(part.word) is not None:
            yield from onward(node.duration, f'"{part.word}"')
    else:
        forms = sentences.number_forms(part.word) if after_number else (part.word,)
        children = {id(node.words[form]): node.words[form] for form in forms if form in node.words}
        for child in children.values():
            yield from onward(child, part.word)
        if sentences.parse_number(part.word) is not None:
            yield from onward(node.number, part.word)
            if unit:
                yield from onward(node.duration, f"{part.word} {unit}", 2)
        for kind, child in node.typed:
            if kind.regex is not None and kind.regex.fullmatch(part.word):
                yield from onward(child, part.word)


def _endings(node: Node, is_quoted: bool, is_first: bool = True) -> Iterator[tuple[Entry, list[str]]]:
    """The entries below `node` that take at least one more token; is_quoted: only those that start and end with a
    quote."""
    for entry in [*node.payloads, *(() if is_quoted and is_first else node.steps)]:
        yield entry, ['"x"']
    below: list[tuple[Node, str, bool]] = []
    for child, sample, may_quote in (
        (node.text, '"x"', True),
        (node.number, '"3"', True),
        (node.duration, '"3 s"', True),
        *((child, f'"{text}"', True) for text, child in node.fixed_texts.items()),
        *((child, word, False) for word, child in node.words.items()),
        *((child, f"<{kind.name}>", False) for kind, child in node.typed),
    ):
        if child is not None and (may_quote or not is_quoted or not is_first):
            below.append((child, sample, may_quote))
    for child, sample, may_quote in below:
        if may_quote or not is_quoted:
            for entry in child.ends:
                yield entry, [sample]
        for entry, words in _endings(child, is_quoted, False):
            yield entry, [sample, *words]


def _all_below(node: Node) -> Iterator[Entry]:
    yield from node.ends
    for entry, _ in _endings(node, False):
        yield entry


def _may_be_quoted(part: Part, at_end: bool = False) -> bool:
    return part.hole in _QUOTABLE or part.is_quoted or (at_end and part.hole is Hole.STEP)


def _numeric(words: Mapping[str, Node]) -> list[tuple[str, Node | None]]:
    return [(word, child) for word, child in words.items() if sentences.parse_number(word) is not None]


def _sample(part: Part) -> str:
    """Something that fits a part, to show."""
    if part.hole is None:
        return f'"{part.word}"' if part.is_quoted else part.word
    return {Hole.NUMBER: "3", Hole.DURATION: "3 s", Hole.STEP: "..."}.get(part.hole, '"x"')
