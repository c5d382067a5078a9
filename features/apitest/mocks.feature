Feature: Mock servers

  Services that the one under test calls, played by the runner: they answer as told and remember what they were asked.

  Background:
    Given a mock server "billing"
    And address "#mock.billing.address"

  Scenario: An answer with parts of the path and made-up values
    Given mock "billing" answers "GET" "/invoices/{id}" with status 200
      """
      {"id": "{id}", "reference": "~uuid", "total": 9.9}
      """
    When I send a "GET" request to "/invoices/17"
    Then status is "200"
    And response matches JSON
      """
      {"id": "17", "reference": "~uuid4", "total": 9.9}
      """
    And mock "billing" was called 1 time
    And mock "billing" received "GET" "/invoices/{id}" 1 time
    And mock "billing" got no unexpected call

  Scenario: What was sent is checked
    Given mock "billing" answers "POST" "/invoices" with status 201
    And header "X-Tenant" "blue"
    When I send a "POST" request to "/invoices"
      """
      {"order": "17", "lines": [{"sku": "A1", "qty": 2}], "at": "2026-01-31T10:00:00Z"}
      """
    Then mock "billing" received JSON
      """
      {"order": "17", "lines": [{"sku": "A1", "qty": "~integer"}], "at": "~datetime"}
      """
    And call 1 of mock "billing" has header "X-Tenant" equal to "blue"
    And call 1 of mock "billing" has path "/lines/0/qty" equal to "2"
    And mock "billing" received these calls
      | method | path      | status | /order | header X-Tenant |
      | POST   | /invoices | 201    | 17     | ~notempty       |

  Scenario: Answers in turn, and by what was asked
    Given mock "billing" answers as follows
      | method | path    | when                  | status | headers        | body                | delay |
      | GET    | /state  |                       | 202    | Retry-After: 1 | {"state": "new"}    |       |
      | GET    | /state  |                       | 200    |                | {"state": "paid"}   | 10 ms |
      | POST   | /orders | path /qty is ~gt:100  | 422    |                | {"error": "qty"}    |       |
      | POST   | /orders | header X-Test is dry  | 204    |                |                     |       |
      | POST   | /orders |                       | 201    |                | {"id": "~integer"}  |       |
    When I send a "GET" request to "/state"
    Then status is "202"
    And header "Retry-After" is "1"
    And within 2 seconds path "/state" is "paid"
    When I send a "POST" request to "/orders"
      """
      {"qty": 101}
      """
    Then status is "422"
    When I send a "POST" request to "/orders"
      """
      {"qty": 1}
      """
    Then status is "201"
    And path "/id" is any integer
    Given header "X-Test" "dry"
    When I send a "POST" request to "/orders"
      """
      {"qty": 1}
      """
    Then status is "204"

  Scenario: Documents that are posted are kept
    Given mock "billing" keeps what is posted to "/customers"
    When I send a "POST" request to "/customers"
      """
      {"name": "Ann"}
      """
    Then status is "201"
    And I store "/id" from response under "id"
    When I send a "PATCH" request to "/customers/#{id}"
      """
      {"city": "Bern"}
      """
    Then path "/name" is "Ann"
    When I send a "GET" request to "/customers?city=Bern"
    Then path "" has 1 element
    When I send a "DELETE" request to "/customers/#{id}"
    Then status is "204"
    When I send a "GET" request to "/customers/#{id}"
    Then status is "404"

  Scenario: A service that fails, and comes round
    Given mock "billing" answers "GET" "/" with status 200
    And mock "billing" fails the first 2 calls with status 503
    When the URL is invoked
    Then status is "503"
    And within 5 seconds status is "200"
    And mock "billing" was called 3 times

  Scenario: A service that is slow, cuts calls off, and is away
    Given mock "billing" answers "GET" "/" with status 200
    And mock "billing" takes 30 seconds to answer
    And the request times out after 200 ms
    When I try to invoke the URL
    Then the call fails because of "timeout"
    Given the request times out after 20 seconds
    And mock "billing" takes 0 ms to answer
    And mock "billing" drops the connection
    When I try to invoke the URL
    Then the call fails because of "reset"
    When mock "billing" goes down
    And I try to invoke the URL
    Then the call fails because of "refused"
    When mock "billing" comes back
    And the URL is invoked
    Then status is "200"

  Scenario: Only calls with the right header
    Given mock "billing" answers "GET" "/" with status 200
    And mock "billing" only accepts header "X-Key" "k-17"
    When the URL is invoked
    Then the call is refused
    Given header "X-Key" "k-17"
    When the URL is invoked
    Then the call succeeds

  Scenario: Calls are recorded, and replayed when the service is away
    Given a mock server "real"
    And mock "real" answers as follows
      | method | path    | body           |
      | GET    | /prices | {"A1": 9.9}    |
      | GET    | /prices | {"A1": 10.5}   |
      | POST   | /orders | {"id": 17}     |
    And mock "billing" passes calls on to "#mock.real.address" and records them in "#{tmp}/billing.har"
    And bearer token "a-very-secret-token"
    When I send a "GET" request to "/prices"
    And I send a "GET" request to "/prices"
    And I send a "POST" request to "/orders"
      """
      {"sku": "A1"}
      """
    Then path "/id" is an integer "17"
    And file "#{tmp}/billing.har" doesn't contain the text "a-very-secret-token"
    Given a mock server "replayed"
    And mock "replayed" replays "#{tmp}/billing.har"
    And address "#mock.replayed.address"
    When I send a "GET" request to "/prices"
    Then path "/A1" is a float "9.9"
    When I send a "GET" request to "/prices"
    Then path "/A1" is a float "10.5"
    When I send a "POST" request to "/orders"
      """
      { "sku" : "A1" }
      """
    Then path "/id" is an integer "17"
    And mock "real" was called 3 times

  Scenario: Answers from an API description
    Given file "#{tmp}/billing.yaml" holds
      """
      openapi: 3.1.0
      info: {title: Billing, version: "1"}
      paths:
        /invoices/{id}:
          get:
            responses:
              "404": {description: none}
              "200":
                description: one
                content:
                  application/json:
                    schema: {$ref: "#/components/schemas/Invoice"}
        /invoices:
          post:
            responses:
              "201":
                description: made
                content:
                  application/json: {example: {id: 17}}
      components:
        schemas:
          Invoice:
            type: object
            properties:
              id: {type: integer, example: 17}
              state: {type: string, enum: [new, paid]}
              at: {type: string, format: date-time}
      """
    And mock "billing" answers as described by "#{tmp}/billing.yaml"
    When I send a "GET" request to "/invoices/17"
    Then response matches JSON
      """
      {"id": 17, "state": "new", "at": "~datetime"}
      """
    When I send a "POST" request to "/invoices"
      """
      {}
      """
    Then status is "201"

  Scenario: Webhooks, sent and waited for
    Given a mock server "hooks"
    And mock "hooks" answers "POST" "/paid" with status 204
    When mock "billing" calls "#{mock.hooks.address}/paid"
      """
      {"order": 17}
      """
    Then status is "204"
    And a callback to "/paid" of mock "hooks" arrives within 5 seconds
    And mock "billing" wasn't called

  Scenario: A call that nothing was said about
    Given mock "billing" answers "GET" "/invoices/{id}" with status 200
    When I send a "GET" request to "/invoice/17"
    Then status is "404"
    And path "/nearest" is "GET /invoices/{id}: another path"
    And mock "billing" was called 1 time
    And it is not true that mock "billing" got no unexpected call
    When mock "billing" forgets its calls
    Then mock "billing" wasn't called
