"""Files of the project and of the scenario's own folder `#{tmp}`: written, there, and what is in them.

Not here: where names lead (`project.py`, `step_input.py`).
"""

from __future__ import annotations

import shutil
import time
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from apitest.catalogue import step
from apitest.core import compare, json_text
from apitest.data_files import read_csv
from apitest.errors import AssertionFailed, FileProblem, Mismatch, StepError
from apitest.steps.last_response import compare_lines, comparing, require, shown
from apitest.steps.step_input import (
    doc_json,
    doc_text,
    place_of_file,
    read_text,
    resolved_rows,
    text_of,
    writable_file,
)
from apitest.steps.store import keep

POLL_SECONDS = 0.1


@step(
    'file "{file}" holds',
    meaning="Writes a file, inside the project or #{tmp}; look-ups are filled in.",
    example='file "#{tmp}/in.csv" holds',
    needs="doc",
)
def write_file(ctx: Any, file: Any) -> None:
    _write(writable_file(ctx, file), doc_text(ctx), file)


@step(
    'file "{file}" holds exactly',
    meaning="The same, the text as it stands: nothing is filled in.",
    example='file "#{tmp}/shop.feature" holds exactly',
    needs="doc",
)
def write_file_exactly(ctx: Any, file: Any) -> None:
    _write(writable_file(ctx, file), str(ctx.text), file)


@step(
    'directory "{dir}" is emptied',
    meaning="Removes what is in a folder below the project or #{tmp}, and makes it where it is missing.",
    example='directory "#{tmp}/out" is emptied',
)
def empty_directory(ctx: Any, dir: Any) -> None:
    folder = writable_file(ctx, f"{text_of(dir).rstrip('/')}/x").parent
    if folder == Path(ctx.apitest.run.project.root).resolve():
        raise StepError("The project's own folder is not emptied", "Name a folder below it.")
    for item in folder.iterdir():
        if item.is_dir() and not item.is_symlink():
            shutil.rmtree(item)
        else:
            item.unlink()


@step(
    'file "{file}" (exists/doesn\'t exist)',
    "then",
    meaning="Whether there is such a file or folder.",
    example='file "#{tmp}/lock" doesn\'t exist',
)
def file_exists(ctx: Any, file: Any, choice: str) -> None:
    path = place_of_file(ctx, file)
    is_there = path.exists()
    require(is_there is (choice == "exists"), f'File "{text_of(file)}"', text_of(file), choice,
            "exists" if is_there else "doesn't exist", _beside(path))  # fmt: skip


@step(
    'file "{file}" (contains/doesn\'t contain) the text "{text}"',
    "then",
    meaning="Whether a text is somewhere in a file; the file must be there.",
    example='file "#{tmp}/app.log" contains the text "started"',
)
def file_contains(ctx: Any, file: Any, choice: str, text: Any) -> None:
    part = text_of(text)
    if not part:
        raise StepError("An empty text is part of any file, so nothing was compared")
    content = _content(ctx, file)
    is_wanted = choice == "contains"
    expected = f"{'with' if is_wanted else 'without'} {part!r}"
    require((part in content) is is_wanted, f'File "{text_of(file)}"', text_of(file), expected, shown(content))


@step(
    'file "{file}" has {n} lines',
    "then",
    meaning="How many lines a file has.",
    example='file "#{tmp}/out.csv" has 3 lines',
)
def file_has_lines(ctx: Any, file: Any, n: Any) -> None:
    count = len(_content(ctx, file).splitlines())
    require(count == n, f'File "{text_of(file)}"', text_of(file), f"{n} lines", f"{count} lines")


@step(
    'file "{file}" is the same as "{other}"',
    "then",
    meaning="Two files hold the same; texts are compared line by line.",
    example='file "#{tmp}/out.csv" is the same as "want.csv"',
)
def files_are_same(ctx: Any, file: Any, other: Any) -> None:
    compare_lines(f'File "{text_of(file)}" differs', read_text(ctx, other, "data"), _content(ctx, file))


@step(
    'file "{file}" matches JSON',
    "then",
    meaning="A file holds this JSON document; markers may stand in it.",
    example='file "#{tmp}/order.json" matches JSON',
    needs="doc",
)
def file_matches_json(ctx: Any, file: Any) -> None:
    actual = json_text.parse_response(_content(ctx, file).encode())
    expected = doc_json(ctx)
    compare.check(f'File "{text_of(file)}" differs', compare.compare(expected, actual, "", comparing(actual, ctx)))


@step(
    'CSV file "{file}" has rows like',
    "then",
    meaning="Each of these rows is in a CSV file, only the given columns compared; markers may stand in cells.",
    example='CSV file "#{tmp}/out.csv" has rows like',
    needs="table",
)
def csv_has_rows(ctx: Any, file: Any) -> None:
    wanted = resolved_rows(ctx, (), None)
    if not wanted:
        raise StepError("The table has no rows, so nothing was compared")
    lines = read_csv(_content(ctx, file))
    names = [name.strip() for name in lines[0]] if lines else []
    unknown = [name for name in wanted[0] if name not in names]
    if unknown:
        raise StepError(
            f'"{text_of(file)}" has no column "{unknown[0]}"', f"Its first line names: {', '.join(names) or 'nothing'}"
        )
    actual = [dict(zip(names, line, strict=False)) for line in lines[1:]]
    expected = [
        {name: cell if isinstance(cell, str) else text_of(cell) for name, cell in row.items()} for row in wanted
    ]
    compare.check(f'CSV file "{text_of(file)}"', compare.contains(expected, actual, "", comparing(actual, ctx)))


@step(
    'a file like "{glob}" appears within {d}',
    "then",
    meaning="Waits for a file whose name fits a pattern; it is kept under #file.",
    example='a file like "#{tmp}/out/*.xml" appears within 5 seconds',
)
def file_appears(ctx: Any, glob: Any, d: float) -> None:
    place = place_of_file(ctx, glob)
    end = time.monotonic() + d
    while True:
        found = sorted(path for path in _listed(place.parent) if fnmatch(path.name, place.name) and path.is_file())
        if found:
            keep(ctx, "file", str(found[0]))
            return
        if time.monotonic() >= end:
            mismatch = Mismatch(text_of(glob), "a file", reason=_beside(place), has_actual=False)
            raise AssertionFailed(f"No such file after {d:g} s", [mismatch])
        time.sleep(POLL_SECONDS)


# Inside


def _write(path: Path, text: str, name: Any) -> None:
    try:
        path.write_text(text if text.endswith("\n") or not text else f"{text}\n", "utf-8")
    except OSError as error:
        raise FileProblem(f'File "{text_of(name)}" cannot be written: {error.strerror}') from error


def _content(ctx: Any, file: Any) -> str:
    """A file's text.  A missing file is a failed comparison: something should have written it."""
    path = place_of_file(ctx, file)
    if not path.is_file():
        mismatch = Mismatch(text_of(file), "a file", reason=_beside(path), has_actual=False)
        raise AssertionFailed(f'File "{text_of(file)}" does not exist', [mismatch])
    return path.read_text("utf-8", "replace")


def _as_text(cell: Any) -> str:
    return cell if isinstance(cell, str) else text_of(cell)


def _listed(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _beside(path: Path) -> str:
    if not path.parent.is_dir():
        return "there is not even its folder"
    names = sorted(item.name for item in path.parent.iterdir())
    return f"in its folder: {', '.join(names[:12]) or 'nothing'}"
