Feature: A REST service, called and checked

  The answer to a request is JSON. A path such as "/pong" is a JSON Pointer: where to look in it.

  Background:
    Given address "@server"

  Scenario: The server answers
    Given URL path "/demo/ping"
    When the URL is invoked
    Then status is "200"
    And header "Content-Type" starts with "application/json"
    And header "X-Zato-CID" isn't empty
    And path "/pong" is "demo"
    And path "/service" is "demo.ping"

  Scenario: An answer is the same as a file
    Given URL path "/demo/prices"
    When the URL is invoked
    Then status is "200"
    And response is equal to that from "price-list.json"

  Scenario: Who asks for what is not there, is told so
    Given URL path "/demo/prices/Z9"
    When the URL is invoked
    Then status is "404"
    And path "/error" is "not-found"
    And path "/cid" isn't empty

  Scenario Outline: The total of an order is price times quantity (<sku>)
    Given URL path "/demo/orders"
    And Basic Auth "ann" "@ann_password"
    And HTTP method "POST"
    And format "JSON"
    And request "new-order.json"
    And path "/sku" in request is "<sku>"
    And path "/qty" in request is an integer "<qty>"
    When the URL is invoked
    Then status is "201"
    And path "/sku" is "<sku>"
    And path "/total" is a float "<total>"

    Examples:
      | sku | qty | total |
      | A1  | 2   | 10.8  |
      | B2  | 1   | 14.4  |
      | C3  | 10  | 11.9  |

  Scenario: What one request answers, the next one uses
    Given Basic Auth "ann" "@ann_password"
    When I send a "POST" request to "/demo/orders"
      """
      {"sku": "B2", "qty": 3}
      """
    Then status is "201"
    And I store "/id" from response under "order-id"
    When I send a "GET" request to "/demo/orders/#{order-id}"
    Then status is "200"
    And response matches JSON
      """
      {"id": "~integer", "sku": "B2", "qty": 3, "state": "new"}
      """

  Scenario: Every mistake in an input is told at once
    Given Basic Auth "ann" "@ann_password"
    When I send a "POST" request to "/demo/orders"
      """
      {"sku": "A1", "qty": "many"}
      """
    Then status is "400"
    And path "/error" is "input"
    And path "/problems/0/path" is "/qty"
