"""Credentials: bearer tokens, API keys, Digest, OAuth2, signatures of requests, JSON Web Tokens; and secrets that
nothing may show.

Not here: how they travel (`core/request.py`, `transports/http.py`), what OAuth2 and tokens are (`core/oauth2.py`,
`core/jwt.py`), certificates (`http_connection.py`), Basic Auth (`http.py`).
"""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from dataclasses import replace
from typing import Any

from apitest.catalogue import step
from apitest.config import is_secret_name
from apitest.core import compare, json_pointer, jwt, lookups, nearest, oauth2
from apitest.core.oauth2 import Settings, Token
from apitest.core.request import RequestDraft, RequestSpec, Response
from apitest.errors import AssertionFailed, FileProblem, Mismatch, StepError
from apitest.steps.http import USER_AGENT, exchange_of, transport_of
from apitest.steps.last_response import comparing
from apitest.steps.step_input import as_there, doc_json, read_text, text_of
from apitest.steps.store import keep

CREDENTIALS = ("OAuth2", "signature", "WS-Security")
"""The finishers of a request that are credentials."""
TOKEN_SECONDS = 30.0
"""The longest wait for a token endpoint."""


# Simple credentials


@step(
    "no authentication",
    meaning="Drops every credential of the request: headers, tokens, signatures, the client certificate.",
    example="no authentication",
)
def no_authentication(ctx: Any) -> None:
    request: RequestDraft = ctx.apitest.request
    if request.auth is not None and request.auth[0] == "api-key":
        own = request.auth[1].lower()
        request.headers = [pair for pair in request.headers if pair[0].lower() != own]
    request.auth = None
    request.headers = [pair for pair in request.headers if pair[0].lower() != "authorization"]
    for name in CREDENTIALS:
        request.finishers.pop(name, None)
    if request.options is not None:
        request.options = replace(request.options, certificate="", key="")


@step(
    'bearer token "{token}"',
    meaning="Sends Authorization: Bearer with this token.",
    example='bearer token "#token"',
)
def set_bearer_token(ctx: Any, token: Any) -> None:
    _use_bearer(ctx, text_of(token))


@step(
    'API key "{name}" is "{value}"[ in the {where}]',
    meaning="Sends an API key in a header; or in the query or a cookie.",
    example='API key "X-API-Key" is "@shop_key"',
)
def set_api_key(ctx: Any, name: Any, value: Any, where: str | None) -> None:
    hide(ctx, text_of(value))
    _use(ctx, ("api-key", text_of(name), text_of(value), where or "header"))


@step(
    'Digest Auth "{username}" "{password}"',
    meaning="Answers the challenge of the server with these credentials (RFC 7616); the password is never sent.",
    example='Digest Auth "ann" "@ann_password"',
)
def set_digest(ctx: Any, username: Any, password: Any) -> None:
    _use(ctx, ("digest", text_of(username), text_of(password)))


@step(
    'requests are signed with "{algorithm}" and key "{key}" in header "{h}"',
    meaning="Sends the HMAC of the body, in hexadecimal digits, in this header.",
    example='requests are signed with "SHA256" and key "@signing_key" in header "X-Signature"',
)
def sign_requests(ctx: Any, algorithm: Any, key: Any, h: Any) -> None:
    name = text_of(algorithm).lower().replace("-", "")
    if name not in hashlib.algorithms_guaranteed or name.startswith("shake"):
        known = sorted(one for one in hashlib.algorithms_guaranteed if not one.startswith("shake"))
        near = nearest.names(name, known, 1)
        hint = f"Did you mean {near[0]}?" if near else f"One of: {', '.join(known)}"
        raise StepError(f'There is no algorithm "{text_of(algorithm)}"', hint)
    secret, header = text_of(key), text_of(h)
    hide(ctx, secret)

    def sign(spec: RequestSpec) -> RequestSpec:
        value = hmac.new(secret.encode(), spec.body, name).hexdigest()
        return _with_header(spec, header, value)

    ctx.apitest.request.finishers["signature"] = sign


