"""Measurements against other servers and runners: `make bench`.  Not tests: nothing here passes or fails."""
