Feature: Data in English

  Scenario: Rows of files
    Given file "#{tmp}/users.csv" holds
      """
      id;name
      1;Ann
      """
    And file "#{tmp}/users.json" holds
      """
      [{"id": 1, "name": "Ann"}]
      """
    And file "#{tmp}/users.yaml" holds
      """
      - id: 1
        name: Ann
      """
    And data from "#{tmp}/users.csv" under "csv"
    And data from "#{tmp}/users.json" under "json"
    And data from "#{tmp}/users.yaml" under "yaml"
    Then variable "#csv" matches JSON
      """
      [{"id": "1", "name": "Ann"}]
      """
    And variable "#json" is the same as "#yaml"
    And variable "#json" has 1 entry

  Scenario Outline: Made-up values look like what they are: <kind>
    Given I store a random "<kind>" under "x"
    And I store 20 random "<kind>" values under "many"
    Then variable "#x" looks like "<marker>"
    And variable "#many" looks like "~each:<marker>"

    Examples:
      | kind                 | marker                       |
      | e-mail               | ~email                       |
      | phone                | ~phone                       |
      | IBAN                 | ~iban                        |
      | UUID                 | ~uuid4                       |
      | IP                   | ~ip                          |
      | text:20              | ~length:20                   |
      | number:1..9          | ~range:1..9                  |
      | date                 | ~date                        |
      | re:[A-Z]{3}-[0-9]{2} | ~regex:^[A-Z]{3}-[0-9]{2}$   |

  Scenario: Arithmetic and texts, without running anybody's code
    Given I store "9.5" under "price"
    And I store this JSON under "order"
      """
      {"items": [1, 2, 3], "name": "ann lee"}
      """
    When I store the result of "#price * 2 + 1" under "double"
    And I store the result of "title(#order.name) + ': ' + sum(#order.items)" under "text"
    Then variable "#double" is a float "20.0"
    And variable "#text" is a string "Ann Lee: 6"
    Given file "#{tmp}/features/code.feature" holds exactly
      """
      Feature: Code
        Scenario: Code
          When I store the result of "open('/etc/passwd')" under "x"
      """
    When I run command "apitest run #{tmp} --color never"
    Then the exit code is 4
    And the command output contains "there is no function open"

  Scenario: Checksums, signatures, Base64
    Given I store the "SHA256" hash of "abc" under "sum"
    And I store "what do ya want for nothing?" signed with "SHA256" and key "Jefe" under "signature"
    And I encode "ann:pw" using Base64 under "cred"
    And I decode "#cred" from Base64 under "plain"
    Then variable "#sum" is a string "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    And variable "#signature" is a string "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    And variable "#plain" is a string "ann:pw"
