"""What the sentences mean.  Pure: no socket, file, clock, random or environment; `now` and the like come in."""
