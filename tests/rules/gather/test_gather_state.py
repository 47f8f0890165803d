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
    "e5864696067a06068b81b61d580c547400660cc3018689933718a081a5e0205d549a3d69ce3288fd3bcc8c0c8c0c0dd1d401b9608342ec"
    "231ab641144253427c7149625e0a303e56c03c0a72ca0c90039619995a00dd72e0c081c5c0f09db0e0c0820587085903f136d09a468aac"
    "99347d1e21ff6c404fb20b9680a20b1e5e1b8c9292cc122dcccc120d4c53cd0d52d318e13ec4e1b4d993c19a639fbb321c380c666618ff"
    "65580e4de85397873b861b1a19fbc2e8659034bbaf34474fc13b273f0f18ed0aa63a0a0606ba0606860ae18945c55589e58913b004e5c4"
    "25a0c4bf00080e1c58007730dc791358e062674524c0ec90272a0c0c8708068a21814061dc606e6a669a6861616490926a9262909a32c8"
    "0305e13c44a03022050a23c32178588119c9bc0b198e32794ebdc320b134bf2825b568c18265053989c9a929606950168433369818a625"
    "1a98990183212dcd38d9200d25371e3880991b171c405877e000befcb800c9012be10511c4ea8bd50d70c606cbb4c4d434e344034b2313"
    "0b43438b4448aa00a68b75058995f1e6de8546b911964921a9070e01f3e1016463a14509d8a8108e2c88bf408c0d29a646e64906069629"
    "46e696c9e66949703381ee879a22b8a23823b3203735af64c182e5d022116212b084803336989aa724191ba61a1a9925995858a41911ca"
    "943872163c69e32b5b80c5241e4735c21cd5b8c1c82c312925d532c9cccc3c2dd9dc9490a30c29711400"
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
