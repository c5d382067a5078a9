Feature: Files and commands in English

  Scenario: A file that a program writes
    Given file "#{tmp}/write.py" holds
      """
      import pathlib, time
      out = pathlib.Path("#{tmp}/out")
      out.mkdir()
      print("working", flush=True)
      time.sleep(0.3)
      (out / "orders-17.csv").write_text("id,state\n1,new\n2,paid\n")
      (out / "orders.json").write_text('{"count": 2, "at": "2026-01-31T10:00:00Z"}')
      print("2 written")
      """
    When I run command "python #{tmp}/write.py"
    Then the exit code is 0
    And the command output contains "2 written"
    And a file like "#{tmp}/out/orders-*.csv" appears within 5 seconds
    And file "#file" has 3 lines
    And file "#file" contains the text "2,paid"
    And CSV file "#file" has rows like
      | state | id        |
      | paid  | ~regex:^2 |
    And file "#{tmp}/out/orders.json" matches JSON
      """
      {"count": "~integer", "at": "~datetime"}
      """
    And file "#{tmp}/out/lock" doesn't exist

  Scenario: A program in the background
    Given I store a random "number:20000..29999" under "port"
    And command "python -m http.server #{port} --bind 127.0.0.1" runs in the background as "files"
    Then port #port of "127.0.0.1" opens within 20 seconds
    And background command "files" is running

  Scenario: Nothing outside the project is written
    Given file "#{tmp}/features/out.feature" holds exactly
      """
      Feature: Out
        Scenario: Out
          Given file "../../outside.txt" holds
            '''
            x
            '''
      """
    When I run command "apitest run #{tmp} --color never"
    Then the exit code is 4
    And the command output contains "outside the project"

  Scenario: Two files that differ
    Given file "#{tmp}/a.txt" holds
      """
      one
      two
      """
    And file "#{tmp}/b.txt" holds
      """
      one
      two
      """
    Then file "#{tmp}/a.txt" is the same as "#{tmp}/b.txt"
    And it is not true that file "#{tmp}/a.txt" contains the text "three"
    Given directory "#{tmp}/x" is emptied
    Then file "#{tmp}/x" exists
