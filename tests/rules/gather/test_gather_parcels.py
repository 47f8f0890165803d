"""What Gather tells of an order's parcels."""

from decimal import Decimal
from typing import Any

import pytest

from pipelines.rules.gather_view import shipping
from schemas.orders import SHOP_ITSELF, ParcelView
from schemas.parcels import Cod, Eta, Facts, ParcelNotice, Point
from schemas.status import Status
from schemas.times import DAY, HOUR, MINUTE


def begun(play: Any, monday: int, *numbers: str, **fields: Any) -> None:
    """An order with shipments an hour apart."""
    play.order("placed", monday, **fields)
    for n, number in enumerate(numbers, start=1):
        play.ship(number, monday + n * HOUR)


def numbers(play: Any) -> list[str]:
    return [parcel.number for parcel in play.view.parcels]


def test_a_status_that_a_parcel_reached_is_told_with_its_occurrence(play: Any, monday: int) -> None:
    begun(play, monday, "600")
    at = monday + DAY
    play.scan(
        "600", "delivery_attempted", at, name="o9", recorded=at + MINUTE, number_of=2, reason="consignee_not_home"
    )
    told = play.happened()[-1]
    assert (told.trigger, told.subject, told.occurrence) == ("delivery_attempted", "inpost/600", "o9")
    assert (told.occurred_at, told.recorded_at, told.number) == (at, at + MINUTE, 2)
    assert (told.reason, told.late) == ("consignee_not_home", False)


def test_a_late_occurrence_stays_late(play: Any, monday: int) -> None:
    begun(play, monday, "600")
    play.scan("600", "accepted", monday + DAY, late=True)
    assert play.happened()[-1].late


def test_an_action_is_told_with_its_status(play: Any, monday: int) -> None:
    begun(play, monday, "600")
    play.scan("600", "held", monday + DAY, action="recipient", reason="customs_documentation")
    assert play.happened()[-1].action == "recipient"
    assert play.view.parcels[0].action == "recipient"


def test_the_view_shows_the_parcel_as_track_told_it(play: Any, monday: int) -> None:
    begun(play, monday)
    play.ship("600", monday + HOUR, service="inpost_courier")
    facts = Facts(eta=Eta(monday + 2 * DAY, day_only=True), place="Łódź")
    play.scan("600", "in_transit", monday + DAY, name="o1", facts=facts, reason="arrived_at_hub")
    assert play.view.parcels == (
        ParcelView(
            "inpost",
            "600",
            "in_transit",
            reason="arrived_at_hub",
            since=monday + DAY,
            occurrence="o1",
            service="inpost_courier",
            facts=facts,
            known_at=monday + DAY,
        ),
    )


def test_a_shipment_without_a_scan_is_a_registered_parcel(play: Any, monday: int) -> None:
    begun(play, monday, "600")
    assert (play.view.parcels[0].status, play.view.shipping, play.view.expected) == ("registered", "not_shipped", 1)


def test_an_older_version_is_dropped(play: Any, monday: int) -> None:
    begun(play, monday, "600")
    play.scan("600", "out_for_delivery", monday + DAY, version=7)
    before = play.data
    assert play.scan("600", "in_transit", monday + DAY + HOUR, version=6) == []
    assert play.scan("600", "in_transit", monday + DAY + HOUR, version=7) == []
    assert play.data == before


def test_an_update_that_only_moves_known_at_is_news_without_a_happening(play: Any, monday: int) -> None:
    begun(play, monday, "600")
    play.scan("600", "in_transit", monday + DAY, name="o1")
    (news, _) = play.scan("600", "in_transit", monday + DAY, opened=(), known_at=monday + DAY + HOUR, name="o1")
    assert (news.happenings, news.order.parcels[0].known_at) == ((), monday + DAY + HOUR)


def test_a_notice_is_told_by_its_name(play: Any, monday: int) -> None:
    begun(play, monday, "600")
    play.scan("600", "in_transit", monday + DAY, name="o1")
    at = monday + 2 * DAY
    notices = (ParcelNotice("eta/1", "eta_moved", at, at), ParcelNotice("d1", "deadline_extended", at, at))
    play.scan("600", "in_transit", at, opened=(), name="o1", since=monday + DAY, notices=notices)
    told = [(h.trigger, h.subject, h.occurrence, h.occurred_at) for h in play.happened()][-2:]
    assert told == [
        ("eta_moved", "inpost/600", "eta/1", at),
        ("deadline_extended", "inpost/600", "d1", at),
    ]


