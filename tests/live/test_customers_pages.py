"""What the log says of a customer while a run is live is what the customer's own page shows."""

from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from connectors.log.publisher import Entry
from connectors.store.feedback import Feedback, Given
from connectors.store.links import Links
from connectors.store.preferences import Preferences
from pipelines.playing import Cue
from pipelines.rules.wishes import pairs_of
from schemas.customers import Wishes
from schemas.streams import CUSTOMERS
from schemas.times import HOUR, MINUTE, Millis
from templates.links import word_of
from tests.gateway.serving import served
from tests.live.plays import at, created, event, in_order, placed, scanned

BEGIN = at("14.10 10:00")
SetUp = Callable[..., Any]


def customer(happened: str, moment: Millis, order: str, recorded: Millis = 0, **data: Any) -> Cue:
    """The shop tells of a customer."""
    said = {"shop": "sowa", "who": {"customer": f"c-{order}"}, **data}
    return Cue(
        recorded or moment,
        Entry(CUSTOMERS, event(f"customer.{happened}", "/shops/sowa", f"{happened}-{moment}", moment, said)),
    )


def told(*cues: Cue) -> list[Cue]:
    """An order whose parcel is under way, and these."""
    begun = [placed("4001", BEGIN), created("4001", BEGIN), scanned("4001", "accepted", BEGIN + 5 * MINUTE)]
    return in_order([*begun, *cues])


def page(url: str, code: str) -> tuple[int, str]:
    """The status and the words of a link's page."""
    try:
        with urlopen(f"{url}/p/{code}") as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.long
def test_what_a_shop_tells_shows_and_what_is_older_and_comes_late_does_not(stage: SetUp) -> None:
    late = customer("opted_in", BEGIN + 10 * MINUTE, "4001", recorded=BEGIN + 30 * MINUTE)
    changes = (
        customer("changed", BEGIN + 15 * MINUTE, "4001", locale="uk", kinds={"shipped": []}),
        customer("opted_out", BEGIN + 20 * MINUTE, "4001", channel="email"),
        late,
    )
    played = stage(told(*changes), 600)
    played.start()
    played.play(BEGIN + HOUR)
    kept = Preferences(played.store).of("sowa", "c-4001")
    assert kept.wishes == Wishes(kinds={"shipped": ()}, locale="uk", left=pairs_of("email"))


def test_who_is_erased_has_no_links_no_wishes_and_no_mark(stage: SetUp) -> None:
    story = told(
        customer("changed", BEGIN + 10 * MINUTE, "4001", locale="uk"),
        customer("erased", BEGIN + 2 * HOUR, "4001"),
    )
    played = stage(story, 600)
    Feedback(played.store).keep("sowa", "c-4001", "4001", Given(2, "Za późno.", BEGIN))
    played.start()
    with served(played.url) as reception:
        played.play(BEGIN + HOUR)
        links = Links(played.store).of_recipient("sowa", "c-4001", BEGIN + HOUR)
        codes = [link.code for link in links if word_of(link.scope) in ("order", "preferences")]
        assert [page(reception.url, code)[0] for code in codes] == [200, 200]
        played.play(BEGIN + 3 * HOUR)
        nobodys = page(reception.url, "0123456789")
        assert nobodys[0] == 404
        assert [page(reception.url, code) for code in codes] == [nobodys] * len(codes)
    assert Preferences(played.store).of("sowa", "c-4001").wishes == Wishes()
    assert Feedback(played.store).of("sowa", "c-4001", "4001") is None
    assert Links(played.store).of_recipient("sowa", "c-4001", BEGIN) == []
