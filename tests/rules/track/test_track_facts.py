"""Facts: the newest that is not empty wins, some belong to an occurrence, and some changes are notices."""

from decimal import Decimal

from schemas.parcels import Cod, Eta, Facts, Point, Scan, Successor
from schemas.times import DAY, HOUR, MINUTE
from schemas.wire import name_of

LOCKER = Point("KRA01", "KRA01", "locker")


def test_the_newest_fact_wins_and_an_empty_one_takes_nothing_away(parcel):
    parcel.scan(1, "accepted", facts=Facts(place="Łódź", country="PL")).scan(
        2, "in_transit", facts=Facts(place="Kraków")
    )
    assert (parcel.update.facts.place, parcel.update.facts.country) == ("Kraków", "PL")
    parcel.scan(1.5, "in_transit", heard=3, raw_code="late", facts=Facts(place="Radom", proof="pin"))
    assert (parcel.update.facts.place, parcel.update.facts.proof) == ("Kraków", "pin")


def test_point_and_deadline_are_left_with_the_occurrence_that_they_are_of(parcel):
    waits = Facts(point=LOCKER, deadline=parcel.hour(49), deadline_source="carrier")
    parcel.scan(1, "ready_for_pickup", facts=waits)
    assert parcel.update.facts == waits
    parcel.scan(50, "pickup_expired")
    assert parcel.update.facts == Facts()


def test_the_next_attempt_is_left_with_the_attempt(parcel):
    parcel.scan(1, "delivery_attempted", facts=Facts(next_attempt=Eta(parcel.hour(24), None, True)))
    parcel.scan(20, "out_for_delivery")
    assert parcel.update.facts.next_attempt is None


def test_a_sum_on_delivery_stays_when_a_later_scan_tells_only_its_state(parcel):
    parcel.scan(1, "accepted", facts=Facts(cod=Cod("PLN", Decimal("129.00"), methods=("card",))))
    parcel.scan(9, "delivered", notice="cod_paid", facts=Facts(cod=Cod("PLN", state="collected")))
    assert parcel.update.facts.cod == Cod("PLN", Decimal("129.00"), state="collected", methods=("card",))
    assert parcel.notices == ["cod_paid"]


def test_a_successor_number_is_passed_on(parcel):
    successor = Successor("dhl", "JD0000000001", "partner")
    parcel.scan(1, "in_transit", reason="forwarded_to_partner", facts=Facts(successor=successor))
    assert parcel.update.facts.successor == successor


def test_a_later_deadline_while_the_status_stays_is_a_notice(parcel):
    parcel.scan(1, "ready_for_pickup", facts=Facts(deadline=parcel.hour(49)))
    parcel.scan(9, "ready_for_pickup", facts=Facts(deadline=parcel.hour(73)), raw_code="extended")
    assert (parcel.notices, parcel.update.opened) == (["deadline_extended"], ())
    assert parcel.update.facts.deadline == parcel.hour(73)


def test_a_deadline_that_the_courier_itself_says_is_extended_is_told_once(parcel):
    parcel.scan(1, "ready_for_pickup", facts=Facts(deadline=parcel.hour(49)))
    parcel.scan(9, "ready_for_pickup", notice="deadline_extended", facts=Facts(deadline=parcel.hour(73)))
    assert parcel.notices == ["deadline_extended"]


def test_an_event_read_again_with_a_later_deadline_is_a_notice_of_that_hour(parcel):
    parcel.scan(1, "ready_for_pickup", facts=Facts(deadline=parcel.hour(49)))
    parcel.scan(1, "ready_for_pickup", heard=9, facts=Facts(deadline=parcel.hour(73)))
    (notice,) = parcel.update.notices
    assert (notice.notice, notice.occurred_at) == ("deadline_extended", parcel.hour(9))
    assert (parcel.update.opened, parcel.kept.flags) == ((), ("reread",))
    parcel.scan(1, "ready_for_pickup", heard=10, facts=Facts(deadline=parcel.hour(73)))
    assert parcel.said == []


