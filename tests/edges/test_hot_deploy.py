"""Hot deployment on real folders, with a clock that the test moves."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server import compat
from server.errors import DeployError
from server.services.hot_deploy import GONE_SECONDS, HotDeployer
from server.services.user_config import UserConfig
from tests.server.services.support import Bench
from tests.support.clock import FakeClock

HEAD = "from zato.server.service import Service\n"


def answering(answer: object, head: str = "", name: str = "Get") -> str:
    return f"{HEAD}{head}\nclass {name}(Service):\n    def handle(self):\n        self.response.payload = {answer}\n"


class Place:
    """A folder, a store and a deployer."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.bench = Bench()
        self.deployer = HotDeployer(self.bench.store, [folder], clock=self.clock, check_timeout_seconds=5, **settings)
        self.deployer.provision()

    def write(self, name: str, text: str) -> Path:
        file = self.folder / name
        file.write_text(text)
        return file

    def settle(self) -> None:
        """Let what was written become stable and be deployed."""
        self.deployer.scan()
        self.clock.go_on(0.25)
        self.deployer.scan()

    def answer(self, name: str) -> Any:
        return self.bench.call(name).payload


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    compat.install()
    before = set(sys.modules)
    one = Place(tmp_path / "services")
    yield one
    one.deployer.close()
    compat.uninstall()
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def test_a_file_is_deployed_once_it_is_stable_and_again_when_it_changes(place: Place) -> None:
    place.write("zz_orders.py", answering(1))
    assert place.deployer.scan() == []
    place.clock.go_on(0.1)
    assert place.deployer.scan() == []
    place.clock.go_on(0.15)
    assert [one.names for one in place.deployer.scan()] == [("zz-orders.get",)]
    assert place.answer("zz-orders.get") == 1
    assert place.deployer.scan() == []
    place.write("zz_orders.py", answering(22))
    place.settle()
    assert place.answer("zz-orders.get") == 22


