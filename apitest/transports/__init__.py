"""The outside world, one file each; only these files open connections on behalf of sentences."""