def test_an_old_reading_of_an_event_that_comes_again_changes_nothing(parcel):
    parcel.scan(1, "ready_for_pickup", facts=Facts(deadline=parcel.hour(49)))
    parcel.scan(1, "ready_for_pickup", heard=9, facts=Facts(deadline=parcel.hour(73)))
    old = Facts(deadline=parcel.hour(49))
    scan = Scan("inpost", "1", parcel.hour(1), "ready_for_pickup", "ready_for_pickup", "inpost", facts=old)
    parcel.step(parcel.hour(10), scan, recorded=parcel.hour(1) + MINUTE)
    assert parcel.said == []


def test_an_arrival_a_day_later_is_a_notice_named_by_the_new_arrival(parcel):
    parcel.scan(1, "accepted", facts=Facts(eta=Eta(parcel.hour(48))))
    parcel.scan(5, "in_transit", facts=Facts(eta=Eta(parcel.hour(71))))
    assert parcel.notices == []
    parcel.scan(6, "in_transit", facts=Facts(eta=Eta(parcel.hour(72))), raw_code="b")
    (notice,) = parcel.update.notices
    assert (notice.notice, notice.name) == ("eta_moved", name_of("eta_moved", parcel.hour(72)))


def test_a_local_day_of_23_hours_is_a_day(parcel):
    parcel.scan(1, "accepted", facts=Facts(eta=Eta(parcel.hour(48), None, True)))
    parcel.scan(5, "in_transit", facts=Facts(eta=Eta(parcel.hour(71), None, True)))
    assert parcel.notices == ["eta_moved"]


def test_delayed_with_a_new_arrival_says_it_once(parcel):
    parcel.scan(1, "in_transit", facts=Facts(eta=Eta(parcel.hour(48))))
    parcel.scan(5, "delayed", facts=Facts(eta=Eta(parcel.hour(96))))
    assert (parcel.notices, parcel.opened) == ([], [("delayed", False)])


def test_a_new_arrival_that_is_overtaken_already_is_no_news(parcel):
    parcel.scan(1, "in_transit", facts=Facts(eta=Eta(parcel.hour(48))))
    parcel.scan(9, "in_transit", facts=Facts(eta=Eta(parcel.hour(50))), raw_code="b")
    parcel.scan(5, "in_transit", heard=10, facts=Facts(eta=Eta(parcel.hour(48) + 2 * DAY)), raw_code="c")
    assert parcel.record.facts.eta == Eta(parcel.hour(50))
    assert [notice for update in parcel.updates for notice in update.notices] == []


def test_after_the_end_no_arrival_moves(parcel):
    parcel.scan(1, "in_transit", facts=Facts(eta=Eta(parcel.hour(48)))).scan(20, "delivered")
    parcel.scan(21, "unknown", facts=Facts(eta=Eta(parcel.hour(99))))
    assert parcel.notices == []


def test_a_couriers_reminder_is_a_notice_and_no_occurrence(parcel):
    parcel.scan(1, "ready_for_pickup").scan(25, "ready_for_pickup", notice="pickup_reminder", raw_code="r")
    assert (parcel.notices, parcel.update.opened) == (["pickup_reminder"], ())
    assert parcel.history[-1].notice == "pickup_reminder"


def test_a_reminder_moves_a_parcel_whose_own_scan_was_lost(parcel):
    parcel.scan(1, "out_for_delivery").scan(25, "ready_for_pickup", notice="pickup_reminder", raw_code="r")
    assert (parcel.notices, parcel.opened) == (["pickup_reminder"], [("ready_for_pickup", False)])


def test_release_from_customs_is_movement_with_a_notice(parcel):
    parcel.scan(1, "in_customs").scan(9, "in_transit", notice="customs_released")
    assert (parcel.update.status, parcel.notices) == ("in_transit", ["customs_released"])


def test_facts_of_an_illegal_move_are_not_taken(parcel):
    parcel.scan(1, "out_for_delivery").scan(2, "accepted", facts=Facts(place="Radom"))
    assert parcel.update.facts.place == ""


def test_times_of_facts_are_whole(parcel):
    parcel.scan(1, "in_transit", facts=Facts(eta=Eta(parcel.hour(48), parcel.hour(48) + HOUR)))
    assert parcel.update.facts.eta == Eta(parcel.hour(48), parcel.hour(49))
