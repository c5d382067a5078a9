"""TestServer as users see it; this process is patched, the one of test_unpatched is not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from server.errors import ConfigError, DeployError, InputInvalid, NotFound, ServiceMissing
from server.services.base import Service
from server.simpleio.elements import Int
from server.testing import TestServer

ROOT = Path(__file__).resolve().parents[2]


class Twice(Service):
    name = "test.twice"
    input = Int("number")
    output = Int("result")

    def handle(self) -> None:
        self.response.payload = {"result": self.request.input.number * 2}


class Missing(Service):
    name = "test.missing"

    def handle(self) -> None:
        raise NotFound(self.cid, "not here")


@pytest.fixture(scope="module")
def server() -> Iterator[TestServer]:
    with TestServer() as server:
        server.deploy(Twice, Missing)
        yield server


def test_a_class_is_deployed_and_invoked(server: TestServer) -> None:
    assert server.invoke("test.twice", {"number": 21}) == {"result": 42}
    assert server.invoke(Twice, number="4") == {"result": 8}


def test_exceptions_of_services_arrive(server: TestServer) -> None:
    with pytest.raises(NotFound):
        server.invoke("test.missing")
    with pytest.raises(ServiceMissing):
        server.invoke("test.twcie")
    with pytest.raises(InputInvalid) as caught:
        server.invoke("test.twice", {"number": "many"})
    assert [one.path for one in caught.value.problems] == ["/number"]


def test_over_http_with_security(server: TestServer) -> None:
    server.create("security.basic_auth", name="ann", username="ann", password="secret-of-ann")
    id = server.create(
        "channel.rest",
        name="twice",
        url_path="/twice/{number}",
        service="test.twice",
        security_name="ann",
        data_format="json",
    )
    assert id > 0
    assert requests.get(server.url + "/twice/4", timeout=5).status_code == 401
    answer = requests.get(server.url + "/twice/4", auth=("ann", "secret-of-ann"), timeout=5)
    assert answer.json() == {"result": 8}
    with pytest.raises(InputInvalid):
        server.create("channel.rest", name="other", service="test.twice", url_path="nowhere")


def test_admin_client(server: TestServer) -> None:
    with server.client() as client:
        assert client.invoke("zato.ping") == {"pong": "zato"}
    answer = requests.get(server.url + "/zato/api/invoke/test.twice?number=3", auth=("pubapi", server.api_password))
    assert answer.json() == {"result": 6}


def test_a_file_is_deployed(server: TestServer, tmp_path: Path) -> None:
    file = tmp_path / "my_module.py"
    file.write_text(
        "from zato.server.service import Service\n"
        "class Hello(Service):\n"
        "    def handle(self):\n"
        "        self.logger.info('said hello')\n"
        "        self.response.payload = 'hello'\n"
    )
    assert server.deploy(file) == ["my-module.hello"]
    assert server.invoke("my-module.hello") == "hello"
    assert "my-module.hello" in server.log
    assert "said hello" in server.log
    file.write_text("import nothing_of_this_name\n")
    with pytest.raises(DeployError, match="line 1: ImportError: no module named 'nothing_of_this_name'"):
        server.deploy(file)
    assert server.invoke("my-module.hello") == "hello"


def test_no_secret_is_in_any_file(server: TestServer) -> None:
    server.create("security.apikey", name="key", secret="a-very-secret-key")
    server.invoke("zato.helpers.input-logger", {"text": "a-very-secret-key and secret-of-ann"})
    texts = {path: path.read_bytes() for path in server.folder.rglob("*") if path.is_file()}
    for secret in ("a-very-secret-key", "secret-of-ann", server.admin_password):
        assert [path for path, text in texts.items() if secret.encode() in text] == []


def test_settings_and_their_mistakes(tmp_path: Path) -> None:
    with TestServer({"http": {"max_body_bytes": 10}}, folder=tmp_path / "kept") as small:
        url = small.url
        assert requests.post(url + "/x", data=b"12345678901", timeout=5).status_code == 413
    assert (tmp_path / "kept" / "server1" / "logs" / "server.log").exists()
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)
    with pytest.raises(ConfigError, match="Did you mean 'max_body_bytes'"):
        TestServer({"http": {"max_body_byte": 10}}).start()


def test_two_at_once() -> None:
    with TestServer() as one, TestServer() as other:
        assert one.url != other.url
        one.deploy(Twice)
        with pytest.raises(ServiceMissing):
            other.invoke("test.twice", number=1)


def test_unpatched(tmp_path: Path) -> None:
    """The same in a process as users have it."""
    file = tmp_path / "test_mine.py"
    file.write_text(
        "import requests\n"
        "import pytest\n"
        "from server.services.base import Service\n"
        "from server.errors import NotFound\n"
        "from server.testing import TestServer\n"
        "class Hello(Service):\n"
        "    name = 'test.hello'\n"
        "    def handle(self):\n"
        "        if self.request.input.get('who') == 'nobody':\n"
        "            raise NotFound(self.cid)\n"
        "        self.response.payload = {'hello': self.request.input.get('who')}\n"
        "def test_it():\n"
        "    with TestServer() as server:\n"
        "        server.deploy(Hello)\n"
        "        assert server.invoke('test.hello', who='you') == {'hello': 'you'}\n"
        "        with pytest.raises(NotFound):\n"
        "            server.invoke('test.hello', who='nobody')\n"
        "        server.create('channel.rest', name='hello', url_path='/hello', service='test.hello')\n"
        "        assert requests.get(server.url + '/hello?who=me', timeout=5).json() == {'hello': 'me'}\n"
        "        file = server.folder / 'pickup/incoming/services/later.py'\n"
        "        file.write_text('from zato.server.service import Service\\n'\n"
        "            'class A(Service):\\n    def handle(self):\\n        self.response.payload = 1\\n')\n"
        "        import time\n"
        "        ends = time.monotonic() + 10\n"
        "        while 'later.a' not in server.log and time.monotonic() < ends:\n"
        "            time.sleep(0.05)\n"
        "        assert server.invoke('later.a') == 1\n"
        "def test_again():\n"
        "    with TestServer() as server:\n"
        "        assert server.invoke('zato.ping') == {'pong': 'zato'}\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
