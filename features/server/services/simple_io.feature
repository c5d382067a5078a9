Feature: Declared input and output

  A service says what it takes and gives; the server turns texts into values, and tells every mistake at once.

  Background:
    Given address "$SERVER"
    And format "JSON"
    And Basic Auth "pubapi" "$API_PASSWORD"

  Scenario: Each element becomes a value of its type
    When I send a "POST" request to "/types"
      """
      {"name": "Ann", "qty": "3", "gift": "yes", "weight": "1.5", "price": "9.90", "due": "2026-11-30",
       "at": "2026-11-30T10:11:12", "ref": "8f0e4f2c-6d0c-4c7b-9a59-3f3a2f3f0a11", "tags": ["a"],
       "address": {"zip": "1000"}, "lines": [{"sku": "A1"}], "extra": {"any": 1}, "note": 5}
      """
    Then status is "200"
    And path "/qty" is an integer "3"
    And path "/types" contains JSON
      """
      {"name": "str", "qty": "int", "gift": "bool", "weight": "float", "price": "Decimal", "due": "date",
       "at": "datetime", "ref": "UUID", "tags": "list", "note": "str"}
      """

  Scenario: Every problem of an input is told at once, with its place
    When I send a "POST" request to "/types"
      """
      {"qty": "many", "gift": "perhaps", "due": "tomorrow"}
      """
    Then status is "400"
    And path "/error" is "input"
    And path "/message" is "4 problems in the input of promises.types"
    And path "/problems" has 4 elements
    And response contains "/name"
    And response contains "/qty"
    And response contains "/gift"
    And response contains "/due"

  Scenario: Types follow from names
    When I send a "POST" request to "/zato/api/invoke/promises.inferred"
      """
      {"customer_id": "17", "is_vip": "true", "page_size": "50", "password": "tell-nobody-this"}
      """
    Then status is "200"
    And path "/customer_id" is "int"
    And path "/is_vip" is "bool"
    And path "/page_size" is "int"

  Scenario: An answer in an element of its own, with more than was declared
    When I send a "POST" request to "/zato/api/invoke/promises.wrapped"
      """
      {"name": "Ann"}
      """
    Then status is "200"
    And path "/greeting/name" is "Ann"
    And path "/greeting/undeclared" is "is let through"

  Scenario: A service invokes another one
    When I send a "POST" request to "/zato/api/invoke/promises.caller"
      """
      {"name": "Ann"}
      """
    Then status is "200"
    And path "/answer/greeting/name" is "Ann"
    And path "/cid" isn't empty

  Scenario: Settings of the user's own
    When I send a "GET" request to "/zato/api/invoke/promises.settings"
    Then status is "200"
    And path "/most" is an integer "7"
