from __future__ import annotations

from pathlib import Path

import pytest

from server.assemble import (
    START_ORDER,
    Assembly,
    inference_of,
    listener_settings,
    secrets_of,
)
from server.cli.quickstart import first_users
from server.errors import CannotStart
from server.kernel.clock import SystemClock
from server.kernel.config import ServerConfig, parse_config
from server.kernel.folder import ServerFolder
from server.kernel.log_setup import SecretMask
from server.kernel.registry import REGISTRY
from server.security.secrets import Sealer
from server.simpleio.declaration import DEFAULT_INFERENCE, Words

FOLDER = ServerFolder(Path("/somewhere/server1"))


def config_of(server_conf: str = "", simple_io_conf: str = "") -> ServerConfig:
    return parse_config(FOLDER, server_conf=server_conf, simple_io_conf=simple_io_conf)


def test_every_registered_type_has_its_place_in_the_start_order() -> None:
    assert {one.id.partition(".")[0] for one in REGISTRY} == set(START_ORDER)


def test_secrets_of_a_definition_are_its_clear_texts() -> None:
    admin, api = first_users()
    assert secrets_of(admin) == [admin.password.reveal()]
    assert secrets_of(admin) != secrets_of(api)


def test_words_of_simple_io_conf_replace_the_usual_ones_of_their_type_only() -> None:
    assert inference_of(config_of()) == DEFAULT_INFERENCE
    found = inference_of(config_of(simple_io_conf="[bool]\nprefix=was_\n[default]\nresponse_elem=answer\n"))
    assert found.bool_words == Words(prefixes=("was_",))
    assert found.int_words == DEFAULT_INFERENCE.int_words
    assert found.response_elem == "answer"


def test_limits_of_server_conf_reach_the_listener() -> None:
    settings = listener_settings(
        config_of("[http]\nmax_body_bytes=7\nidle_timeout_seconds=3\n[http_response]\nreturn_x_zato_cid=false\n")
    )
    assert (settings.max_body_bytes, settings.idle_timeout_seconds, settings.cid_header) == (7, 3.0, "")
    assert listener_settings(config_of()).cid_header == "X-Zato-CID"


def test_an_assembly_that_cannot_start_gives_back_what_it_took(tmp_path: Path) -> None:
    config = parse_config(
        ServerFolder(tmp_path),
        server_conf="[odb]\ndb_name=nowhere/zato.db",
        secrets_conf=f"[secret_keys]\nkey1={Sealer.new_key()}",
    )
    assembly = Assembly(config, mask=SecretMask(), clock=SystemClock())
    with pytest.raises(CannotStart, match="There is no folder"):
        assembly.start()
    assembly.stop(0)
    assembly.stop(0)
    assert assembly.address == ""
