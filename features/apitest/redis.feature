@redis
Feature: Redis in English

  Background:
    Given Redis "$REDIS"
    And I store a random string under "k"

  Scenario: Keys
    Given Redis key "#{k}:stock" holds "5"
    Then Redis key "#{k}:stock" is "5"
    And Redis key "#{k}:stock" is "~range:1..9"
    And Redis key "#{k}:lock" doesn't exist
    And it is not true that Redis key "#{k}:stock" expires within 1 hour
    And it is not true that Redis key "#{k}:lock" is "~any"

  Scenario: A database is emptied
    Given Redis "${REDIS}5" named "scratch"
    And Redis key "a" holds "1"
    And Redis is emptied
    Then Redis key "a" doesn't exist
    And Redis list "a" has 0 elements

  Scenario: Channels are heard from the moment they are listened to
    When I publish to Redis channel "#{k}" the message "too early"
    Given I listen to Redis channel "#{k}"
    When I publish to Redis channel "#{k}" the message "{"id": 1}"
    Then Redis channel "#{k}" receives JSON within 5 seconds
      """
      {"id": 1}
      """
    And Redis channel "#{k}" receives nothing for 200 ms
