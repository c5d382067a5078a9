"""The files of a test project: where it is, which feature files a run takes, where a named file is, what `init` makes.

An edge: it looks at the disk.  Not here: what is inside the files (`config.py`, `engine.py`, the steps).  The rules for
names inside a project are those of steps.md Part 4.4: a relative name is looked for in the folder of its kind, beside
the feature file, then below `features/`; nothing outside the project is read or written.
"""

from __future__ import annotations

import difflib
import glob
import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from apitest.config import shown
from apitest.errors import FileProblem, UsageError

MARKS = ("steps", "environment.py", "config.ini")
"""A folder that holds one of these is a features folder, whatever its name."""

_PHRASE = re.compile(r"^\s*Phrase:", re.MULTILINE)
_LINES = re.compile(r"^(.*?)((?::\d+(?:-\d+)?)+)$")


@dataclass(frozen=True, slots=True)
class Project:
    """root: the project's folder; features: the folder with steps, environment.py and config.ini in it."""

    root: Path
    features: Path

    @property
    def config_file(self) -> Path | None:
        path = self.features / "config.ini"
        return path if path.is_file() else None

    @property
    def environment_file(self) -> Path | None:
        path = self.features / "environment.py"
        return path if path.is_file() else None

    @property
    def steps_folder(self) -> Path | None:
        path = self.features / "steps"
        return path if path.is_dir() else None

    def find(self, name: str, folder: str = "", beside: str = "") -> Path:
        """The existing file of that name.

        folder: the folder of its kind below features/, e.g. `json/request`; beside: the path of the feature file.
        Raises FileProblem that says where was looked, and the nearest name.
        """
        places = [self.features / folder] if folder else []
        if beside:
            places.append(Path(beside).resolve().parent)
        places.append(self.features)
        for place in places:
            path = place / name
            if path.is_file():
                return self._inside(path, name)
        looked = list(dict.fromkeys(f"{shown(place)}/" for place in places))
        near = difflib.get_close_matches(Path(name).name, _names_in(places), 1, 0.5)
        raise FileProblem(
            f'There is no file "{name}" in {" or ".join(looked)}', f'Did you mean "{near[0]}"?' if near else ""
        )

    def read_bytes(self, name: str, folder: str = "", beside: str = "") -> bytes:
        path = self.find(name, folder, beside)
        try:
            return path.read_bytes()
        except OSError as error:
            raise FileProblem(f'File "{name}" cannot be read: {error.strerror}') from error

    def read_text(self, name: str, folder: str = "", beside: str = "") -> str:
        """A file's text, as UTF-8; a byte order mark is dropped."""
        try:
            return self.read_bytes(name, folder, beside).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise FileProblem(f'File "{name}" is not UTF-8 (byte {error.start})', "Save it as UTF-8") from error

    def writable(self, name: str) -> Path:
        """Where a file of that name may be written: below the project's folder; its folders are made."""
        path = self._inside(self.root / name, name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileProblem(f'File "{name}" cannot be written: {error.strerror}') from error
        return path

    def _inside(self, path: Path, name: str) -> Path:
        # SECURITY: a feature file must not reach the rest of the disk, not through `..` nor through a link.
        real = path.resolve()
        if not real.is_relative_to(self.root.resolve()):
            raise FileProblem(
                f'File "{name}" is outside the project {shown(self.root)}', "Copy it into the project and name it there"
            )
        return real


@dataclass(frozen=True, slots=True)
class Selection:
    """A feature file to run.  lines: ranges of lines, both ends included; empty means the whole file."""

    file: Path
    lines: tuple[tuple[int, int], ...] = ()


def locate(paths: Iterable[str], cwd: Path | None = None) -> tuple[Project, list[Selection]]:
    """What PATH arguments mean: directory, file, `file:LINE`, `file:LINE-LINE`, glob pattern, `@list.txt`.

    A directory stands for the feature files below it, sorted; one that has a `features` folder stands for that.
    Without paths: the working directory.  Raises UsageError for a path that does not exist and for two projects.
    """
    here = cwd or Path.cwd()
    selections: dict[Path, list[tuple[int, int]] | None] = {}
    folders: list[Path] = []
    for text in _expanded(list(paths) or ["."], here):
        plain, lines = _split_lines(text)
        path = here / plain
        if path.is_dir() and not lines:
            inner = path / "features"
            folder = inner if inner.is_dir() and not _is_marked(path) else path
            folders.append(features_folder(folder))
            for file in feature_files(folder):
                selections[file.resolve()] = None
        elif path.is_file():
            if path.suffix != ".feature":
                raise UsageError(f"{plain} is not a feature file", "Feature files end in .feature")
            if is_phrase_file(path):
                raise UsageError(f"{plain} holds phrases, not scenarios", "Run the features that use them")
            folders.append(features_folder(path.parent))
            _add(selections, path.resolve(), lines)
        else:
            raise UsageError(f"There is no {plain}", _nearest_path(path))
    project = _one_project(folders)
    return project, [Selection(file, tuple(lines or ())) for file, lines in selections.items()]


def features_folder(folder: Path) -> Path:
    """The features folder that a folder belongs to: itself or the next one above that is marked or named so."""
    start = folder.resolve()
    for candidate in (start, *start.parents):
        if _is_marked(candidate):
            return candidate
        if candidate.name == "features":
            return candidate
    return start


def feature_files(folder: Path) -> list[Path]:
    """The feature files below a folder, sorted by path; hidden folders and those of other tools (`.venv`,
    `node_modules`) are passed by."""
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "node_modules"]
        found += [Path(place, name) for name in files if name.endswith(".feature")]
    return sorted(file for file in found if not is_phrase_file(file))


