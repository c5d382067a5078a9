Feature: The first steps

  A feature is a file with scenarios; a scenario is an example of what the API promises.
  All sentences there are: apitest steps

  Scenario: Values are stored, and used by their name
    Given I store "17" under "order"
    And I store "Order #{order} of @{customer}" under "title"
    Then variable "#title" is a string "Order 17 of Ann"

  Scenario Outline: One scenario for each row of a table
    Given I store "<name>" under "name"
    Then variable "#name" looks like "~length:1..<longest>"

    Examples:
      | name  | longest |
      | Ann   | 5       |
      | Felix | 5       |

  # Set the address in config.ini, then remove the first sentence.
  @needs-server
  Scenario: A request and its answer
    Given this scenario is skipped because "no server is set up yet: see address in config.ini"
    And address "@address"
    And URL path "/demo"
    And HTTP method "POST"
    And format "JSON"
    And request "demo.json"
    And path "/customer" in request is "@customer"
    When the URL is invoked
    Then status is "200"
    And header "Content-Type" contains "json"
    And path "/customer" is "Ann"
    And response is equal to that from "demo.json"