def test_what_was_undone_is_passed_on_to_recipient_and_shop(play: Any, monday: int) -> None:
    begun(play, monday, "600")
    play.scan("600", "lost", monday + DAY, name="o1")
    play.scan("600", "in_transit", monday + DAY, opened=(), withdrawn=("o1",), name="o0")
    assert play.news()[-1].withdrawn == ("o1",)
    assert play.news(SHOP_ITSELF)[-1].withdrawn == ("o1",)


def test_updates_before_the_order_is_placed_are_told_as_one_present_state(play: Any, monday: int) -> None:
    play.ship("600", monday)
    assert play.scan("600", "accepted", monday + HOUR) == []
    assert play.scan("600", "in_transit", monday + 2 * HOUR, name="o2") == []
    play.order("placed", monday - HOUR, monday + 3 * HOUR)
    told = [(h.trigger, h.occurred_at, h.recorded_at, h.late) for h in play.happened()]
    assert told == [
        ("placed", monday - HOUR, monday + 3 * HOUR, False),
        ("accepted", monday + HOUR, monday + HOUR, True),
        ("in_transit", monday + 2 * HOUR, monday + 3 * HOUR, False),
    ]


def test_parcels_stand_in_the_order_in_which_they_were_shipped(play: Any, monday: int) -> None:
    begun(play, monday)
    play.ship("601", monday + 2 * HOUR, recorded=monday + 2 * HOUR)
    play.ship("600", monday + HOUR, recorded=monday + 3 * HOUR)
    play.ship("602", monday + 4 * HOUR)
    play.scan("602", "accepted", monday + 5 * HOUR)
    assert numbers(play) == ["600", "601", "602"]


def test_expected_is_what_the_shop_said_or_the_shipments_known_whichever_is_more(play: Any, monday: int) -> None:
    begun(play, monday, "600", parcels_expected=2)
    assert play.view.expected == 2
    play.ship("601", monday + 3 * HOUR)
    play.ship("602", monday + 4 * HOUR)
    assert play.view.expected == 3
    play.ship("602", monday + 5 * HOUR, "cancelled")
    assert (play.view.expected, numbers(play)) == (2, ["600", "601"])


def test_an_ended_parcel_leaves_the_view_and_its_number_may_be_followed_anew(play: Any, monday: int) -> None:
    begun(play, monday, "600", "601")
    play.scan("600", "accepted", monday + DAY)
    play.scan("600", "accepted", monday + DAY + HOUR, opened=(), ended=True)
    assert numbers(play) == ["601"]
    assert play.scan("600", "in_transit", monday + DAY, version=1, recorded=monday + DAY + HOUR) == []
    play.scan("600", "in_transit", monday + 2 * DAY, version=1)
    assert numbers(play) == ["600", "601"]


def test_a_corrected_number_takes_the_place_of_the_one_before(play: Any, monday: int) -> None:
    begun(play, monday, "600", "601")
    play.ship("700", monday + DAY, "changed", replaces="inpost/600")
    assert numbers(play) == ["700", "601"]
    assert play.view.parcels[0].formerly == ()


def test_a_customers_return_is_a_parcel_of_its_own_and_not_counted(play: Any, monday: int) -> None:
    begun(play, monday, "600")
    play.scan("600", "delivered", monday + DAY)
    play.ship("900", monday + 3 * DAY, direction="return")
    play.scan("900", "accepted", monday + 4 * DAY, direction="return")
    assert (play.view.expected, play.view.shipping) == (1, "delivered")
    assert [(parcel.number, parcel.direction) for parcel in play.view.parcels] == [
        ("600", "outbound"),
        ("900", "return"),
    ]
    assert (play.happened()[-1].trigger, play.happened()[-1].subject) == ("accepted", "inpost/900")


@pytest.mark.parametrize("link", ["partner", "relabel"])
def test_a_successor_takes_the_parcel_over_when_it_moves_and_tells_nothing_twice(
    play: Any, monday: int, link: str
) -> None:
    begun(play, monday, "600", "601")
    for n, status in enumerate(("accepted", "in_transit", "in_customs")):
        play.scan("600", status, monday + DAY + n * HOUR)
    play.ship("CP1", monday + 2 * DAY, "linked", courier="poczta", replaces="inpost/600", link=link)
    play.scan("CP1", "label_created", monday + 2 * DAY + MINUTE, courier="poczta")
    assert numbers(play) == ["600", "601"]
    play.scan("CP1", "in_transit", monday + 3 * DAY, courier="poczta")
    play.scan("CP1", "out_for_delivery", monday + 4 * DAY, courier="poczta")
    first = play.view.parcels[0]
    assert (first.number, first.status, first.formerly) == ("CP1", "out_for_delivery", ("inpost/600",))
    assert play.view.expected == 2
    assert play.triggers() == ["placed", "accepted", "in_transit", "in_customs", "out_for_delivery"]


