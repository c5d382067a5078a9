Feature: Requests that are sent many times, page by page, and another way than usual

  Background:
    Given a mock server "shop"
    And address "#mock.shop.address"

  Scenario: One after the other, and at once
    Given mock "shop" answers as follows
      | method | path    | status | delay |
      | POST   | /orders | 201    | 50 ms |
      | POST   | /orders | 409    | 50 ms |
    And HTTP method "POST"
    And URL path "/orders"
    When the URL is invoked 10 times at once
    Then exactly 1 of the responses has status "201"
    And exactly 9 of the responses have status "409"
    And variable "#responses" has 10 entries
    When the URL is invoked 2 times
    Then the 2nd of the responses has status "4xx"
    And mock "shop" was called 12 times

  Scenario: Pages by a link in the body
    Given mock "shop" answers as follows
      | method | path     | when            | body                                                |
      | GET    | /items   |                 | {"items": [1, 2], "links": {"next": "/items?p=2"}}  |
      | GET    | /items   | query p is 2    | {"items": [3, 4], "links": {"next": "/items?p=3"}}  |
      | GET    | /items   | query p is 3    | {"items": [5], "links": {"next": null}}             |
    And URL path "/items"
    When all pages are fetched by following path "/links/next"
    Then 3 pages were fetched
    And path "/items" has 5 elements over all pages
    And variable "#pages" has 3 entries

  Scenario: Pages by the Link header
    Given mock "shop" answers as follows
      | method | path   | when         | headers                                        | body   |
      | GET    | /items |              | Link: </items?p=2>; rel="next", X-Total: 3     | [1, 2] |
      | GET    | /items | query p is 2 | X-Total: 3                                     | [3]    |
    And URL path "/items"
    When all pages are fetched by following the Link header
    Then 2 pages were fetched
    And path "" has 3 elements over all pages

  Scenario: Pages by their number
    Given mock "shop" answers as follows
      | method | path   | when         | body            |
      | GET    | /items |              | {"items": [1]}  |
      | GET    | /items | query p is 2 | {"items": [2]}  |
      | GET    | /items | query p is 3 | {"items": []}   |
    And URL path "/items"
    When all pages are fetched by raising query parameter "p"
    Then 2 pages were fetched
    And it is not true that path "/items" has 3 elements over all pages

  Scenario: Cookies that are kept
    Given mock "shop" answers as follows
      | method | path   | headers                      |
      | POST   | /login | Set-Cookie: sid=17; HttpOnly |
      | GET    | /cart  |                              |
    And cookies are kept
    When I send a "POST" request to "/login"
    And I send a "GET" request to "/cart"
    Then call 2 of mock "shop" has header "Cookie" equal to "sid=17"
    Given cookies are forgotten
    When I send a "GET" request to "/cart"
    Then it is not true that call 3 of mock "shop" has header "Cookie" equal to "sid=17"

  Scenario Outline: A compressed body
    Given mock "shop" answers "POST" "/" with status 204
    And the request is compressed with "<how>"
    When I send a "POST" request to "/"
      """
      {"qty": 2}
      """
    Then call 1 of mock "shop" has header "Content-Encoding" equal to "<how>"

    Examples:
      | how  |
      | gzip |
      | br   |
      | zstd |

  Scenario: Through a proxy
    Given mock "shop" answers "GET" "/a" with status 204
    And proxy "#mock.shop.address"
    And address "http://elsewhere.test"
    When I send a "GET" request to "/a"
    Then status is "204"
    And call 1 of mock "shop" has header "Host" equal to "elsewhere.test"
