"""A parcel's state as bytes: small, versioned, and read tomorrow as it was written."""

from decimal import Decimal

import pytest

from pipelines.rules.track import TRACK
from pipelines.rules.track_bytes import VERSION
from pipelines.rules.track_state import ParcelState
from schemas.parcels import NO_FACTS, Cod, Eta, Facts, Point

YESTERDAY = bytes.fromhex(
    """
    01019bc7759e818171c1796e46068689339614e797272e76d435040bee62dec200622c9a7ce608035cc7140646668e231c6f
    a41fcf493a7978c3a11933e1feda0a0fdff8b4a2fcdcf8e254606417117001b2637726a6e4830c028561717e5109300dc427
    0363016e08d8bf68218dcfc01d402794401d83cd3ca8a3502212c33c8cb8c01020e44544e4215884f46058b2c9bfb4c42dbf
    c80596700c0c0c5726a601fd529c915980944e318d5a5e0ac9984b8343fc83fc085a8c9116d105089830159c42672c0666b2
    658646967a0606070e1c580ccc7f13164052edecc9e0f4756eae0ac381c3a0c4bcfc68e3e1cd294777416491d2f7ec036095
    5779c519164c5de61de468606804a3203977c10454a5b78c8b19e0dac12247daa31ace32bf98c970b6a0e12c9fc0d94b1f40
    249f00c3592d038699675f250011038482a3732c5e8b186632303231b3b0b2b1b3835820c0cc32790a13d8d013b3f918161c
    9ac2c6b0a2a028b52c33bfb4f8d0140e8605878f7830e0006971bbda8e5ebb61b749fc952b5fa60e2b2e75300000
    """
)
"""A parcel with a retraction, a clamped clock, a second source and an extended deadline, as version 1 wrote it."""

WAY = (
    """
label_created confirmed|label_created offer_selected|accepted dispatched_by_sender|accepted collected_from_sender
in_transit taken_by_courier|in_transit adopted_at_source_branch|in_transit sent_from_source_branch
in_transit adopted_at_sorting_center|in_transit sent_from_sorting_center|in_transit adopted_at_sorting_center
in_transit sent_from_sorting_center|at_delivery_depot adopted_at_target_branch|out_for_delivery out_for_delivery
delivery_attempted undelivered_wrong_address|in_transit readdressed|at_delivery_depot adopted_at_target_branch
out_for_delivery out_for_delivery|ready_for_pickup ready_to_pickup|ready_for_pickup pickup_reminder_sent
pickup_expired pickup_time_expired|ready_for_pickup ready_to_pickup_from_branch|delivered delivered
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
TOWNS = ["Warszawa", "Kraków", "Łódź", "Katowice", "Stryków", "Poznań"]


def travelled(parcel, identified=False):
    """A parcel with 30 scans: pushed and polled, with an aggregator beside, towns, a point, a deadline, a sum."""
    for place in range(30):
        status, code = WAY[min(place * len(WAY) // 29, len(WAY) - 1)].split()
        facts = Facts(place=TOWNS[place * 7 % 6], country="PL")
        if status == "ready_for_pickup":
            facts = Facts(
                point=Point("KRA012", "KRA012", "locker", "ul. Długa 12"), deadline=parcel.hour(place * 9 + 48)
            )
        if place == 3:
            facts = Facts(eta=Eta(parcel.hour(72), None, True), cod=Cod("PLN", Decimal("129.00")))
        source = (
            {"source": "aftership", "via": "aggregator"} if place % 6 == 5 else {"via": ("answer", "push")[place % 2]}
        )
        event = {"event_id": f"event-{place * 7919}"} if identified else {}
        at = place * 9 + place * 7919 % 3600 / 3600
        parcel.scan(at, status, at + 0.05 + place * 104729 % 1000 / 3600, raw_code=code, facts=facts, **source, **event)
    assert parcel.state is not None
    assert len(parcel.state.log.scans) == 30
    return parcel


@pytest.mark.parametrize("identified", [False, True])
def test_thirty_scans_take_at_most_a_kilobyte(parcel, identified):
    assert len(TRACK.dump(travelled(parcel, identified).state)) <= 1024


def test_a_short_way_is_written_plainly_and_a_long_one_deflated(parcel):
    assert TRACK.dump(parcel.scan(1, "accepted").state)[:2] == bytes((VERSION, 0))
    assert TRACK.dump(travelled(parcel.__class__().subscribe()).state)[:2] == bytes((VERSION, 1))


def test_what_is_read_is_what_was_written(parcel):
    travelled(parcel).scan(400, "delivered", heard=300, raw_code="ahead").scan(299, "unknown", retracts="previous")
    parcel.scan(298, "unknown", event_id="e9", retracts="e8").subscribe("lis", "B-9", at=300, direction="return")
    parcel.scan(263, "delivered", heard=301, raw_code="delivered", facts=Facts(proof="pin"))
    assert TRACK.load(TRACK.dump(parcel.state)) == parcel.state


def test_an_empty_state_is_written_and_read():
    assert TRACK.load(TRACK.dump(ParcelState())) == ParcelState()


def test_no_facts_are_the_same_no_facts_again(parcel):
    read = TRACK.load(TRACK.dump(parcel.scan(1, "accepted").state))
    assert read.log.scans[0].facts is NO_FACTS


def test_bytes_of_another_version_are_refused_by_name():
    with pytest.raises(ValueError, match="version 'ff': this code reads version 1 only"):
        TRACK.load(b"\xff\x00\x00")


def test_yesterdays_bytes_go_on_today(parcel):
    parcel.state = TRACK.load(YESTERDAY)
    assert [kept.reading.status for kept in parcel.state.log.scans][-1] == "ready_for_pickup"
    assert parcel.state.subscribers[0].told
    parcel.scan(300, "delivered")
    assert parcel.opened == [("delivered", False)]
    assert parcel.update.withdrawn == ()
