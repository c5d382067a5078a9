"""What the sentences about mocks say when something is wrong; that they work is told in features/apitest."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.one_scenario import errs, fails, passes, run_steps

START = """
    Given a mock server "billing"
    And mock "billing" answers "GET" "/invoices/{id}" with status 200
    And mock "billing" answers "POST" "/invoices" with status 201
    And address "#mock.billing.address"
    When I send a "GET" request to "/invoices/7"
    And I send a "POST" request to "/invoices"
      \"\"\"
      {"qty": 2, "at": null}
      \"\"\"
    And I send a "GET" request to "/invoice/7"
"""


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ('mock "billing" was called 2 times', ("2 calls", "3 calls", "POST /invoices -> 201")),
        ('mock "billing" wasn\'t called', ("0 calls", "3 calls")),
        ('mock "billing" received "GET" "/invoices/{id}" 2 times', ("1 calls GET",)),
        ('mock "billing" got no unexpected call', ("GET /invoice/7", "nearest: GET /invoices/{id}: another path")),
        ('call 4 of mock "billing" has path "/qty" equal to "2"', ("3 calls came",)),
        ('call 1 of mock "billing" has path "/qty" equal to "2"', ("is no JSON",)),
        ('call 2 of mock "billing" has path "/qyt" equal to "2"', ("/qty",)),
        ('call 2 of mock "billing" has path "/qty" equal to "3"', ("3", "2")),
        ('call 2 of mock "billing" has header "X-No" equal to "3"', ("is missing; there is", "User-Agent")),
        ('a callback to "/paid" of mock "billing" arrives within 100 ms', ("none came",)),
        ('mock "billing" received JSON\n      """\n      {"qty": 2}\n      """', ("is no JSON",)),
        ('mock "billing" received these calls\n      | method | path |\n      | GET | /invoices/7 |',
         ("POST /invoices", "is not expected")),
        ('mock "billing" received these calls\n      | method | status | /qty |\n      | GET | 200 | |\n'
         '      | PUT | 201 | ~gt:2 |\n      | GET | 404 | |\n      | GET | 1 | |',
         ("call 2 method", "call 2 /qty", "call 4", "did not come")),
    ],
)  # fmt: skip
def test_what_fails(tmp_path: Path, step: str, words: tuple[str, ...]) -> None:
    fails(run_steps(tmp_path, f"{START}    Then {step}\n"), *words)


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ('mock "bil" answers "GET" "/" with status 200', 'There is no mock "bil"'),
        ('mock "billin" wasn\'t called', 'Did you mean "billing"?'),
        ('a mock server "billing"', "already"),
        ('a mock server ""', "needs a name"),
        ('a mock server "b" on port 99999', "no port"),
        ('mock "billing" answers "GET" "x" with status 200', "begins with a slash"),
        ('mock "billing" answers "GET" "/" with status 99', "no status"),
        ('mock "billing" answers "GET" "/" with file "no.json"', "no.json"),
        ('mock "billing" answers "GET" "/" with file "/etc/passwd"', "outside"),
        ('mock "billing" keeps what is posted to "x"', "no path"),
        ('mock "billing" replays "no.har"', "no.har"),
        ('mock "billing" passes calls on to "x" and records them in "a.har"', "no address"),
        ('mock "billing" passes calls on to "http://x" and records them in "../../a.har"', "outside"),
        ('mock "billing" answers as follows\n      | method | path | whne |\n      | GET | / | |', "when (may be"),
        ('mock "billing" answers as follows\n      | method | path | when |\n      | GET | / | x |', "no condition"),
        ('mock "billing" answers as follows\n      | method | path | delay |\n      | GET | / | x |', "no delay"),
        ('mock "billing" answers as follows\n      | method | path | headers |\n      | GET | / | x |', "no header"),
        ('mock "billing" answers as follows\n      | method | path | body |\n      | GET | / | {x |', "the body {x"),
        ('mock "billing" answers as described by "no.yaml"', "no.yaml"),
        ('mock "billing" answers "GET" "/" with status 200\n      """\n      {"a": "#nothing"}\n      """', "#nothing"),
    ],
)  # fmt: skip
def test_what_cannot_be_done(tmp_path: Path, steps: str, words: str) -> None:
    errs(run_steps(tmp_path, f'    Given a mock server "billing"\n    And {steps}\n'), words)


def test_a_file_and_a_fixed_port(tmp_path: Path) -> None:
    folder = tmp_path / "features" / "mocks"
    folder.mkdir(parents=True)
    (folder / "invoice.json").write_text('{"id": "#number", "ref": "~uuid"}')
    (folder / "logo.png").write_bytes(b"\x89PNG")
    passes(
        run_steps(
            tmp_path,
            """
    Given a mock server "billing"
    And I store "17" under "number"
    And mock "billing" answers "GET" "/i" with file "invoice.json"
    And mock "billing" answers "GET" "/l" with file "logo.png"
    And address "#mock.billing.address"
    When I send a "GET" request to "/i"
    Then path "/id" is "17"
    And path "/ref" is a uuid
    When I send a "GET" request to "/l"
    Then content type is "image/png"
    When mock "billing" goes down
    Given a mock server "again" on port #mock.billing.port
    When I send a "GET" request to "/l"
    Then status is "404"
    """,
        )
    )
