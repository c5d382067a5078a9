"""Which channel a request is for: method, host and path -> route and path parameters.  Pure.

A path is literal text with placeholders: `/orders/{id}`, `/files/{name}.{ending}`.  Static paths are one dict look-up
and win over placeholders (ruling 61); the others form a tree of path segments, so that ten thousand channels cost
what ten do.  With `match_slash` a placeholder may hold slashes; the shortest text that lets the rest match is taken.
Of several routes that fit, the order is: literal segment, segment with literal text in it, placeholder, placeholder
with slashes; a route of the request's host before one of any host.  Where the method does not fit, the next one is
tried, so `GET /orders/new` and `POST /orders/{id}` live side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from server.errors import ConfigError, Conflict

# Deeper paths match no placeholder: bounds the search among routes whose placeholders may hold slashes.
MAX_SEGMENTS: Final = 256

_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.\-]*)\}")
_ENCODED_SLASH = re.compile("%2f", re.IGNORECASE)
# Stands for a slash that came percent-encoded, which separates nothing; no path can hold it (http_parser.py).
_SLASH_MARK = "\0"


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """One address.

    method, host: empty for any.  name: the channel's, for messages.  target: what is found.  id: of the stored
    definition, by which a channel that is edited is known to be the one that has the address already; 0 if not stored.
    """

    path: str
    target: Any
    name: str = ""
    method: str = ""
    host: str = ""
    match_slash: bool = True
    id: int = 0

    def is_same_channel(self, other: Route) -> bool:
        """Two versions of one channel, perhaps renamed."""
        return self.id == other.id if self.id or other.id else self.name == other.name

    @property
    def key(self) -> tuple[str, str, str]:
        """Routes of equal keys cannot be told apart."""
        return _PLACEHOLDER.sub("{}", self.path), self.method.upper(), self.host.lower()


@dataclass(slots=True)
class Match:
    """The route found, and its path parameters, if it has any.

    Not to be changed, but not frozen: one is made per call, and a frozen one costs 0.4 us more (PERF).
    """

    route: Route
    params: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class NoRoute:
    """Nothing is at this path."""


@dataclass(frozen=True, slots=True)
class WrongMethod:
    """The path exists, but not for this method."""

    allowed: frozenset[str]


NO_ROUTE: Final = NoRoute()


@dataclass(slots=True)
class _Leaf:
    """All routes of one path: by host, then by method."""

    any_host: dict[str, Match] = field(default_factory=dict)
    by_host: dict[str, dict[str, Match]] = field(init=False)

    def __post_init__(self) -> None:
        self.by_host = {"": self.any_host}

    def find(self, method: str, host: str) -> Match | None:
        by_host = self.by_host
        for one in (host, "") if host else ("",):
            methods = by_host.get(one)
            if methods is not None:
                found = methods.get(method)
                if found is None and method == "HEAD":
                    found = methods.get("GET")
                if found is None:
                    found = methods.get("")
                if found is not None:
                    return found
        return None

    def allowed(self, host: str) -> set[str]:
        found = set(self.by_host.get(host, ())) | set(self.by_host.get("", ()))
        return found | {"HEAD"} if "GET" in found else found


@dataclass(slots=True)
class _Node:
    """Where one may be after some segments."""

    literals: dict[str, _Node] = field(default_factory=dict)
    mixed: list[tuple[re.Pattern[str], bool, _Node]] = field(default_factory=list)
    one: _Node | None = None  # a placeholder that is a whole segment
    many: _Node | None = None  # the same, and it may hold slashes
    leaf: _Leaf | None = None


class RouteTable:
    """Routes made ready for searching; never changed afterwards."""

    __slots__ = ("_ends", "_names", "_root", "_static", "has_hosts")

    def __init__(self) -> None:
        self._static: dict[str, _Leaf] = {}
        self._root = _Node()
        self._names: dict[int, tuple[str, ...]] = {}
        # By literal beginning: where a path leads whose one placeholder is its last segment, and the node before it.
        # Filled as such paths are asked for; one entry a route at most.
        self._ends: dict[str, tuple[_Leaf, _Node]] = {}
        self.has_hosts = False

    @classmethod
    def build(cls, routes: Iterable[Route]) -> RouteTable:
        """Raises ConfigError for a path that is none, Conflict for two routes that cannot be told apart."""
        table = cls()
        for route in routes:
            table._add(route)
        return table

    def match(self, method: str, host: str, path: str, raw_path: str = "") -> Match | NoRoute | WrongMethod:
        """Find the route of a request.

        path: percent-decoded.  raw_path: as sent; needed to keep `%2F` within its segment.  host: lower case, without
        port; may be empty if `has_hosts` is false.
        """
        if "%" in raw_path and _ENCODED_SLASH.search(raw_path):
            return self._match_encoded(method, host, raw_path)
        leaf = self._static.get(path)
        if leaf is not None:
            # PERF the usual case of leaf.find(), in place.
            found = leaf.find(method, host) if host else leaf.any_host.get(method) or leaf.find(method, host)
            if found is not None:
                return found
        else:
            # PERF /orders/17 in 0.7 us, where the walk through the tree takes 1.5.
            start, slash, text = path.rpartition("/")
            end = self._ends.get(start) if slash else None
            if end is not None and text and text not in end[1].literals:
                found = end[0].find(method, host)
                if found is not None:
                    return self._with_params(found.route, [text])
        return self._search(method, host, path, leaf)

    def _match_encoded(self, method: str, host: str, raw_path: str) -> Match | NoRoute | WrongMethod:
        path = unquote_to_bytes(_ENCODED_SLASH.sub("%00", raw_path)).decode("utf-8", "replace")
        found = self.match(method, host, path)
        if isinstance(found, Match) and found.params:
            return Match(found.route, {name: text.replace(_SLASH_MARK, "/") for name, text in found.params.items()})
        return found

    def _search(self, method: str, host: str, path: str, leaf: _Leaf | None) -> Match | NoRoute | WrongMethod:
        segments = path.split("/")
        straight = self._go_straight(segments)
        if straight is not None:
            found = straight[0].find(method, host)
            if found is not None:
                if len(straight[1]) == 1 and straight[1][0] == segments[-1]:
                    self._remember_end(segments, straight[0])
                return self._with_params(found.route, straight[1])
        walk = _Walk(segments, method, host)
        if leaf is not None:
            walk.allowed |= leaf.allowed(host)
        if len(walk.segments) <= MAX_SEGMENTS and path[:1] == "/":
            found = walk.go(self._root, 1)
            if found is not None:
                return self._with_params(found.route, walk.texts)
        return WrongMethod(frozenset(walk.allowed)) if walk.allowed else NO_ROUTE

    def _with_params(self, route: Route, texts: list[str]) -> Match:
        names = self._names[id(route)]
        if len(names) == 1:  # PERF the usual case: 0.4 us less
            return Match(route, {names[0]: texts[0]})
        return Match(route, dict(zip(names, texts, strict=True)))

    def _remember_end(self, segments: list[str], leaf: _Leaf) -> None:
        """All segments but the last are literal: `_go_straight` found one placeholder, and it is the last one."""
        node = self._root
        for segment in segments[1:-1]:
            child = node.literals.get(segment)
            if child is None:
                return
            node = child
        self._ends["/".join(segments[:-1])] = leaf, node

    def _go_straight(self, segments: list[str]) -> tuple[_Leaf, list[str]] | None:
        """The leaf that the path leads to if no place on the way leaves a choice; None if there is one, or no leaf.

        PERF most paths with placeholders are such: 1 us, where the search with its book of dead ends takes 2.5.
        """
        if segments[0] or len(segments) > MAX_SEGMENTS:
            return None
        node = self._root
        texts: list[str] = []
        at = 1
        while at < len(segments):
            child = node.literals.get(segments[at])
            if node.mixed or (node.one is not None) + (node.many is not None) + (child is not None) != 1:
                return None
            if child is None:
                if not segments[at]:
                    return None
                child = node.one
                if child is None:
                    child = node.many
                    if (
                        child is None
                        or child.literals
                        or child.mixed
                        or child.one is not None
                        or child.many is not None
                    ):
                        return None
                    texts.append("/".join(segments[at:]))
                    at = len(segments) - 1
                else:
                    texts.append(segments[at])
            node = child
            at += 1
        return (node.leaf, texts) if node.leaf is not None else None

    def _add(self, route: Route) -> None:
        names = check_path(route.path)
        if names:
            self._names[id(route)] = names
            node = self._root
            for segment in _segments(route.path):
                node = _child(node, segment, route.match_slash)
            node.leaf = leaf = node.leaf or _Leaf()
        else:
            leaf = self._static.setdefault(route.path, _Leaf())
        host, method = route.host.lower(), route.method.upper()
        self.has_hosts = self.has_hosts or bool(host)
        taken = leaf.by_host.setdefault(host, {})
        if method in taken:
            raise conflict(route, taken[method].route)
        taken[method] = Match(route)


class _Walk:
    """One search through the tree, depth first; remembers dead ends so that no place is tried twice."""

    __slots__ = ("allowed", "dead", "host", "method", "segments", "texts")

    def __init__(self, segments: list[str], method: str, host: str) -> None:
        self.segments = segments
        self.method = method
        self.host = host
        self.texts: list[str] = []
        self.allowed: set[str] = set()
        self.dead: set[tuple[int, int]] = set()

    def go(self, node: _Node, at: int) -> Match | None:
        segments = self.segments
        if at == len(segments):
            if node.leaf is None:
                return None
            found = node.leaf.find(self.method, self.host)
            if found is None:
                self.allowed |= node.leaf.allowed(self.host)
            return found
        place = (id(node), at)
        if place in self.dead:
            return None
        found = self._try_children(node, at)
        if found is None:
            self.dead.add(place)
        return found

    def _try_children(self, node: _Node, at: int) -> Match | None:
        segments = self.segments
        segment = segments[at]
        child = node.literals.get(segment)
        if child is not None:
            found = self.go(child, at + 1)
            if found is not None:
                return found
        for pattern, is_many, child in node.mixed:
            for end in range(at + 1, len(segments) + 1 if is_many else at + 2):
                fit = pattern.fullmatch("/".join(segments[at:end]))
                if fit is not None and (found := self._step(child, end, fit.groups())) is not None:
                    return found
        if node.one is not None and segment and (found := self._step(node.one, at + 1, (segment,))) is not None:
            return found
        if node.many is not None:
            child = node.many
            if not child.literals and not child.mixed and child.one is None and child.many is None:
                text = "/".join(segments[at:])  # the usual case: the placeholder is the end of the path
                return self._step(child, len(segments), (text,)) if text else None
            for end in range(at + 1, len(segments) + 1):
                text = "/".join(segments[at:end])
                if text and (found := self._step(child, end, (text,))) is not None:
                    return found
        return None

    def _step(self, child: _Node, at: int, texts: tuple[str, ...]) -> Match | None:
        self.texts += texts
        found = self.go(child, at)
        if found is None:
            del self.texts[-len(texts) :]
        return found


class Routes:
    """The routes of a running server; `table` is the one to ask now.

    Each change leads to a new table; requests that hold the old one are not disturbed.  The table is made when it is
    first asked for, so that a start with many channels makes one.
    """

    __slots__ = ("_by_key", "_table")

    def __init__(self) -> None:
        self._by_key: dict[tuple[str, str, str], Route] = {}
        self._table: RouteTable | None = None

    @property
    def table(self) -> RouteTable:
        """The table as of now."""
        table = self._table
        if table is None:
            table = self._table = RouteTable.build(self._by_key.values())
        return table

    def check(self, route: Route) -> None:
        """Raises ConfigError for a path that is none, Conflict if another channel has the address."""
        check_path(route.path)
        taken = self._by_key.get(route.key)
        if taken is not None and not taken.is_same_channel(route):
            raise conflict(route, taken)

    def put(self, route: Route) -> None:
        """Let requests in; a route of the same channel and address is replaced.  Raises as `check` does."""
        self.check(route)
        self._by_key[route.key] = route
        self._table = None

    def remove(self, route: Route) -> None:
        """Take a route back, unless its address has a successor by now."""
        if self._by_key.get(route.key) is route:
            del self._by_key[route.key]
            self._table = None

    def __len__(self) -> int:
        return len(self._by_key)

    def by_name(self) -> Mapping[str, Route]:
        """Routes by channel name, sorted; for lists and explanations."""
        return {route.name: route for route in sorted(self._by_key.values(), key=lambda one: one.name)}


def check_path(path: str) -> tuple[str, ...]:
    """The names of a path's placeholders; raises ConfigError if it is no path."""
    if not path.startswith("/"):
        raise ConfigError(f"The path '{path}' does not begin with '/'")
    if not path.isprintable() or "?" in path or "#" in path or " " in path:
        raise ConfigError(f"The path '{path}' holds a space, '?', '#' or a character that cannot be printed")
    if "%" in path:
        raise ConfigError(f"The path '{path}' is written as people read it, not percent-encoded")
    names = tuple(_PLACEHOLDER.findall(path))
    rest = _PLACEHOLDER.sub("", path)
    if "{" in rest or "}" in rest:
        raise ConfigError(f"The path '{path}' has a brace that is not part of a placeholder such as {{name}}")
    if len(set(names)) != len(names):
        raise ConfigError(f"The path '{path}' has two placeholders of one name")
    if "}{" in path:
        raise ConfigError(f"The path '{path}' has two placeholders with nothing between them")
    return names


