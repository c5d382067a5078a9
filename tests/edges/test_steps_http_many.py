"""What the sentences about many requests say when something is wrong; that they work is told in
features/apitest/many_requests.feature."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.one_scenario import errs, fails, run_steps

START = """
    Given a mock server "shop"
    And mock "shop" answers as follows
      | method | path  | when         | body                                |
      | GET    | /a    |              | {"items": [1, 2], "next": "/a?p=2"} |
      | GET    | /a    | query p is 2 | {"items": [2], "next": null}        |
      | GET    | /loop |              | {"next": "/loop"}                   |
      | GET    | /odd  |              | {"next": 7}                         |
      | GET    | /gone |              | {"next": "/nowhere"}                |
    And address "#mock.shop.address"
"""


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ("the URL is invoked 3 times at once\n    Then exactly 1 of the responses have status \"404\"", ("3 x 404",)),
        ('the URL is invoked 2 times\n    Then the 2nd of the responses has status "2xx"', ("response 2", "404")),
        ('the URL is invoked 2 times\n    Then the 3rd of the responses has status "2xx"', ("2 came",)),
        ('URL path "/a"\n    And all pages are fetched by following path "/next"\n    Then 3 pages were fetched',
         ("2 pages",)),
        ('URL path "/a"\n    And all pages are fetched by following path "/next"\n'
         '    Then path "/items" has 3 elements over all pages', ("is on page 1 already",)),
        ('URL path "/a"\n    And all pages are fetched by following path "/next"\n'
         '    Then path "/next" has 3 elements over all pages', ("a list",)),
        ('URL path "/gone"\n    And all pages are fetched by following path "/next"', ("page 2", "404")),
    ],
)  # fmt: skip
def test_what_fails(tmp_path: Path, steps: str, words: tuple[str, ...]) -> None:
    fails(run_steps(tmp_path, f"{START}    When {steps}\n"), *words)


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ("the URL is invoked 0 times", "sent 0 times"),
        ("the URL is invoked 2000 times at once", "sent 2000 times"),
        ("2 pages were fetched", "No pages were fetched yet"),
        ('exactly 1 of the responses have status "200"', "There are no responses yet"),
        ('URL path "/loop"\n    And all pages are fetched by following path "/next"', "go round"),
        ('URL path "/odd"\n    And all pages are fetched by following path "/next"', "no address"),
        ('query parameter "p" is "x"\n    And URL path "/a"\n'
         '    And all pages are fetched by raising query parameter "p"', "cannot be raised"),
        ('mock "shop" goes down\n    And the URL is invoked 3 times at once', "3 of 3 calls failed"),
    ],
)  # fmt: skip
def test_what_cannot_be_done(tmp_path: Path, steps: str, words: str) -> None:
    errs(run_steps(tmp_path, f"{START}    When {steps}\n"), words)
