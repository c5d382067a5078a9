"""Content-Encoding of bodies: gzip, deflate, br, zstd.  Pure.

Source: RFC 9110 8.4, RFC 7932 (br), RFC 8878 (zstd).
"""

from __future__ import annotations

import gzip
import zlib

from apitest.errors import MissingExtra, StepError

ENCODINGS = ("gzip", "deflate", "br", "zstd")


class BrokenBody(ValueError):
    """A body that is not what its Content-Encoding says."""


def compress(body: bytes, encoding: str) -> bytes:
    """Raises StepError for an unknown encoding, MissingExtra where a library is not there."""
    if encoding == "gzip":
        return gzip.compress(body, mtime=0)
    if encoding == "deflate":
        return zlib.compress(body)
    if encoding == "br":
        try:
            import brotli  # type: ignore[import-untyped]
        except ImportError:
            raise MissingExtra("brotli", "compression") from None
        return bytes(brotli.compress(body))
    if encoding == "zstd":
        try:
            import zstandard
        except ImportError:
            raise MissingExtra("zstandard", "compression") from None
        return zstandard.ZstdCompressor().compress(body)
    raise StepError(f'There is no compression "{encoding}"', f"One of: {', '.join(ENCODINGS)}")


def decompress(body: bytes, encoding: str) -> bytes | None:
    """None where the encoding is unknown, or its library is not there.  Raises BrokenBody."""
    if encoding in ("gzip", "x-gzip"):
        return _inflate(body, zlib.MAX_WBITS | 16)
    if encoding == "deflate":
        try:
            return _inflate(body, zlib.MAX_WBITS)
        except BrokenBody:  # without the zlib frame, as some servers send it
            return _inflate(body, -zlib.MAX_WBITS)
    if encoding == "br":
        try:
            import brotli
        except ImportError:
            return None
        try:
            return bytes(brotli.decompress(body))
        except brotli.error as error:
            raise BrokenBody(str(error)) from error
    if encoding == "zstd":
        try:
            import zstandard
        except ImportError:
            return None
        try:
            return zstandard.ZstdDecompressor().decompressobj().decompress(body)
        except zstandard.ZstdError as error:
            raise BrokenBody(str(error)) from error
    return None


def _inflate(body: bytes, window: int) -> bytes:
    try:
        return zlib.decompress(body, window)
    except zlib.error as error:
        raise BrokenBody(str(error)) from error
