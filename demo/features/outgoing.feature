Feature: A service that asks another one

  The shop's price is the supplier's price and a mark-up. "demo.join-prices" asks the supplier over the outgoing
  connection "demo.supplier".

  Background:
    Given address "@server"

  Scenario: The price is the supplier's and a fifth
    When I send a "GET" request to "/demo/quotes/A1"
    Then status is "200"
    And path "/supplier_price" is a float "4.5"
    And path "/price" is a float "5.4"

  Scenario: The supplier does not have it
    When I send a "GET" request to "/demo/quotes/Z9"
    Then status is "404"

  Scenario: Two answers agree
    When I send a "GET" request to "/demo/prices/B2"
    Then I store "/price" from response under "supplier-price"
    When I send a "GET" request to "/demo/quotes/B2"
    Then path "/supplier_price" looks like "#supplier-price"
    And path "/price" is greater than 12
