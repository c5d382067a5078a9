Feature: XML in English

  Requests are changed and responses read by XPath 1.0 with declared prefixes; whole documents are compared as canonical
  XML does it. The peer is a strict SOAP server.

  Background:
    Given address "$SOAP"
    And URL path "/orders"
    And HTTP method "POST"
    And SOAP action "urn:createOrder"
    And namespace prefix "s" of "http://schemas.xmlsoap.org/soap/envelope/"
    And namespace prefix "o" of "urn:example:orders"
    And date format "day" "YYYY-MM-DD"
    And request "create-order.xml"

  Scenario: Elements of the request are set, the response is read
    Given XPath "//o:sku" in request is "B2"
    And XPath "//o:qty" in request is "3"
    And XPath "//o:due" in request is a random date between "2026-01-01" and "2026-01-01" "day"
    And XPath "//o:note" in request is a random string
    When the URL is invoked
    Then status is "200"
    And XPath "//o:state" is "new"
    And XPath "//o:qty" is an integer "3"
    And XPath "//o:price" is a float "120"
    And XPath "//o:due" is "2026-01-01"
    And XPath "//o:note" matches "a[0-9a-f]{32}"
    And XPath "//o:CreateOrderResponse/@id" is "~integer"
    And XPath "//o:at" is "~within:1m-of-now"

  Scenario: What was removed is not sent
    Given XPath "//o:note | //o:due" in request is removed
    When the URL is invoked
    Then XPath "//o:note" doesn't exist
    And XPath "//o:sku" exists
    And XPath "//o:CreateOrderResponse/*" has 5 nodes

  Scenario: A whole document, with markers and stored values
    Given I store "gift & card" under "note"
    And XPath "//o:note" in request is "#note"
    When the URL is invoked
    Then response matches XML
      """
      <!-- prefixes, quotes and blanks between tags make no difference -->
      <e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'>
        <e:Body>
          <CreateOrderResponse xmlns="urn:example:orders" id="~gt:0">
            <state>new</state>
            <sku>A1</sku>
            <qty>~range:1..9</qty>
            <price>9.90</price>
            <due>~date?</due>
            <note>#note</note>
            <at>~datetime</at>
          </CreateOrderResponse>
        </e:Body>
      </e:Envelope>
      """
    And response is equal to XML from "order-created.xml"

  Scenario: A document that differs is a failure
    When the URL is invoked
    Then it is not true that response is equal to XML from "other-order.xml"

  Scenario: The response fits its XML Schema
    When the URL is invoked
    Then response is valid against XSD "envelope.xsd"
