"""`awizo rebuild`: the states of all keys, from the log."""

import os

import click


@click.command("rebuild")
@click.option("--until", metavar="TIME", help="The cut-off.  [default: as far as all is in the ledger]")
def command(until: str | None) -> None:
    """Bring the cache of states up to a cut-off, so that the next `awizo run` starts at once. Sends nothing.

    Run it each night; a run that is under way is not disturbed. It begins with the newest states that are there, so it
    costs what happened since.
    """
    from pipelines.commands.run import quieten

    quieten()
    from connectors.live import settings_of
    from pipelines.commands.replay import moment
    from pipelines.rebuild import rebuild
    from pipelines.running import RUNNING
    from schemas.errors import BadInput

    settings = settings_of(os.environ)
    live = settings()
    mark = live.progress.mark()
    cut_off = moment(until, "--until") if until else mark
    if cut_off is None:
        raise BadInput("nothing has run on this store yet: name a cut-off", "--until")
    if mark is not None and cut_off > mark:
        raise BadInput("is beyond what is in the ledger: what was decided since would never be sent", "--until")
    in_use = live.progress.mark(RUNNING)

    def tell(done: int, of: int) -> None:
        click.echo(f"{done:,} of {of:,} entries", err=True)

    generation = rebuild(settings, cut_off, tell, () if in_use is None else (in_use,))
    click.echo(f"states of {live.cells.count(generation.number):,} keys, generation {generation.number}")
