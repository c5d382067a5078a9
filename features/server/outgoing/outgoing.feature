Feature: Outgoing connections

  A service reaches databases and other addresses by the names of connections, and hears clearly when they are down.

  Background:
    Given address "$SERVER"
    And format "JSON"
    And Basic Auth "pubapi" "$API_PASSWORD"

  Scenario: Rows that a service writes are in the database
    When I send a "POST" request to "/zato/api/invoke/promises.rows"
      """
      {"sku": "A1", "qty": 3}
      """
    Then status is "200"
    And path "/0/sku" is "A1"
    And path "/0/qty" is an integer "3"
    Given I connect to "$SHOP_DB" as "shop"
    Then SQL query "select qty from stock where sku = 'A1'" returns "3" using "shop"

  Scenario: Another address is asked, with its path filled in
    When I send a "GET" request to "/zato/api/invoke/promises.forward"
    Then status is "200"
    And path "/status" is an integer "200"
    And path "/data/params/kind" is "from outside"

  Scenario: Nobody is at the other end
    When I send a "GET" request to "/zato/api/invoke/promises.forward?which=promises.nobody"
    Then status is "503"
    And path "/error" is "unavailable"
    And response contains "promises.nobody"
    And response doesn't contain "127.0.0.1"

  Scenario: A connection that does not exist is our fault, not the caller's
    When I send a "GET" request to "/zato/api/invoke/promises.forward?which=promises.slef"
    Then status is "500"
    And path "/message" is "Internal server error"
    And the server's log contains "Did you mean 'promises.self'?"

  Scenario Outline: A connection can be pinged: <service> <name>
    Given Basic Auth "admin.invoke" "$ADMIN_PASSWORD"
    When I send a "POST" request to "/zato/api/invoke/<service>"
      """
      {"name": "<name>"<more>}
      """
    Then status is "200"
    And path "/is_success" is <success>

    Examples:
      | service                | name            | more                                                        | success |
      | zato.outgoing.sql.ping | promises.shop   |                                                             | True    |
      | zato.http-soap.ping    | promises.nobody | , "connection": "outgoing", "transport": "plain_http"       | False   |
