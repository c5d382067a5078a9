"""`apitest-server`: parses arguments, prints, exits.

Exit codes: 0 done; 1 refused or failed, with a sentence on stderr and what to do; 2 wrong usage.  Each command imports
what it needs when it runs.  Commands that are not here are made from the admin services (`online.py`).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import click

from server import VERSION
from server.errors import ServerError
from server.kernel.folder import ServerFolder, server_folder, server_folders

_BEGAN_AT = time.monotonic()
_DIR = click.argument("path", metavar="DIR", type=click.Path(path_type=Path), default=".")
INDENT = "  "
LABEL_WIDTH = 9  # `Created` and the two blanks after it, as in docs/server/running.md


class CommandLine(click.Group):
    """The commands of this file, and those made from the admin services (`online.py`), which are made when needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*self.commands, *_online_groups()})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        # Both spellings are accepted: `check_config` and `check-config`.
        name = name.replace("_", "-")
        own = self.commands.get(name)
        if own is not None:
            return own
        groups = _online_groups()
        if name in groups:
            return groups[name]
        for word, group in groups.items():
            if name.startswith(word + "-"):
                return group.commands.get(name[len(word) + 1 :])
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            from server.kernel.names import suggestion

            ctx.fail(f"There is no command '{args[0]}'.{suggestion(args[0], self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)


@cache
def _online_groups() -> dict[str, click.Group]:
    import server.assemble  # noqa: F401 - registers the connection types that ship
    from server.admin.describe import describe
    from server.cli.invoke import call
    from server.cli.online import groups

    return groups(describe(), call)


@click.group(
    cls=CommandLine,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    no_args_is_help=True,
)
@click.version_option(VERSION, "--version", message="apitest-server %(version)s")
def cli() -> None:
    """An integration server: create it, start it, look at it, change it.

    DIR is a server's folder, or the environment that holds it; the current folder if it is left out.
    """


@cli.group(no_args_is_help=True)
def quickstart() -> None:
    """Make a ready environment."""


@quickstart.command("create")
@click.argument("path", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--bind", default="127.0.0.1:17010", show_default=True, help="Address and port to listen on.")
@click.option("--cluster-name", default="", help="Name of the environment; the folder's name if left out.")
def quickstart_create(path: Path, bind: str, cluster_name: str) -> None:
    """Make a server with an embedded database in DIR and print its passwords, once."""
    from server.cli.quickstart import create

    made = create(path, bind=bind, cluster=cluster_name)
    secrets = path / made.folder.name / made.folder.secrets_conf.relative_to(made.folder.base)
    _line("Created", f"{path}: 1 server, SQLite, secrets in {secrets}")
    titles = {"admin.invoke": "Admin", "pubapi": "API"}
    for username, password in made.passwords.items():
        change = (
            f"; change it with: apitest-server set-admin-invoke-password {path}" if username == "admin.invoke" else ""
        )
        _line(titles.get(username, username), f"user {username}, password {password}   (shown once{change})")
    _line("Start", f"apitest-server start {path}")


@cli.command()
@_DIR
@click.option("--fg", is_flag=True, help="Stay in the foreground; Ctrl-C stops the server.")
@click.option("--bind", default="", metavar="HOST:PORT", help="Listen here instead of where server.conf says.")
def start(path: Path, fg: bool, bind: str) -> None:
    """Start a server; returns when it answers."""
    from server.cli import offline

    if fg:
        offline.run_in_foreground(server_folder(path), bind=bind)
    for folder in server_folders(path):
        began = offline.start(folder, bind=bind, began_at=_BEGAN_AT)
        for line in started_lines(folder, began.address, began.seconds, began.services, began.warnings, path):
            click.echo(line)


@cli.command()
@_DIR
@click.option("--timeout", type=float, default=None, metavar="SECONDS", help="Kill the server after so long.")
def stop(path: Path, timeout: float | None) -> None:
    """Stop a server; its running calls may finish."""
    from server.cli import offline

    was_killed = False
    for folder in server_folders(path):
        how = offline.stop(folder, timeout_seconds=timeout)
        if how == "not running":
            click.echo(f"{INDENT}{folder.name} is not running")
        else:
            click.echo(f"{INDENT}Stopped {folder.name} in {folder.base}")
        if how == "killed":
            was_killed = True
            click.echo(f"{INDENT}It did not stop in time and was killed; calls that ran were lost", err=True)
    if was_killed:
        raise SystemExit(1)


@cli.command()
@_DIR
@click.option("--format", "form", type=click.Choice(["text", "json", "yaml"]), default="text", show_default=True)
def info(path: Path, form: str) -> None:
    """Tell what is in DIR, whether it runs, and where."""
    from server.cli import offline

    found = offline.info(server_folder(path), time.time())
    if form == "json":
        import json

        click.echo(json.dumps(found, indent=2))
    elif form == "yaml":
        import yaml

        click.echo(yaml.safe_dump(found, sort_keys=False), nl=False)
    else:
        for key, value in _flat(found):
            click.echo(f"{INDENT}{key:<35} {value}")


@cli.command("check-config")
@_DIR
def check_config(path: Path) -> None:
    """Read the configuration and open the database, changing nothing else."""
    from server.cli.check import check

    for folder in server_folders(path):
        for label, text in check(folder):
            _line(label, text)


@cli.group(no_args_is_help=True)
def service() -> None:
    """Work with services."""


@service.command("invoke")
@click.argument("path", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("name")
@click.option("--payload", default="", help="Input of the service: JSON, or @FILE, or - for standard input.")
@click.option("--timeout", type=float, default=60.0, show_default=True, metavar="SECONDS")
def service_invoke(path: Path, name: str, payload: str, timeout: float) -> None:
    """Call a service of a running server, as admin.invoke, and print what it answers."""
    from server.cli.invoke import invoke

    click.echo(invoke(server_folder(path), name, payload, timeout))


@cli.command("hot-deploy")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_DIR
def hot_deploy(file: Path, path: Path) -> None:
    """Deploy a file of services into a server and say what became of it."""
    from server.cli.invoke import deploy

    folder = server_folder(path)
    names = deploy(folder, file)
    _line("Deployed", f"{', '.join(names)}   from {file.name} to {folder.name}")


@cli.command("set-admin-invoke-password")
@_DIR
@click.option("--password", default=None, help="Seen by everyone who may list processes: better leave it out.")
def set_admin_invoke_password(path: Path, password: str | None) -> None:
    """Change the password of admin.invoke, which the commands here and the web admin use."""
    from server.cli.invoke import set_admin_password

    if password is None:
        password = click.prompt("New password", hide_input=True, confirmation_prompt=True, err=True)
    set_admin_password(server_folder(path), password)
    _line("Changed", "the password of admin.invoke")


def started_lines(
    folder: ServerFolder, address: str, seconds: float, services: int, warnings: int, path: Path
) -> list[str]:
    """What `start` shows, in the background and with --fg alike.  path: as the user named the folder."""
    pickup = folder.base / "pickup" / "incoming" / "services"
    told = f"{services} service{'' if services == 1 else 's'}, {warnings} warning{'' if warnings == 1 else 's'}"
    return [
        f"{INDENT}{folder.name:<{LABEL_WIDTH}} listening on {address}, ready in {seconds:.1f} s ({told})",
        f"{INDENT}{'Deploy':<{LABEL_WIDTH}} cp my_service.py {shown(pickup)}/     or: "
        f"apitest-server hot-deploy my_service.py {path}",
        f"{INDENT}{'Stop':<{LABEL_WIDTH}} apitest-server stop {path}",
    ]


def shown(path: Path) -> str:
    """A path as short as it can be: relative where it lies below the current folder."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit with its code."""
    try:
        cli.main(args=list(arguments) if arguments is not None else None, standalone_mode=False)
    except click.exceptions.Exit as error:
        raise SystemExit(error.exit_code) from None
    except click.exceptions.Abort:
        click.echo("Interrupted", err=True)
        raise SystemExit(130) from None
    except click.ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from None
    except ServerError as error:
        from server.cli.offline import explain

        for line in explain(error):
            click.echo(f"{INDENT}{line}", err=True)
        raise SystemExit(1) from None
    except OSError as error:  # of a folder or file that the user named
        click.echo(f"{INDENT}{error.filename or 'The file system'}: {error.strerror or error}", err=True)
        raise SystemExit(1) from None


def _line(label: str, text: str) -> None:
    click.echo(f"{INDENT}{label:<{LABEL_WIDTH}} {text}")


def _flat(values: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    out = []
    for key, value in values.items():
        if isinstance(value, dict):
            out += _flat(value, f"{prefix}{key}.")
        else:
            out.append((prefix + key, ", ".join(map(str, value)) if isinstance(value, list) else str(value)))
    return out
