"""The only place with SQL: tables and rows <-> plain values.  It decides nothing."""
