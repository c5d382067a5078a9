"""Before all features: a fresh server with the services of `features/services/`; after them, nothing is left of it.

What features may use: `$SERVER` (address), `$ADMIN_PASSWORD` of admin.invoke, `$API_PASSWORD` of pubapi, `$ENV` (folder
of the environment), `$PICKUP` (folder that services are deployed from), `$TMP` (a folder of the run), `$SHOP_DB`
(address of the database behind the outgoing connection promises.shop), `$PYTHON`, `$SCHEMAS` (folder of schemas and
API descriptions), `$SOAP` (address of a strict SOAP server, `tests/support/soap_server.py`), `$OAUTH2`,
`$OAUTH2_SECRET`, `$OAUTH2_WEB_SECRET`, `$OAUTH2_PASSWORD` (a strict OAuth2 server, `tests/support/oauth2_server.py`),
`$TLS` (a server that wants a certificate of the client; what it takes is in `features/certificates/`, made afresh).  A
feature tagged @websocket, @events, @graphql, @rabbitmq, @redis, @postgresql or @cassandra finds its peer at the
variable of that name in capitals.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from base64 import b64encode
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
COMMAND = [sys.executable, "-m", "server"]


sys.path.append(str(ROOT))  # for the peers of tests/support

import pytest  # noqa: E402

from tests.support import containers, oauth2_server, peers  # noqa: E402
from tests.support.certificates import Authority  # noqa: E402
from tests.support.soap_server import SOAPServer  # noqa: E402
from tests.support.tls_server import TLSServer  # noqa: E402

PEERS = {
    "websocket": lambda: f"ws://127.0.0.1:{peers.port_of('websocket_server')}",
    "events": lambda: f"http://127.0.0.1:{peers.port_of('event_server')}",
    "graphql": lambda: f"http://127.0.0.1:{peers.port_of('graphql_server')}",
    "rabbitmq": containers.rabbitmq_url,
    "redis": containers.redis_url,
    "postgresql": lambda: containers.postgresql_url().replace("+psycopg", ""),
    "cassandra": lambda: f"127.0.0.1:{containers.cassandra_port()}",
}
"""By the tag of the features that need them; started for the first one."""

starting = threading.Lock()


def before_all(context):
    context.soap_server = SOAPServer()
    context.soap_server.start()
    os.environ["SOAP"] = context.soap_server.address
    start_credential_servers(context)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    folder = Path(tempfile.mkdtemp(prefix="apitest-features-"))
    env = folder / "env"
    context.promises_folder = folder
    made = run("quickstart", "create", str(env), "--bind", "127.0.0.1:0")
    admin_password, api_password = re.findall(r"user \S+, password (\S+)", made)
    pickup = env / "server1" / "pickup" / "incoming" / "services"
    for file in (HERE / "services").glob("*.py"):
        shutil.copy(file, pickup)
    (env / "server1" / "pickup" / "incoming" / "user-conf" / "shop.ini").write_text("[limits]\nmost = 7\n")
    shown = run("start", str(env))
    address = re.search(r"listening on (\S+),", shown)[1]
    os.environ.update(
        SERVER=address,
        ADMIN_PASSWORD=admin_password,
        API_PASSWORD=api_password,
        ENV=str(env),
        PICKUP=str(pickup),
        TMP=str(folder),
        SHOP_DB=f"sqlite:///{folder / 'shop.db'}",
        PYTHON=sys.executable,
        SCHEMAS=str(HERE / "schemas"),
    )
    context.promises_env = env
    for one in json.loads((HERE / "services" / "definitions.json").read_text()):
        request = json.loads(json.dumps(one["request"]).replace("$SERVER", address).replace("$TMP", str(folder)))
        invoke(address, admin_password, one["service"], request)


def before_feature(context, feature):
    for tag in set(feature.tags) & set(PEERS):
        try:
            with starting:
                os.environ[tag.upper()] = PEERS[tag]()
        except pytest.skip.Exception as reason:
            feature.skip(str(reason))
        except pytest.fail.Exception as reason:
            raise RuntimeError(str(reason)) from None


def start_credential_servers(context):
    context.oauth2_server = oauth2_server.OAuth2Server()
    context.oauth2_server.start()
    folder = HERE / "certificates"
    folder.mkdir(exist_ok=True)
    authority = Authority(folder)
    authority.issue("ann")
    context.tls_server = TLSServer(*authority.issue("shop.test"), client_authority=authority.file)
    context.tls_server.start()
    os.environ.update(
        OAUTH2=context.oauth2_server.address,
        OAUTH2_SECRET=oauth2_server.SECRETS["shop"],
        OAUTH2_WEB_SECRET=oauth2_server.SECRETS["web"],
        OAUTH2_PASSWORD=oauth2_server.USERS["ann"],
        TLS=context.tls_server.address,
    )


def after_all(context):
    context.soap_server.stop()
    context.oauth2_server.stop()
    context.tls_server.stop()
    env = getattr(context, "promises_env", None)
    if env is not None:
        run("stop", str(env))
    shutil.rmtree(context.promises_folder, ignore_errors=True)


def run(*arguments):
    """Output of `apitest-server`; the whole of it is shown if it fails."""
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, cwd=ROOT, timeout=60)
    if done.returncode:
        raise RuntimeError(f"apitest-server {' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def invoke(address, password, service, request):
    """One call of an admin service."""
    credentials = b64encode(f"admin.invoke:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}
    call = urllib.request.Request(f"{address}/zato/api/invoke/{service}", json.dumps(request).encode(), headers)
    try:
        with urllib.request.urlopen(call, timeout=20) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{service}: {error.code} {error.read().decode()}") from None
