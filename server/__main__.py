"""`python -m server`: the same as the command `apitest-server`."""

from server.cli.main import main

if __name__ == "__main__":
    main()
