@rabbitmq
Feature: AMQP in English

  A test looks into queues of a real broker without disturbing what it does not ask for.

  Background:
    Given AMQP broker "$RABBITMQ"
    And I store a random string under "q"
    And AMQP queue "#q" exists and is empty

  Scenario: What is published is received, in any order
    When I publish to AMQP queue "#q" the message "one"
    And I publish to AMQP queue "#q" this message
      """
      {"id": 7, "state": "new"}
      """
    Then AMQP queue "#q" has 2 messages
    And AMQP queue "#q" receives JSON within 5 seconds
      """
      {"id": "~integer", "state": "~oneof:new,paid"}
      """
    And AMQP queue "#q" has 1 message
    And AMQP queue "#q" receives "one" within 5 seconds
    And AMQP queue "#q" receives nothing for 200 ms

  Scenario: An exchange routes by key, and headers travel along
    Given AMQP queue "#q" is bound to exchange "apitest-features" with key "#{q}.order.*"
    And AMQP message header "x-tenant" is "blue"
    When I publish to AMQP exchange "apitest-features" with key "#{q}.order.new" the message "{"id": 1}"
    And I publish to AMQP exchange "apitest-features" with key "#{q}.news" the message "{"id": 2}"
    Then AMQP queue "#q" receives 1 message within 5 seconds
    And path "/id" of the last message of "#q" is "1"
    And the last AMQP message has header "x-tenant" equal to "blue"

  Scenario: A rejected message does not come back
    When I publish to AMQP queue "#q" the message "bad"
    Then AMQP queue "#q" receives "bad" within 5 seconds
    When the last AMQP message is rejected
    Then AMQP queue "#q" receives nothing for 300 ms
    And AMQP queue "#q" has 0 messages
