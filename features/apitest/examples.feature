Feature: Examples from outside

  The rows of an outline may come from a file or from a query; they are read before the run.

  Background:
    Given file "#{tmp}/features/data/numbers.csv" holds
      """
      n,twice
      1,2
      2,4
      3,7
      """
    And file "#{tmp}/features/config.ini" holds
      """
      [connection:shop]
      url = sqlite:///#{tmp}/shop.db
      [queries]
      numbers = select n, twice from numbers order by n
      """

  Scenario: A file
    Given file "#{tmp}/features/twice.feature" holds exactly
      """
      Feature: Twice
        Scenario Outline: <n>
          Given I store the result of "<n> * 2" under "x"
          Then variable "#x" is an integer "<twice>"

          @data:numbers.csv
          Examples:
      """
    When I run command "apitest run #{tmp} --color never"
    Then the exit code is 1
    And the command output contains "2 passed, 1 failed"

  Scenario: A query
    Given I connect to "sqlite:///#{tmp}/shop.db" as "shop"
    When I run SQL
      """
      create table numbers (n integer, twice integer);
      insert into numbers values (1, 2), (5, 10)
      """
    Given file "#{tmp}/features/twice.feature" holds exactly
      """
      Feature: Twice
        Scenario Outline: <n>
          Given I store the result of "<n> * 2" under "x"
          Then variable "#x" is an integer "<twice>"

          @data:sql:shop:numbers
          Examples:
      """
    When I run command "apitest run #{tmp} --color never"
    Then the exit code is 0
    And the command output contains "2 scenarios passed"

  Scenario: A source without rows is an error of its own
    Given file "#{tmp}/features/empty.feature" holds exactly
      """
      Feature: Empty
        Scenario Outline: <n>
          Given I store "<n>" under "x"

          @data:nothing.csv
          Examples:

          @data:none.csv @may-be-empty
          Examples:

        Scenario: Another
          Given I store "1" under "x"
      """
    And file "#{tmp}/features/data/nothing.csv" holds
      """
      n
      """
    And file "#{tmp}/features/data/none.csv" holds
      """
      n
      """
    When I run command "apitest run #{tmp} --color never"
    Then the exit code is 4
    And the command output contains ""nothing.csv" has no rows"
    And the command output contains "1 passed"
    And the command output doesn't contain "none.csv"
