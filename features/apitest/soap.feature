Feature: SOAP in English

  Version, action, faults and WS-Security, in SOAP 1.1 and 1.2. The peer is a strict server: it refuses what a real one
  refuses.

  Background:
    Given address "$SOAP"
    And URL path "/orders"
    And HTTP method "POST"
    And namespace prefix "o" of "urn:example:orders"

  Scenario Outline: SOAP <version>
    Given SOAP action "urn:createOrder"
    And request body
      """
      <e:Envelope xmlns:e="<namespace>">
        <e:Body><CreateOrder xmlns="urn:example:orders"><sku>A1</sku><qty>2</qty></CreateOrder></e:Body>
      </e:Envelope>
      """
    When the URL is invoked
    Then status is "200"
    And content type is "<type>"
    And there is no SOAP fault
    And XPath "//o:price" is "9.90"
    And it is not true that the SOAP fault says "sku"

    Examples:
      | version | namespace                                 | type                 |
      | 1.1     | http://schemas.xmlsoap.org/soap/envelope/ | text/xml             |
      | 1.2     | http://www.w3.org/2003/05/soap-envelope   | application/soap+xml |

  Scenario Outline: A fault of SOAP <version> has a code and a reason
    Given SOAP action "urn:createOrder"
    And SOAP version "<version>"
    And request body
      """
      <e:Envelope xmlns:e="<namespace>">
        <e:Body><CreateOrder xmlns="urn:example:orders"><sku>Z9</sku><qty>2</qty></CreateOrder></e:Body>
      </e:Envelope>
      """
    When the URL is invoked
    Then status is "<status>"
    And the SOAP fault code is "UnknownSku"
    And the SOAP fault says "unknown sku Z9"
    And it is not true that there is no SOAP fault
    And it is not true that the SOAP fault code is "Server"

    Examples:
      | version | namespace                                 | status |
      | 1.1     | http://schemas.xmlsoap.org/soap/envelope/ | 500    |
      | 1.2     | http://www.w3.org/2003/05/soap-envelope   | 400    |

  Scenario: A version that the envelope is not of
    Given SOAP version "1.2"
    And request "create-order.xml"
    When the URL is invoked
    Then the SOAP fault code is "VersionMismatch"

  Scenario: A message with a document type is refused by the server, and would be here
    Given SOAP action "urn:createOrder"
    And request format "XML"
    And request body
      """
      <!DOCTYPE e [<!ENTITY x "A1">]><e>&x;</e>
      """
    When the URL is invoked
    Then the SOAP fault says "document type"

  Scenario: WS-Security, with a token of its own for each call
    Given URL path "/secure"
    And SOAP action "urn:createOrder"
    And WS-Security user "ann" with password "s3cret & <safe>"
    And request "create-order.xml"
    When the URL is invoked
    And the URL is invoked
    Then there is no SOAP fault
    And XPath "//o:state" is "new"

  Scenario Outline: Who may not call: <user>
    Given URL path "/secure"
    And SOAP action "urn:createOrder"
    And WS-Security user "<user>" with password "<password>"
    And request "create-order.xml"
    When the URL is invoked
    Then the SOAP fault code is "FailedAuthentication"

    Examples:
      | user | password |
      | ann  | wrong    |
      | bob  | secret   |

  Scenario: Without a token
    Given URL path "/secure"
    And SOAP action "urn:createOrder"
    And request "create-order.xml"
    When the URL is invoked
    Then the SOAP fault code is "InvalidSecurity"
