"""Loose reading for old suites: sentences whose values hold quotes that are not escaped.

Such a sentence fits no phrase strictly.  Where exactly one phrase that old suites know fits with the quotes taken as
part of the values, it is understood, with a warning that shows how to write it.  Values are taken as they stand: old
suites had no escapes.  Source: docs/apitest/writing-steps.md, "Old suites".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from apitest.core import sentences
from apitest.core.notation import Hole, Part
from apitest.core.sentences import Kind, Token

MAX_QUOTES = 40
"""More than that in one sentence is not tried: the ways to pair them grow too fast."""

_QUOTE = '"'


def split(sentence: str) -> list[Token]:
    """The tokens of a sentence where every quote is a token of its own."""
    tokens: list[Token] = []
    position = 0
    plain = sentences.strip_colon(sentence)
    for number, piece in enumerate(plain.split(_QUOTE)):
        if number:
            tokens.append(Token(Kind.UNCLOSED, _QUOTE, position - 1, position))
        for token in sentences.read_tokens(piece, len(piece)):
            tokens.append(Token(token.kind, token.value, token.start + position, token.end + position))
        position += len(piece) + 1
    return tokens


def read(parts: Sequence[Part], tokens: list[Token]) -> list[tuple[int, int]] | None:
    """Where the values of a variant's holes stand in the sentence, the shortest reading first; None when it does not
    fit.  Only quoted holes are read loosely."""
    if sum(token.value == _QUOTE for token in tokens) > MAX_QUOTES:
        return None
    return next(_readings(parts, 0, tokens, 0), None)


def rewrite(sentence: str, spans: Sequence[tuple[int, int]]) -> str:
    """The sentence with the values at these places escaped."""
    pieces, position = [], 0
    for start, end in spans:
        pieces += [sentence[position:start], sentences.escape(sentence[start:end])]
        position = end
    return "".join([*pieces, sentence[position:]])


def _readings(parts: Sequence[Part], index: int, tokens: list[Token], at: int) -> Iterator[list[tuple[int, int]]]:
    while index < len(parts) and parts[index].hole is None:
        if at == len(tokens) or tokens[at].value != parts[index].word or tokens[at].kind is Kind.UNCLOSED:
            return
        index, at = index + 1, at + 1
    if index == len(parts):
        if at == len(tokens):
            yield []
        return
    if parts[index].hole not in (Hole.TEXT, Hole.PAYLOAD) or at == len(tokens) or tokens[at].kind is not Kind.UNCLOSED:
        return
    for end in range(at + 1, len(tokens)):
        if tokens[end].kind is Kind.UNCLOSED:
            for rest in _readings(parts, index + 1, tokens, end + 1):
                yield [(tokens[at].end, tokens[end].start), *rest]
