"""TLS as a request wants it: trusted authorities, our own certificate, or no checks at all -> a context.

Not here: connecting (`http.py`).
"""

from __future__ import annotations

import ssl
from pathlib import Path

from apitest.core.request import ConnectionOptions
from apitest.errors import FileProblem


def make_context(options: ConnectionOptions | None, protocols: tuple[str, ...] = ()) -> ssl.SSLContext:
    """The context for connections with these options.

    protocols: for ALPN, in the order of preference.  Raises FileProblem for a certificate or key that cannot be used.
    """
    from urllib3.util import create_urllib3_context  # PERF 20 ms, which plain HTTP need not pay

    context = create_urllib3_context()
    if options is None or not options.ca:
        context.load_default_certs()
    else:
        load_authorities(context, options.ca)
    if options is not None and not options.is_verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if options is not None and options.certificate:
        load_certificate(context, options.certificate, options.key)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


def load_authorities(context: ssl.SSLContext, path: str) -> None:
    name = Path(path).name
    try:
        context.load_verify_locations(cafile=path)
    except ssl.SSLError as error:
        raise FileProblem(f'"{name}" holds no certificate that can be trusted: {_reason(error)}', _PEM) from error
    except OSError as error:
        raise FileProblem(f'"{name}" cannot be read: {error.strerror}') from error


def load_certificate(context: ssl.SSLContext, certificate: str, key: str) -> None:
    names = f'"{Path(certificate).name}"' + (f' with key "{Path(key).name}"' if key else "")
    try:
        # A key with a passphrase must not make OpenSSL ask the terminal for it.
        context.load_cert_chain(certificate, key or None, password=lambda: "")
    except ssl.SSLError as error:
        hint = _PEM if key else f"{_PEM} The key must be in the same file, or be named."
        raise FileProblem(f"{names} cannot be used as a client certificate: {_reason(error)}", hint) from error
    except OSError as error:
        raise FileProblem(f"{names} cannot be read: {error.strerror}") from error


_PEM = "Wanted is PEM: -----BEGIN CERTIFICATE-----, and a key without a passphrase."


def _reason(error: ssl.SSLError) -> str:
    return (error.reason or str(error)).replace("_", " ").lower()
