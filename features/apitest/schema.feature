Feature: JSON Schema and API descriptions in English

  Once a scenario names the description of the API, each of its calls is held against it without being asked. The peer is
  the bundled server, described once as it is and once wrongly.

  Background:
    Given address "$SERVER"
    And commands run in "#{tmp}"

  Scenario: A response against a JSON Schema, which refers to another one
    When I send a "GET" request to "/verbs"
    Then response is valid against JSON Schema "verb.json"
    And path "/verb" is valid against JSON Schema "word.json"
    And path "/verb" is "~schema:word.json"
    And response is valid against this JSON Schema
      """
      {"$schema": "http://json-schema.org/draft-07/schema#", "required": ["verb"],
       "properties": {"verb": {"$ref": "#/definitions/word"}}, "definitions": {"word": {"enum": ["get", "post"]}}}
      """
    And it is not true that path "" is valid against JSON Schema "word.json"
    And it is not true that path "/verb" is "~schema:verb.json"

  Scenario: What the server does is as described
    Given the API is described by "promises.yaml"
    When I send a "GET" request to "/verbs"
    Then path "/verb" is "get"
    When I send a "POST" request to "/verbs"
    Then status is "201"
    And response conforms to the API description
    Given header "X-Tenant" "blue"
    When I send a "GET" request to "/echo/parcel?page=1"
    Then path "/params/kind" is "parcel"
    When I send a "GET" request to "/refuse/missing"
    Then status is "404"

  Scenario: Operations by name, with what the description has as examples
    Given the API is described by "promises.yaml"
    When operation "sendTypes" is invoked
    Then status is "200"
    And path "/name" is "Ann"
    And path "/qty" is an integer "1"
    When operation "sendTypes" is invoked
      """
      {"name": "Eve", "qty": 7, "tags": ["a"]}
      """
    Then path "/qty" is an integer "7"
    When operation "refuse" is invoked
      | name | value    |
      | kind | conflict |
      | page | 2        |
    Then status is "409"
    When operation "GET /echo/{kind}" is invoked
      | name     | value |
      | kind     | a/b c |
      | X-Tenant | blue  |
    Then path "/params/kind" is "a/b c"

  Scenario: A wrong request on purpose
    Given the API is described by "promises.yaml"
    And the request may break the API description
    When I send a "POST" request to "/types"
      """
      {"qty": "many"}
      """
    Then status is "400"
    And path "/error" is "input"

  Scenario: Calls of another API
    Given the API is described by "promises.yaml"
    And the API description isn't enforced
    When I send a "GET" request to "/zato/ping"
    Then status is "200"
    And it is not true that response conforms to the API description

  Scenario: Requests that are not as described are not sent, responses that are not are told, coverage is known
    Given I run command "mkdir -p features"
    And I run command "cp -r ${SCHEMAS} features"
    And file "#{tmp}/features/a.feature" holds exactly
      """
      @isolated
      Feature: Promises

        Background:
          Given address "$SERVER"

        Scenario: Not sent
          Given the API is described by "promises.yaml"
          And format "JSON"
          And request is "{"qty": 0, "due": "tomorrow"}"
          When I send a "POST" request to "/types"

        Scenario: A parameter
          Given the API is described by "promises.yaml"
          When I send a "GET" request to "/refuse/me?page=first"

        Scenario: Not in it
          Given the API is described by "promises.yaml"
          When I send a "DELETE" request to "/verbs"

        Scenario: Another shape
          Given the API is described by "promises-wrong.yaml"
          When I send a "GET" request to "/verbs"

        Scenario: Another status
          Given the API is described by "promises-wrong.yaml"
          When I send a "POST" request to "/verbs"

        Scenario: Another media type
          Given the API is described by "promises-wrong.yaml"
          And header "Content-Type" "text/plain"
          And request is "hello"
          When I send a "POST" request to "/raw"

        Scenario: As described
          Given the API is described by "promises.yaml"
          When I send a "GET" request to "/verbs"
          Then every documented status of operation "getVerb" was seen

        @serial
        Scenario: How much was exercised
          Given the API is described by "promises.yaml"
          Then at least 20 percent of the operations were exercised
          And at least 60 percent of the operations were exercised
      """
    When I run command "python -m apitest run . -f ndjson:out.ndjson"
    Then the exit code is 1
    And the command output contains "The request was not sent: sendTypes of promises.yaml wants another one"
    And the command output matches "body /due +expected ..format.: .date.. +actual .tomorrow."
    And the command output matches "body /name +expected ~present .* is missing; there is due, qty"
    And the command output matches "body /qty +expected ..minimum.: 1. +actual 0"
    And the command output contains "path parameter "kind""
    And the command output contains "query parameter "page""
    And the command output contains "DELETE /verbs is not in "promises.yaml""
    And the command output contains "Hint        A wrong request on purpose: Given the request may break the API description"
    And the command output contains "header X-Total"
    And the command output contains "body /since"
    And the command output contains "actual 201   (is not described for postVerb)"
    And the command output contains "not exercised: sendTypes, postVerb, refuse, echo"
    And the command output contains "promises.yaml: 1 of 5 operations (20 percent), 1 of 6 statuses"
    And the command output contains "ok        As described"
    And the command output doesn't contain "Traceback"
    And file "#{tmp}/out.ndjson" contains the text "statuses_seen"

  Scenario: What breaks clients of an earlier version
    Then API description "promises.yaml" is compatible with "promises.yaml"
    And it is not true that API description "promises-wrong.yaml" is compatible with "promises.yaml"
