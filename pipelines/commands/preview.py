"""`awizo preview`: a kind of message as customers would see it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from schemas.messages import Message
    from schemas.shops import Bundle
    from templates.cases import Case

DEMO_SHOP = Path(__file__).parents[2] / "infra" / "demo" / "shops" / "sowa"
CHANNELS = ("sms", "email")
LANGUAGES = ("pl", "uk", "en")
_CODE = "7Kq2mX9bTe"


@click.command("preview")
@click.argument("kind")
@click.option(
    "--shop",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder <shop>/<version>, or <shop> for its newest version.  [default: the demo's Sklep Sowa]",
)
@click.option(
    "--order",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="YAML file with facts of an order of your own; else invented ones.",
)
@click.option("--language", type=click.Choice(LANGUAGES), help="Only this language.")
@click.option("--channel", type=click.Choice(CHANNELS), help="Only this channel.")
@click.option("--variant", help="Only the variant of this name, e.g. 'cash on delivery'; 'all' shows every one.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write the first e-mail's HTML there.")
def command(
    kind: str,
    shop: Path | None,
    order: Path | None,
    language: str | None,
    channel: str | None,
    variant: str | None,
    html: Path | None,
) -> None:
    """Show the messages of KIND: an SMS with its encoding, length, segments and price, an e-mail as text.

    Facts that an --order file may give: number, expected, courier, tracking, status, reason, role, eta, deadline
    (2026-10-26T18:00+01:00), total (129.00 PLN), point (id, name, kind, address), cod (total or goods: 129.00 PLN).
    """
    from connectors.shops import newest_bundle
    from schemas.errors import BadInput
    from schemas.messages import Kind

    if kind not in set(Kind):
        raise BadInput(f"there is no kind '{kind}'; kinds are {', '.join(Kind)}", "KIND")
    bundle = newest_bundle(shop or DEMO_SHOP)
    languages, channels = [language] if language else bundle.languages, [channel] if channel else CHANNELS
    shown = [
        pair for spoken in languages for by in channels for pair in _messages(kind, by, spoken, bundle, order, variant)
    ]
    if not shown:
        raise BadInput("nothing to show: the shop does not send this so, or there is no such variant", kind)
    for case, message in shown:
        click.echo(_described(case, message))
    _write_html(html, [message for _, message in shown])


def _messages(
    kind: str, channel: str, language: str, bundle: "Bundle", order: Path | None, variant: str | None
) -> Iterator[tuple["Case", "Message"]]:
    from templates.cases import ordinary
    from templates.compose import compose
    from templates.lint import speaks

    if not speaks(bundle, kind, channel, language):
        return
    cases = [_from_file(order, kind, channel, language, bundle)] if order else ordinary(kind, channel, language, bundle)
    for place, case in enumerate(cases):
        if variant in ("all", case.shows) or (variant is None and place == 0):
            yield case, compose(case.notice, bundle, lambda _: _CODE)


def _from_file(order: Path, kind: str, channel: str, language: str, bundle: "Bundle") -> "Case":
    from templates.shown import case_of

    return case_of(order.read_text("utf-8"), kind, channel, language, bundle)


def _described(case: "Case", message: "Message") -> str:
    head = f"--- {message.kind}, {message.channel}, {message.locale}: {case.shows}"
    if message.channel == "email":
        return f"{head}\nFrom: {message.sender_name} <{message.sender}>\nSubject: {message.subject}\n\n{message.text}\n"
    from templates.segments import size

    counted = size(message.text)
    cost = f"{message.cost} {message.currency}" if message.currency else "no price in the bundle"
    segments = "1 segment" if counted.segments == 1 else f"{counted.segments} segments"
    numbers = f"{counted.encoding}, {counted.length} characters, {segments}, {cost}"
    return f"{head}\n{message.text}\n({numbers}; from {message.sender})\n"


def _write_html(html: Path | None, messages: list["Message"]) -> None:
    letters = [message for message in messages if message.html]
    if html and letters:
        html.write_text(letters[0].html, "utf-8")
        click.echo(f"HTML of {letters[0].kind} in {letters[0].locale} written to {html}")
