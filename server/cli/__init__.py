"""The command `apitest-server`: `main.py` parses and prints, `offline.py` works on folders and processes, `online.py`
makes commands of the admin services."""
