"""Mock servers for tests: they answer as they were told to, and remember what they were asked.

`rules.py` decides (pure), `server.py` listens and sends, `har.py` and `described.py` bring answers from recordings and
API descriptions.  Not here: the sentences (`steps/mock.py`).
"""
