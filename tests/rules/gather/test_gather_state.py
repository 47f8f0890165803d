"""The bytes of an order's state."""

from decimal import Decimal
from typing import Any

import pytest

from pipelines.rules.gather import GATHER
from pipelines.rules.gather_state import DEFLATED, PLAIN, VERSION, unpack_log
from schemas.orders import Role
from schemas.parcels import Cod, Eta, Facts, Money, Point
from schemas.times import DAY, HOUR

YESTERDAY = bytes.fromhex(
    "01019bb5a438bf3c7151bee1790606c68511075e32f2de611004738267f5322c83786639d4d14b0d0d4c2c8c1615e42c0af05970e8d0a4"
    "e5864696067a06068b81b61d580c547400660cc3018689933718a081a5e0205d549a3d69ee3288fd3bcc8c0c8c0c0dd1d401b9608342ec"
    "231ab641144253427c7149625e0a303e56c03c0a72ca0c90039619995a00dd72e0c081c5c0f09db0e0c0820587e0a610b20fe27fa07d8d"
    "54b1af71d2f479847cb8013d112f58028a4078086e304a4a324bb430334b34304d3537484d6384fb19871b674f066b8e7deeca70e03098"
    "9961fc97613934e94f5d1eee186e6864ec0ba3974152f1bed21c3d05ef9cfc3c60425030d5513030d035303054084f2c2aae4a2c4f9c80"
    "2570272e016587054070e0c002b883e1ce9bc002173b2b220166873c516160384430500c09040ae306735333d3440b0b23839454931483"
    "d494411e2808e7210285112950181920691498f318c00195ccbb90e12893e7d43b0c124bf38b52528b162c58569093989c9a029606654a"
    "38638389615aa28199193018d2d28c930dd250f2e7810398f973c1018475070ee0cba10b901cb0125e3441acbe58dd00676cb04c4b4c4d"
    "334e34b03432b13034b44884a40a60ba58579058196fee5d68941b619914927ae01030671e4036165ab8808d0ae1c882f80bc4d890626a"
    "649e6460609962646e996c9e96043713e87ea829822b8a33320b7253f34a162c580e2d24212601cb0c386383a9794a92b161aaa1915992"
    "8985459a11a14c892367c19336bed2065870e2715423cc518d1b8ccc129352522d93ccccccd392cd4d0939ca9012470100"
)
"""An order of two parcels, as the first version of this code wrote it."""


def lived(play: Any, monday: int, parcels: int, recipients: int) -> bytes:
    """The state of an order whose parcels have come as far as their lockers."""
    roles = tuple(Role(f"{n:016x}", "buyer" if n == 0 else "consignee", "uk") for n in range(recipients))
    total = Money(Decimal("1290.00"), "PLN")
    play.order("placed", monday, total=total, recipients=roles, payment="cod", dispatch_by=monday + DAY)
    play.order("confirmed", monday + HOUR, payment_id="pay_7Kq2mX9bTe")
    play.order("packed", monday + 2 * HOUR)
    for n in range(parcels):
        number = f"6202110000000000000000{n:02d}"
        fields = {"service": "inpost_locker_standard", "cod": Cod("PLN", Decimal("258.00")), "country": "PL"}
        play.ship(number, monday + 3 * HOUR + n, **fields)
        eta = Eta(monday + 2 * DAY, day_only=True)
        for at, status in enumerate(("accepted", "in_transit", "out_for_delivery", "ready_for_pickup"), start=1):
            facts = Facts(place="Warszawa", country="PL", eta=eta)
            if status == "ready_for_pickup":
                point = Point("WAW123M", "WAW123M", "locker", "ul. Klonowa 5, 00-001 Warszawa")
                facts = Facts(eta, monday + 4 * DAY, "carrier", point, Cod("PLN", Decimal("258.00"), methods=("blik",)))
            play.scan(number, status, monday + at * 6 * HOUR + n, facts=facts)
    return bytes(play.data)


def test_an_order_of_one_parcel_is_read_as_it_was_written(play: Any, monday: int) -> None:
    data = lived(play, monday, 1, 1)
    assert data[0] == VERSION
    assert GATHER.dump(GATHER.load(data)) == data


def test_a_large_state_is_compressed_and_read_as_it_was_written(play: Any, monday: int) -> None:
    data = lived(play, monday, 5, 2)
    state = GATHER.load(data)
    assert data[:2] == bytes((VERSION, DEFLATED))
    assert GATHER.dump(state) == data
    assert len(state.parcels) == 5
    assert len(unpack_log(state.log)) == 8


def test_an_order_of_five_parcels_and_two_recipients_stays_within_a_kilobyte_and_a_half(play: Any, monday: int) -> None:
    assert len(lived(play, monday, 5, 2)) <= 1536


def test_an_order_of_one_parcel_stays_within_a_kilobyte(play: Any, monday: int) -> None:
    data = lived(play, monday, 1, 1)
    assert len(data) <= 1024


def test_a_small_state_is_not_compressed(play: Any, monday: int) -> None:
    play.order("placed", monday)
    assert play.data[:2] == bytes((VERSION, PLAIN))


def test_bytes_of_an_unknown_version_are_refused() -> None:
    with pytest.raises(ValueError, match="version 9"):
        GATHER.load(bytes((9, 0)))


def test_yesterdays_bytes_are_read_today() -> None:
    state = GATHER.load(YESTERDAY)
    assert (state.shop, state.order, state.terms.lifecycle) == ("sowa", "o1", "packed")
    assert [(parcel.view.number, parcel.view.status) for parcel in state.parcels] == [
        ("620211000000000000000000", "ready_for_pickup"),
        ("620211000000000000000001", "ready_for_pickup"),
    ]
    assert state.terms.total == Money(Decimal("1290.00"), "PLN")
    assert [fact.happened for fact in unpack_log(state.log)] == ["placed", "confirmed", "packed", "created", "created"]


def test_an_order_that_is_changed_without_end_does_not_grow_without_end(play: Any, monday: int) -> None:
    play.order("placed", monday)
    for n in range(1, 300):
        play.order("changed", monday + n * HOUR, segment=f"s{n}", gift=n % 2 == 0)
    state = GATHER.load(play.data)
    assert len(unpack_log(state.log)) <= 64
    assert (state.terms.segment, state.terms.gift, state.terms.placed_at) == ("s299", False, monday)
