Feature: Reports

  Background:
    Given commands run in "#{tmp}"
    And file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Shop
        Scenario: Good
          Given I store "1" under "a"
        Scenario: Bad
          Given I store "1" under "a"
          Then variable "#a" is a string "2"
      """

  Scenario: JUnit
    When I run command "python -m apitest run . -f junit:out/junit.xml"
    Then the exit code is 1
    And file "#{tmp}/out/junit.xml" contains the text "<failure"
    And file "#{tmp}/out/junit.xml" contains the text "name=\"Good\""

  Scenario: One line of JSON for each event
    When I run command "python -m apitest run . -f ndjson:out.ndjson"
    Then file "#{tmp}/out.ndjson" contains the text "\"Bad\""
    And file "#{tmp}/out.ndjson" contains the text "\"failed\""

  Scenario: A page that opens from disk and loads nothing from elsewhere
    When I run command "python -m apitest run . -f html:report/index.html"
    Then file "#{tmp}/report/index.html" contains the text "Good"
    And file "#{tmp}/report/index.html" doesn't contain the text "src=\"http"
    And the command output contains "report/index.html"

  Scenario: Several at once, and standard output stays readable by programs
    When I run command "python -m apitest run . -f ndjson:- -f junit:out.xml"
    Then the exit code is 1
    And file "#{tmp}/out.xml" exists
    And the command output doesn't contain "FAILED"

  Scenario: No colour where nobody looks
    When I run command "python -m apitest run ."
    And I store the command output under "plain"
    And I run command "python -m apitest run . --color always"
    Then it is not true that variable "#plain" looks like "~contains:[3"
    And the command output contains "[3"
