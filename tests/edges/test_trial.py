"""Trying files in a child process: what hangs, ends or breaks there harms nothing here."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server import compat
from server.errors import DeployError
from server.services.trial import inference_from, inference_to, try_files
from server.simpleio.declaration import DEFAULT_INFERENCE, Inference, Words

HEAD = "from zato.server.service import Service\n"
GOOD = HEAD + "class Get(Service):\n    def handle(self): pass\n"


@pytest.fixture(autouse=True)
def old_names() -> Iterator[None]:
    compat.install()
    yield
    compat.uninstall()


def tried(folder: Path, files: dict[str, str], seconds: float = 5.0) -> dict[str, DeployError | None]:
    texts = {str(folder / name): text for name, text in files.items()}
    return {Path(path).name: error for path, error in try_files(texts, [folder], DEFAULT_INFERENCE, seconds).items()}


def test_one_child_tells_of_each_file(tmp_path: Path) -> None:
    (tmp_path / "there.py").write_text("x = 1")
    found = tried(
        tmp_path,
        {
            "good.py": GOOD + "import there, also\nprint('nobody hears this')\n",
            "also.py": "x = 1",
            "missing.py": "import nowhere_to_be_found\n",
            "bad.py": HEAD + "class Get(Service):\n    pass\n",
            "exits.py": "import sys\nsys.exit(3)\n",
        },
    )
    assert found["good.py"] is None
    assert found["also.py"] is None
    missing, bad, exits = found["missing.py"], found["bad.py"], found["exits.py"]
    assert missing is not None and bad is not None and exits is not None
    assert "there.py" in missing.advice
    assert (missing.line, missing.reason) == (1, "ImportError: no module named 'nowhere_to_be_found'")
    assert (bad.line, bad.reason.split(",")[0]) == (2, "Get: has no `handle` method")
    assert (exits.line, exits.reason) == (2, "the file ends the process while it is imported (sys.exit)")


def test_what_hangs_is_interrupted_with_its_line_and_the_others_go_on(tmp_path: Path) -> None:
    found = tried(tmp_path, {"a_hangs.py": "import time\n\ntime.sleep(60)\n", "b_good.py": GOOD}, 0.3)
    hangs = found["a_hangs.py"]
    assert hangs is not None
    assert (hangs.line, hangs.reason) == (3, "its import did not end within 0.3 s")
    assert found["b_good.py"] is None


def test_what_cannot_be_interrupted_is_ended(tmp_path: Path) -> None:
    text = "import time\nwhile True:\n    try:\n        time.sleep(60)\n    except BaseException:\n        pass\n"
    found = tried(tmp_path, {"a_hangs.py": text, "b_good.py": GOOD}, 0.3)
    hangs = found["a_hangs.py"]
    assert hangs is not None
    assert (hangs.line, hangs.reason) == (4, "its import did not end within 0.3 s")
    assert found["b_good.py"] is None


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        ("import os\nos._exit(3)\n", "exit code 3"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n", "signal SIGSEGV"),
    ],
)
def test_what_ends_the_process(tmp_path: Path, text: str, ending: str) -> None:
    found = tried(tmp_path, {"a_ends.py": text, "b_good.py": GOOD})
    ends = found["a_ends.py"]
    assert ends is not None
    assert ends.reason == f"the file ends the process while it is imported ({ending})"
    assert found["b_good.py"] is None


def test_nothing_is_imported_here(tmp_path: Path) -> None:
    tried(tmp_path, {"zz_only_there.py": GOOD})
    assert "zz_only_there" not in sys.modules


def test_names_that_mean_types_go_along() -> None:
    inference = Inference(int_words=Words(exact=("no",), suffixes=("_no",)), response_elem="r")
    assert inference_from(inference_to(inference)) == inference