def test_a_failed_deploy_leaves_the_old_answering_and_says_why(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    place.write("zz_orders.py", answering(1))
    place.settle()
    place.write("zz_orders.py", answering(2, "import zz_pricing"))
    place.settle()
    assert place.answer("zz-orders.get") == 1
    first, second = caplog.records[-1].getMessage().split("\n")
    assert first.startswith("zz_orders.py was not deployed; the version of ")
    assert first.endswith(" keeps answering")
    assert second == "   line 2: ImportError: no module named 'zz_pricing'. Files beside it in the folder: zz_orders.py"


def test_what_was_missing_arrives_and_all_is_deployed(place: Place) -> None:
    place.write("zz_orders.py", answering("zz_pricing.PRICE", "import zz_pricing"))
    place.settle()
    assert place.bench.store.names() == []
    place.write("zz_pricing.py", "PRICE = 5")
    place.settle()
    assert place.answer("zz-orders.get") == 5


def test_who_imports_a_changed_file_is_deployed_again(place: Place) -> None:
    place.write("zz_base.py", answering(1, name="Base"))
    place.write("zz_child.py", f"{HEAD}from zz_base import Base\nclass Get(Base): pass\n")
    place.settle()
    assert (place.answer("zz-base.base"), place.answer("zz-child.get")) == (1, 1)
    place.write("zz_base.py", answering(22, name="Base"))
    place.settle()
    assert (place.answer("zz-base.base"), place.answer("zz-child.get")) == (22, 22)


def test_files_that_come_together_are_deployed_together(place: Place) -> None:
    place.write("zz_a.py", answering("zz_b.X", "import zz_b"))
    place.deployer.scan()
    place.clock.go_on(0.15)
    place.write("zz_b.py", "X = 7")
    assert place.deployer.scan() == []
    place.clock.go_on(0.15)
    assert place.deployer.scan() == []  # the first is stable, the second not yet
    place.clock.go_on(0.15)
    assert len(place.deployer.scan()) == 2
    assert place.answer("zz-a.get") == 7


def test_one_that_never_rests_does_not_hold_the_others_up(place: Place) -> None:
    place.write("zz_a.py", answering(1))
    for number in range(12):
        place.write("zz_busy.py", "#" * number)
        place.deployer.scan()
        place.clock.go_on(0.1)
    assert place.answer("zz-a.get") == 1


def test_what_is_gone_for_a_while_takes_its_services_away(place: Place) -> None:
    file = place.write("zz_orders.py", answering(1))
    place.settle()
    os.remove(file)
    place.deployer.scan()
    assert place.answer("zz-orders.get") == 1
    place.clock.go_on(GONE_SECONDS)
    assert [one.removed for one in place.deployer.scan()] == [("zz-orders.get",)]
    assert "zz_orders" not in sys.modules


def test_a_renamed_file_keeps_its_services_names(place: Place) -> None:
    text = f"{HEAD}class Get(Service):\n    name = 'my.get'\n    def handle(self): self.response.payload = 1\n"
    file = place.write("zz_old.py", text)
    place.settle()
    file.rename(place.folder / "zz_new.py")
    place.settle()
    assert place.answer("my.get") == 1
    assert place.bench.store.get("my.get").impl_name == "zz_new.Get"


def test_a_name_that_another_file_has(place: Place) -> None:
    text = f"{HEAD}class Get(Service):\n    name = 'my.get'\n    def handle(self): pass\n"
    place.write("zz_one.py", text)
    place.settle()
    file = place.write("zz_two.py", text)
    with pytest.raises(DeployError, match="line 2: the service name 'my.get' is taken by zz_one.Get of"):
        place.deployer.deploy_file(file)


def test_an_upload_gets_into_the_folder_only_if_it_can_be_deployed(place: Place) -> None:
    assert place.deployer.deploy_text("zz_up.py", answering(1)) == ["zz-up.get"]
    with pytest.raises(DeployError, match=r"zz_up.py was not deployed; .*\n   line 1: SyntaxError"):
        place.deployer.deploy_text("zz_up.py", "x = (")
    assert (place.folder / "zz_up.py").read_text() == answering(1)
    assert place.answer("zz-up.get") == 1
    place.clock.go_on(5)
    assert place.deployer.scan() == []  # its own writing is no change


@pytest.mark.parametrize("name", ["../zz.py", "zz.txt", "a/zz.py", ".zz.py", "__init__.py"])
def test_what_cannot_be_uploaded(place: Place, name: str) -> None:
    with pytest.raises(DeployError, match="ends in .py and has no folder in it"):
        place.deployer.deploy_text(name, "")


def test_a_file_from_elsewhere_is_put_into_the_folder(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "zz_else.py"
    file.write_text(answering(3))
    assert place.deployer.deploy_file(file) == ["zz-else.get"]
    assert (place.folder / "zz_else.py").is_file()
    with pytest.raises(DeployError, match="zz_none.py"):
        place.deployer.deploy_file(tmp_path / "zz_none.py")


def test_a_restart_does_not_try_again_what_was_tried(place: Place, tmp_path: Path, monkeypatch: Any) -> None:
    memory = tmp_path / "work" / "tried.json"
    place.write("zz_orders.py", answering(1))
    first = Place(place.folder, memory=memory)
    assert [one.names for one in first.deployer.load_all()] == [("zz-orders.get",)]
    first.deployer.close()
    monkeypatch.setattr("server.services.hot_deploy.try_files", lambda *_: pytest.fail("it was tried again"))
    second = Place(place.folder, memory=memory)
    assert [one.names for one in second.deployer.load_all()] == [("zz-orders.get",)]
    assert second.deployer.scan() == []
    second.deployer.close()


def test_files_of_others_are_left_alone(place: Place) -> None:
    for name in (".hidden.py", "notes.txt", "__init__.py", "orders.py~", ".orders.py.swp"):
        place.write(name, "1/0")
    place.settle()
    place.settle()
    assert place.bench.store.names() == []


def test_a_call_that_runs_finishes_in_the_class_it_began_with(place: Place) -> None:
    place.write("zz_slow.py", answering("self.invoke('zz-swap.swap') or 1") + "V = 1\n")
    swap = f"{HEAD}class Swap(Service):\n    def handle(self): self.environ_of_test()\n"
    place.write("zz_swap.py", swap)
    place.settle()

    def redeploy(self: Any) -> None:
        place.write("zz_slow.py", answering(22))
        place.settle()

    place.bench.store.get("zz-swap.swap").cls.environ_of_test = redeploy  # type: ignore[attr-defined]
    assert place.answer("zz-slow.get") == 1
    assert place.answer("zz-slow.get") == 22


def test_watching_reads_user_configuration_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "user-conf"
    folder.mkdir()
    config = UserConfig(folder)
    begun: list[Any] = []
    place = Place(tmp_path / "services", user_config=config, spawn=lambda name, function: begun.append(function))
    place.deployer.start()
    (folder / "app.conf").write_text("a = 1")

    def sleep(seconds: float) -> None:
        place.clock.go_on(seconds)
        if place.clock.monotonic() > 3:
            place.deployer.stop(0)

    place.clock.sleep = sleep  # type: ignore[method-assign]
    with caplog.at_level(logging.INFO):
        begun[0]()
    assert config.app.a == 1
    assert "User configuration 'app' was read" in caplog.text
    place.deployer.close()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("# coding: rot13\nx = 1\n", "names no encoding of texts"),
        ("x = " + "-" * 200_000 + "1\n", "MemoryError"),
        ("from zz_beside import x\ny = " + "-" * 200_000 + "1\n", "MemoryError"),
    ],
    ids=["coding", "deep", "deep with an import"],
)
def test_a_file_that_no_parser_takes_does_not_hold_up_the_others(place: Place, text: str, reason: str) -> None:
    place.write("zz_bad.py", text)
    place.write("zz_good.py", answering(1))
    place.settle()
    assert place.answer("zz-good.get") == 1
    with pytest.raises(DeployError, match=reason):
        place.deployer.deploy_file(place.folder / "zz_bad.py")


