Feature: The commands of the server

  One command makes a server, one starts it, one stops it; a refusal is a sentence with what to do about it.

  Scenario: From nothing to a running server and back
    When I run the server command "quickstart create $TMP/fresh --bind 127.0.0.1:0"
    Then it ends with code 0 and says
      """
      Created   $TMP/fresh: 1 server, SQLite, secrets in $TMP/fresh/server1/config/repo/secrets.conf
      Admin     user admin.invoke, password ...(shown once
      Start     apitest-server start $TMP/fresh
      """
    When I run the server command "start $TMP/fresh"
    Then it ends with code 0 and says
      """
      server1   listening on http://127.0.0.1:...ready in ... s (...services, 0 warnings)
      Deploy    cp my_service.py ...pickup/incoming/services/     or: apitest-server hot-deploy my_service.py $TMP/fresh
      Stop      apitest-server stop $TMP/fresh
      """
    When I run the server command "start $TMP/fresh"
    Then it ends with code 1 and says
      """
      server1 is running already (pid ..., http://127.0.0.1:...)
      Stop it first: apitest-server stop
      """
    When I run the server command "service invoke $TMP/fresh zato.ping"
    Then it ends with code 0 and says
      """
      "pong": "zato"
      """
    When I run the server command "info $TMP/fresh"
    Then it ends with code 0 and says
      """
      component_running...True
      """
    When I run the server command "stop $TMP/fresh"
    Then it ends with code 0 and says
      """
      Stopped server1 in $TMP/fresh/server1
      """
    When I run the server command "stop $TMP/fresh"
    Then it ends with code 0 and says
      """
      server1 is not running
      """

  Scenario: A folder that is in use is left alone
    When I run the server command "quickstart create $ENV"
    Then it ends with code 1 and says
      """
      $ENV is not empty. Choose a folder that does not exist yet, or an empty one
      """

  Scenario: A folder without a server
    When I run the server command "start $TMP/nowhere"
    Then it ends with code 1 and says
      """
      There is no folder $TMP/nowhere. Create a server with: apitest-server quickstart create $TMP/nowhere
      """

  Scenario: A mistyped command
    When I run the server command "strat $ENV"
    Then it ends with code 2 and says
      """
      There is no command 'strat'. Did you mean 'start'?
      """

  Scenario: A mistake in the input of a service
    When I run the server command "service invoke $ENV promises.wrapped --payload {}"
    Then it ends with code 1 and says
      """
      1 problem in the input of promises.wrapped
      /name: missing
      """

  Scenario: A configuration is checked
    When I run the server command "check-config $ENV"
    Then it ends with code 0 and says
      """
      server1   server.conf OK
      SQL ODB connection OK
      """

  Scenario: Definitions by command
    When I run the server command "create basic-auth --name by-command --username someone --password not-in-any-log --path $ENV"
    Then it ends with code 0 and says
      """
      "name": "by-command"
      """
    When I run the server command "get basic-auth --name by-command --path $ENV"
    Then it ends with code 0 and says
      """
      "username": "someone"
      """
    And no log of the server contains "not-in-any-log"
