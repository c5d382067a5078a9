Feature: ZeroMQ in English

  Sockets have names; port 0 is a free port, and #NAME-address says which.

  Scenario: Work is pushed and pulled
    Given ZeroMQ "in" is a "PULL" socket bound to "tcp://127.0.0.1:0"
    And ZeroMQ "out" is a "PUSH" socket connected to "#in-address"
    When ZeroMQ "out" sends "{"id": 1}"
    And ZeroMQ "out" sends "two"
    Then ZeroMQ "in" receives "two" within 5 seconds
    And ZeroMQ "in" receives 1 message within 5 seconds
    And path "/id" of the last message of "in" is "1"

  Scenario: A subscriber hears its topic only
    Given ZeroMQ "pub" is a "PUB" socket bound to "tcp://127.0.0.1:0"
    And ZeroMQ "sub" is a "SUB" socket connected to "#pub-address"
    And ZeroMQ "sub" subscribes to "orders"
    When ZeroMQ "pub" sends "news: none"
    And ZeroMQ "pub" sends "orders: 17"
    Then ZeroMQ "sub" receives "orders: 17" within 5 seconds
    And ZeroMQ "sub" receives nothing for 200 ms

  Scenario: A question and its answer
    Given ZeroMQ "server" is a "REP" socket bound to "tcp://127.0.0.1:0"
    And ZeroMQ "client" is a "REQ" socket connected to "#server-address"
    When ZeroMQ "client" sends "how are you"
    Then ZeroMQ "server" receives "how are you" within 5 seconds
    When ZeroMQ "server" sends "fine"
    Then ZeroMQ "client" receives "fine" within 5 seconds
