"""A request as a curl command line that anybody can paste into a shell."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from apitest.core import masking
from apitest.core.request import RequestSpec

MAX_BODY_CHARACTERS = 2000
_IMPLIED = frozenset(("host", "content-length", "connection", "accept-encoding"))
"""Headers that curl sends by itself."""


def command(spec: RequestSpec, secrets: Iterable[str] = ()) -> str:
    """One line, credentials and secrets masked.  A body that is no text, or too long, is named by its size."""
    known = frozenset(secrets)
    words = ["curl"]
    if spec.method == "HEAD":
        words.append("--head")
    elif spec.method != ("POST" if spec.body else "GET"):
        words += ["-X", spec.method]
    elif spec.method == "POST":
        words += ["-X", "POST"]
    words.append(masking.mask_url(spec.url, known))
    if spec.follows_redirects:
        words.append("-L")
    for name, value in masking.mask_headers(spec.headers, known):
        if name.lower() not in _IMPLIED:
            words += ["-H", f"{name}: {value}" if value else f"{name};"]
    if spec.auth:
        words += _auth(spec.auth)
    if spec.body:
        words += _body(spec.body, known)
    return " ".join(shlex.quote(word) for word in words)


def _auth(auth: tuple[object, ...]) -> list[str]:
    """Credentials by scheme; secrets are always masked."""
    scheme = str(auth[0])
    if scheme in ("basic", "digest"):
        return [*(("--digest",) if scheme == "digest" else ()), "-u", f"{auth[1]}:{masking.MASK}"]
    if scheme == "bearer":
        return ["-H", f"Authorization: Bearer {masking.MASK}"]
    if scheme == "api-key" and (len(auth) < 4 or auth[3] == "header"):
        return ["-H", f"{auth[1]}: {masking.MASK}"]
    return []


def _body(body: bytes, secrets: frozenset[str]) -> list[str]:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return ["--data-binary", f"@body-of-{len(body)}-bytes"]
    if len(text) > MAX_BODY_CHARACTERS or "\0" in text:
        return ["--data-binary", f"@body-of-{len(body)}-bytes"]
    # -d reads a file when the text begins with @.
    return ["--data-raw" if text.startswith("@") else "-d", masking.mask(text, secrets)]
