Feature: Hot deployment

  A Python file that is copied to the pickup folder is live within a second; a broken one changes nothing.

  Background:
    Given address "$SERVER"
    And format "JSON"
    And Basic Auth "pubapi" "$API_PASSWORD"

  Scenario: A file is copied, then changed
    Given file "greet.py" is copied to the pickup folder
      """
      from zato.server.service import Service

      class Hello(Service):
          def handle(self):
              self.response.payload = {"greeting": "hello"}
      """
    And URL path "/zato/api/invoke/greet.hello"
    When the URL is invoked until path "/greeting" is "hello"
    Then status is "200"
    Given file "greet.py" is copied to the pickup folder
      """
      from zato.server.service import Service

      class Hello(Service):
          def handle(self):
              self.response.payload = {"greeting": "good evening"}
      """
    When the URL is invoked until path "/greeting" is "good evening"
    Then status is "200"

  Scenario: A file that cannot be imported leaves the old service answering
    Given file "shop_v1.py" is copied to the pickup folder
      """
      from zato.server.service import Service

      class Version(Service):
          name = "shop.version"
          def handle(self):
              self.response.payload = {"version": 1}
      """
    And URL path "/zato/api/invoke/shop.version"
    When the URL is invoked until path "/version" is an integer "1"
    Then status is "200"
    Given file "shop_v1.py" is copied to the pickup folder
      """
      from zato.server.service import Service
      import prices_of_nowhere

      class Version(Service):
          name = "shop.version"
          def handle(self):
              self.response.payload = {"version": 2}
      """
    Then the server's log contains "shop_v1.py was not deployed; the version of"
    And the server's log contains "line 2: ImportError: no module named 'prices_of_nowhere'"
    When the URL is invoked
    Then path "/version" is an integer "1"

  Scenario: A declaration that makes no sense is refused with its line
    Given file "declares_nonsense.py" is copied to the pickup folder
      """
      from zato.server.service import Int, Service

      class Nonsense(Service):
          input = "fine", 17

          def handle(self):
              pass
      """
    Then the server's log contains "declares_nonsense.py was not deployed"
    And the server's log contains "line 4: Nonsense:"

  Scenario: The command deploys, or says what is wrong
    When I run the server command "hot-deploy features/services/promises.py $ENV"
    Then it ends with code 0 and says
      """
      Deployed  promises.caller, promises.echo...from promises.py to server1
      """
