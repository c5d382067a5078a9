@graphql
Feature: GraphQL in English

  Queries, variables, errors, validation and subscriptions, against a server made with graphql-core.

  Background:
    Given address "$GRAPHQL"
    And URL path "/graphql"

  Scenario: A mutation, and a query from a file
    Given GraphQL query
      """
      mutation Make($order: NewOrder!) { createOrder(order: $order) { id sku qty state } }
      """
    And GraphQL variables
      | name  | value                   |
      | order | {"sku": "A1", "qty": 3} |
    Then the GraphQL query is valid against schema "shop.graphql"
    When the GraphQL query is sent
    Then status is "200"
    And there are no GraphQL errors
    And path "/data/createOrder/qty" is an integer "3"
    And I store "/data/createOrder/id" from response under "id"
    Given GraphQL query from "orders.graphql" named "One"
    And GraphQL variables
      | name | value |
      | id   | #id   |
    When the GraphQL query is sent
    Then there are no GraphQL errors
    And path "/data/order" is JSON "{"id": "#{id}", "sku": "A1", "qty": 3, "state": "NEW"}"

  Scenario: Errors
    Given GraphQL query
      """
      { order(id: "999999") { id } }
      """
    When the GraphQL query is sent
    Then a GraphQL error says "not found"
    And it is not true that there are no GraphQL errors
    And path "/data/order" is null

  Scenario: A wrong query is refused, by the schema and by the server
    Given GraphQL query
      """
      query Wrong($id: Int) { order(id: $id) { price } }
      """
    Then it is not true that the GraphQL query is valid against schema "shop.graphql"
    When the GraphQL query is sent
    Then status is "400"
    And a GraphQL error says "Cannot query field 'price' on type 'Order'"

  Scenario: Wrong variables are told before anything is sent
    Given GraphQL query from "orders.graphql" named "One"
    And GraphQL variables
      | name | value     |
      | id   | {"a": 17} |
    Then it is not true that the GraphQL query is valid against schema "shop.graphql"

  Scenario: The schema as introspection shows it
    Given GraphQL query
      """
      { __type(name: "Order") { fields { name } } }
      """
    When the GraphQL query is sent
    Then path "/data/__type/fields/1/name" is "sku"

  Scenario: A subscription delivers what other calls cause
    Given header "X-Shop" "blue"
    And I store a random "uuid" under "sku"
    And GraphQL variables
      | name | value |
      | sku  | #sku  |
    When GraphQL subscription "paid" is opened
      """
      subscription Paid($sku: String) { orderPaid(sku: $sku) { id state } }
      """
    And GraphQL query
      """
      mutation { createOrder(order: {sku: "#{sku}", qty: 1}) { id } }
      """
    And the GraphQL query is sent
    And I store "/data/createOrder/id" from response under "id"
    Then GraphQL subscription "paid" receives nothing for 200 ms
    Given GraphQL query
      """
      mutation { pay(id: "#{id}") { state } }
      """
    When the GraphQL query is sent
    Then GraphQL subscription "paid" receives JSON within 5 seconds
      """
      {"data": {"orderPaid": {"id": "#id", "state": "PAID"}}}
      """
    And path "/data/orderPaid/state" of the last message of "paid" is "PAID"

  Scenario: A subscription that ends, and one that is refused
    Given header "X-Shop" "blue"
    When GraphQL subscription "ticks" is opened
      """
      subscription { ticks(count: 2) }
      """
    Then GraphQL subscription "ticks" receives JSON within 5 seconds
      """
      {"data": {"ticks": 2}}
      """
    And GraphQL subscription "ticks" receives a message within 5 seconds
    And it is not true that GraphQL subscription "ticks" receives a message within 2 seconds
    When GraphQL subscription "wrong" is opened
      """
      subscription { nothing }
      """
    Then it is not true that GraphQL subscription "wrong" receives a message within 2 seconds
