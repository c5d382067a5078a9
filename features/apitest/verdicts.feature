Feature: How a run ends

  A run ends with a code that says what happened, and with a sentence that says the same.

  Background:
    Given commands run in "#{tmp}"

  Scenario: All scenarios passed
    Given file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Shop
        Scenario: One
          Given I store "1" under "a"
          Then variable "#a" is a string "1"
      """
    When I run command "python -m apitest run ."
    Then the exit code is 0
    And the command output contains "1 scenario passed"

  Scenario: A comparison that does not hold is a failure
    Given file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Shop
        Scenario: One
          Given I store "1" under "a"
          Then variable "#a" is a string "2"
        Scenario: Two
          Given I store "1" under "a"
      """
    When I run command "python -m apitest run ."
    Then the exit code is 1
    And the command output contains "1 passed, 1 failed"

  Scenario: What cannot be evaluated is an error, not a failure
    Given file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Shop
        Scenario: One
          Then variable "#nowhere" is a string "1"
      """
    When I run command "python -m apitest run ."
    Then the exit code is 4
    And the command output contains "there is no stored value #nowhere"

  Scenario: A sentence that does not exist is told with the nearest one, and its scenario is not started
    Given file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Shop
        Scenario: One
          Given file "started.txt" holds
            '''
            yes
            '''
          Then path "/state" equals "paid"
        Scenario: Two
          Given I store "1" under "a"
      """
    When I run command "python -m apitest run ."
    Then the exit code is 3
    And the command output contains "features/a.feature:7"
    And the command output contains "path "{path}" is "{value}""
    And file "#{tmp}/started.txt" doesn't exist
    And the command output contains "1 passed"

  Scenario: A feature that cannot be read is told with its line; the others run
    Given file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Shop
        Scenario: One
          Given headers
            | name | value |
            | a    |
      """
    And file "#{tmp}/features/b.feature" holds exactly
      """
      Feature: Stock
        Scenario: Two
          Given I store "1" under "a"
      """
    When I run command "python -m apitest run ."
    Then the exit code is 3
    And the command output contains "features/a.feature:5"
    And the command output contains "1 passed"

  Scenario: Nothing was selected
    Given file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Shop
        Scenario: One
          Given I store "1" under "a"
      """
    When I run command "python -m apitest run . -t nowhere"
    Then the exit code is 5
    When I run command "python -m apitest run . -t nowhere --allow-empty"
    Then the exit code is 0

  Scenario: What is wrong with the command line or the configuration comes before any scenario
    Given file "#{tmp}/features/config.ini" holds exactly
      """
      [apitest]
      job = 4
      """
    And file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Shop
        Scenario: One
          Given file "started.txt" holds
            '''
            yes
            '''
      """
    When I run command "python -m apitest run ."
    Then the exit code is 2
    And the command output contains "features/config.ini:2"
    And the command output contains "Did you mean jobs?"
    And file "#{tmp}/started.txt" doesn't exist
    When I run command "python -m apitest run nowhere"
    Then the exit code is 2

  Scenario: A dry run finds unknown sentences and passes nothing
    Given file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Shop
        Scenario: One
          Given I store "1" under "a"
      """
    When I run command "python -m apitest run . --dry-run"
    Then the exit code is 0
    And the command output doesn't contain "passed"

  Scenario: A skipped scenario is not a passed one
    Given file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Shop
        Scenario: One
          Given this scenario is skipped because "it waits for #41"
          Then variable "#nowhere" is True
      """
    When I run command "python -m apitest run ."
    Then the exit code is 0
    And the command output contains "1 skipped"
    And the command output contains "it waits for #41"
    And the command output doesn't contain "1 passed"
