from __future__ import annotations

import io
import itertools
import sys

from apitest.reporters.base import InOrder, Reporter
from apitest.results import ScenarioResult
from tests.support.sample_results import scenarios


def test_any_order_in_gives_the_order_of_the_files() -> None:
    for order in itertools.permutations(scenarios()[:5]):
        given: list[ScenarioResult] = []
        in_order = InOrder(given.append)
        for number, result in enumerate(order):
            in_order.take(result)
            assert [one.index for one in given] == list(range(len(given)))
            assert len(given) <= number + 1
        assert len(given) == 5


def test_a_file_is_closed_and_the_standard_output_is_not() -> None:
    stream = io.StringIO()
    Reporter(stream).close()
    assert stream.closed
    Reporter(sys.stdout).close()
    assert not sys.stdout.closed