def test_a_second_attempt_under_the_new_number_is_told(play: Any, monday: int) -> None:
    begun(play, monday, "600")
    play.scan("600", "delivery_attempted", monday + DAY)
    play.ship("601", monday + DAY + HOUR, "linked", replaces="inpost/600", link="relabel")
    play.scan("601", "delivery_attempted", monday + DAY, recorded=monday + DAY + 2 * HOUR)
    play.scan("601", "delivery_attempted", monday + 2 * DAY, number_of=2)
    assert play.triggers() == ["placed", "delivery_attempted", "delivery_attempted"]


def test_the_old_number_tells_nothing_more_once_it_was_taken_over(play: Any, monday: int) -> None:
    begun(play, monday, "600")
    play.scan("600", "accepted", monday + DAY)
    play.ship("601", monday + DAY + HOUR, "linked", replaces="inpost/600", link="partner")
    play.scan("601", "in_transit", monday + 2 * DAY)
    play.scan("600", "out_for_delivery", monday + 3 * DAY)
    assert play.happened()[-1].late
    assert (play.view.parcels[0].number, play.view.parcels[0].status) == ("601", "in_transit")


def test_an_arrival_that_the_old_number_tells_first_is_told_once(play: Any, monday: int) -> None:
    begun(play, monday, "600")
    play.scan("600", "accepted", monday + DAY)
    play.ship("601", monday + DAY + HOUR, "linked", replaces="inpost/600", link="partner")
    play.scan("601", "out_for_delivery", monday + 2 * DAY)
    play.scan("600", "delivered", monday + 2 * DAY + HOUR)
    assert (play.view.parcels[0].status, play.view.parcels[0].formerly) == ("delivered", ("inpost/601",))
    play.scan("601", "delivered", monday + 2 * DAY + MINUTE, recorded=monday + 2 * DAY + 2 * HOUR)
    assert (play.view.parcels[0].number, play.view.parcels[0].status) == ("601", "delivered")
    assert play.triggers() == ["placed", "accepted", "out_for_delivery", "delivered"]


def test_a_handover_that_the_old_number_calls_delivered_does_not_end_the_new_one(play: Any, monday: int) -> None:
    begun(play, monday, "600")
    play.ship("601", monday + HOUR, "linked", replaces="inpost/600", link="partner")
    play.scan("600", "delivered", monday + DAY)
    play.scan("601", "in_transit", monday + 2 * DAY)
    assert (play.view.parcels[0].number, play.view.parcels[0].status) == ("601", "in_transit")


def test_a_return_under_its_own_number_stays_the_way_back_of_the_outward_parcel(play: Any, monday: int) -> None:
    begun(play, monday, "600")
    play.scan("600", "undeliverable", monday + DAY)
    play.ship("R1", monday + DAY + HOUR, "linked", replaces="inpost/600", link="return")
    play.scan("R1", "accepted", monday + 2 * DAY)
    back = play.view.parcels[0]
    assert (back.number, back.status, back.leg, back.direction) == ("600", "returning", "return", "outbound")
    play.scan("R1", "in_transit", monday + 3 * DAY)
    play.scan("R1", "delivered", monday + 4 * DAY)
    assert (play.view.shipping, play.view.parcels[0].status) == ("returned", "returned")
    assert play.triggers() == ["placed", "undeliverable", "returning", "returned"]
    assert {told.subject for told in play.happened()[1:]} == {"inpost/600"}


def test_a_return_that_the_old_number_told_already_is_not_told_again(play: Any, monday: int) -> None:
    begun(play, monday, "600")
    play.scan("600", "returning", monday + DAY)
    play.ship("R1", monday + DAY + HOUR, "linked", replaces="inpost/600", link="return")
    play.scan("R1", "accepted", monday + 2 * DAY)
    assert play.triggers() == ["placed", "returning"]


def test_a_deadline_that_the_courier_did_not_say_comes_from_the_shops_service(played: Any, monday: int) -> None:
    services = [{"courier": "gls", "storage_hours": 96}, {"courier": "gls", "service": "box", "storage_hours": 24}]
    play = played(services=services)
    begun(play, monday)
    play.ship("1", monday + HOUR, courier="gls", service="box")
    play.ship("2", monday + HOUR, courier="gls", service="shop")
    for number in "12":
        play.scan(number, "ready_for_pickup", monday + DAY, recorded=monday + DAY + HOUR, courier="gls")
    facts = [parcel.facts for parcel in play.view.parcels]
    assert [known.deadline for known in facts] == [monday + 2 * DAY, monday + 5 * DAY]
    assert {known.deadline_source for known in facts} == {"service_default"}


