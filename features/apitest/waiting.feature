Feature: Waiting for what takes time

  Scenario: A file that is written later
    Given commands run in "#{tmp}"
    When command "python -c \"import time; time.sleep(0.5); open('done.txt', 'w').write('ready')\"" runs in the background as "writer"
    Then within 10 seconds file "#{tmp}/done.txt" contains the text "ready"
    And within 5 seconds background command "writer" is over

  Scenario: A response is asked for again only where that is safe
    Given commands run in "#{tmp}"
    And file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Waiting
        Scenario: Post
          Given address "$SERVER"
          When I send a "POST" request to "/zato/ping"
          Then within 1 second path "/pong" is "never"
        Scenario: Get
          Given address "$SERVER"
          When I send a "GET" request to "/zato/ping"
          Then within 600 ms path "/pong" is "never"
      """
    When I run command "python -m apitest run ."
    Then the exit code is 1
    And the command output contains "a POST is not sent again unless: the request may be repeated"
    And the command output contains "in 0.6 s"

  Scenario: What must hold all the time
    Given address "$SERVER"
    When I send a "GET" request to "/zato/ping"
    Then throughout 500 ms path "/pong" is "zato"
    And it is not true that path "/pong" is "pang"
    And all of these hold
      """
      status is "200"
      path "/pong" is "zato"
      """
