Feature: SQL databases

  Every statement is over, and committed, before its sentence is. Values are bound, never part of a statement.

  Background:
    Given I connect to "sqlite:///#{tmp}/shop.db" as "shop"
    And I run SQL
      """
      create table orders (id integer primary key, state varchar(20), qty integer, price numeric(10, 2));
      insert into orders values (1, 'paid', 2, 9.90);
      insert into orders values (2, 'new', 1, null);
      """

  Scenario: What a query returns
    Given I store "1" under "order-id"
    Then SQL query "select state from orders where id = :order-id" returns "paid"
    And SQL query "select id, state, price from orders order by id" returns these rows
      | id | state | price |
      | 1  | paid  | 9.9   |
      | 2  | new   | ~null |
    And SQL query "select * from orders where state = 'void'" returns no rows

  Scenario: What a table holds
    Given SQL table "orders" holds
      | id | state | qty |
      | 3  | void  | 7   |
    Then SQL table "orders" has 3 rows
    And SQL table "orders" has rows like
      | state | qty        |
      | void  | ~range:5..9 |
    And SQL table "orders" has columns "id,state,qty"

  Scenario: A value that looks like SQL stays a value
    Given I store "x' or '1'='1" under "state"
    Then SQL query "select * from orders where state = :state" returns no rows

  Scenario: What changed meanwhile
    Given I watch SQL table "orders"
    When I run SQL
      """
      insert into orders (id, state) values (4, 'new')
      """
    Then watched table "orders" gained 1 row
    And watched table "orders" lost 0 rows

  Scenario: Rows from a file, changed and deleted by a filter
    Given file "#{tmp}/more.sql" holds
      """
      insert into orders (id, state, qty) values (5, 'new', 3);
      insert into orders (id, state, qty) values (6, 'new', 9);
      """
    When I run SQL file "#{tmp}/more.sql" using "shop"
    And I store filter "state,qty" is "equal to,less than" "new,5" "AND" under "few"
    And I update "state" of SQL table "orders" set "void" filter by "#few", using "#shop"
    Then SQL "select id from orders where state = 'void' order by id" is equal to "[(2,), (5,)]", using "#shop"
    When I delete from SQL table "orders" where "#few", using "#shop"
    Then SQL query "select count(*) from orders" returns "4"
