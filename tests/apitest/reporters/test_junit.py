from __future__ import annotations

import io

from lxml import etree

from apitest.reporters.junit import JUnitReporter
from apitest.results import ExitCode, Failure, RunResult, Verdict
from tests.support.sample_results import run_result


def parsed(result: RunResult) -> etree._Element:
    stream = io.StringIO()
    JUnitReporter(stream).run_done(result, ExitCode.OK)
    return etree.fromstring(stream.getvalue().encode())


def test_names_in_the_order_of_the_files() -> None:
    root = parsed(run_result())
    assert root.xpath("//testcase/@name") == [
        "Good & <well>",
        "Pay an order",
        "Refused",
        "Unknown",
        "Left out",
        "Sometimes",
        "Not reached",
        "bad.feature",
    ]
    assert dict(root.attrib) == {
        "name": "apitest",
        "tests": "8",
        "failures": "1",
        "errors": "3",
        "skipped": "2",
        "time": "12.840",
        "timestamp": "2023-11-14T22:13:20",
    }


def children(root: etree._Element, name: str) -> list[tuple[str, str]]:
    found = root.xpath("//testcase[@name=$name]/*[not(self::properties or self::system-out)]", name=name)
    return [(child.tag, child.get("type") or child.get("message")) for child in found]


def test_every_verdict_has_its_element() -> None:
    root = parsed(run_result())
    assert children(root, "Good & <well>") == []
    assert children(root, "Pay an order") == [("failure", "failure")]
    assert children(root, "Refused") == [("error", "error")]
    assert children(root, "Unknown") == [("error", "undefined")]
    assert children(root, "bad.feature") == [("error", "undefined")]
    assert children(root, "Left out") == [("skipped", "waits for #41")]
    assert children(root, "Sometimes") == [("flakyFailure", "flaky")]
    assert children(root, "Not reached") == [("skipped", "not run")]


def test_undefined_sentences_carry_file_and_line() -> None:
    root = parsed(run_result())
    (error,) = root.xpath("//testcase[@name='Unknown']/error")
    assert "features/orders.feature:35" in error.get("message")
    assert error.text == "features/orders.feature:35  Given x"
    (bad,) = root.xpath("//testcase[@name='bad.feature']")
    assert (bad.get("file"), bad.get("line")) == ("features/bad.feature", "7")
    assert "features/bad.feature:7" in bad[0].get("message")


def test_a_failure_has_the_whole_text_and_the_exchange() -> None:
    (case,) = parsed(run_result()).xpath("//testcase[@name='Pay an order']")
    assert 'expected  "paid"' in case.findtext("failure")
    assert "curl -X POST" in case.findtext("system-out")
    assert "a note" in case.findtext("system-out")
    assert case.xpath("properties/property/@value") == ["shop"]


def test_what_xml_cannot_carry_is_replaced() -> None:
    (case,) = parsed(run_result()).xpath("(//testcase)[1]")
    assert case.findtext("system-out") == "printed\ufffd\ufffd[31m"


def test_a_dry_run_reports_nothing_as_passed() -> None:
    result = run_result(only_good=True)
    result.is_dry = True
    result.scenarios()[0].verdict = Verdict.NOT_RUN
    assert children(parsed(result), "Good & <well>") == [("skipped", "dry run")]


def test_hooks_of_a_feature_that_failed_are_seen() -> None:
    result = run_result(only_good=True)
    result.features[0].failure = Failure(Verdict.ERROR, "after_feature failed")
    assert children(parsed(result), "Orders (hooks of the feature)") == [("error", "error")]
