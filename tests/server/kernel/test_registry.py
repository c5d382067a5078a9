"""Connection types by id."""

import pytest

from server.errors import ConfigError
from server.kernel.definition import Definition
from server.kernel.lifecycle import BasePart
from server.kernel.registry import Registry, connection_type


def register(registry, id, cls=BasePart, **options):
    return connection_type(id, definition=Definition, title=options.pop("title", "lamp"), registry=registry, **options)(
        cls
    )


def test_a_type_registers_where_its_class_is():
    registry = Registry()
    assert register(registry, "outgoing.lamp", facade_names=("lamp", "light")) is BasePart
    one = registry.get("outgoing.lamp")
    assert (one.factory, one.namespace, "outgoing.lamp" in registry, len(registry)) == (
        BasePart,
        "outgoing.lamp",
        True,
        1,
    )
    assert registry.by_facade() == {"lamp": "outgoing.lamp", "light": "outgoing.lamp"}
    assert list(registry) == [one] == registry.in_namespace("outgoing.lamp")


def test_an_unknown_type_is_told_with_the_nearest():
    registry = Registry()
    register(registry, "outgoing.lamp")
    with pytest.raises(ConfigError, match="no connection type 'outgoing.lapm'. Did you mean 'outgoing.lamp'"):
        registry.get("outgoing.lapm")


@pytest.mark.parametrize("id", ["lamp", "Outgoing.lamp", "outgoing.lamp.x", "outgoing.", "out-going.lamp", "a.b\n"])
def test_ids_have_a_form(id):
    with pytest.raises(ValueError, match="not of the form"):
        register(Registry(), id)


def test_two_types_cannot_share_an_id_or_a_name_on_out():
    registry = Registry()
    register(registry, "outgoing.lamp", facade_names=("lamp",))
    with pytest.raises(ValueError, match="registered already"):
        register(registry, "outgoing.lamp", type("Other", (BasePart,), {}))
    with pytest.raises(ValueError, match="wants the names"):
        register(registry, "outgoing.light", facade_names=("lamp",))


@pytest.mark.parametrize(("title", "article"), [("API key", "an API key"), ("REST channel", "a REST channel")])
def test_titles_in_sentences(title, article):
    registry = Registry()
    register(registry, "a.b", title=title)
    assert registry.get("a.b").with_article == article


def test_headings_begin_with_a_capital():
    registry = Registry()
    register(registry, "a.b", title="outgoing SQL connection")
    assert registry.get("a.b").heading == "Outgoing SQL connection"
