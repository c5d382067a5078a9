Feature: What a failure says

  Where it is, what was expected, what was there, and what to do; never a Python traceback.

  Background:
    Given commands run in "#{tmp}"
    And commands have the environment variable "SERVER" set to "$SERVER"

  Scenario: Sentence, place, expected and actual
    Given file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Shop
        Scenario: The state of an order
          Given I store "pending" under "state"
          Then variable "#state" is a string "paid"
      """
    When I run command "python -m apitest run ."
    Then the command output contains "FAILED  The state of an order > features/a.feature:2"
    And the command output contains these lines
      """
      │       expected  "paid"
      │       actual    "pending"
      """
    And the command output doesn't contain "Traceback"

  Scenario: Request and response are shown, secrets are not
    Given file "#{tmp}/features/config.ini" holds exactly
      """
      [secrets]
      pw = very-secret-password
      """
    And file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Shop
        Scenario: Ping
          Given address "$SERVER"
          And Basic Auth "ann" "@secrets.pw"
          And header "X-Tenant" "@secrets.pw"
          When I send a "GET" request to "/zato/ping"
          Then path "/pong" is "pang"
      """
    When I run command "python -m apitest run . -f ndjson:out.ndjson -f junit:out.xml"
    Then the exit code is 1
    And the command output contains "curl "
    And the command output contains "200 OK"
    And the command output doesn't contain "very-secret-password"
    And file "#{tmp}/out.xml" doesn't contain the text "very-secret-password"
    And file "#{tmp}/out.ndjson" doesn't contain the text "very-secret-password"

  Scenario: A missing path names the deepest place that exists
    Given file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Shop
        Scenario: Ping
          Given address "$SERVER"
          When I send a "GET" request to "/zato/ping"
          Then path "/pnog" is "zato"
      """
    When I run command "python -m apitest run ."
    Then the exit code is 1
    And the command output contains "the document has pong"
    And the command output contains "path "/pnog" doesn't exist; "/pong" does"

  Scenario: All differences of a table at once
    Given file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Shop
        Scenario: Ping
          Given address "$SERVER"
          When I send a "GET" request to "/zato/ping"
          Then response matches
            | path  | check      | value |
            | /pong | is         | pang  |
            | /pong | looks like | ~uuid |
            | /ping | exists     |       |
      """
    When I run command "python -m apitest run ."
    Then the exit code is 1
    And the command output matches "/pong +expected "pang" +actual "zato""
    And the command output matches "/pong +expected ~uuid"
    And the command output contains "/ping"

  Scenario Outline: What is missing is not something else: <sentence>
    Given file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Shop
        Scenario: Ping
          Given address "$SERVER"
          When I send a "GET" request to "/zato/ping"
          Then <sentence>
      """
    When I run command "python -m apitest run ."
    Then the exit code is 1
    And the command output contains "1 failed"

    Examples:
      | sentence                                     |
      | path "/nowhere" isn't "x"                    |
      | path "/nowhere" isn't one of "a,b"           |
      | path "/nowhere" doesn't contain the text "x" |
      | header "X-Nowhere" isn't "x"                 |
      | header "X-Nowhere" doesn't contain "x"       |
      | no value of path "$.pong" is "zato"          |
      | every value of path "$.nowhere" is "x"       |

  Scenario: A server that is not there
    Given file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Shop
        Scenario: Ping
          Given address "http://127.0.0.1:9"
          When the URL is invoked
        Scenario: Expected
          Given address "http://127.0.0.1:9"
          When I try to invoke the URL
          Then the call fails because of "refused"
      """
    When I run command "python -m apitest run ."
    Then the exit code is 4
    And the command output contains "connection refused"
    And the command output contains "Is the server running"
    And the command output contains "1 passed"
