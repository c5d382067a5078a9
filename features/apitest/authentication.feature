Feature: Credentials, tokens and secrets

  `$OAUTH2` is a strict OAuth2 server made with Authlib, `$TLS` a TLS server that wants a certificate of the client.

  Scenario: A client's token, got once and sent with every request
    Given secret "$OAUTH2_SECRET" under "shop-secret"
    And OAuth2 client "shop" with secret "#shop-secret" gets a token from "${OAUTH2}/token" for scope "orders"
    And address "$OAUTH2"
    When I send a "GET" request to "/orders"
    Then status is "200"
    And path "/for" is "shop"
    And I store "/jti" from response under "first"
    When I send a "GET" request to "/orders"
    Then path "/jti" is "#first"
    Given no authentication
    When I send a "GET" request to "/orders"
    Then the call is refused

  Scenario: A user's token, and what is in it
    Given OAuth2 endpoint "${OAUTH2}/token"
    And OAuth2 credentials "ann" "$OAUTH2_PASSWORD"
    And OAuth2 scopes "orders"
    And OAuth2 extra fields "client_id=web, client_secret=${OAUTH2_WEB_SECRET}"
    When I store an OAuth2 bearer token under "token"
    Then token "#token" has claim "sub" equal to "ann"
    And token "#token" has claim "/realm/roles" equal to "~each:~string"
    And token "#token" is valid for at least 30 minutes
    And token "#token" has a valid signature by key "${OAUTH2}/jwks"
    And I store claim "client_id" of token "#token" under "client"
    And variable "#client" is a string "web"

  Scenario: A token of our own
    Given secret "a-signing-key-of-some-length" under "key"
    And token "t" is signed with "HS256" and key "#key" from
      """
      {"sub": "ann", "roles": ["buyer"], "exp": 4102444800}
      """
    Then token "#t" has a valid signature by key "#key"
    And token "#t" has claim "/roles/0" equal to "buyer"
    And it is not true that token "#t" has a valid signature by key "another-signing-key-of-some-length"

  Scenario: A body that is signed
    Given a mock server "shop"
    And mock "shop" answers "POST" "/" with status 204
    And address "#mock.shop.address"
    And requests are signed with "SHA256" and key "k3y-of-the-shop" in header "X-Signature"
    And I store "{\"qty\":2}" signed with "SHA256" and key "k3y-of-the-shop" under "expected"
    When I send a "POST" request to "/"
      """
      {"qty": 2}
      """
    Then call 1 of mock "shop" has header "X-Signature" equal to "#expected"

  Scenario: Certificates
    Given address "$TLS"
    When I try to invoke the URL
    Then the call fails because of "tls"
    Given the trusted CA is "ca.pem"
    And the client certificate is "ann.pem" with key "ann.key"
    When the URL is invoked
    Then path "/client" is "ann"
    Given TLS certificates aren't verified
    When the URL is invoked
    Then status is "200"

  Scenario: A secret is in no report
    Given secret "S3cr3t-Pa55word/9" under "pw"
    And a mock server "shop"
    And mock "shop" answers "GET" "/" with status 200
      """
      {"echo": "S3cr3t-Pa55word/9"}
      """
    And address "#mock.shop.address"
    And Basic Auth "ann" "#pw"
    When the URL is invoked
    And the last exchange is shown
    Then path "/echo" is "#pw"