def conflict(new: Route, taken: Route) -> Conflict:
    """The error of an address that two channels want."""
    where = f"{taken.method or 'any method'} {taken.path}" + (f" on {taken.host}" if taken.host else "")
    whose = f" is that of '{taken.name}' already" if taken.name else " is taken"
    return Conflict("", f"The address {where}{whose}; '{new.name}' needs another path, method or host", True)


def _segments(path: str) -> list[str]:
    return path.split("/")[1:]


def _child(node: _Node, segment: str, match_slash: bool) -> _Node:
    if "{" not in segment:
        return node.literals.setdefault(segment, _Node())
    if _PLACEHOLDER.fullmatch(segment):
        if match_slash:
            node.many = node.many or _Node()
            return node.many
        node.one = node.one or _Node()
        return node.one
    text = "(.+?)" if match_slash else "([^/]+?)"
    pieces = [re.escape(piece) for piece in re.split(r"\{[^{}]*\}", segment)]
    pattern = re.compile(text.join(pieces), re.DOTALL)
    for known, _, child in node.mixed:
        if known == pattern:
            return child
    child = _Node()
    node.mixed.append((pattern, match_slash, child))
    # More literal text first; a stable sort keeps equal ones in the order they came.
    node.mixed.sort(key=lambda one: -len(re.sub(r"\(.*?\)|\\", "", one[0].pattern)))
    return child
