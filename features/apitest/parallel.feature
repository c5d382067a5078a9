Feature: Many scenarios at the same time

  Background:
    Given commands run in "#{tmp}"
    And file "#{tmp}/features/config.ini" holds exactly
      """
      [apitest]
      split = example
      """
    And file "#{tmp}/features/steps/say.py" holds exactly
      """
      import time

      from behave import step


      @step('I say "{text}" slowly')
      def say(context, text):
          for word in text.split():
              time.sleep(0.02)
              print(word)
      """

  Scenario: The verdicts are the same, however many run at once
    Given file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Voices
        Scenario Outline: Voice <n>
          Given I store "<n>" under "n"
          And I say "<n> <n> <n> <n> <n> <n>" slowly
          Then variable "#n" is less than 5

          Examples:
            | n |
            | 1 |
            | 7 |
            | 2 |
            | 8 |
      """
    When I run command "python -m apitest run . -j 1 -f junit:one.xml"
    Then the exit code is 1
    And the command output contains "2 passed, 2 failed"
    When I run command "python -m apitest run . -j 64 -f junit:many.xml"
    Then the exit code is 1
    And the command output contains "2 passed, 2 failed"
    And the command output contains "4 at a time"

  Scenario: Reports are in the order of the files, and outputs do not mix
    Given file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Voices
        Scenario Outline: Voice <n>
          Given I say "<n> <n> <n>" slowly

          Examples:
            | n |
            | 3 |
            | 1 |
            | 2 |
      """
    When I run command "python -m apitest run . -j 64 -f junit:out.xml"
    Then the exit code is 0
    When I run command "cat out.xml"
    Then the command output matches "(?s)Voice 3.*3\n3\n3.*Voice 1.*1\n1\n1.*Voice 2.*2\n2\n2"

  Scenario: Scenarios that wait, wait together
    Given file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Waiting
        Scenario Outline: <n>
          Given I wait 3 seconds

          Examples:
            | n |
            | 1 |
            | 2 |
            | 3 |
            | 4 |
            | 5 |
            | 6 |
            | 7 |
            | 8 |
            | 9 |
            | 0 |
      """
    When I run command "python -m apitest run . -j 10"
    Then the exit code is 0
    And the command took under 25 seconds

  Scenario: Features keep their order inside when they share stored values
    Given file "#{tmp}/features/config.ini" holds exactly
      """
      [apitest]
      split = feature
      """
    And file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Steps
        Scenario: First
          Given I wait 50 ms
          And I store "1" under "a"
        Scenario: Second
          Then variable "#a" is a string "1"
      """
    When I run command "python -m apitest run . -j 64"
    Then the exit code is 0

  Scenario: Scenarios with the same lock take turns
    Given file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Turns
        @lock:shop
        Scenario Outline: <n>
          Given I wait 400 ms

          Examples:
            | n |
            | 1 |
            | 2 |
            | 3 |
            | 4 |
            | 5 |
      """
    When I run command "python -m apitest run . -j 10 -f ndjson:locked.ndjson"
    Then the exit code is 0
    And it is not true that the command took under 2 seconds

  Scenario: The rows of an outline wait for each other where scenarios are what runs at the same time
    Given file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Turns
        Scenario Outline: <n>
          Given I wait 600 ms

          Examples:
            | n |
            | 1 |
            | 2 |
      """
    When I run command "python -m apitest run . --split scenario"
    Then the command output contains "one at a time"
    When I run command "python -m apitest run . --split example"
    Then the command output contains "2 at a time"
