"""A strict OAuth2 server made with Authlib: client credentials, password and refresh tokens, a JWK set, and a protected
resource.

    POST /token    GET /jwks    GET /orders (scope orders)    GET /issued (how many tokens were given, by grant)

Clients: `shop` (HTTP Basic only), `web` (form fields only), `kiosk` (tokens that end after 2 s, with refresh tokens).
User: `ann`.  Used in a test's own process: with threads, which under gevent are greenlets.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Request, grants, list_to_scope, scope_to_list
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

SECRETS = {"shop": "s3cr3t:%+/&é", "web": "w3b-s3cr3t-0001", "kiosk": "k10sk-s3cr3t-0001"}
USERS = {"ann": "ann-pa55word-0001"}
SCOPES = ("orders", "invoices")
SECONDS = {"shop": 3600, "web": 3600, "kiosk": 2}


class Client(ClientMixin):
    def __init__(self, name: str) -> None:
        self.name = name

    def get_client_id(self) -> str:
        return self.name

    def get_default_redirect_uri(self) -> str:
        return ""

    def get_allowed_scope(self, scope: str | None) -> str:
        return list_to_scope([one for one in scope_to_list(scope or "") if one in SCOPES])

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return False

    def check_client_secret(self, client_secret: str) -> bool:
        return secrets.compare_digest(client_secret.encode(), SECRETS[self.name].encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == ("client_secret_post" if self.name == "web" else "client_secret_basic")

    def check_response_type(self, response_type: str) -> bool:
        return False

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in ("client_credentials", "password", "refresh_token")


class Given:
    """A refresh token that was given."""

    def __init__(self, client: str, user: str, scope: str) -> None:
        self.client, self.user, self.scope = client, user, scope
        self.is_revoked = False

    def check_client(self, client: Client) -> bool:
        return client.name == self.client

    def get_scope(self) -> str:
        return self.scope


class Password(grants.ResourceOwnerPasswordCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

    def authenticate_user(self, username: str, password: str) -> str | None:
        return username if USERS.get(username) == password else None


class Refresh(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Given | None:
        found = self.server.refresh_tokens.get(refresh_token)
        return found if found is not None and not found.is_revoked else None

    def authenticate_user(self, refresh_token: Given) -> str:
        return refresh_token.user

    def revoke_old_credential(self, refresh_token: Given) -> None:
        refresh_token.is_revoked = True


class ClientCredentials(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]


class Issuer(AuthorizationServer):
    def __init__(self) -> None:
        super().__init__(scopes_supported=SCOPES)
        self.key = RSAKey.generate_key(2048, parameters={"kid": "k1", "use": "sig", "alg": "RS256"})
        self.refresh_tokens: dict[str, Given] = {}
        self.issued: dict[str, int] = {}
        self.register_token_generator("default", self._generate)
        for grant in (ClientCredentials, Password, Refresh):
            self.register_grant(grant)

    def query_client(self, client_id: str) -> Client | None:
        return Client(client_id) if client_id in SECRETS else None

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        return

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        return

    def create_oauth2_request(self, request: tuple[str, dict[str, str], dict[str, str]]) -> OAuth2Request:
        # It is told that it was asked over TLS, which Authlib insists on; the tests' loopback does without.
        method, headers, fields = request
        made = OAuth2Request(method, "https://issuer.test/token", headers=headers)
        made.payload = BasicOAuth2Payload(fields)
        type(made).form = property(lambda self: self.payload.data)  # type: ignore[assignment,method-assign]
        return made

    def handle_response(self, status: int, body: Any, headers: Any) -> tuple[int, Any, Any]:
        return status, body, headers

    def _generate(
        self, grant_type: str, client: Client, user: str | None, scope: str | None, **_: Any
    ) -> dict[str, Any]:
        self.issued[grant_type] = self.issued.get(grant_type, 0) + 1
        now, life = int(time.time()), SECONDS[client.name]
        claims = {
            "iss": "https://issuer.test", "sub": user or client.name, "client_id": client.name, "scope": scope or "",
            "iat": now, "exp": now + life, "jti": secrets.token_hex(8), "realm": {"roles": ["buyer", "reader"]},
        }  # fmt: skip
        token = {
            "token_type": "Bearer",
            "access_token": jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self.key),
            "expires_in": life,
            "scope": scope or "",
        }
        if grant_type != "client_credentials" or client.name == "kiosk":
            refresh = secrets.token_urlsafe(24)
            self.refresh_tokens[refresh] = Given(client.name, user or client.name, scope or "")
            token["refresh_token"] = refresh
        return token

    def check(self, authorization: str, scope: str) -> tuple[int, dict[str, Any]]:
        """What a protected resource answers."""
        kind, _, token = authorization.partition(" ")
        if kind.lower() != "bearer" or not token:
            return 401, {"error": "no token"}
        try:
            claims = jwt.decode(token, self.key, algorithms=["RS256"]).claims
            jwt.JWTClaimsRegistry(leeway=0).validate(claims)
        except (JoseError, ValueError) as error:
            return 401, {"error": "invalid_token", "error_description": str(error)}
        if scope not in scope_to_list(claims["scope"]):
            return 403, {"error": "insufficient_scope"}
        return 200, {"for": claims["sub"], "jti": claims["jti"]}


class OAuth2Server:
    """address: of the server; start() and stop()."""

    def __init__(self) -> None:
        issuer = self.issuer = Issuer()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                if path == "/jwks":
                    self.answer(200, KeySet([issuer.key]).as_dict(private=False))
                elif path == "/issued":
                    self.answer(200, issuer.issued)
                elif path == "/orders":
                    self.answer(*issuer.check(self.headers.get("Authorization", ""), "orders"))
                else:
                    self.answer(404, {"error": "not found"})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                fields: dict[str, str] = {}
                if "json" in self.headers.get("Content-Type", ""):
                    fields = json.loads(body)
                elif self.headers.get("Content-Type") == "application/x-www-form-urlencoded":
                    fields = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
                if urlsplit(self.path).path != "/token":
                    return self.answer(404, {"error": "not found"})
                status, document, headers = issuer.create_token_response(("POST", dict(self.headers), fields))
                return self.answer(status, document, dict(headers))

            def answer(self, status: int, document: Any, headers: dict[str, str] | None = None) -> None:
                body = json.dumps(document).encode()
                self.send_response(status)
                names = {name.lower() for name in headers or {}}
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                if "content-type" not in names:
                    self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
