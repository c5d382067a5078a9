from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

import server.assemble  # noqa: F401 - registers the types that ship
from server.admin.describe import Description, Element, describe
from server.cli.online import as_text, groups, json_or_text

calls: list[tuple[Path, str, dict[str, Any]]] = []


def call(path: Path, service: str, request: dict[str, Any]) -> Any:
    calls.append((path, service, request))
    return {"id": 7, "name": "x"}


def run(group: str, *arguments: str) -> None:
    calls.clear()
    groups(describe(), call)[group].main(list(arguments), standalone_mode=False)


def test_each_type_has_its_commands() -> None:
    made = groups(describe(), call)
    assert {"create", "edit", "delete", "get", "list", "ping", "change-password"} == set(made)
    assert {"rest-channel", "outgoing-rest", "outgoing-sql", "basic-auth", "api-key"} <= set(made["create"].commands)
    assert "outgoing-sql" in made["ping"].commands
    assert "rest-channel" not in made["ping"].commands


def test_options_become_the_input_of_the_service(capsys: pytest.CaptureFixture[str]) -> None:
    run(
        *("create", "rest-channel", "--name", "orders", "--url-path", "/orders", "--service", "a.b"),
        *("--is-active", "no", "--path", "env"),
    )
    assert calls == [
        (
            Path("env"),
            "zato.http-soap.create",
            {
                "connection": "channel",
                "transport": "plain_http",
                "name": "orders",
                "url_path": "/orders",
                "service": "a.b",
                "is_active": False,
            },
        )
    ]
    assert capsys.readouterr().out == '{\n  "id": 7,\n  "name": "x"\n}\n'


def test_what_is_required_is_asked_for() -> None:
    with pytest.raises(click.MissingParameter):
        run("create", "rest-channel", "--name", "orders")


def test_a_needed_secret_is_prompted_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(click, "prompt", lambda *_arguments, **_options: "typed")
    run("change-password", "basic-auth", "--name", "ann")
    assert calls[0][2] == {"name": "ann", "password1": "typed", "password2": "typed"}


def test_elements_of_each_type() -> None:
    one = Description(
        "x.create",
        "Make an x.",
        "create",
        "x",
        (Element("count", "int"), Element("extra", "any"), Element("mode", choices=("a", "b")), Element("cluster_id")),
    )
    calls.clear()
    group = groups([one], call)["create"]
    group.main(["x", "--count", "3", "--extra", '{"a": 1}', "--mode", "b"], standalone_mode=False)
    assert calls[0][2] == {"count": 3, "extra": {"a": 1}, "mode": "b"}
    with pytest.raises(click.BadParameter):
        group.main(["x", "--mode", "c"], standalone_mode=False)
    with pytest.raises(click.NoSuchOption):
        group.main(["x", "--cluster-id", "1"], standalone_mode=False)


def test_texts() -> None:
    assert json_or_text("[1]") == [1]
    assert json_or_text("plain") == "plain"
    assert as_text(None) == as_text("") == "(None)"
    assert as_text("plain") == "plain"
    assert as_text({"é": 1}) == '{\n  "é": 1\n}'
