"""The command line: one module a command, and the border where an error becomes a sentence and an exit code.

Commands are imported when they are called, so that `apitest --help` answers at once.  Exit codes: `results.ExitCode`,
chosen in `cli/exit_codes.py` (runner.md section 5).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

import click

from apitest import __version__
from apitest.errors import ApitestError
from apitest.results import ExitCode

COMMANDS = {
    "init": "Make a new test project.",
    "run": "Run tests.",
    "demo": "A sample project against a real server: try it first.",
    "steps": "Look up sentences.",
    "lint": "Find what is wrong or doubtful, without running anything.",
    "explain": "What the step in FILE:LINE will do.",
    "approve": "Accept responses that differ from the approved ones.",
}

EXAMPLES = """
\b
Examples:
  apitest demo                       a sample project and server, in ./apitest-demo
  apitest init my-tests              a project of your own
  apitest run my-tests               all its tests
  apitest run my-tests -t smoke      those tagged @smoke
  apitest steps status               sentences about statuses
"""


class _Commands(click.Group):
    """Knows the names and the one-liners; imports a command's module when it is needed."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"apitest.cli.{name}").command
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, context: click.Context, words: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if words and words[0] not in COMMANDS and not words[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(words[0], COMMANDS, 1, 0.5)
            hint = f" Did you mean {near[0]}?" if near else f" There are: {', '.join(COMMANDS)}."
            raise click.UsageError(f"There is no command {words[0]!r}.{hint}", context)
        return super().resolve_command(context, words)


@click.group(
    cls=_Commands,
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, prog_name="apitest", message="%(prog)s %(version)s")
def commands() -> None:
    """API tests in plain English."""


def run_command(words: Sequence[str]) -> int:
    """Runs one command line; what goes wrong is told on stderr.  Returns the exit code."""
    try:
        result = commands.main(args=list(words), prog_name="apitest", standalone_mode=False)
        return int(result) if isinstance(result, int) else ExitCode.OK
    except click.exceptions.Abort:
        return ExitCode.INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return ExitCode.USAGE
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except ApitestError as error:
        tell_error(error)
        return ExitCode.USAGE
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`); there is nobody left to tell.
        sys.stderr.close()
        return ExitCode.ERROR


def tell_error(error: ApitestError) -> None:
    click.echo(f"error: {error.message}", err=True)
    if error.hint:
        click.echo(f"       {error.hint}", err=True)


def main() -> int:
    """The console script, where it was installed as `apitest.cli:main`."""
    from apitest.__main__ import main as start

    return start()
