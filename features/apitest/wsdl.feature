Feature: SOAP operations by their WSDL

  The description says where to and how; the sentences give the arguments and check what comes back.

  Background:
    Given WSDL "${SOAP}/orders?wsdl"
    And namespace prefix "o" of "urn:example:orders"

  Scenario: Arguments in a table, and a token for the port that wants one
    Given WS-Security user "ann" with password "s3cret & <safe>"
    When SOAP operation "CreateOrder" is called on port "Secure11"
      | name | value      |
      | sku  | B2         |
      | qty  | 4          |
      | due  | 2026-05-01 |
      | note | first      |
      | note | second     |
    Then there is no SOAP fault
    And XPath "//o:price" is a float "120"
    And XPath "//o:note" has 2 nodes
    And XPath "//o:due" is "2026-05-01"

  Scenario Outline: An operation is called in SOAP <version>
    Given SOAP version "<version>"
    When SOAP operation "CreateOrder" is called
      """
      {"sku": "<sku>", "qty": 1}
      """
    Then <outcome>

    Examples:
      | version | sku | outcome                              |
      | 1.1     | A1  | there is no SOAP fault               |
      | 1.2     | A1  | there is no SOAP fault               |
      | 1.2     | Z9  | the SOAP fault code is "UnknownSku"  |
      | 1.2     | Z9  | the SOAP fault says "unknown sku Z9" |

  Scenario: A message that the WSDL does not allow can be sent on purpose
    When SOAP operation "CreateOrder" is called
      """
      <CreateOrder xmlns="urn:example:orders"><sku>A1</sku><qty>none</qty></CreateOrder>
      """
    Then the SOAP fault says "the message is not valid"
