"""Whole ways of parcels, as customers live through them."""

from schemas.parcels import Eta, Facts, Point

LOCKER = Point("KRA01", "KRA01", "locker")
BRANCH = Point("POP-KRA7", "POP-KRA7", "branch")


def test_a_locker_with_a_reminder_expires_and_waits_again_at_a_branch(parcel):
    parcel.scan(1, "accepted").scan(8, "in_transit").scan(26, "out_for_delivery")
    first = parcel.scan(30, "ready_for_pickup", facts=Facts(point=LOCKER, deadline=parcel.hour(78))).occurrence
    parcel.scan(54, "ready_for_pickup", raw_code="reminder", notice="pickup_reminder")
    assert (parcel.notices, parcel.update.opened) == (["pickup_reminder"], ())
    parcel.scan(78, "pickup_expired")
    assert (parcel.update.facts.point, parcel.update.facts.deadline) == (None, None)
    second = parcel.scan(80, "ready_for_pickup", facts=Facts(point=BRANCH, deadline=parcel.hour(150))).occurrence
    assert (second.name != first.name, second.number, second.late) == (True, 2, False)
    assert parcel.update.facts.point == BRANCH
    parcel.scan(100, "delivered", reason="collected_from_point")
    assert (parcel.update.status, parcel.update.reason) == ("delivered", "collected_from_point")


def test_two_failed_attempts_are_the_first_and_the_second(parcel):
    numbers = []
    for day in (1, 2):
        parcel.scan(24 * day, "out_for_delivery", raw_code=f"out{day}")
        parcel.scan(24 * day + 5, "delivery_attempted", raw_code=f"missed{day}", reason="consignee_not_home")
        numbers.append(parcel.occurrence.number)
    assert numbers == [1, 2]
    parcel.scan(72, "delivered")
    assert parcel.opened == [("delivered", False)]


def test_a_parcel_that_nobody_fetches_goes_back_to_its_sender(parcel):
    parcel.scan(1, "ready_for_pickup").scan(49, "pickup_expired").scan(50, "returning", reason="storage_ended")
    assert parcel.opened == [("returning", False)]
    parcel.scan(60, "in_transit", raw_code="hub").scan(90, "delivered")
    assert parcel.opened == [("returned", False)]
    assert [line.status for line in parcel.history if line.occurrence][-2:] == ["returning", "returned"]


def test_a_driver_who_pressed_the_wrong_button_takes_it_back(parcel):
    parcel.scan(1, "out_for_delivery")
    wrong = parcel.scan(2, "delivered").occurrence.name
    parcel.scan(2.1, "unknown", raw_code="STORN", retracts="previous")
    assert parcel.update.withdrawn == (wrong,)
    assert (parcel.update.status, parcel.update.facts) == ("out_for_delivery", Facts())
    right = parcel.scan(6, "delivered", raw_code="ZU").occurrence
    assert (right.number, right.late) == (1, False)


def test_customs_wants_papers_and_lets_the_parcel_go(parcel):
    parcel.scan(1, "in_customs").scan(3, "held", reason="customs_documentation", action="recipient")
    assert (parcel.update.action, parcel.occurrence.action) == ("recipient", "recipient")
    parcel.scan(30, "in_transit", notice="customs_released")
    assert (parcel.update.action, parcel.update.reason, parcel.notices) == ("none", "", ["customs_released"])


def test_a_whole_history_that_comes_at_once_and_backwards_tells_the_present_only(new_parcel):
    way = [(1, "accepted"), (9, "in_transit"), (26, "out_for_delivery"), (30, "delivered")]
    parcel = new_parcel().subscribe()
    news = []
    for hour, status in reversed(way):
        parcel.scan(hour, status, heard=31)
        news += [occurrence.status for occurrence in parcel.update.opened if not occurrence.late]
    assert news == ["delivered"]
    assert [line.status for line in parcel.history] == [status for _, status in way]


def test_an_aggregator_runs_beside_the_courier_and_nothing_is_told_twice(parcel):
    told = []
    for hour, status in ((1, "accepted"), (9, "in_transit"), (26, "out_for_delivery"), (30, "delivered")):
        for at, source in ((hour, ("inpost", "answer")), (hour + 0.3, ("aftership", "aggregator"))):
            parcel.scan(at, status, source=source[0], via=source[1], raw_code=f"{source[0]}-{status}")
            told += [occurrence.status for update in parcel.updates for occurrence in update.opened]
    assert told == ["accepted", "in_transit", "out_for_delivery", "delivered"]


def test_an_aggregator_that_lags_a_status_behind_is_contradicted_and_changes_nothing(parcel):
    way = ["accepted", "in_transit", "out_for_delivery", "delivered"]
    for step, status in enumerate(way):
        parcel.scan(step * 3 + 1, status)
        if step:
            parcel.scan(step * 3 + 2, way[step - 1], source="aftership", via="aggregator")
            assert parcel.record.status == status
    assert (parcel.record.contradictions, parcel.record.illegal) == (3, 0)


def test_a_delivery_day_that_moves_twice_is_told_twice(parcel):
    told = []
    for day in (2, 3, 5):
        eta = Eta(parcel.hour(24 * day), None, True)
        parcel.scan(day, "in_transit", raw_code=f"plan{day}", facts=Facts(eta=eta))
        told += [notice.name for notice in parcel.update.notices]
    assert len(told) == len(set(told)) == 2
