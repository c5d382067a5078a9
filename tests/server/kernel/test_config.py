from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from server.errors import ConfigError
from server.kernel.config import (
    InferenceWords,
    MainSettings,
    ServerConfig,
    describe_settings,
    parse_config,
    read_config,
    split_bind,
)
from server.kernel.folder import ServerFolder

FOLDER = ServerFolder(Path("/somewhere/env/server1"))


def parse(server_conf: str = "", **others: object) -> ServerConfig:
    return parse_config(FOLDER, server_conf=server_conf, **others)  # type: ignore[arg-type]


def problems(server_conf: str = "", **others: object) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(server_conf, **others)
    return str(caught.value).split("\n")


def test_every_key_has_a_default() -> None:
    config = parse()
    assert config.main == MainSettings()
    assert (config.host, config.port, config.name) == ("0.0.0.0", 17010, "server1")
    assert config.pickup_folder == FOLDER.base / "pickup/incoming/services"
    assert config.sqlite_path == FOLDER.base / "zato.db"


def test_values_of_each_type() -> None:
    config = parse(
        """
        [main]
        gunicorn_bind = [::1]:0
        gunicorn_graceful_timeout = 2.5
        [http]
        methods_allowed = GET, POST
        max_body_bytes = 1_000
        [http_response]
        return_x_zato_cid = No
        [odb]
        password = pass-word
        [misc]
        initial_server_name = mine
        """
    )
    assert (config.host, config.port, config.name) == ("::1", 0, "mine")
    assert config.main.graceful_timeout_seconds == 2.5
    assert config.http.methods_allowed == ("GET", "POST")
    assert config.http.max_body_bytes == 1000
    assert config.http_response.return_x_zato_cid is False
    assert config.odb.password.reveal() == "pass-word"
    assert "pass-word" not in repr(config)


def test_all_problems_are_told_at_once_each_with_its_line_and_the_nearest_name() -> None:
    assert problems(
        "[main]\ngunicorn_bnd=x\n[htp]\na=1\n[http]\nmax_body_bytes=many\nidle_timeout_seconds=-1\n"
        "[logging]\nlevel=loud\naccess_log=maybe"
    ) == [
        "server.conf line 2: unknown key 'gunicorn_bnd' in [main]. Did you mean 'gunicorn_bind'?",
        "server.conf line 4: unknown section [htp]. Did you mean 'http'?",
        "server.conf line 6: 'max_body_bytes' in [http]: 'many' is not a whole number",
        "server.conf line 7: 'idle_timeout_seconds' in [http]: -1 is less than 0.01",
        "server.conf line 9: 'level' in [logging]: 'loud' is not one of: debug, info, warning, error",
        "server.conf line 10: 'access_log' in [logging]: 'maybe' is neither true nor false",
    ]


def test_a_key_before_the_first_section() -> None:
    assert problems("a=1") == ["server.conf line 1: 'a' stands before the first [section]"]


@pytest.mark.parametrize("number", ["nan", "inf", "1e999"])
def test_numbers_that_are_none(number: str) -> None:
    assert "not a number that can be used" in problems(f"[http]\nidle_timeout_seconds={number}")[0]


def test_more_than_one_worker_is_refused_until_there_are_some() -> None:
    assert "only 1 is supported" in problems("[main]\ngunicorn_workers=2")[0]


def test_free_sections_take_any_key() -> None:
    config = parse("[user_config]\nmine=conf/mine.conf\n[startup_services_first_worker]\nmy.service=payload\n")
    assert config.user_config == {"mine": "conf/mine.conf"}
    assert config.startup_services == {"my.service": "payload"}


def test_a_value_from_the_environment() -> None:
    text = "[odb]\nusername=$DB_USER\npassword=${DB_PASS}\nextra='$LITERAL'\nhost=a$b"
    config = parse(text, environ={"DB_USER": "u", "DB_PASS": "p"})
    assert (config.odb.username, config.odb.password.reveal()) == ("u", "p")
    assert (config.odb.extra, config.odb.host) == ("$LITERAL", "a$b")
    assert problems(text, environ={"DB_USER": "u"}) == [
        "server.conf line 3: 'password' in [odb]: the environment has no variable DB_PASS. "
        "Set it, or write the value itself"
    ]