def test_a_deadline_that_nobody_said_comes_from_the_couriers_service_else_there_is_none(play: Any, monday: int) -> None:
    begun(play, monday)
    play.ship("1", monday + HOUR, service="inpost_locker_standard")
    play.ship("2", monday + HOUR, courier="nova_poshta", service="parcel")
    play.scan("1", "ready_for_pickup", monday + DAY)
    play.scan("2", "ready_for_pickup", monday + DAY, courier="nova_poshta")
    known, unknown = (parcel.facts for parcel in play.view.parcels)
    assert (known.deadline, known.deadline_source) == (monday + 3 * DAY, "service_default")
    assert (unknown.deadline, unknown.deadline_source) == (None, "")


def test_a_deadline_of_the_courier_stays(play: Any, monday: int) -> None:
    begun(play, monday)
    play.ship("1", monday + HOUR, service="inpost_locker_standard")
    facts = Facts(deadline=monday + 5 * DAY, deadline_source="carrier", point=Point("WAW123M"))
    play.scan("1", "ready_for_pickup", monday + DAY, facts=facts)
    assert play.view.parcels[0].facts == facts


def test_a_deadline_counts_from_the_occurrence_though_later_scans_come(play: Any, monday: int) -> None:
    begun(play, monday)
    play.ship("1", monday + HOUR, service="inpost_locker_standard")
    play.scan("1", "ready_for_pickup", monday + DAY, name="o1")
    later = {"known_at": monday + 2 * DAY, "since": monday + DAY, "opened": (), "name": "o1"}
    play.scan("1", "ready_for_pickup", monday + 2 * DAY, **later)
    assert play.view.parcels[0].facts.deadline == monday + 3 * DAY


def test_the_orders_sum_belongs_to_its_only_parcel(play: Any, monday: int) -> None:
    cod = Cod("PLN", Decimal(129), source="shop")
    begun(play, monday, "600", payment="cod", cod=cod)
    assert play.view.parcels[0].facts.cod == cod
    play.ship("601", monday + 3 * HOUR)
    assert [parcel.facts.cod for parcel in play.view.parcels] == [None, None]


def test_a_shipments_sum_belongs_to_its_parcel_and_the_couriers_own_wins(play: Any, monday: int) -> None:
    begun(play, monday, "600")
    play.ship("601", monday + 3 * HOUR, cod=Cod("PLN", Decimal(50)))
    assert [parcel.facts.cod for parcel in play.view.parcels] == [None, Cod("PLN", Decimal(50))]
    play.scan("601", "out_for_delivery", monday + DAY, facts=Facts(cod=Cod("PLN", Decimal(58))))
    assert play.view.parcels[1].facts.cod == Cod("PLN", Decimal(58))


def test_a_sum_that_was_paid_meanwhile_or_parcel_that_arrived_asks_for_none(play: Any, monday: int) -> None:
    begun(play, monday, "600", payment="cod", cod=Cod("PLN", Decimal(129)))
    play.scan("600", "delivered", monday + DAY)
    assert play.view.parcels[0].facts.cod is None
    play.scan("600", "delivery_attempted", monday + DAY)
    play.order("paid", monday + 2 * DAY)
    assert play.view.parcels[0].facts.cod is None


@pytest.mark.parametrize(
    ("statuses", "expected", "told"),
    [
        ([], 0, "not_shipped"),
        (["registered", "label_created"], 2, "not_shipped"),
        (["in_transit", "registered"], 2, "partly_shipped"),
        (["in_transit"], 2, "partly_shipped"),
        (["in_transit", "out_for_delivery"], 2, "shipped"),
        (["ready_for_pickup", "in_transit"], 2, "partly_ready_for_pickup"),
        (["ready_for_pickup", "delivered"], 2, "partly_delivered"),
        (["ready_for_pickup", "ready_for_pickup"], 2, "ready_for_pickup"),
        (["delivered"], 2, "partly_delivered"),
        (["delivered", "delivered"], 2, "delivered"),
        (["delivered", "lost"], 2, "problem"),
        (["delivered", "held"], 2, "problem"),
        (["delivered", "returning"], 2, "returning"),
        (["returned", "returned"], 2, "returned"),
        (["delivered", "returned"], 2, "partly_delivered"),
        (["pickup_expired"], 1, "shipped"),
        (["cancelled"], 1, "not_shipped"),
    ],
)
def test_shipping_is_derived_from_the_parcels(statuses: list[str], expected: int, told: str) -> None:
    parcels = [ParcelView("inpost", str(n), Status(status)) for n, status in enumerate(statuses)]
    assert shipping(parcels, expected) == told


