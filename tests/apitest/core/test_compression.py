from __future__ import annotations

import pytest

from apitest.core.compression import ENCODINGS, BrokenBody, compress, decompress
from apitest.errors import StepError


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_there_and_back(encoding: str) -> None:
    body = b"hello " * 100
    packed = compress(body, encoding)
    assert len(packed) < len(body)
    assert decompress(packed, encoding) == body
    with pytest.raises(BrokenBody):
        decompress(b"\x01\x02 this is none", encoding)


def test_unknown_encodings() -> None:
    assert decompress(b"x", "odd") is None
    with pytest.raises(StepError):
        compress(b"x", "odd")