# Secrets


@step(
    'secret "{value}" under "{name}"',
    meaning="Keeps a value for #name and hides it everywhere from now on: console, reports, logs.",
    example='secret "@ann_password" under "pw"',
)
def keep_secret(ctx: Any, value: Any, name: Any) -> None:
    hide(ctx, text_of(value))
    keep(ctx, name, value)


# OAuth2, as old suites say it


@step(
    'OAuth2 endpoint "{address}"',
    meaning="Where tokens come from.",
    example='OAuth2 endpoint "https://id.test/token"',
    upstream=True,
)
def oauth2_endpoint(ctx: Any, address: Any) -> None:
    settings_of(ctx).endpoint = text_of(address)


@step(
    'OAuth2 credentials "{username}" "{password}"',
    meaning="Who asks for a token: a user's or a client's name and secret, sent in the two fields below.",
    example='OAuth2 credentials "shop" "@shop_secret"',
    upstream=True,
)
def oauth2_credentials(ctx: Any, username: Any, password: Any) -> None:
    settings = settings_of(ctx)
    settings.username, settings.password = text_of(username), text_of(password)
    settings.is_client = False
    hide(ctx, settings.password)


@step(
    'OAuth2 scopes "{scopes}"',
    meaning="What the token shall be good for, separated by blanks.",
    example='OAuth2 scopes "read write"',
    upstream=True,
)
def oauth2_scopes(ctx: Any, scopes: Any) -> None:
    settings_of(ctx).scopes = text_of(scopes)


@step(
    'OAuth2 grant type "{grant_type}"',
    meaning="How a token is asked for; password unless said otherwise.",
    example='OAuth2 grant type "client_credentials"',
    upstream=True,
)
def oauth2_grant_type(ctx: Any, grant_type: Any) -> None:
    settings_of(ctx).grant_type = text_of(grant_type)


@step(
    'OAuth2 extra fields "{extra_fields}"',
    meaning="More fields of the token request.",
    example='OAuth2 extra fields "audience=shop, resource=orders"',
    upstream=True,
)
def oauth2_extra_fields(ctx: Any, extra_fields: Any) -> None:
    fields = oauth2.parse_extra_fields(text_of(extra_fields))
    for name, value in fields.items():
        if is_secret_name(name):
            hide(ctx, value)
    settings_of(ctx).extra_fields = fields


@step(
    'OAuth2 client ID field "{client_id_field}"',
    meaning="The field that the name is sent in; username unless said otherwise.",
    example='OAuth2 client ID field "client_id"',
    upstream=True,
)
def oauth2_client_id_field(ctx: Any, client_id_field: Any) -> None:
    settings_of(ctx).client_id_field = text_of(client_id_field)


@step(
    'OAuth2 client secret field "{client_secret_field}"',
    meaning="The field that the secret is sent in; password unless said otherwise.",
    example='OAuth2 client secret field "client_secret"',
    upstream=True,
)
def oauth2_client_secret_field(ctx: Any, client_secret_field: Any) -> None:
    settings_of(ctx).client_secret_field = text_of(client_secret_field)


@step(
    'OAuth2 request format "{request_format}"',
    meaning="How a token is asked for: form, unless said otherwise, or json.",
    example='OAuth2 request format "json"',
    upstream=True,
)
def oauth2_request_format(ctx: Any, request_format: Any) -> None:
    text = text_of(request_format).strip().lower()
    if text not in ("form", "json"):
        raise StepError(f'There is no request format "{text_of(request_format)}" for tokens', "One of: form, json")
    settings_of(ctx).request_format = text


@step(
    'I store an OAuth2 bearer token under "{name}"',
    meaning="Gets a token now and keeps it for #name; it is hidden in everything that is shown.",
    example='I store an OAuth2 bearer token under "token"',
    upstream=True,
)
def store_oauth2_token(ctx: Any, name: Any) -> None:
    settings = settings_of(ctx)
    token = _fetch(ctx, settings, settings.refresh_token if settings.grant_type == "refresh_token" else "")
    _tokens(ctx)[token.access] = token
    keep(ctx, name, token.access)


