"""``romcheck app``: the web application on this computer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Optional

import typer

from romcheck.processes import INTERRUPTED

# What the command needs is imported where it is used, so that "romcheck --help" answers at once.


def app(
    port: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=1, max=65535, help="Port; by default 8501 or the next free one."),
    ] = None,
    host: Annotated[
        str,
        typer.Option(help="Address to listen on. One that other computers reach needs an access key."),
    ] = "127.0.0.1",
    allow_host: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            metavar="NAME", help="A host name the server accepts besides this computer's own; may be repeated."
        ),
    ] = None,
    key_file: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            metavar="FILE",
            help="File with the access key, readable only by you; or set ROMCHECK_ACCESS_KEY. Without either, "
            "a key of the data folder serves this computer alone.",
        ),
    ] = None,
    data: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(metavar="DIR", help="Data folder; by default ROMCHECK_DATA or the platform's usual place."),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the browser.")] = True,
) -> None:
    """Measure with this computer's camera, in the browser."""
    from click.exceptions import Abort
    from streamlit.web import cli

    from romcheck.ui.access import AccessError, given_key
    from romcheck.ui.guard import host_name
    from romcheck.ui.server import LOOPBACK, key_needed, reached_from_elsewhere, serving

    serving.browser = browser
    serving.names = tuple(dict.fromkeys(host_name(name) for name in allow_host or ()))
    if "" in serving.names:
        raise typer.BadParameter("--allow-host takes a name such as clinic.example, without https:// and path.")
    try:
        serving.key = given_key(key_file)
    except AccessError as error:
        raise typer.BadParameter(str(error)) from error
    if serving.key is None and (host not in LOOPBACK or reached_from_elsewhere(serving.names)):
        raise typer.BadParameter(str(key_needed()))
    if data is not None:
        # The pages run as a separate script, which reads its settings from the environment.
        os.environ["ROMCHECK_DATA"] = str(data.resolve())
    options = ["--server.address", host]
    if port is not None:
        options += ["--server.port", str(port)]
    script = Path(__file__).parents[1] / "app.py"
    try:
        cli.main(["run", str(script), *options], standalone_mode=False)
    except (KeyboardInterrupt, Abort):
        raise typer.Exit(INTERRUPTED) from None
