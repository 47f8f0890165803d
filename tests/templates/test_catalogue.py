"""Every message as it comes out, written down: `catalogue/<channel>.<language>.txt`. A change of words shows there.

To renew the files after a change that is meant: `AWIZO_RENEW=1 pytest tests/templates/test_catalogue.py`
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from schemas.messages import Channel, Kind, Message
from schemas.shops import AlertTo, Bundle
from templates.cases import ordinary
from templates.phrases import LANGUAGES
from templates.segments import size

FOLDER = Path(__file__).with_name("catalogue")
RENEW = "AWIZO_RENEW=1 pytest tests/templates/test_catalogue.py"


def _page(channel: str, language: str, bundle: Bundle, say: Callable[..., Message]) -> str:
    return "\n".join(_entries(channel, language, bundle, say))


def _entries(channel: str, language: str, bundle: Bundle, say: Callable[..., Message]) -> Iterator[str]:
    for kind in Kind:
        if (kind, channel) == (Kind.SHOP_ALERT, Channel.SMS):
            continue
        for case in ordinary(kind, channel, language, bundle):
            message = say(case.notice, bundle)
            assert message.locale == language
            yield f"=== {kind}: {case.shows}"
            yield _counted(message) if channel == Channel.SMS else f"Subject: {message.subject}\n\n{message.text}\n"


def _counted(message: Message) -> str:
    counted = size(message.text)
    return f"{message.text}\n({counted.encoding} {counted.length}, {counted.segments})\n"


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize("language", LANGUAGES)
def test_messages_are_those_of_the_catalogue(
    channel: str, language: str, make_bundle: Callable[..., Bundle], say: Callable[..., Message]
) -> None:
    bundle = make_bundle(alerts=AlertTo(email="dyzur@sowa.example", language=language))
    page = _page(channel, language, bundle, say)
    file = FOLDER / f"{channel}.{language}.txt"
    if os.environ.get("AWIZO_RENEW"):
        file.write_text(page, "utf-8")
    assert page == file.read_text("utf-8"), f"the words have changed; if that is meant: {RENEW}"
