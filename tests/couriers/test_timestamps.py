"""Times as couriers write them."""

from datetime import datetime, timedelta
from functools import partial

import pytest

from couriers.timestamps import Moment, iso, mixed, to_the_second, unix
from schemas.times import from_millis, to_millis, zone

kyiv = partial(mixed, home="Europe/Kyiv")


def read(moment: Moment) -> tuple[str, str, tuple[str, ...]]:
    return from_millis(moment.at).isoformat(), moment.zone, moment.flags


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-24T14:32:00+02:00",
        "2026-10-24T14:32:00.000+02:00",
        "2026-10-24T14:32:00+0200",
        "2026-10-24 14:32:00 +0200",
        "2026-10-24T12:32:00Z",
        "2026-10-24T12:32:00.000000Z",
    ],
)
def test_an_offset_is_the_carriers_word(text: str) -> None:
    assert read(iso(text, "Europe/Kyiv")) == ("2026-10-24T12:32:00+00:00", "carrier", ())


def test_a_naive_time_is_read_on_the_clocks_at_home() -> None:
    assert read(iso("2026-10-24T14:32:00", "Europe/Kyiv")) == ("2026-10-24T11:32:00+00:00", "assumed_local", ())
    assert read(iso("2026-10-24T14:32:00")) == ("2026-10-24T14:32:00+00:00", "assumed_utc", ())


@pytest.mark.parametrize(
    "text",
    ["24-10-2026 14:32:00", "2026-10-24 14:32:00", "14:32 24.10.2026", "24.10.2026 14:32:00", "2026-10-24T11:32:00Z"],
)
def test_nova_poshtas_layouts_are_told_apart_by_their_separators(text: str) -> None:
    assert read(kyiv(text))[0] == "2026-10-24T11:32:00+00:00"


@pytest.mark.parametrize("text", ["2026-10-24", "24.10.2026", "24-10-2026"])
def test_a_day_without_a_clock_is_its_local_midnight_and_flagged(text: str) -> None:
    assert read(kyiv(text)) == ("2026-10-23T21:00:00+00:00", "assumed_local", ("day_only",))


def test_the_hour_that_october_has_twice_means_its_first_pass() -> None:
    assert read(iso("2026-10-25T02:30:00", "Europe/Warsaw")) == (
        "2026-10-25T00:30:00+00:00",
        "assumed_local",
        ("dst_fold",),
    )


def test_the_hour_that_march_lacks_is_read_by_the_offset_before() -> None:
    assert read(iso("2026-03-29T02:30:00", "Europe/Warsaw")) == (
        "2026-03-29T01:30:00+00:00",
        "assumed_local",
        ("dst_gap",),
    )


def test_hours_beside_a_change_of_the_clocks_are_plain() -> None:
    for text in ("2026-10-25T01:59:59", "2026-10-25T03:00:00", "2026-03-29T01:59:59", "2026-03-29T03:00:00"):
        assert iso(text, "Europe/Warsaw").flags == ()


@pytest.mark.parametrize(
    "text", ["", "now", "0001-01-01 00:00:00", "2026-13-01 00:00:00", "9999-12-31T23:59:59-12:00", "١٢٣٤", "31.02.2026"]
)
def test_what_is_no_time_is_refused_without_being_repeated(text: str) -> None:
    for reader in (partial(iso, home="Europe/Kyiv"), kyiv):
        with pytest.raises(ValueError, match="was expected") as refused:
            reader(text)
        assert not text or text not in str(refused.value)


@pytest.mark.parametrize("seconds", [None, "1792671000", True, 0, 1.5, 10**12])
def test_only_whole_seconds_of_our_time_are_unix_times(seconds: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        unix(seconds)
    assert unix(1_792_671_000).at == 1_792_671_000_000


def test_a_fraction_is_cut_so_that_one_event_has_one_time() -> None:
    assert to_the_second(iso("2026-10-24T12:32:00.999Z")) == iso("2026-10-24T12:32:00Z")


def test_every_half_hour_of_a_year_is_read_as_the_zone_has_it() -> None:
    start = datetime(2026, 1, 1)  # noqa: DTZ001 - couriers write naive times
    for step in range(365 * 48):
        naive = start + step * timedelta(minutes=30)
        assert iso(naive.isoformat(), "Europe/Kyiv").at == to_millis(naive.replace(tzinfo=zone("Europe/Kyiv")))