def test_the_promise_of_an_only_shipment_is_the_orders(play: Any, monday: int) -> None:
    begun(play, monday)
    play.ship("600", monday + HOUR, promised=Eta(monday + 2 * DAY))
    assert play.view.promised == Eta(monday + 2 * DAY)
    play.ship("601", monday + HOUR, promised=Eta(monday + 3 * DAY))
    assert play.view.promised is None


def test_a_shipment_changed_in_its_details_stays_what_it_is(play: Any, monday: int) -> None:
    begun(play, monday)
    play.ship("900", monday + HOUR, direction="return", service="inpost_locker_standard")
    play.ship("900", monday + 2 * HOUR, "changed", country="UA")
    (parcel,) = play.view.parcels
    assert (parcel.direction, parcel.service) == ("return", "inpost_locker_standard")


def test_an_update_of_an_unannounced_number_is_shown_after_the_others(play: Any, monday: int) -> None:
    begun(play, monday, "600")
    play.scan("555", "in_transit", monday + DAY)
    assert numbers(play) == ["600", "555"]


def test_a_number_linked_to_one_that_was_never_announced_is_one_parcel(play: Any, monday: int) -> None:
    begun(play, monday)
    play.scan("600", "accepted", monday + HOUR)
    play.ship("601", monday + 2 * HOUR, "linked", replaces="inpost/600", link="partner")
    play.scan("601", "in_transit", monday + 3 * HOUR)
    assert numbers(play) == ["601"]
    assert play.view.expected == 1


def test_a_link_without_its_old_number_is_a_parcel_and_no_number_replaces_what_replaced_it(
    play: Any, monday: int
) -> None:
    begun(play, monday, "600")
    play.ship("700", monday + 2 * HOUR, "linked", replaces="inpost/650", link="partner")
    assert numbers(play) == ["600", "700"]
    play.ship("650", monday + 3 * HOUR, "linked", replaces="inpost/700", link="partner")
    play.ship("600", monday + 4 * HOUR, "linked", replaces="inpost/600", link="partner")
    assert numbers(play) == ["600", "650"]


def test_a_parcel_may_have_several_new_numbers_the_newest_that_moves_leads(play: Any, monday: int) -> None:
    begun(play, monday, "600")
    for n, number in enumerate(("709", "705"), start=1):
        play.ship(number, monday + DAY + n * HOUR, "linked", replaces="inpost/600", link="relabel")
        play.scan(number, "in_transit", monday + DAY + n * HOUR + MINUTE)
    assert numbers(play) == ["705"]
    assert play.view.parcels[0].formerly == ("inpost/600", "inpost/709")
    play.ship("R1", monday + 2 * DAY, "linked", replaces="inpost/600", link="return")
    play.scan("R1", "in_transit", monday + 2 * DAY)
    assert [(parcel.number, parcel.status) for parcel in play.view.parcels] == [("705", "returning")]


def test_a_number_that_the_shop_writes_anew_takes_the_old_ones_place(play: Any, monday: int) -> None:
    begun(play, monday)
    play.ship("600", monday + HOUR, parcel="F1")
    play.ship("601", monday + 2 * HOUR)
    play.ship("602", monday + 3 * HOUR, parcel="F1")
    assert sorted(numbers(play)) == ["601", "602"]
    play.scan("600", "delivered", monday + DAY)
    assert sorted(numbers(play)) == ["601", "602"]


def test_a_number_that_was_written_before_and_comes_late_changes_nothing(play: Any, monday: int) -> None:
    begun(play, monday)
    play.ship("602", monday + 3 * HOUR, parcel="F1")
    play.tell(play.shipment("600", monday + HOUR, parcel="F1", recorded=monday + DAY), monday + DAY)
    assert numbers(play) == ["602"]


def test_the_same_number_under_its_name_again_is_the_same_parcel(play: Any, monday: int) -> None:
    begun(play, monday)
    play.ship("600", monday + HOUR, parcel="F1")
    play.ship("600", monday + 2 * HOUR, parcel="F1", service="inpost_locker_standard")
    assert numbers(play) == ["600"]
    assert play.view.parcels[0].service == "inpost_locker_standard"


def test_numbers_of_different_names_are_parcels_of_their_own(play: Any, monday: int) -> None:
    begun(play, monday)
    play.ship("600", monday + HOUR, parcel="F1")
    play.ship("601", monday + 2 * HOUR, parcel="F2")
    assert numbers(play) == ["600", "601"]
