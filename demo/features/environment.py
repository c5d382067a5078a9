"""The tests need the shop's server: when it does not run, it is started here, and stopped again at the end.

Started once by hand, it stays: apitest-server start server
"""

import socket
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from urllib.parse import urlsplit

FEATURES = Path(__file__).resolve().parent
SERVER = FEATURES.parent / "server"


def before_all(context):
    if not answers():
        command("start")
        context.add_cleanup(command, "stop")


def answers():
    config = ConfigParser(interpolation=None)
    config.read(FEATURES / "config.ini", "utf-8")
    address = urlsplit(config["user"]["server"])
    try:
        socket.create_connection((address.hostname, address.port), 2).close()
    except OSError:
        return False
    return True


def command(word):
    done = subprocess.run([sys.executable, "-m", "server", word, SERVER], capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise RuntimeError(f"apitest-server {word} {SERVER}: {done.stderr.strip()}")
