"""A sentence -> its tokens: fixed words in their normal spelling, quoted texts, numbers, look-ups.

The same reading is used for the fixed words of a phrase and for the sentences of a feature, so that both sides agree on
what is one word.  Not here: what a phrase is (`notation.py`) and which phrase fits (`phrases.py`).

Source: the phrase grammar in docs/apitest/writing-steps.md.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from functools import lru_cache


class Kind(enum.Enum):
    """What a token is.  UNCLOSED: a quote without its end; only an inline payload can take it."""

    WORD = "word"
    TEXT = "text"
    NUMBER = "number"
    LOOKUP = "look-up"
    UNCLOSED = "unclosed"


@dataclass(frozen=True, slots=True)
class Token:
    """value: the normal spelling of a word, else the text between the quotes, escapes undone.

    start, end: where it stands in the sentence, quotes included.
    """

    kind: Kind
    value: str
    start: int
    end: int


UNITS: dict[str, float] = {
    name: seconds
    for seconds, names in {
        0.001: "ms millisecond milliseconds",
        1.0: "s sec secs second seconds",
        60.0: "m min mins minute minutes",
        3600.0: "h hour hours",
        86400.0: "d day days",
        604800.0: "week weeks",
    }.items()
    for name in names.split()
}
"""Units of a duration, in seconds."""

_NUMBER = r"-?\d[\d_]*(?:\.\d+)?"
_LOOKUP = r"[#@](?:\{[^{}\s]*\}|[\w.\-/\[\]]+)|\$(?:\{[^{}\s]*\}|[A-Za-z_][\w]*)"
_TOKEN = re.compile(
    r'\s*(?:"(?P<text>(?:[^"\\]|\\.)*)"'
    r'|(?P<open>".*)'
    rf"|(?P<lookup>{_LOOKUP})"
    rf"|(?P<number>{_NUMBER})"
    r"|(?P<mark>[,%():;!?/])"
    r'|(?P<word>[^\s",%():;!?/]+))',
    re.DOTALL,
)
_ESCAPE = re.compile(r'\\(["\\nt])')
_ESCAPED = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}
_WHOLE_NUMBER = re.compile(_NUMBER)
_WHOLE_LOOKUP = re.compile(rf"(?:{_LOOKUP})")
_DURATION = re.compile(r"(\d[\d_]*(?:\.\d+)?) ?([a-z]+)", re.IGNORECASE)

# Two spellings, one meaning.  A value of several words becomes several tokens.
_SPELLINGS = {"an": ("a",), "were": ("was",), "cannot": ("can", "not"), "can't": ("can", "not")}
_PAIRS = {("json", "pointer"): "path", ("rest", "method"): "http method"}
PAIRED = frozenset(first for first, _ in _PAIRS)
"""Words that another one after them changes."""
_ORDINALS = frozenset(("st", "nd", "rd"))


def tokenize(sentence: str) -> list[Token]:
    """The tokens of a sentence.  A trailing colon is left out.

    Words come in lower case and in one spelling (`an` is `a`, `isn't` is `is not`, `JSON Pointer` is `path`, `1st` is
    `1` and `th`); texts and look-ups keep theirs.
    """
    return read_tokens(sentence, len(strip_colon(sentence)))


def read_tokens(sentence: str, end: int) -> list[Token]:
    """The same up to a position, colons kept."""
    tokens: list[Token] = []
    position = 0
    while position < end:
        found = _TOKEN.match(sentence, position, end)
        if found is None:  # blanks at the end
            break
        group = found.lastgroup
        start = found.start(group) if group else position
        position = found.end()
        value = found[group or 0]
        if group == "text":
            tokens.append(Token(Kind.TEXT, unescape(value), start - 1, position))
        elif group == "open":
            tokens.append(Token(Kind.UNCLOSED, value[1:], start, position))
        elif group == "lookup":
            tokens.append(Token(Kind.LOOKUP, value, start, position))
        elif group == "number":
            tokens.append(Token(Kind.NUMBER, value, start, position))
        else:
            _add_word(tokens, value.lower(), start, position)
    return tokens


def strip_colon(sentence: str) -> str:
    """The sentence without blanks around it and without the colon that announces a table or a doc string."""
    sentence = sentence.rstrip()
    if sentence.endswith(":") and len(sentence) > 1:
        return sentence[:-1].rstrip()
    return sentence


def unescape(text: str) -> str:
    r"""Undoes `\"`, `\\`, `\n` and `\t`; any other backslash stays, so that `\d` needs no doubling."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda found: _ESCAPED[found[1]], text)


def escape(text: str) -> str:
    r"""The other way: what to write between quotes to get this text."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")


def parse_number(text: str) -> int | float | None:
    """`3`, `-1.5`, `1_000` as a number; None for any other text."""
    if _WHOLE_NUMBER.fullmatch(text) is None:
        return None
    text = text.replace("_", "")
    return float(text) if "." in text else int(text)


def parse_duration(text: str) -> float | None:
    """`200 ms`, `5 seconds`, `1.5h` in seconds; None for any other text."""
    found = _DURATION.fullmatch(text.strip())
    if found is None or found[2].lower() not in UNITS:
        return None
    return float(found[1].replace("_", "")) * UNITS[found[2].lower()]


def is_lookup(text: str) -> bool:
    """Whether the whole text is one look-up: `#name`, `@name`, `$NAME`, `#{name}`."""
    return _WHOLE_LOOKUP.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def number_forms(word: str) -> tuple[str, ...]:
    """A word as it may stand after a number: itself, its singular and its plural (`row`, `rows`)."""
    if word in _AGREEING:
        return _AGREEING[word]
    if not word.isalpha() or len(word) < 3:
        return (word,)
    forms = [word]
    if word.endswith("ies"):
        forms.append(word[:-3] + "y")
    elif word.endswith(("ses", "xes", "zes", "ches", "shes")):
        forms += [word[:-1], word[:-2]]
    elif word.endswith("s") and not word.endswith(("ss", "us")):
        forms.append(word[:-1])
    elif word.endswith("y") and word[-2] not in "aeiou":
        forms.append(word[:-1] + "ies")
    elif word.endswith(("s", "x", "z", "ch", "sh")):
        forms.append(word + "es")
    else:
        forms.append(word + "s")
    return tuple(forms)


_AGREEING = {word: pair for pair in (("is", "are"), ("has", "have"), ("does", "do")) for word in pair} | {
    "was": ("was",)
}


def _add_word(tokens: list[Token], word: str, start: int, end: int) -> None:
    """Adds a fixed word in its normal spelling."""
    word = word.replace("\u2019", "'")
    if word in _ORDINALS and tokens and tokens[-1].end == start:
        word = "th"  # 1st, "2"nd
    spellings = _SPELLINGS.get(word)
    if spellings is None:
        spellings = (word[:-3], "not") if word.endswith("n't") and len(word) > 3 else (word,)
    if tokens and tokens[-1].kind is Kind.WORD:
        joined = _PAIRS.get((tokens[-1].value, word))
        if joined is not None:
            start = tokens.pop().start
            spellings = tuple(joined.split())
    for spelling in spellings:
        tokens.append(Token(Kind.WORD, spelling, start, end))
