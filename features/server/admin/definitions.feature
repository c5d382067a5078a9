Feature: Changing a running server

  A definition that is created, edited or deleted counts at once, without a restart.

  Background:
    Given address "$SERVER"
    And format "JSON"
    And Basic Auth "admin.invoke" "$ADMIN_PASSWORD"

  Scenario: A channel comes, changes and goes
    When I send a "POST" request to "/zato/api/invoke/zato.http-soap.create"
      """
      {"connection": "channel", "transport": "plain_http", "name": "coming", "url_path": "/coming",
       "service": "promises.echo", "data_format": "json"}
      """
    Then status is "200"
    And path "/name" is "coming"
    And I store "/id" from response under "id"
    When I send a "GET" request to "/coming"
    Then status is "200"
    When I send a "POST" request to "/zato/api/invoke/zato.http-soap.edit"
      """
      {"id": #{id}, "url_path": "/moved"}
      """
    Then status is "200"
    When I send a "GET" request to "/coming"
    Then status is "404"
    When I send a "GET" request to "/moved"
    Then status is "200"
    When I send a "POST" request to "/zato/api/invoke/zato.http-soap.delete"
      """
      {"id": #{id}}
      """
    Then status is "200"
    When I send a "GET" request to "/moved"
    Then status is "404"

  Scenario: Every mistake of a definition is told at once
    When I send a "POST" request to "/zato/api/invoke/zato.http-soap.create"
      """
      {"connection": "channel", "transport": "plain_http", "name": "wrong", "url_path": "no-slash", "method": "G T",
       "service": "promises.echo", "timeout": -1}
      """
    Then status is "400"
    And path "/error" is "input"
    And path "/problems" has 3 elements
    And response contains "/url_path"
    And response contains "/method"
    And response contains "/timeout"

  Scenario: A mistyped name is told with the nearest one
    When I send a "POST" request to "/zato/api/invoke/zato.http-soap.create"
      """
      {"connection": "channel", "transport": "plain_http", "name": "wrong", "url_pth": "/x", "service": "promises.echo"}
      """
    Then status is "400"
    And path "/problems/0/path" is "/url_pth"
    And path "/problems/0/problem" is "unknown, did you mean 'url_path'?"

  Scenario: Two channels cannot have one address
    When I send a "POST" request to "/zato/api/invoke/zato.http-soap.create"
      """
      {"connection": "channel", "transport": "plain_http", "name": "second", "url_path": "/raw",
       "service": "promises.echo"}
      """
    Then status is "409"
    And response contains "promises.raw"

  Scenario: A password is changed, and the old one counts no longer
    When I send a "POST" request to "/zato/api/invoke/zato.security.basic-auth.create"
      """
      {"name": "changing", "username": "changing", "password": "the-first-one"}
      """
    And I send a "POST" request to "/zato/api/invoke/zato.http-soap.create"
      """
      {"connection": "channel", "transport": "plain_http", "name": "changing", "url_path": "/changing",
       "service": "promises.who-am-i", "data_format": "json", "security_name": "changing"}
      """
    And I send a "POST" request to "/zato/api/invoke/zato.security.basic-auth.change-password"
      """
      {"name": "changing", "password1": "the-second-one", "password2": "the-second-one"}
      """
    Then status is "200"
    Given Basic Auth "changing" "the-first-one"
    When I send a "GET" request to "/changing"
    Then status is "401"
    Given Basic Auth "changing" "the-second-one"
    When I send a "GET" request to "/changing"
    Then status is "200"

  Scenario: A service that does not exist
    When I send a "POST" request to "/zato/api/invoke/promises.ecoh"
    Then status is "404"
