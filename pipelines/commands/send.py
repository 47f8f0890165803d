"""`awizo send`: one test message through the real path: settings, ledger, last checks, provider."""

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from schemas.messages import Message, Outcome
    from schemas.shops import Bundle

FAILURE = 1
VALID_MINUTES = 10
SENT = ("sent", "delivered")


LOOK = "run `awizo doctor` to see what is wrong"
REFUSED = {"opted_out": "opted_out", "bad_address": "recipient"}
"""Reasons that are no code of Twilio's -> what they mean."""


@click.command("send")
@click.option(
    "--shop",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Folder <shop>/<version>, or <shop> for its newest version: whose sender and words.",
)
@click.option("--channel", type=click.Choice(("sms", "email")), required=True)
@click.option("--to", required=True, help="Your own phone (+48...) or mailbox.")
@click.option("--kind", default="shipped", show_default=True, help="Kind of message, with invented facts.")
@click.option("--language", type=click.Choice(("pl", "uk", "en")), help="[default: the shop's]")
@click.option("--go", is_flag=True, help="Really send it; without, only say what would be sent.")
def command(shop: Path, channel: str, to: str, kind: str, language: str | None, go: bool) -> None:
    """Send one test message: one shop's words with invented facts, to an address of your own.

    It goes through the whole path: settings, claim, last checks (suppressions, breakers, limits), provider, ledger.
    First it only says what it would do; add --go. Exit code 0: the provider took it; 1: it did not.
    """
    from connectors.shops import newest_bundle
    from pipelines.report.masking import masked

    now = time.time_ns() // 1_000_000
    message = composed(newest_bundle(shop), channel, to, kind, language, now)
    click.echo(f"{message.channel} to {masked(message.to)} from {message.sender}, {message.kind}, {message.locale}")
    click.echo(f"{_size(message)}: {_words(message)}")
    _through(message, go)


def composed(bundle: "Bundle", channel: str, to: str, kind: str, language: str | None, now: int) -> "Message":
    """The message: a kind's words over invented facts, for this moment alone. Raises BadInput."""
    from msgspec.structs import replace

    from schemas.messages import Kind, Slot
    from templates.cases import ordinary
    from templates.compose import compose

    spoken = language or bundle.default_language
    address, country = _address(channel, to, bundle)
    cases = ordinary(kind, channel, spoken, bundle) if kind in set(Kind) else []
    if not cases:
        raise _bad(f"the shop sends no {kind} by {channel} in {spoken}: see `awizo preview`", "--kind")
    until = now + VALID_MINUTES * 60_000
    return replace(
        compose(cases[0].notice, bundle, lambda _: "test"),
        recipient="test",
        slots=(Slot("test", kind, str(now)),),
        generation=0,
        to=address,
        country=country,
        at=now,
        valid_until=until,
        intervals=((now, until),),
        on_unknown="never_resend",
        otherwise=None,
    )


def _address(channel: str, to: str, bundle: "Bundle") -> tuple[str, str]:
    from pipelines.rules.addresses import email_of, phone_of

    found = phone_of(to, bundle.country) if channel == "sms" else email_of(to)
    if not found.value:
        raise _bad("not a phone number or mailbox: write +48500000000 or name@example.com", "--to")
    if channel == "email":
        return found.value, bundle.country
    import phonenumbers

    return found.value, phonenumbers.region_code_for_number(phonenumbers.parse(found.value)) or ""


def _bad(reason: str, option: str) -> Exception:
    from schemas.errors import BadInput

    return BadInput(reason, option)


def _size(message: "Message") -> str:
    if message.channel == "email":
        return f"{len(message.text) + len(message.html):,} characters"
    segments = "1 segment" if message.segments == 1 else f"{message.segments} segments"
    return f"{segments}, {message.cost} {message.currency}" if message.currency else segments


def _words(message: "Message") -> str:
    return message.subject or message.text


def _through(message: "Message", go: bool) -> None:
    """Open the real delivery; send, or say what stands in the way."""
    from connectors.opening import open_providers

    opened = open_providers(os.environ)
    try:
        delivery = opened.delivery
        closed = delivery.closed(message.channel)
        click.echo(f"realm {opened.store.realm}; the channel is {f'closed: {closed}' if closed else 'open'}")
        if not go:
            click.echo("nothing was sent; add --go to send it")
            return
        (outcome,) = delivery.deliver([message], until=message.at)
    finally:
        opened.close()
    _tell(outcome)


def _tell(outcome: "Outcome") -> None:
    click.echo(f"{outcome.state}{f': {outcome.reason}' if outcome.reason else ''}")
    if outcome.provider_id:
        click.echo(f"{outcome.provider} calls it {outcome.provider_id}")
    if outcome.state not in SENT:
        click.echo(_why(outcome.reason), err=True)
        sys.exit(FAILURE)


def _why(reason: str) -> str:
    """What a refusal means, in words; else where to look."""
    from connectors.refusals import Means
    from connectors.twilio_sms import REFUSALS

    known = REFUSALS.get(int(reason)) if reason.isdecimal() else REFUSED.get(reason)
    words = {
        Means.LATER: "the provider asks to wait; the message is tried again while it is worth something",
        Means.OPTED_OUT: "this address wants no more messages of the shop: nothing is sent to it",
        Means.RECIPIENT: "the provider cannot reach this address: try another",
        Means.MESSAGE: "the provider refuses these words: correct the shop's texts",
    }
    return words.get(Means(known), LOOK) if known else LOOK