@step(
    'OAuth2 bearer token "{token}"',
    meaning="Sends this token from now on.",
    example='OAuth2 bearer token "#token"',
    upstream=True,
)
def use_oauth2_token(ctx: Any, token: Any) -> None:
    _use_bearer(ctx, text_of(token))


@step(
    "OAuth2 context is cleaned up",
    "then",
    meaning="Forgets all that was said about OAuth2, and the token.",
    example="OAuth2 context is cleaned up",
    upstream=True,
)
def clean_oauth2(ctx: Any) -> None:
    ctx.apitest.own.pop("OAuth2", None)
    request: RequestDraft = ctx.apitest.request
    request.finishers.pop("OAuth2", None)
    if request.auth is not None and request.auth[0] == "bearer":
        request.auth = None


# OAuth2 in one sentence


@step(
    'OAuth2 client "{id}" with secret "{secret}" gets a token from "{url}"[ for scope "{scope}"]',
    meaning="Sends a token of this client (client credentials) from now on. It is kept for the whole run, renewed "
    "before it ends, and hidden in everything that is shown.",
    example='OAuth2 client "shop" with secret "@shop_secret" gets a token from "@{idp}/token" for scope "orders"',
)
def use_oauth2_client(ctx: Any, id: Any, secret: Any, url: Any, scope: Any) -> None:
    settings = settings_of(ctx)
    settings.endpoint, settings.username, settings.password = text_of(url), text_of(id), text_of(secret)
    settings.scopes = "" if scope is None else text_of(scope)
    settings.grant_type, settings.is_client = "client_credentials", True
    hide(ctx, settings.password)
    _send_tokens_of(ctx, replace(settings))


@step(
    'OAuth2 refresh token "{token}"',
    meaning="Used for another token when the one in use ends.",
    example='OAuth2 refresh token "#refresh"',
)
def use_refresh_token(ctx: Any, token: Any) -> None:
    settings = settings_of(ctx)
    settings.refresh_token = text_of(token)
    hide(ctx, settings.refresh_token)
    if not settings.endpoint:
        raise StepError(
            "There is no address to refresh a token at", 'Say first: OAuth2 endpoint "https://id.test/token"'
        )
    _send_tokens_of(ctx, replace(settings))


# JSON Web Tokens


@step(
    'token "{name}" is signed with "{algorithm}" and key "{key}" from',
    meaning="Makes a JSON Web Token of the claims in the doc string and keeps it for #name. The key is a secret text, "
    "or a private key as PEM or JWK, itself or by the name of its file.",
    example='token "t" is signed with "HS256" and key "@signing_key" from',
    needs="doc",
)
def make_token(ctx: Any, name: Any, algorithm: Any, key: Any) -> None:
    claims = doc_json(ctx)
    if not isinstance(claims, dict):
        raise StepError("The claims of a token are a JSON object", 'For instance {"sub": "ann"}')
    kind = text_of(algorithm)
    secret = _key_text(ctx, key, kind in jwt.HMAC)
    hide(ctx, secret)
    token = jwt.sign(claims, kind, secret)
    hide(ctx, token)
    keep(ctx, name, token)


@step(
    'token "{token}" has claim "{claim}" equal to "{value}"',
    "then",
    meaning="A claim of a JSON Web Token, by its name or by a path such as /realm/roles/0; the value may be a marker.",
    example='token "#token" has claim "sub" equal to "ann"',
)
def token_has_claim(ctx: Any, token: Any, claim: Any, value: Any) -> None:
    claims = jwt.read(text_of(token))[1]
    name = text_of(claim)
    actual = _claim(claims, name, value)
    found = compare.compare(as_there(value, actual), actual, name, comparing(claims))
    compare.check(f'Claim "{name}" of the token', found)


