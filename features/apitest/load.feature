@serial
Feature: Loads: users, rates, stages, scenarios as journeys, figures

  Background:
    Given a mock server "shop"
    And mock "shop" answers as follows
      | method | path    | status | body          |
      | GET    | /orders | 200    | {"items": []} |
      | POST   | /orders | 201    | {"id": 7}     |
      | GET    | /broken | 503    | down          |
    And address "#mock.shop.address"

  Scenario: Many users
    Given URL path "/orders"
    When for 0.5 seconds with 4 users the URL is invoked
    Then the 95th percentile is under 5 seconds
    And the average response time is under 5 seconds
    And the slowest response time is under 10 seconds
    And the error rate is below 1%
    And at least 10 requests per second were served
    And no response under load had status "4xx, 5xx"
    And it is not true that at least 1000000 requests per second were served
    And the load figures match
      | figure          | check    | value   | name        |
      | requests        | at least | 5       |             |
      | errors          | is       | 0       |             |
      | 99th percentile | under    | 10 s    | GET /orders |

  Scenario: A steady rate
    Given URL path "/orders"
    And HTTP method "POST"
    When for 0.5 seconds the URL is invoked 20 times per second
    Then mock "shop" was called 10 times
    And the load figures match
      | figure   | check | value |
      | requests | is    | 10    |

  Scenario: Each user with values of its own
    Given mock "shop" answers as follows
      | method | path   | status | body |
      | GET    | /u/ann | 200    | hi   |
      | GET    | /u/bob | 200    | hi   |
    And I store this JSON under "accounts"
      """
      [{"user": "ann"}, {"user": "bob"}]
      """
    And URL path "/u/<user>"
    And load users take values from "#accounts"
    When for 0.3 seconds with 2 users the URL is invoked
    Then the error rate is below 1%
    And mock "shop" got no unexpected call

  Scenario: Errors are counted
    Given URL path "/broken"
    And users pause 50 ms between requests
    When for 0.3 seconds with 2 users the URL is invoked
    Then it is not true that the error rate is below 100%
    And it is not true that no response under load had status "5xx"

  Scenario: Stages
    Given URL path "/orders"
    When load is applied in stages
      | stage | duration | users | rate |
      | warm  | 200 ms   | 1     |      |
      | rush  | 300 ms   |       | 20   |
    Then the load figures match
      | figure   | check    | value | name |
      | requests | is       | 6     | rush |
      | requests | at least | 1     | warm |

  Scenario: Look and buy
    Given address "#mock.shop.address"
    And URL path "/orders"
    When the URL is invoked
    Then status is "200"

  Scenario: A scenario as a journey
    When for 0.5 seconds with 2 users scenario "Look and buy" is run
    Then the error rate is below 1%
    And the load figures match
      | figure   | check    | value |
      | journeys | at least | 2     |
