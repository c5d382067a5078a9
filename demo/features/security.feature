Feature: Who may order

  Orders are behind Basic Auth; the price list is open to everybody.

  Background:
    Given address "@server"
    And URL path "/demo/orders/1"

  Scenario: Nobody gets in without a password
    When the URL is invoked
    Then status is "401"
    And header "WWW-Authenticate" contains "Demo shop"
    And path "/error" is "unauthorized"

  Scenario: A wrong password is refused
    Given Basic Auth "ann" "not her password"
    When the URL is invoked
    Then status is "401"

  Scenario: The right password opens the door
    Given Basic Auth "ann" "@ann_password"
    And HTTP method "POST"
    And URL path "/demo/orders"
    And format "JSON"
    And request "new-order.json"
    When the URL is invoked
    Then status is "201"