@step(
    'token "{token}" is valid for at least {d}',
    "then",
    meaning="The claim exp of a JSON Web Token lies at least so far ahead.",
    example='token "#token" is valid for at least 10 minutes',
)
def token_is_valid_for(ctx: Any, token: Any, d: float) -> None:
    left = jwt.seconds_left(text_of(token), time.time())
    if left is None:
        mismatch = Mismatch("exp", f"at least {d:g} s ahead", reason="is missing: it never ends", has_actual=False)
        raise AssertionFailed("The token has no end", [mismatch])
    if left < d:
        shown = f"{left:.3g} s ahead" if left > 0 else f"{-left:.3g} s ago"
        raise AssertionFailed("The token ends too early", [Mismatch("exp", f"at least {d:g} s ahead", shown)])


@step(
    'token "{token}" has a valid signature by key "{key}"',
    "then",
    meaning="The signature of a JSON Web Token is of this key: a secret text, PEM, JWK or JWK set, itself, by the name "
    "of its file, or by the URL of a JWK set. What the token says about its end is not looked at.",
    example='token "#token" has a valid signature by key "@{idp}/jwks"',
)
def token_is_signed_by(ctx: Any, token: Any, key: Any) -> None:
    text = text_of(token)
    algorithm = jwt.read(text)[0].get("alg")
    jwt.check_signature(text, _key_text(ctx, key, algorithm in jwt.HMAC))


@step(
    'I store claim "{claim}" of token "{token}" under "{name}"',
    "then",
    meaning="Keeps a claim of a JSON Web Token, by its name or path.",
    example='I store claim "sub" of token "#token" under "user"',
)
def store_claim(ctx: Any, claim: Any, token: Any, name: Any) -> None:
    keep(ctx, name, _claim(jwt.read(text_of(token))[1], text_of(claim), "any value"))


# What other step files use


def hide(ctx: Any, value: str) -> None:
    """From now on the value is shown nowhere."""
    if value:
        ctx.apitest.run.secrets.add(value)


def settings_of(ctx: Any) -> Settings:
    """What the scenario has said about OAuth2."""
    found: Settings = ctx.apitest.own.setdefault("OAuth2", Settings())
    return found


# Inside


class _TokenSource:
    """The token of one client, for the whole run: got once, renewed before it ends, by one greenlet at a time."""

    def __init__(self) -> None:
        self.token: Token | None = None
        self.lock = threading.Lock()

    def current(self, ctx: Any, settings: Settings) -> str:
        with self.lock:
            token = self.token
            if token is None or not token.is_usable(time.time()):
                token = self.token = self._next(ctx, settings, token)
            return token.access

    def _next(self, ctx: Any, settings: Settings, old: Token | None) -> Token:
        refresh = settings.refresh_token if old is None else old.refresh or settings.refresh_token
        if not refresh:
            return _fetch(ctx, settings)
        try:
            new = _fetch(ctx, settings, refresh)
        except StepError:
            if old is None or not settings.is_client:
                raise
            return _fetch(ctx, settings)  # the refresh token has ended, too; the client starts anew
        return new if new.refresh else replace(new, refresh=refresh)


def _send_tokens_of(ctx: Any, settings: Settings) -> None:
    """From now on each request carries the current token of these settings, got now if need be."""
    run = ctx.apitest.run
    sources: dict[Any, _TokenSource] = run.shared.setdefault("OAuth2 tokens", {})
    source = sources.setdefault(settings.key, _TokenSource())
    in_use = ctx.apitest.request.auth
    is_bearer = in_use is not None and in_use[0] == "bearer"
    if source.token is None and is_bearer and settings.refresh_token:
        # A token that the author got and named himself is good until its end.
        token = _tokens(ctx).get(in_use[1]) or Token(in_use[1], *_end_of(in_use[1]))
        source.token = replace(token, refresh=settings.refresh_token)
    source.current(ctx, settings)
    request: RequestDraft = ctx.apitest.request
    request.auth = None

    def authorize(spec: RequestSpec) -> RequestSpec:
        return _with_header(spec, "Authorization", f"Bearer {source.current(ctx, settings)}")

    request.finishers.pop("OAuth2", None)
    request.finishers = {"OAuth2": authorize, **request.finishers}


