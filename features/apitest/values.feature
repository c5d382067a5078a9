Feature: Values in sentences

  #name is a stored value, @name a configured one, $NAME an environment variable.

  Background:
    Given commands run in "#{tmp}"

  Scenario: Stored, configured, and from the environment
    Given file "#{tmp}/features/config.ini" holds exactly
      """
      [user]
      customer = Ann
      """
    And file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Shop
        Scenario: Values
          Given I store "17" under "order-id"
          Then variable "#order-id" is a string "17"
          And variable "@customer" is a string "Ann"
          And variable "$COLOUR" is a string "blue"
          And variable "#{order-id} of @{customer} in ${COLOUR}" is a string "17 of Ann in blue"
      """
    And commands have the environment variable "COLOUR" set to "blue"
    When I run command "python -m apitest run ."
    Then the exit code is 0

  Scenario: A value keeps its type, and its inside can be reached
    Given I store this JSON under "order"
      """
      {"id": 17, "items": [{"sku": "A1"}], "paid": true}
      """
    Then variable "#order/id" is an integer "17"
    And variable "#order.items[0].sku" is a string "A1"
    And variable "#order/items/0" matches JSON
      """
      {"sku": "~string"}
      """
    And variable "#order/paid" is True

  Scenario: Empty texts, quotes and signs are texts like any other
    Given I store "" under "empty"
    And I store "say \"hi\"" under "quoted"
    And I store "##fff" under "colour"
    And I store "~~any" under "tilde"
    Then variable "#empty" is a string ""
    And variable "#quoted" is a string "say \"hi\""
    And variable "#colour" is a string "##fff"
    And variable "#tilde" is a string "~~any"

  Scenario: The command line wins over the configuration, an environment over the rest of it
    Given file "#{tmp}/features/config.ini" holds exactly
      """
      [user]
      place = here
      [env:staging]
      place = staging
      """
    And file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Shop
        Scenario: Where
          Then variable "@place" is a string "there"
      """
    When I run command "python -m apitest run . -D place=there -e staging"
    Then the exit code is 0
    When I run command "python -m apitest run . -e staging"
    Then the command output contains "actual    "staging""
    When I run command "python -m apitest run ."
    Then the command output contains "actual    "here""

  Scenario Outline: A name that is not known is an error with the nearest one: <text>
    Given file "#{tmp}/features/config.ini" holds exactly
      """
      [user]
      customer = Ann
      """
    And file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Shop
        Scenario: Values
          Given I store "17" under "order-id"
          Then variable "<text>" is a string "17"
      """
    When I run command "python -m apitest run ."
    Then the exit code is 4
    And the command output contains "<hint>"

    Examples:
      | text         | hint       |
      | #order_id    | ##order-id |
      | x #{orderid} | ##order-id |
      | @customar    | @@customer |
      | $NO_SUCH_X   | NO_SUCH_X  |

  Scenario: Stored values live for a feature, the request for a scenario
    Given file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Shop
        Scenario: First
          Given I store "17" under "order-id"
          And address "http://127.0.0.1:9"
        Scenario: Second
          Then variable "#order-id" is a string "17"
        Scenario: Third
          When the URL is invoked
      """
    And file "#{tmp}/features/b.feature" holds exactly
      """
      Feature: Stock
        Scenario: Other
          Then variable "#order-id" is a string "17"
      """
    When I run command "python -m apitest run ."
    Then the exit code is 4
    And the command output contains "2 passed, 2 with errors"
    And the command output contains "the request has no address"

  Scenario: A file outside the project is refused
    Given file "#{tmp}/outside.json" holds
      """
      {}
      """
    And file "#{tmp}/project/features/a.feature" holds exactly
      """
      Feature: Shop
        Scenario: Read
          Given request "../../../../outside.json"
        Scenario: Write
          Given file "../outside.txt" holds
            '''
            x
            '''
      """
    When I run command "python -m apitest run project"
    Then the exit code is 4
    And the command output contains "is outside the project"
    And file "#{tmp}/outside.txt" doesn't exist
