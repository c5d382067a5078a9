"""What the sentences about connections say when something is wrong; that they work is told in features/apitest."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.certificates import Authority
from tests.support.one_scenario import errs, passes, run_steps
from tests.support.sample_project import run_project


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ('the trusted CA is "no.pem"', "no.pem"),
        ('the trusted CA is "bad.pem"', "no certificate that can be trusted"),
        ('the client certificate is "ann.pem"', "cannot be used as a client certificate"),
        ('the client certificate is "ann.pem" with key "eve.key"', "mismatch"),
        ('the client certificate is "../../x.pem"', "x.pem"),
        ('HTTP version "4"', "1.1, 2"),
        ('proxy "socks5://127.0.0.1:1"', "is no proxy"),
        ('proxy "http://"', "is no proxy"),
        ('the request is compressed with "rar"', "gzip, deflate, br, zstd"),
    ],
)
def test_what_cannot_be_done(tmp_path: Path, step: str, words: str) -> None:
    folder = tmp_path / "features" / "certificates"
    folder.mkdir(parents=True)
    authority = Authority(folder)
    authority.issue("ann")
    authority.issue("eve")
    (folder / "bad.pem").write_text("x")
    errs(run_steps(tmp_path, f"    Given {step}\n"), words)


@pytest.mark.parametrize(("config", "is_refused"), [
    ("[apitest]\nenvironment = prod\n[env:prod]\na = b\n", True),
    ("[apitest]\nenvironment = eu\n[env:eu]\nprotected = true\n", True),
    ("[apitest]\nenvironment = dev\n[env:dev]\na = b\n", False),
])  # fmt: skip
def test_servers_are_verified_in_production(tmp_path: Path, config: str, is_refused: bool) -> None:
    steps = "Feature: f\n  Scenario: s\n    Given TLS certificates aren't verified\n"
    found = run_project(tmp_path, {"config.ini": config, "a.feature": steps}).features[0].scenarios[0]
    if is_refused:
        errs(found, "always verified")
    else:
        passes(found)
