Feature: Orders are rows of a table

  The test looks into the database that the service writes to.

  Background:
    Given address "@server"
    And Basic Auth "ann" "@ann_password"
    And I connect to "sqlite:///@{shop_db}" as "shop"

  Scenario: An order is a row
    When I send a "POST" request to "/demo/orders"
      """
      {"sku": "C3", "qty": 7}
      """
    Then status is "201"
    And I store "/id" from response under "id"
    And SQL query "select sku, qty, state from orders where id = :id" returns these rows using "shop"
      | sku | qty | state |
      | C3  | 7   | new   |

  Scenario: What the table holds is what the service shows
    When I send a "POST" request to "/demo/orders"
      """
      {"sku": "A1", "qty": 1}
      """
    And I store "/id" from response under "id"
    And I run SQL using "shop"
      """
      update orders set state = 'paid' where id = :id
      """
    When I send a "GET" request to "/demo/orders/#{id}"
    Then path "/state" is "paid"

  Scenario: A refused order leaves no row
    When I send a "POST" request to "/demo/orders"
      """
      {"sku": "no such article", "qty": 1}
      """
    Then status is "404"
    And SQL query "select * from orders where sku = 'no such article'" returns no rows using "shop"
