Feature: E-mail in English

  A mail server of our own keeps whatever an application sends.

  Background:
    Given a mail server on port 0
    When I send an e-mail
      | from                      | to                           | subject  |
      | Shop <no-reply@shop.test> | ann@shop.test, bob@shop.test | Order 17 |
      """
      Thank you, Ann. Your code is 123456, or click
      https://shop.test/confirm?t=1.
      """

  Scenario: What it says
    Then an e-mail for "ann@shop.test" arrives within 5 seconds
    And the e-mail has subject "~startswith:Order"
    And the e-mail is from "no-reply@shop.test"
    And the e-mail says "Your code is 123456, or click https://shop.test"
    And it is not true that the e-mail has attachment "invoice.pdf"

  Scenario: A sign-up goes on with the link or the code
    Then an e-mail for "ann@shop.test" arrives within 5 seconds
    And I store the first link of the e-mail under "confirm"
    And I store the match of "(\d{6})" in the e-mail under "code"
    And variable "#confirm" is a string "https://shop.test/confirm?t=1"
    And variable "#code" is a string "123456"

  Scenario: Each recipient has an e-mail of their own, and nobody else has
    Then an e-mail for "BOB@shop.test" arrives within 5 seconds
    And an e-mail for "ann@shop.test" arrives within 5 seconds
    And no e-mail for "ann@shop.test" arrives for 200 ms
    And no e-mail for "eve@shop.test" arrives for 200 ms
