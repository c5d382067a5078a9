@postgresql
Feature: A real database under the tests

  What the server under test commits is seen, and undone when the scenario is over.

  Background:
    Given I connect to "$POSTGRESQL" as "shop"
    And I store a random "re:t[a-z]{12}" under "table"
    When I run SQL
      """
      create table #{table} (id integer primary key, state text, price numeric(10, 2), tags text[])
      """
    Given SQL table "#table" holds
      | id | state | price | tags   |
      | 1  | new   | 9.90  | ["a"]  |
      | 2  | paid  | ~null | ~null  |

  Scenario: Rows as they should be
    Then SQL table "#table" has exactly these rows
      | id | price | tags    |
      | 2  | ~null | ~null   |
      | 1  | 9.9   | ["~string"] |
    And SQL query "select state from #{table} where id = 1" returns "~oneof:new,paid"
    And SQL query "select id, state from #{table} order by id desc" returns these rows
      | id | state |
      | 2  | paid  |
      | 1  | new   |

  Scenario: Watching what a call changes
    Given I watch SQL table "#table"
    When I run SQL
      """
      update #{table} set state = 'void' where id = 1;
      insert into #{table} (id) values (3)
      """
    Then watched table "#table" gained 2 rows
    And watched table "#table" lost 1 row

  Scenario: What anybody commits is undone
    Given file "#{tmp}/features/change.feature" holds
      """
      Feature: Change
        Scenario: Everything
          Given I connect to "$POSTGRESQL" as "shop"
          And database changes are undone after the scenario
          When I run SQL
            '''
            delete from #{table} where id = 1;
            update #{table} set state = 'void';
            insert into #{table} (id) values (9)
            '''
          Then SQL table "#{table}" has 2 rows
      """
    And I watch SQL table "#table"
    When I run command "apitest run #{tmp}/features/change.feature"
    Then the exit code is 0
    And watched table "#table" is unchanged
