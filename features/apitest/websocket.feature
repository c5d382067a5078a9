@websocket
Feature: WebSockets in English

  Connections have names. Messages are taken in any order, how a connection ends can be asserted, and a crowd is as
  easy as one.

  Scenario: Messages go out and come back
    When WebSocket "ann" connects to "${WEBSOCKET}/echo"
    And WebSocket "ann" sends "{"type": "hello", "id": 7}"
    And WebSocket "ann" sends "second"
    Then WebSocket "ann" receives "second" within 5 seconds
    And WebSocket "ann" receives JSON within 5 seconds
      """
      {"type": "hello", "id": "~integer"}
      """
    And path "/id" of the last message of "ann" is "7"
    And WebSocket "ann" receives nothing for 200 ms

  Scenario: A broadcast reaches everybody
    Given 25 WebSocket clients named "crowd" are connected to "${WEBSOCKET}/room?name=feature"
    When WebSocket "crowd 3" sends "go"
    Then every WebSocket client of "crowd" receives "go" within 5 seconds
    And it is not true that every WebSocket client of "crowd" receives "go" within 100 ms

  Scenario: Credentials and headers are part of the handshake
    Given bearer token "t0"
    And WebSocket subprotocol "chat.v1"
    When WebSocket "ann" connects to "${WEBSOCKET}/headers"
      | name     | value |
      | X-Tenant | blue  |
    Then WebSocket "ann" receives a message within 5 seconds
    And the last message of "ann" contains JSON
      """
      {"authorization": "Bearer t0", "x-tenant": "blue", "sec-websocket-protocol": "chat.v1"}
      """

  Scenario: A refused handshake is asserted
    When WebSocket "eve" tries to connect to "${WEBSOCKET}/refuse"
    Then the WebSocket handshake of "eve" fails with status "403"
    And it is not true that WebSocket "eve" is open

  Scenario: How a connection ends
    When WebSocket "loud" connects to "${WEBSOCKET}/closes?code=1008"
    And WebSocket "short" connects to "${WEBSOCKET}/cut"
    And WebSocket "short" sends "x"
    Then WebSocket "loud" is closed within 5 seconds with code 1008
    And WebSocket "short" is closed within 5 seconds with code 1006

  Scenario: A client that vanishes, comes back, and says good bye
    When WebSocket "ann" connects to "${WEBSOCKET}/echo"
    And WebSocket "ann" vanishes
    Then WebSocket "ann" is closed within 1 second with code 1006
    When WebSocket "ann" reconnects
    And WebSocket "ann" sends a ping
    Then WebSocket "ann" receives a pong within 5 seconds
    When WebSocket "ann" closes with code 1000
    Then WebSocket "ann" is closed within 1 second with code 1000
