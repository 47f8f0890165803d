"""Moments of the files as clocks on the spot showed them."""

from datetime import datetime
from typing import NamedTuple

from pipelines.report.rows import Iso
from schemas.places import zone_of
from schemas.times import zone


class Clock(NamedTuple):
    """The clocks of one IANA zone."""

    zone: str = "UTC"

    def read(self, moment: Iso) -> datetime:
        return datetime.fromisoformat(moment).astimezone(zone(self.zone))

    def time(self, moment: Iso) -> str:
        """`08:00`"""
        return f"{self.read(moment):%H:%M}"

    def day(self, moment: Iso) -> str:
        """`Sat 24 Oct`"""
        local = self.read(moment)
        return f"{local:%a} {local.day} {local:%b}"

    def full(self, moment: Iso) -> str:
        """`Sat 24 Oct, 08:00`"""
        return f"{self.day(moment)}, {self.time(moment)}"

    def beside(self, moment: Iso, other: Iso | None) -> str:
        """The time alone where both are of one day, else with the day."""
        same_day = other is not None and self.read(moment).date() == self.read(other).date()
        return self.time(moment) if same_day else self.full(moment)


def clock_of(*countries: str) -> Clock:
    """The clock of the first country that has one for all its territory; else UTC."""
    zones = (zone_of(country) for country in countries)
    return Clock(next((name for name in zones if name), "UTC"))
