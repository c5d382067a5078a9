"""apitest/steps/sql.py over SQLite in memory."""

from __future__ import annotations

import pytest

from tests.apitest.steps.conftest import Scenario

SCHEMA = """
create table orders (id integer primary key, state text, qty integer, price numeric(10, 2), at timestamp, gift boolean);
insert into orders values (1, 'paid', 2, 9.9, '2026-01-31 10:00:00', 1);
insert into orders values (2, 'new', 1, null, null, 0);
create table users (id integer, name varchar(40));
"""


@pytest.fixture
def shop(scenario: Scenario) -> Scenario:
    scenario.say('I connect to "sqlite://" as "shop"')
    scenario.say("I run SQL", SCHEMA)
    return scenario


@pytest.mark.parametrize(
    "sentence",
    [
        'SQL query "select * from orders" returns 2 rows',
        'SQL query "select * from orders where qty > 1" returns 1 row using "shop"',
        'SQL query "select * from orders where qty > 1" returns 1 row using "#shop"',
        "SQL query \"select * from orders where state = 'void'\" returns no rows",
        'SQL query "select state from orders where id = 1" returns "paid"',
        'SQL query "select state from orders where id = 1" returns "~oneof:paid,new"',
        'SQL query "select qty from orders where id = 1" returns "2"',
        'SQL query "select price from orders where id = 1" returns "9.90"',
        'SQL query "select price from orders where id = 2" returns "~null"',
        'SQL query "select count(*) from orders" returns "#count"',
        'SQL query "select state from orders where id = :order-id" returns "paid"',
        'SQL query "select state from orders where id = :order-id-:zero" returns "paid"',
        "SQL query \"select ':no-name' as a, '12:30' as b -- :not bound\" returns 1 row",
        'SQL query "select * from orders" takes under 5 seconds',
        'SQL table "orders" has 2 rows',
        'SQL table "ORDERS" has 2 rows using "shop"',
        'SQL table "users" is empty',
        'SQL table "orders" has columns "id, STATE"',
        'SQL "select id, state from orders order by id" is equal to "[(1, \'paid\'), (2, \'new\')]", using "#shop"',
        'SQL "select price from orders order by id" is equal to "[(9.9,), (None,)]", using "shop"',
    ],
)
def test_holds(shop: Scenario, sentence: str) -> None:
    shop.feature.values.update({"order-id": 1, "count": 2, "zero": 0})
    shop.say(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        'SQL query "select * from orders" returns 1 row',
        'SQL query "select * from orders" returns no rows',
        'SQL query "select state from orders" returns "paid"',
        'SQL query "select state from orders where id = 1" returns "new"',
        'SQL query "select state from orders where id = 3" returns "new"',
        'SQL query "select price from orders where id = 2" returns ""',
        'SQL table "orders" is empty',
        'SQL table "orders" has 3 rows',
        'SQL table "orders" has columns "id,customer"',
        'SQL "select id from orders order by id" is equal to "[(2,), (1,)]", using "shop"',
    ],
)
def test_fails(shop: Scenario, sentence: str) -> None:
    shop.fails(sentence)


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ('SQL query "selec 1" returns 1 row', "syntax error"),
        ('SQL query "select * from order_s" returns 1 row', "order_s"),
        ('SQL query "select :nope" returns 1 row', ":nope"),
        ('SQL table "order" is empty', "order"),
        ('SQL query "select 1" returns 1 row using "bank"', "bank"),
        ('SQL table "orders" has columns ""', "nothing was compared"),
    ],
)
def test_cannot_be_evaluated(shop: Scenario, sentence: str, words: str) -> None:
    assert words in shop.errs(sentence).message


def test_hints_name_the_nearest(shop: Scenario) -> None:
    shop.feature.values["order-id"] = 1
    assert '"orders"' in shop.errs('SQL table "order" is empty').hint
    assert ":order-id" in shop.errs('SQL query "select :order_id" returns 1 row').hint
    assert '"shop"' in shop.errs('SQL query "select 1" returns 1 row using "shpo"').hint


