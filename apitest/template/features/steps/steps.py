"""Sentences of your own. Functions written for behave work here too."""

from apitest import step


@step('the customer "{name}" is known', meaning="Keeps the customer's name for the sentences that follow.")
def customer_is_known(ctx, name):
    ctx.apitest.values["customer"] = name
