Feature: Which scenarios run

  Background:
    Given commands run in "#{tmp}"
    And file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Shop
        @smoke
        Scenario: Buy a book
          Given I store "1" under "a"

        @slow
        Scenario: Buy a house
          Then variable "1" is a string "2"

        Scenario Outline: Sell <what>
          Given I store "<what>" under "a"

          Examples:
            | what |
            | tea  |
            | milk |
      """

  Scenario Outline: By <how>
    When I run command "python -m apitest run <arguments>"
    Then the command output contains "<passed>"

    Examples:
      | how                    | arguments                   | passed             |
      | tag                    | . -t smoke                  | 1 scenario passed  |
      | tag expression         | . -t 'not slow and not tea' | 3 scenarios passed |
      | name                   | . -n 'Sell (tea\|milk)'     | 2 scenarios passed |
      | line                   | features/a.feature:4        | 1 scenario passed  |
      | a row of the examples  | features/a.feature:16       | 1 scenario passed  |
      | lines                  | features/a.feature:10-16    | 2 scenarios passed |
      | pattern                | 'features/*.feature' -t smoke | 1 scenario passed |

  Scenario: Again those that failed
    When I run command "python -m apitest run ."
    Then the exit code is 1
    And the command output contains "Again"
    When I run command "python -m apitest run . --rerun failed"
    Then the exit code is 1
    And the command output contains "1 failed"
    And the command output doesn't contain "passed,"

  Scenario: Stop after the first failure
    Given file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Shop
        Scenario: One
          Then variable "1" is a string "2"
        Scenario: Two
          Then variable "1" is a string "2"
      """
    When I run command "python -m apitest run . -x -j 1"
    Then the exit code is 1
    And the command output contains "1 failed"
    And the command output contains "1 not run"

  Scenario: A flaky scenario is told as one
    Given file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Shop
        Scenario: Second time lucky
          Given I store the result of "int('0')" under "zero"
          Then file "second-time" exists
      """
    And file "#{tmp}/features/environment.py" holds exactly
      """
      import pathlib


      def after_scenario(context, scenario):
          (pathlib.Path(__file__).parent.parent / "second-time").touch()
      """
    When I run command "python -m apitest run . --retry 1"
    Then the exit code is 0
    And the command output contains "1 flaky"
    When I run command "python -m apitest run . --retry 1 --flaky fail"
    Then the exit code is 0