def test_the_environment_wins_over_the_file() -> None:
    environ = {
        "Zato_Config_Server_server__conf_main_gunicorn_bind": "127.0.0.1:0",
        "Zato_Config_Server_server__conf_http_response_server_header": "mine",
        "Zato_Config_Server_server__conf_user_config_label": "x.conf",
        "OTHER": "1",
    }
    config = parse("[main]\ngunicorn_bind=1.2.3.4:5", environ=environ)
    assert (config.main.bind, config.http_response.server_header) == ("127.0.0.1:0", "mine")
    assert config.user_config == {"label": "x.conf"}


def test_a_wrong_variable_is_named() -> None:
    environ = {
        "Zato_Config_Server_server__conf_main_gunicorn_bnd": "x",
        "Zato_Config_Server_pickup__conf_json_x": "x",
    }
    first, second = problems("", environ=environ)
    assert first == (
        "environment variable Zato_Config_Server_pickup__conf_json_x: "
        "expected Zato_Config_Server_server__conf_<section>_<key>"
    )
    assert "Zato_Config_Server_server__conf_main_gunicorn_bnd: unknown key" in second
    assert "Did you mean 'gunicorn_bind'?" in second


def test_secrets_clear_and_sealed() -> None:
    key1 = Fernet.generate_key().decode()
    sealed = Fernet(key1.encode()).encrypt(b"hidden").decode()
    secrets = f"[secret_keys]\nkey1={key1}\n[zato]\nserver_conf.odb.password={sealed}\nplain=abc\n"
    text = "[odb]\npassword=zato+secret://server_conf.odb.password\nusername=zato+secret://plain"
    config = parse(text, secrets_conf=secrets)
    assert config.odb.password.reveal() == "hidden"
    assert config.odb.username == "abc"
    assert config.secret_key.reveal() == key1
    assert key1 not in repr(config)


def test_secrets_that_cannot_be_had() -> None:
    other = Fernet(Fernet.generate_key()).encrypt(b"hidden").decode()
    secrets = f"[secret_keys]\nkey1={Fernet.generate_key().decode()}\nkeyone=x\n[zato]\nmine={other}\n[zat]\na=1"
    text = "[odb]\npassword=zato+secret://mine\nusername=zato+secret://min"
    assert problems(text, secrets_conf=secrets) == [
        "secrets.conf line 3: unknown key 'keyone' in [secret_keys]. Did you mean 'key1'?",
        "secrets.conf line 7: unknown section [zat]. Did you mean 'zato'?",
        "server.conf line 2: 'password' in [odb]: 'mine' of secrets.conf was sealed with another key than its key1",
        "server.conf line 3: 'username' in [odb]: secrets.conf has no 'min' in [zato]. Did you mean 'mine'?",
    ]


def test_simple_io_words() -> None:
    text = "[bool]\nprefix=is_, has_\n[secret]\nexact=password, pin\n[bytes_to_str]\nencoding=latin-1\n"
    settings = parse(simple_io_conf=text).simple_io
    assert settings.bool_words == InferenceWords(prefixes=("is_", "has_"))
    assert settings.secret_words == InferenceWords(exact=("password", "pin"))
    assert settings.int_words is None
    assert settings.bytes_to_str_encoding == "latin-1"
    assert problems(simple_io_conf="[bool]\nprefx=a\n[boo]\na=1\n[default]\nx=1")[0] == (
        "simple-io.conf line 2: unknown key 'prefx' in [bool]. Did you mean 'prefix'?"
    )


@pytest.mark.parametrize("bind", ["localhost", "1.2.3.4:", "1.2.3.4:x", "1.2.3.4:70000", "::1:80", ""])
def test_addresses_that_are_none(bind: str) -> None:
    with pytest.raises(ValueError, match="address:port"):
        split_bind(bind)
    assert "gunicorn_bind" in problems(f"[main]\ngunicorn_bind='{bind}'")[0]


def test_reading_a_folder(tmp_path: Path) -> None:
    folder = ServerFolder(tmp_path)
    with pytest.raises(ConfigError, match=r"There is no .*server\.conf"):
        read_config(folder, {})
    folder.repo.mkdir(parents=True)
    folder.server_conf.write_text("[main]\ngunicorn_bind=127.0.0.1:1\n")
    assert read_config(folder, {}).port == 1
    folder.server_conf.write_bytes(b"[main]\n\xff")
    with pytest.raises(ConfigError, match="not UTF-8 at byte 7"):
        read_config(folder, {})


def test_every_setting_is_described() -> None:
    described = describe_settings()
    assert ("main", "gunicorn_bind", "0.0.0.0:17010") in [line[:3] for line in described]
    assert all(help for *_, help in described)
