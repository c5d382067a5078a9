Feature: Phrases in English, made of other phrases

  Background:
    Given commands run in "#{tmp}"
    And file "#{tmp}/features/phrases/shop.feature" holds exactly
      """
      Phrase: the server is asked for "{path}"
        Given address "$SERVER"
        When I send a "GET" request to "{path}"

      Phrase: it answers
        Then status is "200"
      """

  Scenario: They are used and listed like built-in ones
    Given file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: A
        Scenario: Ping
          When the server is asked for "/zato/ping"
          Then it answers
        Scenario: Wrong
          When the server is asked for "/nope"
          Then it answers
      """
    When I run command "python -m apitest run ."
    Then the exit code is 1
    And the command output contains "1 passed, 1 failed"
    And the command output contains "phrases/shop.feature:6"
    When I run command "python -m apitest steps server asked"
    Then the command output contains "the server is asked for"

  Scenario: One that uses itself is refused
    Given file "#{tmp}/features/phrases/more.feature" holds exactly
      """
      Phrase: it goes round
        Given it goes round
      """
    And file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: A
        Scenario: Ping
          When I proceed further
      """
    When I run command "python -m apitest run ."
    Then the exit code is 2
