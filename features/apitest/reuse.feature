Feature: Sentences in bulk, and scenarios run by others

  Background:
    Given commands run in "#{tmp}"
    And file "#{tmp}/features/auth.feature" holds exactly
      """
      Feature: Authentication
        Scenario: Ping
          Given address "$SERVER"
          When I send a "GET" request to "/zato/ping"
          Then status is "200"
          And I store "/pong" from response under "pong", default "none"
      """

  Scenario: A scenario is run by others, or once for the whole run
    Given file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: A
        Scenario Outline: <n>
          Given the outcome of scenario "Ping" from "auth.feature"
          Then variable "#pong" is a string "zato"
          When I run scenario "Ping" from "auth.feature"
          Then status is "200"

          Examples:
            | n |
            | 1 |
            | 2 |
            | 3 |
      """
    When I run command "python -m apitest run features/a.feature --split scenario"
    Then the exit code is 0
    And the command output contains "3 scenarios passed"
    And the command output contains "4 requests"

  Scenario: For each row, so many times, at the same time
    Given file "#{tmp}/features/a.feature" holds exactly
      '''
      Feature: A
        Scenario: Rows
          Given address "$SERVER"
          And I store this JSON under "calls"
            """
            [{"path": "/zato/ping", "status": 200}, {"path": "/nope", "status": 404}]
            """
          When for each row of "#calls" I do
            """
            When I send a "GET" request to "<path>"
            Then status is "<status>"
            """
          And I do this 2 times
            """
            I send a "GET" request to "/zato/ping"
            """
          And I do these at the same time
            """
            I wait 5 seconds
            I wait 5 seconds
            I wait 5 seconds
            I wait 5 seconds
            I send a "GET" request to "/zato/ping"
            """
          Then status is "200"
          And the report notes "over"
      '''
    When I run command "python -m apitest run features/a.feature -v"
    Then the exit code is 0
    And the command took under 18 seconds

  Scenario: What would not be read, and sentences inside doc strings, are told before anything runs
    Given file "#{tmp}/features/a.feature" holds exactly
      '''
      Feature: A
        Scenario: Wrong
          Given the report notes "started"
            | a |
            | b |
          When I do this 2 times
            """
            I send nothing
            """
      '''
    When I run command "python -m apitest run features/a.feature"
    Then the exit code is 3
    And the command output contains "a table below it would not be read"
    And the command output contains "I send nothing"
