Feature: Dates in English

  Formats have names; the sentences write now, or a random date, into the request, and what the server got is checked.

  Background:
    Given address "$SERVER"
    And format "JSON"
    And HTTP method "POST"
    And URL path "/echo/dates"
    And date format "day" "YYYY-MM-DD"
    And date format "German" "D. MMMM YYYY, HH:mm [Uhr]"
    And date format "zoned" "YYYY-MM-DDTHH:mm:ssZZ"

  Scenario: Now, here and in UTC
    Given path "/local" in request is now "zoned"
    And path "/utc" in request is UTC now "default"
    And path "/ago" in request is UTC now "default" minus one hour
    When the URL is invoked
    Then path "/payload/local" is a time within 1 minute of now
    And path "/payload/utc" is a time within 1 minute of now
    And path "/payload/ago" is a time within 61 minutes of now
    And it is not true that path "/payload/ago" is a time within 59 minutes of now

  Scenario: Random dates keep to their side
    Given path "/any" in request is a random date "day"
    And path "/after" in request is a random date after "2026-01-31" "day"
    And path "/before" in request is a random date before "2008-01-01" "day"
    And path "/between" in request is a random date between "2026-02-27" and "2026-03-01" "day"
    And path "/same" in request is a random date between "2026-02-28" and "2026-02-28" "day"
    When the URL is invoked
    Then path "/payload/any" looks like "~date"
    And path "/payload/after" is a date after "2026-01-31"
    And path "/payload/before" is a date before "2008-01-01"
    And path "/payload/between" is one of "2026-02-27,2026-02-28,2026-03-01"
    And path "/payload/same" is "2026-02-28"

  Scenario: A format may say anything around its tokens
    Given path "/due" in request is a random date between "2026-05-04" and "2026-05-04" "German"
    And I store the time now plus 2 days under "soon", format "day"
    And I store a random date under "whenever", format "day"
    When the URL is invoked
    Then path "/payload/due" is "4. May 2026, 00:00 Uhr"
    And variable "#soon" looks like "~date"
    And variable "#whenever" looks like "~date"
