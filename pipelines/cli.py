"""`awizo`: one door, a command a file. A command's module is imported when it is called, not before."""

import sys
from importlib import import_module

import click

from schemas.errors import AwizoError, BadBundle, BadInput

COMMANDS: dict[str, str] = {
    "replay": "Replay a log: events to messages, bounded, sandbox only.",
    "run": "Run live on one machine: the store's log in, messages out.",
    "gateway": "Take webhooks, callbacks and replies; show customers their pages.",
    "publish": "Append events to the log of a live run.",
    "play": "Play a log live at its own dates, in a sandbox, with a page to watch.",
    "rebuild": "Bring the cache of states up to a cut-off, so that a live run starts at once.",
    "explain": "Say in words what happened to an order, a parcel or a recipient.",
    "preview": "Show a kind of message as customers would see it.",
    "shops": "Check shops' bundles.",
    "couriers": "Show what is read of each courier; read a payload; list codes that nobody has mapped.",
    "sandbox": "Stand in for Twilio and SendGrid, with an outbox to look at.",
    "send": "Send one test message through the real path.",
    "redrive": "Take up again what was buried or parked.",
    "brake": "Show and release shops that suddenly send far more than usual.",
    "doctor": "Say what is wrong with settings, store, providers and senders, and what to do.",
    "store": "Look after the store: fence it after a restore.",
    "schemas": "Write the JSON Schemas and the AsyncAPI document of all events.",
}
"""Every command, and what `--help` says of it: `pipelines.commands.<name>` exports it as `command`."""

SUCCESS, FAILURE, BAD_INPUT = 0, 1, 2


class Commands(click.Group):
    """The commands, listed without importing any."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"pipelines.commands.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands)
def awizo() -> None:
    """Awizo tells customers where their parcels are.

    Exit codes: 0 success, 2 bad input, 1 failure.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; an error of ours is one line on stderr and an exit code."""
    try:
        awizo.main(arguments, prog_name="awizo")
    except AwizoError as error:
        click.echo(f"awizo: {error}", err=True)
        sys.exit(BAD_INPUT if isinstance(error, BadInput | BadBundle) else FAILURE)
