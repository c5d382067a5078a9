"""How requests get there: certificates, proxies, the version of HTTP, cookies that are kept, compressed bodies.

Not here: what a request says (`http.py`), credentials (`auth.py`), connecting (`transports/`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from apitest.catalogue import step
from apitest.core import compression
from apitest.core.request import ConnectionOptions, RequestDraft
from apitest.errors import MissingExtra, StepError
from apitest.steps.auth import hide
from apitest.steps.step_input import find_file, text_of

HTTP_VERSIONS = ("1.1", "2")
CERTIFICATES = "certificates"
"""Where certificates and keys lie, below features/."""
GUARDED_ENVIRONMENTS = ("prod", "production")


# Certificates


@step(
    'the client certificate is "{cert}"[ with key "{key}"]',
    meaning="Shows this certificate to servers that ask for one; PEM files of features/certificates. The key may be in "
    "the same file.",
    example='the client certificate is "ann.pem" with key "ann.key"',
)
def set_client_certificate(ctx: Any, cert: Any, key: Any) -> None:
    certificate = str(find_file(ctx, cert, CERTIFICATES))
    _change(ctx, certificate=certificate, key="" if key is None else str(find_file(ctx, key, CERTIFICATES)))
    _check_tls(ctx)


@step(
    'the trusted CA is "{file}"',
    meaning="Trusts servers with a certificate of this authority instead of the system's; a PEM file of "
    "features/certificates.",
    example='the trusted CA is "ca.pem"',
)
def set_trusted_authority(ctx: Any, file: Any) -> None:
    _change(ctx, ca=str(find_file(ctx, file, CERTIFICATES)), is_verified=True)
    _check_tls(ctx)


@step(
    "TLS certificates aren't verified",
    meaning="Trusts any server. Refused where the environment is prod, or has protected = true.",
    example="TLS certificates aren't verified",
)
def do_not_verify(ctx: Any) -> None:
    config = ctx.apitest.run.config
    section = config.section(f"env:{config.environment}") if config.environment else {}
    is_protected = str(section.get("protected", "")).lower() in ("true", "yes", "1")
    if config.environment.lower() in GUARDED_ENVIRONMENTS or is_protected:
        raise StepError(
            f"In the environment {config.environment} servers are always verified", 'Try: the trusted CA is "ca.pem"'
        )
    _change(ctx, is_verified=False)


# The way


@step(
    'HTTP version "{version}"',
    meaning="Speaks HTTP/1.1, unless said otherwise, or HTTP/2; over TLS the server must agree, else it is taken for "
    "granted that it can.",
    example='HTTP version "2"',
)
def set_http_version(ctx: Any, version: Any) -> None:
    text = text_of(version).strip().upper().removeprefix("HTTP/").removesuffix(".0")
    if text not in HTTP_VERSIONS:
        raise StepError(f'HTTP version "{text_of(version)}" cannot be spoken', f"One of: {', '.join(HTTP_VERSIONS)}")
    if text == "2":
        try:
            import h2  # noqa: F401 -- said now, not with the first request
        except ImportError:
            raise MissingExtra("h2", "http2") from None
    _change(ctx, http_version=text)


@step(
    'proxy "{url}"',
    meaning="Sends through this HTTP proxy, whatever the environment says; an empty text sends directly.",
    example='proxy "http://127.0.0.1:3128"',
)
def set_proxy(ctx: Any, url: Any) -> None:
    text = text_of(url).strip()
    if text and "://" not in text:
        text = f"http://{text}"
    try:
        at = urlsplit(text)
        is_fine = not text or (at.scheme == "http" and bool(at.hostname) and at.port != 0)
    except ValueError:
        is_fine = False
    if not is_fine:
        raise StepError(f'"{text_of(url)}" is no proxy', "Wanted is an HTTP proxy such as http://127.0.0.1:3128")
    if at.password:
        hide(ctx, at.password)
    _change(ctx, proxy=text)


@step(
    'the request is compressed with "{how}"',
    meaning="Sends the body compressed: gzip, deflate, br or zstd; Content-Encoding says so.",
    example='the request is compressed with "gzip"',
)
def compress_request(ctx: Any, how: Any) -> None:
    name = text_of(how).strip().lower()
    compression.compress(b"", name)  # what is wrong with the name, or missing, is said here
    ctx.apitest.request.compression = name


@step(
    "cookies are (kept/forgotten)",
    meaning="Kept: from now on the feature keeps cookies and sends them back where they belong. Forgotten: those kept "
    "so far are dropped.",
    example="cookies are kept",
)
def keep_cookies(ctx: Any, choice: str) -> None:
    own = ctx.apitest.feature.own
    if choice == "forgotten":
        if "cookie jar" in own:
            own["cookie jar"].clear()
        return
    if "cookie jar" not in own:
        from http.cookiejar import CookieJar  # PERF it takes the parser of e-mails with it

        own["cookie jar"] = CookieJar()


# Inside


def _change(ctx: Any, **changes: Any) -> None:
    request: RequestDraft = ctx.apitest.request
    request.options = replace(request.options or ConnectionOptions(), **changes)


def _check_tls(ctx: Any) -> None:
    """Raises FileProblem where the files cannot be used: here, not with the first request."""
    from apitest.transports.tls import make_context

    make_context(ctx.apitest.request.options)
