"""`awizo shops`: bundles, before they reach anyone."""

import sys
from pathlib import Path

import click

from pipelines.commands.shops_live import apply, diff, rollback
from pipelines.commands.shops_read import make_key, read_file

BAD_INPUT = 2


@click.group("shops")
def command() -> None:
    """Check shops' bundles: their fields, their texts, and every message with its worst values; put them in force."""


for part in (diff, apply, rollback, read_file, make_key):
    command.add_command(part)


@command.command("check")
@click.argument("directory", type=click.Path(path_type=Path, exists=True, file_okay=False))
def check(directory: Path) -> None:
    """Check every bundle in DIRECTORY, those of the shop, or the one that it is.

    DIRECTORY holds <shop>/<version>/shop.yaml, and mappings.yaml if there is any. Every kind is filled in every
    language of the shop with its worst values. Each finding is a line: file, what is wrong, what to do. Exit code 0:
    accepted; 2: findings.
    """
    from connectors.shops import SHOP_FILE, bundles

    folders = bundles(directory)
    if not folders:
        raise click.UsageError(f"{directory} holds no <shop>/<version>/{SHOP_FILE}")
    findings = sum(_check(folder) for folder in folders) + _check_mappings(directory)
    if findings:
        click.echo(f"findings: {findings}, in bundles: {len(folders)}", err=True)
        sys.exit(BAD_INPUT)


def _check_mappings(directory: Path) -> int:
    """Print what is wrong with the mappings beside the shops; answers how many findings there are."""
    from connectors.mappings import load_mappings
    from schemas.errors import BadBundle

    try:
        mappings = load_mappings(directory).mappings
    except BadBundle as error:
        click.echo("\n".join(error.findings))
        return len(error.findings)
    if mappings:
        click.echo(f"mappings of codes: {len(mappings)}, accepted")
    return 0


def _check(folder: Path) -> int:
    """Print what is wrong with a bundle, or what was rendered of it; answers how many findings there are."""
    from connectors.shops import accept
    from schemas.errors import BadBundle
    from templates.lint import hints, rendered

    try:
        bundle = accept(folder)
    except BadBundle as error:
        for finding in error.findings:
            click.echo(finding)
        return len(error.findings)
    click.echo(
        f"{bundle.shop} {bundle.version}: {rendered(bundle)} messages rendered in {', '.join(bundle.languages)}, "
        f"{len(bundle.texts)} texts of its own: accepted"
    )
    for hint in hints(bundle):
        click.echo(f"  to read: {folder}/{hint}")
    return 0