def test_no_database(scenario: Scenario) -> None:
    assert "No database is open" in scenario.errs('SQL table "orders" is empty').message
    scenario.errs('I connect to "nonsense" as "shop"')
    scenario.errs('I connect to "nonsense://x" as "shop"')
    scenario.errs('I connect to "sqlite:////no/such/folder/shop.db" as "shop"')


def test_values_are_bound_never_part_of_the_statement(shop: Scenario) -> None:
    shop.feature.values["state"] = "x' or '1'='1"
    shop.say('SQL query "select * from orders where state = :state" returns no rows')
    shop.say('I insert "7, x\'); drop table orders; --" into "id, name" of SQL table "users", using "#shop"')
    shop.say('SQL table "orders" has 2 rows')
    shop.say('SQL query "select name from users" returns "x\'); drop table orders; --"')


def test_rows_in_order(shop: Scenario) -> None:
    sentence = 'SQL query "select id, state, price from orders order by id" returns these rows'
    shop.say(sentence, "| ID | price | state |\n| 1 | 9.9 | ~string |\n| ~integer | ~null | new |")
    failure = shop.fails(sentence, "| id | state |\n| 1 | paid |\n| 2 | void |\n| 3 | x |")
    assert [item.path for item in failure.mismatches] == ["row 2, state", "row 3"]
    assert "amount" in shop.errs(sentence, "| amount |\n| 1 |").message
    shop.fails(sentence, "| id |")


def test_rows_like_and_exactly(shop: Scenario) -> None:
    shop.say('SQL table "orders" has rows like', "| state | qty |\n| new | 1 |")
    shop.say('SQL table "orders" has rows like', "| gift | at |\n| true | 2026-01-31T10:00:00 |")
    shop.fails('SQL table "orders" has rows like', "| state | qty |\n| new | 2 |")
    shop.say('SQL table "orders" has exactly these rows', "| id | state |\n| 2 | new |\n| 1 | paid |")
    shop.fails('SQL table "orders" has exactly these rows', "| id | state |\n| 2 | new |")
    shop.say('SQL table "users" has exactly these rows', "| id |")
    shop.fails('SQL table "orders" has exactly these rows', "| id |")
    assert "nothing was compared" in shop.errs('SQL table "orders" has rows like', "| id |").message


def test_two_rows_like_one_need_two(shop: Scenario) -> None:
    shop.fails('SQL table "orders" has rows like', "| state |\n| new |\n| new |")


def test_rows_are_added_with_the_types_of_the_columns(shop: Scenario) -> None:
    shop.say(
        'SQL table "orders" holds',
        "| id | state | qty | price | at | gift |\n| 7 | void | 3 | 1.25 | 2026-02-01T00:00:00 | false |\n"
        "| 8 | ~null | ~null | ~null | ~null | true |",
    )
    shop.say('SQL query "select typeof(qty) from orders where id = 7" returns "integer"')
    shop.say('SQL query "select count(*) from orders where state is null" returns "1"')
    assert "does not fit" in shop.errs('SQL table "orders" holds', "| id | qty |\n| 9 | many |").message
    assert '"state"' in shop.errs('SQL table "orders" holds', "| id | stat |\n| 9 | x |").hint
    shop.say('SQL table "orders" has 4 rows')


def test_script_is_all_or_nothing(shop: Scenario) -> None:
    shop.errs("I run SQL", "insert into users values (1, 'a;b'); insert into nope values (1)")
    shop.say('SQL table "users" is empty')
    shop.feature.values["name"] = "Ann"
    shop.say("I run SQL", "-- a comment; with a semicolon\ninsert into users values (1, :name);\n;\n")
    shop.say('SQL table "users" has rows like', "| name |\n| Ann |")
    shop.errs("I run SQL", "-- nothing")


