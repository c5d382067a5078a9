"""RouteTable and Routes: which route wins, what parameters are, and that many routes cost what few do."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.channels.http_routes import NO_ROUTE, Match, Route, Routes, RouteTable, WrongMethod, check_path
from server.errors import ConfigError, Conflict


def table(*paths: str, **options: Any) -> RouteTable:
    """Routes named as their paths; `GET /x` asks for a method."""
    return RouteTable.build(route(path, **options) for path in paths)


def route(text: str, **options: Any) -> Route:
    method, _, path = text.rpartition(" ")
    return Route(path, text, text, method, **options)


def found(routes: RouteTable, path: str, method: str = "GET", host: str = "", raw_path: str = "") -> Any:
    """(target, params), or the allowed methods, or None."""
    result = routes.match(method, host, path, raw_path or path)
    if isinstance(result, Match):
        return result.route.target, result.params
    return set(result.allowed) if isinstance(result, WrongMethod) else None


def test_static_paths_are_exact() -> None:
    routes = table("/a", "/a/b", "/")
    assert found(routes, "/a") == ("/a", None)
    assert found(routes, "/") == ("/", None)
    assert found(routes, "/a/") is None
    assert found(routes, "/A") is None
    assert routes.match("GET", "", "/nowhere") is NO_ROUTE


@pytest.mark.parametrize(
    ("paths", "path", "expected"),
    [
        (["/orders/{id}"], "/orders/17", ("/orders/{id}", {"id": "17"})),
        (["/orders/{id}"], "/orders/", None),
        (["/orders/{id}"], "/orders", None),
        (["/orders/{id}", "/orders/new"], "/orders/new", ("/orders/new", None)),
        (["/{a}/{b}", "/orders/{id}"], "/orders/1", ("/orders/{id}", {"id": "1"})),
        (["/{a}/x", "/orders/{id}"], "/orders/x", ("/orders/{id}", {"id": "x"})),
        (["/orders/{id}/items", "/{a}/{b}/{c}"], "/orders/1/items", ("/orders/{id}/items", {"id": "1"})),
        (["/orders/{id}/items", "/orders/1/{what}"], "/orders/1/items", ("/orders/1/{what}", {"what": "items"})),
        (["/orders/{id}/items", "/orders/1/lines"], "/orders/1/items", ("/orders/{id}/items", {"id": "1"})),
        (["/f/{name}.{end}"], "/f/a.b.txt", ("/f/{name}.{end}", {"name": "a", "end": "b.txt"})),
        (["/f/{name}.txt", "/f/{name}"], "/f/a.txt", ("/f/{name}.txt", {"name": "a"})),
        (["/f/{name}.txt", "/f/{name}"], "/f/a.doc", ("/f/{name}", {"name": "a.doc"})),
        (["/f/{a}-{b}", "/f/x{a}-y{b}"], "/f/x1-y2", ("/f/x{a}-y{b}", {"a": "1", "b": "2"})),
    ],
)
@pytest.mark.parametrize("match_slash", [True, False])
def test_placeholders(match_slash: bool, paths: list[str], path: str, expected: Any) -> None:
    assert found(table(*paths, match_slash=match_slash), path) == expected
    assert found(table(*reversed(paths), match_slash=match_slash), path) == expected


@pytest.mark.parametrize(
    ("paths", "path", "expected"),
    [
        (["/t/{topic}"], "/t/a/b/c", ("/t/{topic}", {"topic": "a/b/c"})),
        (["/t/{topic}"], "/t/a/", ("/t/{topic}", {"topic": "a/"})),
        (["/t/{topic}/end"], "/t/a/b/end", ("/t/{topic}/end", {"topic": "a/b"})),
        (["/t/{topic}/end", "/t/{topic}"], "/t/a/b/x", ("/t/{topic}", {"topic": "a/b/x"})),
        (["/t/{a}/x/{b}"], "/t/1/x/2/x/3", ("/t/{a}/x/{b}", {"a": "1", "b": "2/x/3"})),
        (["/t/{a}.json"], "/t/a/b.json", ("/t/{a}.json", {"a": "a/b"})),
        (["/t/{a}.json"], "/t/a/b.xml", None),
    ],
)
def test_match_slash(paths: list[str], path: str, expected: Any) -> None:
    assert found(table(*paths), path) == expected
    assert found(table(*paths, match_slash=False), path) is None


def test_a_slash_that_came_encoded_stays_in_its_segment() -> None:
    routes = table("/orders/{id}/items", "/a/b", match_slash=False)
    assert found(routes, "/orders/a/b/items", raw_path="/orders/a%2Fb/items") == (
        "/orders/{id}/items",
        {"id": "a/b"},
    )
    assert found(routes, "/orders/ą/x/items", raw_path="/orders/%c4%85%2fx/items")[1] == {"id": "ą/x"}
    assert found(routes, "/a/b", raw_path="/a%2fb") is None


def test_methods() -> None:
    routes = table("GET /a", "POST /a", "DELETE /a/{id}", "GET /a/new", "/b", "GET /b")
    assert found(routes, "/a", "POST") == ("POST /a", None)
    assert found(routes, "/a", "HEAD") == ("GET /a", None)
    assert found(routes, "/a", "PUT") == {"GET", "HEAD", "POST"}
    assert found(routes, "/a/new", "DELETE") == ("DELETE /a/{id}", {"id": "new"})
    assert found(routes, "/a/new", "PUT") == {"GET", "HEAD", "DELETE"}
    assert found(routes, "/b", "PUT") == ("/b", None)
    assert found(routes, "/b", "HEAD") == ("GET /b", None)


def test_hosts() -> None:
    routes = RouteTable.build(
        [Route("/a", "any", "1"), Route("/a", "one", "2", host="One.example"), Route("/b/{x}", "b", "3", host="b")]
    )
    assert routes.has_hosts
    assert found(routes, "/a", host="one.example") == ("one", None)
    assert found(routes, "/a", host="other") == ("any", None)
    assert found(routes, "/b/1", host="b") == ("b", {"x": "1"})
    assert found(routes, "/b/1", host="c") is None
    assert not table("/a").has_hosts


@pytest.mark.parametrize(
    "path",
    [
        "",
        "a",
        "/a b",
        "/a?b",
        "/a#b",
        "/a%20",
        "/{",
        "/}",
        "/{a",
        "/{}",
        "/{1a}",
        "/{a}/{a}",
        "/{a}{b}",
        "/{{a}}",
        "/\n",
    ],
)
def test_odd_paths_are_refused(path: str) -> None:
    with pytest.raises(ConfigError):
        check_path(path)


def test_routes_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(Conflict, match="that of '/a/{x}'"):
        table("/a/{x}", "/a/{y}")
    table("GET /a/{x}", "POST /a/{x}", "/a/{x}")


def test_changes_replace_and_take_back() -> None:
    routes = Routes()
    first, second = Route("/a", 1, "one", id=7), Route("/a", 2, "renamed", id=7)
    routes.put(first)
    before = routes.table
    assert routes.table is before
    with pytest.raises(Conflict, match="any method /a is that of 'one'"):
        routes.check(Route("/a", 3, "other", id=8))
    routes.put(second)
    assert found(before, "/a") == (1, None)
    assert found(routes.table, "/a") == (2, None)
    routes.remove(first)  # has a successor: nothing happens
    assert found(routes.table, "/a") == (2, None)
    routes.remove(second)
    assert found(routes.table, "/a") is None
    routes.put(Route("/b", 1, "b"))
    routes.put(Route("/b", 2, "b"))
    assert len(routes) == 1
    assert list(routes.by_name()) == ["b"]


def test_ten_thousand_channels_are_found_as_fast_as_ten() -> None:
    def seconds(count: int) -> float:
        routes = table(*(f"/api/{{tenant}}/thing-{number}/{{id}}" for number in range(count)))
        best = 9.0
        for _ in range(5):
            began = time.perf_counter()
            for _ in range(300):
                assert found(routes, f"/api/x/thing-{count - 1}/5")[1] == {"tenant": "x", "id": "5"}
                assert found(routes, "/api/x/thing-none/5") is None
            best = min(best, time.perf_counter() - began)
        return best

    assert seconds(10_000) < 5 * seconds(10)


def test_a_hostile_path_is_searched_in_bounded_time() -> None:
    routes = table("/{a}/x/{b}/x/{c}/x/{d}/x/end", "/{a}/x/{b}/x/{c}/y")
    began = time.perf_counter()
    assert found(routes, "/x" * 250 + "/z") is None
    assert found(routes, "/x" * 30_000) is None
    assert time.perf_counter() - began < 2


SEGMENTS = st.sampled_from(["a", "b", "c", "{x}", "a{x}", "{x}b"])
PLACES = st.sampled_from(["a", "b", "c", "ab", "zb", ""])


@given(st.lists(st.lists(SEGMENTS, min_size=1, max_size=3), min_size=1, max_size=6), st.lists(PLACES, max_size=4))
def test_what_is_found_fits_and_what_fits_is_found(shapes: list[list[str]], places: list[str]) -> None:
    import re

    paths = {}
    for shape in shapes:
        path = "/" + "/".join(part.replace("{x}", f"{{x{at}}}") for at, part in enumerate(shape))
        paths[re.sub(r"\{.*?\}", "{}", path)] = path
    routes = table(*paths.values(), match_slash=False)
    asked = "/" + "/".join(places)
    fitting = {path for path in paths.values() if re.fullmatch(re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(path)), asked)}
    result = found(routes, asked)
    if result is None:
        assert not fitting
    else:
        path, params = result
        assert path in fitting
        assert re.sub(r"\{(.*?)\}", lambda name: (params or {})[name[1]], path) == asked


@given(
    st.lists(st.lists(SEGMENTS, min_size=1, max_size=3), min_size=1, max_size=6),
    st.lists(st.lists(PLACES, max_size=4), min_size=1, max_size=12),
    st.booleans(),
)
def test_what_was_asked_before_changes_nothing(
    shapes: list[list[str]], asked: list[list[str]], match_slash: bool
) -> None:
    paths = {
        tuple(shape): "/"
        + "/".join(
            f"{part[:-1]}{at}}}" if part.endswith("}") else part.replace("}", f"{at}}}")
            for at, part in enumerate(shape)
        )
        for shape in shapes
    }
    used = table(*paths.values(), match_slash=match_slash)
    for places in [*asked, *asked]:
        path = "/".join(["", *places])
        fresh = table(*paths.values(), match_slash=match_slash)
        assert found(used, path) == found(fresh, path)
    assert len(used._ends) <= len(paths)


def test_a_target_that_is_no_path_is_found_nowhere() -> None:
    routes = table("/{any}")
    assert found(routes, "/x") == ("/{any}", {"any": "x"})
    assert found(routes, "*") is None
    assert found(routes, "x") is None
