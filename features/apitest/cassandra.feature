@cassandra
Feature: Cassandra in English

  Tables and queries are said as for SQL; Cassandra itself makes values of what the cells say.

  Background:
    Given Cassandra connection "cass" to "$CASSANDRA"
    And a Cassandra keyspace "promises" with 1 replica
    And I store a random "re:t[a-z]{12}" under "table"

  Scenario: Collections, UUIDs and types of one's own
    When I run CQL
      """
      create type if not exists address (street text, zip int);
      create table #{table} (id uuid primary key, tags list<text>, home frozen<address>, at timestamp)
      """
    Given Cassandra table "#table" holds
      | id                                   | tags       | home                            | at                   |
      | 5b6962dd-3f90-4c93-8f61-eabfa4a803e2 | [new, hot] | {"street": "Mill Lane", "zip": 10} | 2026-01-31T10:00:00Z |
      | 5b6962dd-3f90-4c93-8f61-eabfa4a803e3 | ~null      | ~null                           | ~null                |
    Then Cassandra table "#table" has 2 rows
    And Cassandra table "#table" has rows like
      | tags           | home                                     | at                        |
      | ["new", "hot"] | {"street": "Mill Lane", "zip": "~integer"} | 2026-01-31T11:00:00+01:00 |

  Scenario: Stored values are bound, whatever they say
    When I run CQL
      """
      create table #{table} (id int primary key, name text)
      """
    Given I store "x'); drop table #{table}; --" under "evil"
    When I run CQL
      """
      insert into #{table} (id, name) values (1, :evil)
      """
    Then CQL query "select name from #{table} where id = 1" returns "#evil"
    And CQL query "select * from #{table} where id = 2" returns no rows

  Scenario: Conditions that CQL does not know
    When I run CQL
      """
      create table #{table} (day text, hour int, state text, primary key (day, hour))
      """
    Given Cassandra table "#table" holds
      | day | hour | state |
      | mon | 1    | new   |
      | mon | 2    | paid  |
      | tue | 1    | ~null |
    And I store filter "state,day" is "equal to,equal to" "paid,tue" "OR" under "some"
    And I update "state" of Cassandra table "#table" set "void" filter by "#some", using "cass"
    Then Cassandra table "#table" has exactly these rows
      | day | hour | state |
      | mon | 1    | new   |
      | mon | 2    | void  |
      | tue | 1    | void  |

  Scenario: Sentences of old suites
    Given Cassandra contact points "$CASSANDRA"
    And Cassandra protocol version "5"
    And I connect to keyspace "promises" as "old"
    When I run CQL using "old"
      """
      create table #{table} (id int primary key, name text)
      """
    Then I insert "7, Ann" into "id, name" of Cassandra table "#table", using "old"
    Given I store CQL query result "select id, name from #{table}" under "row", using "old", idx "0"
    Then variable "#row" is a string "7;Ann"
    And I disconnect from Cassandra "old"

  Scenario: What is wrong is told in Cassandra's own words
    Given file "#{tmp}/features/wrong.feature" holds exactly
      """
      Feature: Wrong
        Scenario: No such table
          Given Cassandra connection "cass" to "$CASSANDRA" with keyspace "promises"
          Then Cassandra table "no_such_table" is empty
        Scenario: No such host
          Given Cassandra connection "cass" to "127.0.0.1:1"
        Scenario: Not CQL
          Given Cassandra connection "cass" to "$CASSANDRA"
          Then CQL query "selec 1" returns no rows
      """
    When I run command "apitest run #{tmp}/features/wrong.feature --color never"
    Then the exit code is 4
    And the command output contains "There is no table "no_such_table" in promises"
    And the command output contains "No Cassandra answers: 127.0.0.1:1"
    And the command output contains "no viable alternative at input 'selec'"
