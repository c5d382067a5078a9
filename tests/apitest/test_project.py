from __future__ import annotations

from pathlib import Path

import pytest

from apitest.errors import FileProblem, UsageError
from apitest.project import Project, Selection, create, locate
from tests.support.sample_project import make_project

FEATURE = "Feature: A\n  Scenario: B\n    Given a number 1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_project(tmp_path / "p", {"a.feature": FEATURE, "deep/b.feature": FEATURE, "json/request/x.json": "{}"})


def names(selections: list[Selection]) -> list[str]:
    return [selection.file.name for selection in selections]


def test_the_folder_above_features(folder: Path) -> None:
    project, selections = locate([str(folder)])
    assert (project.root, project.features) == (folder, folder / "features")
    assert names(selections) == ["a.feature", "b.feature"]


def test_the_features_folder_itself_and_one_inside(folder: Path) -> None:
    assert locate([str(folder / "features")])[0].root == folder
    project, selections = locate([str(folder / "features" / "deep")])
    assert project.features == folder / "features"
    assert names(selections) == ["b.feature"]


def test_folders_of_other_tools_are_passed_by(folder: Path) -> None:
    for name in (".venv", "node_modules"):
        (folder / "features" / name).mkdir()
        (folder / "features" / name / "x.feature").write_text(FEATURE)
    assert names(locate([str(folder)])[1]) == ["a.feature", "b.feature"]


def test_lines(folder: Path) -> None:
    _, selections = locate([f"{folder}/features/a.feature:2", f"{folder}/features/a.feature:5-7"])
    assert selections == [Selection(folder / "features" / "a.feature", ((2, 2), (5, 7)))]


def test_the_whole_file_wins_over_its_lines(folder: Path) -> None:
    _, selections = locate([f"{folder}/features/a.feature:2", f"{folder}/features/a.feature"])
    assert selections[0].lines == ()


def test_patterns_and_lists(folder: Path) -> None:
    assert names(locate([f"{folder}/features/**/*.feature"])[1]) == ["a.feature", "b.feature"]
    (folder / "list.txt").write_text("# smoke\nfeatures/a.feature:2\n\n")
    assert locate([f"@{folder}/list.txt"], Path("/"))[1][0].lines == ((2, 2),)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("features/c.feature", "There is no"),
        ("features/*.txt", "Nothing matches"),
        ("features/steps/steps.py", "is not a feature file"),
        ("@nothing.txt", "There is no list"),
    ],
)
def test_what_is_not_there(folder: Path, path: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        locate([path], folder)


def test_the_nearest_file_is_named(folder: Path) -> None:
    with pytest.raises(UsageError) as found:
        locate(["features/aa.feature"], folder)
    assert "a.feature" in found.value.hint


def test_two_projects_are_refused(folder: Path, tmp_path: Path) -> None:
    other = make_project(tmp_path / "q", {"a.feature": FEATURE})
    with pytest.raises(UsageError, match="two projects"):
        locate([str(folder), str(other)])


def test_plain_folders_without_steps_go_together(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.feature").write_text(FEATURE)
    project, selections = locate([str(tmp_path / "one"), str(tmp_path / "two")])
    assert project.features == tmp_path
    assert len(selections) == 2


def test_files_are_looked_for_in_three_places(folder: Path) -> None:
    project = locate([str(folder)])[0]
    features = folder / "features"
    (features / "deep" / "near.json").write_text("near")
    (features / "top.json").write_text("top")
    assert project.find("x.json", "json/request") == features / "json/request/x.json"
    assert project.read_text("near.json", "json/request", str(features / "deep" / "b.feature")) == "near"
    assert project.read_text("top.json", "json/request") == "top"


def test_a_missing_file_says_where_and_what_is_near(folder: Path) -> None:
    project = locate([str(folder)])[0]
    with pytest.raises(FileProblem) as found:
        project.find("y.json", "json/request")
    assert "json/request/" in found.value.message
    assert '"x.json"' in found.value.hint


@pytest.mark.parametrize("name", ["../../secret.txt", "{absolute}"])
def test_nothing_outside_the_project_is_read(folder: Path, tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("x")
    project = locate([str(folder)])[0]
    with pytest.raises(FileProblem, match="outside the project"):
        project.find(name.format(absolute=secret))
    with pytest.raises(FileProblem, match="outside the project"):
        project.writable(name.replace("../../", "../").format(absolute=secret))


def test_a_link_does_not_lead_out(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("x")
    (folder / "features" / "link.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(FileProblem, match="outside the project"):
        locate([str(folder)])[0].read_text("link.txt")


def test_text_must_be_utf8(folder: Path) -> None:
    (folder / "features" / "x.txt").write_bytes(b"\xff")
    with pytest.raises(FileProblem, match="not UTF-8"):
        locate([str(folder)])[0].read_text("x.txt")


def test_writable_makes_folders(folder: Path) -> None:
    path = Project(folder, folder / "features").writable("out/a/b.txt")
    assert path.parent.is_dir()


def test_create_copies_the_template_and_never_overwrites(tmp_path: Path) -> None:
    made = create(tmp_path / "new")
    assert Path("features/demo.feature") in made
    assert (tmp_path / "new" / ".gitignore").is_file()
    with pytest.raises(UsageError, match="not empty"):
        create(tmp_path / "new")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is a file"):
        create(tmp_path / "file")
