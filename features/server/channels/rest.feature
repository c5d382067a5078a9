Feature: REST channels

  An address calls a service. What is in the path, the query and the body is its input; what it answers is the body.

  Background:
    Given address "$SERVER"
    And format "JSON"

  Scenario: The server says that it is there
    When I send a "GET" request to "/zato/ping"
    Then status is "200"
    And path "/pong" is "zato"
    And header "X-Zato-CID" isn't empty
    And header "Content-Type" is "application/json"

  Scenario: Path, query and body all arrive
    When I send a "POST" request to "/echo/parcel?colour=red&size=1&size=2"
      """
      {"weight": 2.5, "tags": ["a", "b"]}
      """
    Then status is "200"
    And path "/method" is "POST"
    And path "/params/kind" is "parcel"
    And path "/params/colour" is "red"
    And path "/params/size" is a list "1,2"
    And path "/payload" is JSON "{"weight": 2.5, "tags": ["a", "b"]}"

  Scenario Outline: A placeholder takes any text: <text>
    When I send a "GET" request to "/echo/<path>"
    Then status is "200"
    And path "/params/kind" is "<text>"

    Examples:
      | path          | text      |
      | A1            | A1        |
      | gr%C3%BCn     | grün      |
      | two%20words   | two words |
      | with/slash    | with/slash |

  Scenario: An address that nobody answers
    When I send a "GET" request to "/no/such/address"
    Then status is "404"
    And path "/error" is "not-found"
    And path "/message" starts with "URL not found `/no/such/address`"
    And path "/cid" isn't empty

  Scenario: A method that the channel does not take
    When I send a "GET" request to "/form"
    Then status is "405"
    And header "Allow" is "POST"
    And path "/error" is "method-not-allowed"

  Scenario: A service answers the methods that it has
    When I send a "POST" request to "/verbs"
    Then status is "201"
    And path "/verb" is "post"
    When I send a "DELETE" request to "/verbs"
    Then status is "405"
    And header "Allow" contains "GET"

  Scenario: HEAD is GET without a body
    When I send a "HEAD" request to "/verbs"
    Then status is "200"
    And header "Content-Length" is "14"
    And response body is empty

  Scenario: A form
    Given request format "FORM"
    And HTTP method "POST"
    And URL path "/form"
    And form field "sku" is "A1 & B2"
    And form field "qty" is "3"
    When the URL is invoked
    Then status is "200"
    And response contains "A1"

  Scenario: Any bytes, as they are
    Given format "RAW"
    And HTTP method "POST"
    And URL path "/raw"
    And request is "one, two: {"
    When the URL is invoked
    Then status is "200"
    And header "Content-Type" is "text/plain"
    And header "X-Length" is "11"
    And response contains "one, two: {"

  Scenario: A body that is not JSON
    Given HTTP method "POST"
    And URL path "/echo/x"
    And format "RAW"
    And request is "{"a": 1,"
    When the URL is invoked
    Then status is "400"
    And response contains "The body is not JSON"

  Scenario Outline: What a service raises becomes a status: <kind>
    When I send a "GET" request to "/refuse/<kind>"
    Then status is "<status>"
    And path "/error" is "<code>"
    And path "/message" is "<message>"

    Examples:
      | kind             | status | code      | message                                         |
      | missing          | 404    | not-found | no order 17                                     |
      | secretly-missing | 404    | not-found | Not found                                       |
      | conflict         | 409    | conflict  | taken                                           |
      | forbidden        | 403    | forbidden | not yours                                       |
      | crash            | 500    | internal  | Internal server error                           |

  Scenario: A stranger learns nothing of what went wrong inside
    When I send a "GET" request to "/refuse/crash"
    Then status is "500"
    And response doesn't contain "hunter2"
    And response doesn't contain "Traceback"
    And path "/cid" isn't empty
