"""The phrase grammar of steps.md Part 0: a phrase's pattern -> which sentences it matches, and with what arguments.

Border (the implementation follows):

    Phrase(pattern, function, keyword, meaning, example, family, needs, place)
    PhraseBook().add(phrase); book.match(sentence) -> Match | Unknown | Ambiguous
"""
