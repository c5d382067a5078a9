Feature: Approved responses in English

  The first run writes what it received, a person approves it once, and from then on each difference is told.

  Background:
    Given commands run in "#{tmp}"
    And file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Verbs

        Scenario: The verb
          Given address "$SERVER"
          And Basic Auth "pubapi" "$API_PASSWORD"
          And approved values at "$..cid" become "~string"
          And format "JSON"
          And request "caller.json"
          When I send a "POST" request to "/zato/api/invoke/promises.caller"
          Then status is "200"
          And response matches the approved "caller" ignoring "/answer/greeting/undeclared"
          And response has the same shape as the approved "caller"
          And path "/answer" matches the approved "parts/answer"
          And the whole exchange matches the approved "exchange" ignoring "/body/cid"
      """
    And I run command "mkdir -p features/approved"

  Scenario: Received, approved, compared
    Given file "#{tmp}/features/json/request/caller.json" holds exactly
      """
      {"name": "Ann"}
      """
    When I run command "python -m apitest run ."
    Then the exit code is 1
    And the command output contains "There is no approved "caller" yet"
    And the command output contains "Hint        Look at it, then: apitest approve caller"
    And file "#{tmp}/features/approved/caller.received.json" contains the text "\"cid\": \"~string\""
    When I run command "python -m apitest approve"
    Then the command output contains "+      "name": "Ann","
    And the command output contains "1 response waiting"
    And file "#{tmp}/features/approved/caller.json" doesn't exist
    When I run command "python -m apitest approve caller"
    Then the exit code is 0
    And file "#{tmp}/features/approved/caller.json" contains the text "\"name\": \"Ann\""
    And file "#{tmp}/features/approved/caller.received.json" doesn't exist
    When I run command "python -m apitest run ."
    Then the command output contains "There is no approved "parts/answer" yet"
    When I run command "python -m apitest approve --all"
    And I run command "python -m apitest run ."
    Then the command output contains "There is no approved "exchange" yet"
    When I run command "python -m apitest approve --all"
    And I run command "python -m apitest run ."
    Then the exit code is 0
    Given file "#{tmp}/features/json/request/caller.json" holds exactly
      """
      {"name": "Eve"}
      """
    When I run command "python -m apitest run ."
    Then the exit code is 1
    And the command output contains "/answer/greeting/name   expected "Ann"   actual "Eve""
    And the command output contains "Hint        If it is right now: apitest approve caller"
    When I run command "python -m apitest approve calller"
    Then the exit code is 2
    And the command output contains "Did you mean caller?"
    When I run command "python -m apitest approve caller"
    Then the command output contains "-      "name": "Ann","
    And file "#{tmp}/features/approved/caller.json" contains the text "\"cid\": \"~string\""
