Feature: Who may call

  A channel with a security definition lets in who has its credentials, and nobody else.

  Background:
    Given address "$SERVER"
    And format "JSON"

  Scenario: No credentials
    When I send a "GET" request to "/who/ann"
    Then status is "401"
    And header "WWW-Authenticate" contains "Basic realm=\"Promises\""
    And path "/error" is "unauthorized"

  Scenario Outline: Wrong credentials: <user> <password>
    Given Basic Auth "<user>" "<password>"
    When I send a "GET" request to "/who/ann"
    Then status is "401"

    Examples:
      | user | password         |
      | ann  | wrong            |
      | ann  |                  |
      | bob  | ann-has-a-secret |

  Scenario: The right credentials, and the service knows who it is
    Given Basic Auth "ann" "ann-has-a-secret"
    When I send a "GET" request to "/who/ann"
    Then status is "200"
    And path "/name" is "promises.ann"
    And path "/type" is "basic_auth"
    And path "/username" is "ann"

  Scenario: An API key
    When I send a "GET" request to "/who/key"
    Then status is "401"
    Given header "X-API-Key" "a-key-for-promises"
    When I send a "GET" request to "/who/key"
    Then status is "200"
    And path "/name" is "promises.key"

  Scenario: The user of the API may not administrate
    Given Basic Auth "pubapi" "$API_PASSWORD"
    When I send a "POST" request to "/zato/api/invoke/zato.security.get-list"
    Then status is "403"
    When I send a "POST" request to "/zato/api/invoke/pub.zato.ping"
    Then status is "200"
    And path "/pong" is "zato"

  Scenario: A definition in use cannot be deleted, so a channel never becomes open
    Given Basic Auth "admin.invoke" "$ADMIN_PASSWORD"
    When I send a "POST" request to "/zato/api/invoke/zato.security.basic-auth.delete"
      """
      {"name": "promises.ann"}
      """
    Then status is "409"
    And response contains "promises.who"
    When I send a "GET" request to "/who/ann"
    Then status is "401"

  Scenario: No reply holds a secret
    Given Basic Auth "admin.invoke" "$ADMIN_PASSWORD"
    When I send a "POST" request to "/zato/api/invoke/zato.security.get-list"
    Then status is "200"
    And response contains "promises.ann"
    And response doesn't contain "ann-has-a-secret"
    And response doesn't contain "a-key-for-promises"