def test_script_from_a_file(shop: Scenario) -> None:
    shop.write("data/seed.sql", "insert into users values (1, 'Ann'); insert into users values (2, 'Bob');")
    shop.say('I run SQL file "seed.sql" using "shop"')
    shop.say('SQL table "users" has 2 rows')


def test_results_are_kept(shop: Scenario) -> None:
    shop.say('I store "select count(*) from orders" query result under "n", using "#shop"')
    shop.say('I store "select id, state from orders order by id" query result under "all", using "#shop"')
    shop.say('I store SQL query "select id, price from orders order by id" under "rows"')
    assert shop.stored("n") == 2
    assert shop.stored("all") == [[1, "paid"], [2, "new"]]
    assert [row["id"] for row in shop.stored("rows")] == [1, 2]


def test_filters(shop: Scenario) -> None:
    shop.say('I store filter "state,qty" is "equal to,less or equal to" "paid,5" "AND" under "cheap"')
    shop.say('I update "state, qty" of SQL table "orders" set "void, 0" filter by "#cheap", using "#shop"')
    shop.say('SQL query "select state from orders where id = 1" returns "void"')
    shop.say('I store filter "id, id" is "equal to, greater than" "1, 5" "or" under "some"')
    shop.say('I delete from SQL table "orders" where "#some", using "#shop"')
    shop.say('SQL table "orders" has 1 row')
    shop.say('I store filter "price" is "equal to" "~null" "AND" under "unpriced"')
    shop.say('I delete from SQL table "orders" where "#unpriced", using "#shop"')
    shop.say('SQL table "orders" is empty')


@pytest.mark.parametrize(
    "sentence",
    [
        'I store filter "state" is "equals" "paid" "AND" under "f"',
        'I store filter "state,qty" is "equal to" "paid" "AND" under "f"',
        'I store filter "state" is "equal to" "paid" "XOR" under "f"',
        'I delete from SQL table "orders" where "state", using "#shop"',
        'I insert "1,2" into "id" of SQL table "users", using "#shop"',
    ],
)
def test_filters_that_make_no_sense(shop: Scenario, sentence: str) -> None:
    shop.errs(sentence)


def test_table_is_emptied(shop: Scenario) -> None:
    shop.say('SQL table "orders" is emptied')
    shop.say('SQL table "orders" is empty')


def test_watching(shop: Scenario) -> None:
    shop.say('I watch SQL table "orders"')
    shop.say('watched table "orders" is unchanged')
    shop.say("I run SQL", "update orders set qty = 5 where id = 1; insert into orders (id) values (9)")
    shop.say('watched table "orders" gained 2 rows')
    shop.say('watched table "orders" lost 1 row')
    assert len(shop.fails('watched table "orders" is unchanged').mismatches) == 3
    shop.fails('watched table "orders" gained 1 row')
    shop.errs('watched table "users" is unchanged')


def test_disconnecting(shop: Scenario) -> None:
    shop.say('I disconnect from SQL "#shop"')
    assert "shop" not in shop.feature.values
    shop.errs('SQL table "orders" is empty')


def test_last_opened_is_meant(shop: Scenario) -> None:
    shop.say('I connect to "sqlite://" as "bank"')
    shop.errs('SQL table "orders" is empty')
    shop.say('SQL table "orders" has 2 rows using "shop"')


def test_connecting_again_to_the_same_place_keeps_the_connection(shop: Scenario) -> None:
    shop.say('I connect to "sqlite://" as "shop"')
    shop.say('SQL table "orders" has 2 rows')


def test_database_of_the_configuration(scenario: Scenario) -> None:
    scenario.configure(f"[connection:shop]\nurl = sqlite:///{scenario.root}/shop.db\n")
    scenario.say('database "shop"')
    scenario.say("I run SQL", "create table t (a integer)")
    scenario.say('SQL table "t" is empty using "shop"')
    assert "There are: shop" in scenario.errs('database "bank"').hint
