"""apitest/steps/files.py: written, there, and what is in them."""

from __future__ import annotations

import os

import pytest

from apitest.steps import files
from tests.apitest.steps.conftest import Scenario


def test_written_with_look_ups_or_exactly(scenario: Scenario) -> None:
    scenario.feature.values["n"] = 3
    scenario.say('file "#{tmp}/a/in.csv" holds', "id\n#{n}")
    scenario.say('file "#{tmp}/b.feature" holds exactly', 'Given I store "#{n}" under "x"')
    folder = scenario.state.temporary_folder()
    assert (folder / "a" / "in.csv").read_text() == "id\n3\n"
    assert (folder / "b.feature").read_text() == 'Given I store "#{n}" under "x"\n'


def test_own_folder_goes_with_the_scenario(scenario: Scenario) -> None:
    scenario.say('file "#{tmp}/a.txt" holds', "x")
    folder = scenario.state.temporary_folder()
    scenario.close()
    assert not folder.exists()
    scenario.state.cleanups.clear()


@pytest.mark.parametrize("name", ["../a.txt", "/etc/apitest-test", "#{tmp}/../a.txt", "features/../../a.txt"])
def test_nothing_outside_is_written(scenario: Scenario, name: str) -> None:
    assert "outside" in scenario.errs(f'file "{name}" holds', "x").message
    scenario.errs(f'directory "{name}" is emptied')


def test_nothing_outside_is_written_through_a_link(scenario: Scenario) -> None:
    os.symlink(scenario.root.parent, scenario.root / "link")
    assert "outside" in scenario.errs('file "link/a.txt" holds', "x").message


def test_project_files(scenario: Scenario) -> None:
    scenario.say('file "out/a.txt" holds', "started")
    scenario.say('file "out/a.txt" exists')
    scenario.say('file "out/a.txt" contains the text "start"')
    scenario.say('file "out/a.txt" doesn\'t contain the text "failed"')
    scenario.say('file "out/b.txt" doesn\'t exist')
    scenario.say('file "out/a.txt" has 1 line')
    scenario.fails('file "out/a.txt" doesn\'t exist')
    scenario.fails('file "out/b.txt" exists')
    scenario.fails('file "out/a.txt" contains the text "failed"')
    scenario.fails('file "out/a.txt" doesn\'t contain the text "start"')
    scenario.fails('file "out/a.txt" has 2 lines')
    scenario.errs('file "out/a.txt" contains the text ""')


@pytest.mark.parametrize(
    "sentence",
    ['file "no.txt" contains the text "x"', 'file "no.txt" doesn\'t contain the text "x"', 'file "no.txt" has 0 lines'],
)
def test_missing_file_is_a_failure(scenario: Scenario, sentence: str) -> None:
    scenario.fails(sentence)


def test_same_as_another(scenario: Scenario) -> None:
    scenario.write("data/want.csv", "a\r\nb\r\n")
    scenario.say('file "#{tmp}/out.csv" holds', "a\nb")
    scenario.say('file "#{tmp}/out.csv" is the same as "want.csv"')
    scenario.say('file "#{tmp}/out.csv" holds', "a\nc")
    assert scenario.fails('file "#{tmp}/out.csv" is the same as "want.csv"').mismatches[0].path == "line 2"


def test_json(scenario: Scenario) -> None:
    scenario.say('file "#{tmp}/o.json" holds', '{"id": 17}')
    scenario.say('file "#{tmp}/o.json" matches JSON', '{"id": "~integer"}')
    scenario.fails('file "#{tmp}/o.json" matches JSON', '{"id": 18}')
    scenario.say('file "#{tmp}/o.json" holds', "{")
    scenario.fails('file "#{tmp}/o.json" matches JSON', "{}")


def test_csv(scenario: Scenario) -> None:
    scenario.say('file "#{tmp}/o.csv" holds', "id,state\n1,paid\n2,new")
    scenario.say('CSV file "#{tmp}/o.csv" has rows like', "| state |\n| new |\n| ~startswith:p |")
    scenario.fails('CSV file "#{tmp}/o.csv" has rows like', "| id | state |\n| 1 | new |")
    assert "id, state" in scenario.errs('CSV file "#{tmp}/o.csv" has rows like', "| stat |\n| new |").hint
    scenario.errs('CSV file "#{tmp}/o.csv" has rows like', "| state |")


def test_emptied(scenario: Scenario) -> None:
    scenario.say('file "out/a/b.txt" holds', "x")
    scenario.say('directory "out" is emptied')
    assert list((scenario.root / "out").iterdir()) == []
    scenario.errs('directory "." is emptied')


def test_appearing(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(files.time, "monotonic", lambda: now[0])

    def sleep(seconds: float) -> None:
        now[0] += seconds
        if now[0] > 0.25:
            scenario.say('file "#{tmp}/out/a.xml" holds', "<a/>")

    monkeypatch.setattr(files.time, "sleep", sleep)
    scenario.say('a file like "#{tmp}/out/*.xml" appears within 5 seconds')
    assert scenario.stored("file").endswith("/out/a.xml")
    scenario.fails('a file like "#{tmp}/out/*.pdf" appears within 1 second')