def _fetch(ctx: Any, settings: Settings, refresh: str = "") -> Token:
    """Asks the token endpoint.  Raises StepError with what it says."""
    now = time.time()
    response = _ask(ctx, oauth2.token_request(settings, USER_AGENT, TOKEN_SECONDS, refresh))
    if settings.is_client and oauth2.is_client_refused(response):
        # Some servers know a client by fields of the form alone (RFC 6749 2.3.1, the second way).
        names = {"client_id_field": "client_id", "client_secret_field": "client_secret", "is_client": False}
        again = oauth2.token_request(replace(settings, **names), USER_AGENT, TOKEN_SECONDS, refresh)  # type: ignore[arg-type]
        response = _ask(ctx, again)
    return oauth2.read_token(response, now)


def _ask(ctx: Any, spec: RequestSpec) -> Response:
    """Sends a token request; its exchange is reported once all secrets in it are known."""
    state = ctx.apitest
    state.run.requests += 1
    spec = replace(spec, options=state.request.options)
    response: Response | None = None
    try:
        response = transport_of(ctx).send(spec)
        for secret in oauth2.secrets_in(response):
            hide(ctx, secret)
        return response
    finally:
        state.exchanges.append(exchange_of(spec, response, state.run.secrets))


def _tokens(ctx: Any) -> dict[str, Token]:
    """Tokens that were stored, by themselves: what is known about their ends."""
    found: dict[str, Token] = ctx.apitest.run.shared.setdefault("OAuth2 stored tokens", {})
    return found


def _end_of(token: str) -> tuple[float | None, float | None]:
    """When a token ends, and when it is to be renewed, where it says so itself."""
    try:
        left = jwt.seconds_left(token, 0.0)
    except StepError:
        return None, None
    return (left, left - oauth2.MARGIN_SECONDS) if left is not None else (None, None)


def _use(ctx: Any, auth: tuple[Any, ...]) -> None:
    request: RequestDraft = ctx.apitest.request
    request.auth = auth
    request.finishers.pop("OAuth2", None)


def _use_bearer(ctx: Any, token: str) -> None:
    hide(ctx, token)
    _use(ctx, ("bearer", token))


def _with_header(spec: RequestSpec, name: str, value: str) -> RequestSpec:
    others = tuple(pair for pair in spec.headers if pair[0].lower() != name.lower())
    return replace(spec, headers=(*others, (name, value)))


def _claim(claims: dict[str, Any], name: str, expected: Any) -> Any:
    """A claim by name, else by path.  Raises AssertionFailed where there is none."""
    if name in claims or not name.startswith("/"):
        if name in claims:
            return claims[name]
        near = nearest.names(name, claims, 1)
        known = f'"{near[0]}" is there' if near else f"there is {', '.join(claims) or 'none'}"
        mismatch = Mismatch(name, expected, reason=f"is missing; {known}", has_actual=False)
        raise AssertionFailed("The token has no such claim", [mismatch])
    return json_pointer.read(claims, name, expected)


def _key_text(ctx: Any, key: Any, is_secret: bool) -> str:
    """The text of a key: as it stands, of a file, or of a URL."""
    text = key if isinstance(key, str) else lookups.as_text(key)
    plain = text.strip()
    if plain.startswith(("{", "-----BEGIN")):
        return plain
    if plain.startswith(("http://", "https://")):
        spec = RequestSpec(
            "GET", plain, (("User-Agent", USER_AGENT), ("Accept", "application/json")), b"", TOKEN_SECONDS
        )
        response = transport_of(ctx).send(replace(spec, options=ctx.apitest.request.options))
        if response.status != 200:
            raise StepError(f"No keys from {plain}: status {response.status}")
        return response.text
    if is_secret:
        return text
    try:
        return read_text(ctx, plain, "data")
    except FileProblem as error:
        raise StepError(
            f"The key is neither PEM nor JWK, and no file: {error.message}",
            error.hint or "Write it into @key of [secrets]",
        ) from None