def test_only_files_are_looked_at(place: Place) -> None:
    os.mkfifo(place.folder / "zz_pipe.py")  # opening it would wait for a writer, and all calls with it
    (place.folder / "zz_folder.py").mkdir()
    place.write("zz_good.py", answering(1))
    place.settle()
    assert place.answer("zz-good.get") == 1


def test_a_file_name_that_is_not_utf_8_is_refused(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    try:
        (place.folder / os.fsdecode(b"zz_\xff.py")).write_text(answering(1))
    except OSError:
        pytest.skip("the file system takes UTF-8 only")
    place.settle()
    assert "the name of the file is not UTF-8" in caplog.text
    assert place.bench.store.names() == []


@pytest.mark.parametrize("name", ["a\0b.py", "x" * 300 + ".py", "../zz_up.py", "/tmp/zz_up.py", "zz\\up.txt", ""])
def test_an_upload_that_cannot_be_written_is_refused_whole(place: Place, name: str) -> None:
    with pytest.raises(DeployError):
        place.deployer.deploy_text(name, answering(1))
    assert place.bench.store.find("x" * 300 + ".get") is None
    assert list(place.folder.iterdir()) == []


def test_an_upload_that_is_refused_leaves_nothing_in_the_folder(place: Place) -> None:
    with pytest.raises(DeployError):
        place.deployer.deploy_text("zz_up.py", "x = (\n")
    assert list(place.folder.iterdir()) == []


def test_a_memory_that_cannot_be_written_or_read_fails_no_deploy(
    place: Place, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    place.write("zz_good.py", answering(1))
    other = Place(place.folder, memory=tmp_path / "file" / "tried.json")
    other.settle()
    assert other.answer("zz-good.get") == 1
    assert "could not be remembered" in caplog.text
    other.deployer.close()
