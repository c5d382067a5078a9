"""`apitest init`: a new test project from the template.  Copying is `project.create`'s."""

from __future__ import annotations

from pathlib import Path

import click

NEXT = """
  Next      apitest run {path}                 it passes as it is
            {path}/features/demo.feature       edit it, or write another one beside it
            apitest steps                      every sentence there is
"""


@click.command("init")
@click.argument("path")
def command(path: str) -> int:
    """Makes a test project in the new or empty folder PATH; nothing is ever overwritten."""
    from apitest.config import shown
    from apitest.project import create

    made = create(Path(path))
    click.echo(f"  Created   {shown(Path(path))} ({len(made)} files)")
    for file in made:
        if not file.name.startswith(".git"):
            click.echo(f"            {file.as_posix()}")
    click.echo(NEXT.format(path=path.rstrip("/")).rstrip())
    return 0
