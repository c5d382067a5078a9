Feature: Steps and hooks in Python

  Steps and hooks that were written for behave keep working, and so does behave.

  Background:
    Given commands run in "#{tmp}"
    And file "#{tmp}/features/steps/basket.py" holds exactly
      """
      import apitest.steps
      from behave import given, then


      @given('a basket with {count:d} apples')
      def basket(context, count):
          context.apples = count


      @given("nothing else")
      async def nothing(context):
          return


      @then('"{name}" has {count:d} of them')
      def has(context, name, count):
          context.execute_steps(f'Given I store "{name}" under "owner"')
          assert context.apples == count, f"{name} has {context.apples}"
      """
    And file "#{tmp}/features/a.feature" holds exactly
      """
      Feature: Basket
        Background:
          Given a basket with 3 apples

        Scenario: Apples
          Given nothing else
          Then "Ann" has 3 of them
          And variable "#owner" is a string "Ann"
      """

  Scenario: Users' steps and ours in one scenario
    When I run command "python -m apitest run ."
    Then the exit code is 0

  Scenario: The same under behave itself
    When I run command "python -m behave --no-capture"
    Then the exit code is 0
    And the command output contains "1 scenario passed"

  Scenario: Hooks are called in behave's order
    Given file "#{tmp}/features/environment.py" holds exactly
      """
      def before_all(context):
          print("all")


      def before_feature(context, feature):
          context.stock = 10


      def before_scenario(context, scenario):
          assert context.stock == 10
          print("before", scenario.name)


      def after_scenario(context, scenario):
          print("after", scenario.name, scenario.status.name)
      """
    When I run command "python -m apitest run . -f junit:out.xml"
    Then the exit code is 0
    And file "#{tmp}/out.xml" contains the text "before Apples"
    And file "#{tmp}/out.xml" contains the text "after Apples passed"

  Scenario: A hook that raises is an error, never a silent pass
    Given file "#{tmp}/features/environment.py" holds exactly
      """
      def before_scenario(context, scenario):
          raise ValueError("no stock")
      """
    When I run command "python -m apitest run ."
    Then the exit code is 4
    And the command output contains "no stock"

  Scenario: A step of one's own in the notation of the library, with a marker of one's own
    Given file "#{tmp}/features/steps/sku.py" holds exactly
      """
      from apitest import matcher, step


      @matcher("sku")
      def sku(actual, argument):
          return isinstance(actual, str) and actual[:1].isupper()


      @step('the order of "{user}" has {n} items')
      def order_has(ctx, user, n):
          assert (user, n) == ("Ann", 2)
      """
    And file "#{tmp}/features/b.feature" holds exactly
      """
      Feature: Orders
        Scenario: Items
          Then the order of "Ann" has 2 items
          And the order of "Ann" has "2" item
          And variable "A1" looks like "~sku"
      """
    When I run command "python -m apitest run features/b.feature"
    Then the exit code is 0

  Scenario: A sentence that two steps fit is not run
    Given file "#{tmp}/features/steps/twice.py" holds exactly
      """
      from behave import given


      @given('a basket with 3 {things}')
      def other_basket(context, things):
          pass
      """
    When I run command "python -m apitest run ."
    Then the exit code is 3
    And the command output contains "basket.py"
    And the command output contains "twice.py"
