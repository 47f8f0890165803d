"""Dates, times, opening hours and money as a language says them, short for an SMS and at length for an e-mail."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import groupby

from babel.dates import format_date
from babel.numbers import format_currency

from schemas.parcels import Eta, Money
from schemas.times import Millis, local
from templates.phrases import locale, phrases


@dataclass(frozen=True, slots=True)
class Manner:
    """How a text speaks of time and money: its language, the reader's clock, and whether it must be short (SMS)."""

    language: str
    zone: str
    short: bool

    def day(self, moment: Millis) -> str:
        """27.10, or: 27 października (wtorek)."""
        return _day(local(moment, self.zone).date(), self.language, self.short)

    def moment(self, moment: Millis) -> str:
        """24.10 o 14:32."""
        at = local(moment, self.zone)
        words = phrases(self.language)
        pattern = str(words.get("at_eleven", words["at"]) if at.hour == 11 else words["at"])
        return f"{self.day(moment)} {pattern.format(time=self._clock(at))}"

    def clock(self, moment: Millis) -> str:
        """14:32."""
        return self._clock(local(moment, self.zone))

    def is_same_day(self, one: Millis, other: Millis) -> bool:
        """Whether two moments are of one day by these clocks."""
        return self._date(one) == self._date(other)

    def until(self, moment: Millis) -> str:
        """26.10, 18:00. Midnight is said as the end of the day before: 26.10, 24:00."""
        at = local(moment, self.zone)
        if (at.hour, at.minute) == (0, 0):
            return f"{_day(at.date() - timedelta(days=1), self.language, self.short)}, 24:00"
        return f"{self.day(moment)}, {self._clock(at)}"

    def eta(self, eta: Eta | None, now: Millis) -> str:
        """When a parcel is planned to come; "" if that is not known, or is over."""
        if eta is None or self._date(_last(eta)) < self._date(now):
            return ""
        if self._date(eta.at) != self._date(_last(eta)):
            return f"{self.day(eta.at)} \u2013 {self.day(_last(eta))}"
        hours = self.hours_of(eta)
        return f"{self.day(eta.at)}, {hours}" if hours else self.day(eta.at)

    def hours_of(self, eta: Eta | None) -> str:
        """14:00-16:00, if the courier gave the hours of one day."""
        if eta is None or eta.day_only or eta.until is None or self._date(eta.at) != self._date(eta.until):
            return ""
        return f"{self._clock(local(eta.at, self.zone))}-{self._clock(local(eta.until, self.zone))}"

    def is_later_than_today(self, eta: Eta | None, now: Millis) -> bool:
        """Whether a parcel is planned for a day after today."""
        return eta is not None and self._date(_last(eta)) > self._date(now)

    def money(self, money: Money) -> str:
        """129,00 zl with a plain space in an SMS; 129,00 zł as the CLDR has it in an e-mail."""
        return (short_money if self.short else long_money)(money, self.language)

    def opening_hours(self, hours: tuple[tuple[int, int, int], ...]) -> str:
        """pn-pt 8:00-20:00, sb 9:00-14:00."""
        days: dict[int, str] = {}
        for weekday, opens, closes in sorted(hours):
            span = f"{self._minutes(opens)}-{self._minutes(closes)}"
            days[weekday] = f"{days[weekday]}, {span}" if weekday in days else span
        return ", ".join(self._days(days))

    def _days(self, spans: dict[int, str]) -> list[str]:
        names = phrases(self.language)["days"]
        lines = []
        for (span, _), run in groupby(enumerate(sorted(spans)), lambda item: (spans[item[1]], item[1] - item[0])):
            run_days = [weekday for _, weekday in run]
            first, last = names[run_days[0]], names[run_days[-1]]
            lines.append(f"{first} {span}" if first == last else f"{first}-{last} {span}")
        return lines

    def _date(self, moment: Millis) -> date:
        return local(moment, self.zone).date()

    def _clock(self, at: datetime) -> str:
        return self._minutes(at.hour * 60 + at.minute)

    def _minutes(self, minutes: int) -> str:
        hour = f"{minutes // 60:02}" if self.language == "en" else str(minutes // 60)
        return f"{hour}:{minutes % 60:02}"


def short_money(money: Money, language: str) -> str:
    """A sum for an SMS: digits without grouping, ordinary spaces; whole hryvnias without kopiykas."""
    words = phrases(language)
    whole = language == "uk" and money.amount == money.amount.to_integral_value()
    amount = f"{money.amount:.{0 if whole else 2}f}"
    if language != "en":
        amount = amount.replace(".", ",")
    currency = words["currencies"].get(money.currency, money.currency)
    return str(words["money_sms"].format(amount=amount, currency=currency))


def long_money(money: Money, language: str) -> str:
    """A sum for an e-mail, by the CLDR."""
    return _long_money(money.amount, money.currency, language)


@lru_cache(maxsize=4096)
def _long_money(amount: Decimal, currency: str, language: str) -> str:
    return str(format_currency(amount, currency, phrases(language)["money"], locale=locale(language)))


@lru_cache(maxsize=8192)
def _day(day: date, language: str, short: bool) -> str:
    pattern = phrases(language)["date" if short else "long_date"]
    return str(format_date(day, pattern, locale=locale(language)))


def _last(eta: Eta) -> Millis:
    return eta.at if eta.until is None else eta.until
