Feature: The server under test

  Services are deployed, called and given channels by sentences; what a scenario makes goes with it.

  Background:
    Given the server at "$SERVER" with admin "admin.invoke" "$ADMIN_PASSWORD"
    And file "#{tmp}/stock.py" holds exactly
      """
      from zato.server.service import Int, Service


      class Stock(Service):
          input = "sku"
          output = "sku", Int("left")

          def handle(self):
              self.response.payload.sku = self.request.input.sku
              self.response.payload.left = 5
      """
    And I hot-deploy "#{tmp}/stock.py"

  Scenario: A service is deployed and invoked
    Then service "stock.stock" is deployed
    When I invoke service "stock.stock"
      """
      {"sku": "A1"}
      """
    Then the call succeeds
    And response matches JSON
      """
      {"sku": "A1", "left": 5}
      """

  Scenario: A service gets a channel, and the channel credentials
    Given a REST channel "stock" at "/promises/stock/{sku}" for service "stock.stock"
    When I send a "GET" request to "/promises/stock/B2"
    Then path "/sku" is "B2"
    Given channel "stock" requires "basic" "ann" "stock-password"
    When the URL is invoked
    Then the call is refused
    Given Basic Auth "ann" "stock-password"
    When the URL is invoked
    Then status is "200"

  Scenario: The channel of the scenario before is gone
    When I send a "GET" request to "/promises/stock/B2"
    Then status is "404"

  Scenario: A broken file is refused with its line, and the old service keeps answering
    Given file "#{tmp}/stock.py" holds
      """
      class Stock(
      """
    Then deploying "#{tmp}/stock.py" fails, saying "line 1"
    And service "stock.stock" is deployed

  Scenario: An outgoing connection answers a ping
    Given an outgoing "rest" connection "promises.stock-self" to "${SERVER}/zato/ping"
    Then outgoing connection "promises.stock-self" answers a ping
