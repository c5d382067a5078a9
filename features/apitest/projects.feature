Feature: Projects and the list of sentences

  Background:
    Given commands run in "#{tmp}"

  Scenario: A new project runs at once
    When I run command "python -m apitest init my-tests"
    Then the exit code is 0
    And file "#{tmp}/my-tests/features/config.ini" exists
    And file "#{tmp}/my-tests/features/json/request/demo.json" exists
    When I run command "python -m apitest run my-tests"
    Then the exit code is 0

  Scenario: Nothing is overwritten
    Given file "#{tmp}/my-tests/features/mine.feature" holds
      """
      Feature: Mine
      """
    When I run command "python -m apitest init my-tests"
    Then the exit code is 2
    And the command output contains "is not empty"
    And file "#{tmp}/my-tests/features/mine.feature" contains the text "Feature: Mine"

  Scenario: Sentences are found by words
    When I run command "python -m apitest steps Basic Auth"
    Then the exit code is 0
    And the command output contains "Basic Auth "{username}" "{password}""
    And the command output contains "Sends these credentials as HTTP Basic."
    When I run command "python -m apitest steps no-such-words-anywhere"
    Then the exit code is 1

  Scenario: The list of sentences for programs
    When I run command "python -m apitest steps status is --format json"
    Then the exit code is 0
    And the command output contains ""sentence""
