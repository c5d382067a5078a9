"""Everything that can be changed or asked, once; web, command line and scripts are its clients.

`api.py` is the contents page, `describe.py` says what each service takes and gives, `services/` does it.
"""
