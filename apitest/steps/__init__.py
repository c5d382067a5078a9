"""The step library: one file a family of sentences; importing this package makes all of them known.

A family is imported when a sentence begins with words of its (`first_words.py`, made by `make docs`), and all of them
when somebody asks for all sentences or for one that is unknown.
"""

from importlib import import_module
from pkgutil import iter_modules

from apitest import bridge
from apitest.catalogue import BUILT_IN
from apitest.steps.first_words import FIRST_WORDS

BUILT_IN.fill_on_demand(
    [module.name for module in iter_modules(__path__)],
    FIRST_WORDS,
    lambda family: import_module(f"{__name__}.{family}"),
)
bridge.install()  # where behave itself runs the features, it learns the sentences now
