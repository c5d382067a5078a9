"""Declared input and output of services (SimpleIO).  Pure: values in, values out.

`elements.py` what can be declared, `declaration.py` a service class -> Declaration, `read.py` and `write.py` the two
ways through it, `formats.py` bytes <-> plain data.  Source: server-interface.md 2.9, rulings 39-48.
"""
