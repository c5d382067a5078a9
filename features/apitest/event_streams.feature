@events
Feature: Event streams in English

  Streams are read in the background; events are taken by type or by what they say.

  Background:
    Given address "$EVENTS"

  Scenario: Events by type and by content
    When event stream "feed" is opened at "/events?count=4"
    Then event stream "feed" delivers an event "paid" within 5 seconds
    And path "/number" of the last message of "feed" is "2"
    And event stream "feed" receives JSON within 5 seconds
      """
      {"number": "~range:3..4"}
      """
    And event stream "feed" receives 2 messages within 5 seconds
    When event stream "feed" is closed

  Scenario: An interrupted stream goes on where it was
    When event stream "feed" is opened at "/events?count=3"
    Then event stream "feed" receives 3 messages within 5 seconds
    When event stream "feed" is interrupted and resumed
    Then event stream "feed" receives "after 3" within 5 seconds

  Scenario: Silence of a stream that has ended proves nothing
    When event stream "feed" is opened at "/short"
    Then event stream "feed" receives a message within 5 seconds
    And it is not true that event stream "feed" receives nothing for 100 ms

  Scenario: A body that comes in pieces
    When I send a "GET" request to "/chunks?count=3"
    Then the response arrived in at least 3 chunks
    And it is not true that the response arrived in at least 4 chunks