def phrase_files(features: Path) -> list[Path]:
    """The files with the project's own phrases in English."""
    return sorted(file for file in (features / "phrases").rglob("*.feature") if is_phrase_file(file))


def is_phrase_file(file: Path) -> bool:
    """Whether it holds phrases: it is below a folder `phrases`, and there is one in it."""
    if "phrases" not in file.parts[:-1]:
        return False
    try:
        return _PHRASE.search(file.read_text("utf-8-sig", "replace")) is not None
    except OSError:
        return False


def template_folder() -> Path:
    return Path(__file__).resolve().parent / "template"


def create(path: Path, source: Path | None = None) -> list[Path]:
    """Copies a template into a new or empty folder -> the files made, relative to it.  Never overwrites anything."""
    source = source or template_folder()
    if path.exists() and not path.is_dir():
        raise UsageError(f"{shown(path)} is a file", "Name a folder that is new or empty")
    if path.is_dir() and any(path.iterdir()):
        raise UsageError(f"{shown(path)} is not empty", "Name a folder that is new or empty; nothing is overwritten")
    made = []
    try:
        for file in sorted(source.rglob("*")):
            relative = file.relative_to(source)
            if "__pycache__" in relative.parts or file.is_dir():
                continue
            # A dot file would be left out by packaging tools, so the template keeps it under another name.
            target = relative.with_name(relative.name.replace("dot-", ".", 1))
            (path / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, path / target)
            made.append(target)
    except OSError as error:
        raise UsageError(f"{shown(path)} cannot be made: {error.strerror} ({error.filename})") from error
    return made


def _is_marked(folder: Path) -> bool:
    """steps/ counts only with a module in it, so that some other folder of that name is not taken for one."""
    if (folder / "environment.py").is_file() or (folder / "config.ini").is_file():
        return True
    return next((folder / "steps").glob("*.py"), None) is not None


def _one_project(folders: list[Path]) -> Project:
    marked = list(dict.fromkeys(folder for folder in folders if _is_marked(folder)))
    if len(marked) > 1:
        raise UsageError(
            f"{shown(marked[0])} and {shown(marked[1])} are two projects, each with its own steps and configuration",
            "Run them one after the other",
        )
    if marked:
        features = marked[0]
    else:
        features = Path(os.path.commonpath([str(folder) for folder in folders]))
    is_inner = features.name == "features" and features.parent != features
    return Project(root=features.parent if is_inner else features, features=features)


def _expanded(paths: list[str], here: Path) -> list[str]:
    found: list[str] = []
    for text in paths:
        if text.startswith("@") and not (here / text).exists():
            found += _listed(here / text[1:], text)
        elif any(sign in text for sign in "*?[") and not (here / text).exists():
            matches = sorted(glob.glob(str(here / text), recursive=True))
            if not matches:
                raise UsageError(f"Nothing matches {text}")
            found += matches
        else:
            found.append(text)
    return found


def _listed(path: Path, text: str) -> list[str]:
    if not path.is_file():
        raise UsageError(f"There is no list {text[1:]}", "@FILE names a file with one path a line")
    lines = [line.strip() for line in path.read_text("utf-8-sig").splitlines()]
    return [str(path.parent / line) for line in lines if line and not line.startswith("#")]


def _split_lines(text: str) -> tuple[str, list[tuple[int, int]]]:
    match = _LINES.match(text)
    if not match:
        return text, []
    lines = []
    for part in match[2].split(":")[1:]:
        first, _, last = part.partition("-")
        lines.append((int(first), int(last or first)))
    return match[1], lines


def _add(selections: dict[Path, list[tuple[int, int]] | None], file: Path, lines: list[tuple[int, int]]) -> None:
    if not lines or (file in selections and selections[file] is None):
        selections[file] = None
        return
    known = selections.setdefault(file, [])
    if known is not None:
        known += [item for item in lines if item not in known]


def _nearest_path(path: Path) -> str:
    if not path.parent.is_dir():
        return f"There is no folder {shown(path.parent)} either"
    near = difflib.get_close_matches(path.name, [item.name for item in path.parent.iterdir()], 1, 0.5)
    return f"Did you mean {shown(path.parent / near[0])}?" if near else ""


def _names_in(places: list[Path]) -> list[str]:
    return [item.name for place in places if place.is_dir() for item in place.iterdir() if item.is_file()]
