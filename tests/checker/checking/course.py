"""A parcel's way as it was known at a moment: the scans known by then, folded anew by the legal moves."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from schemas.status import CORRECTIONS, HARD_ENDS, MOVES, RANK, Status
from schemas.times import HOUR, Millis

TRUST = ("push", "answer", "shop", "aggregator")
"""Whom to believe, the most trusted first."""

SAME_WITHIN = 4 * HOUR
STALE_LEAD = 24 * HOUR
CORRECTED_WITHIN = 72 * HOUR
_S = Status
STOPPED = frozenset({_S.UNDELIVERABLE, _S.HELD, _S.EXCEPTION, _S.LOST, _S.EXPIRED, _S.CANCELLED, _S.DESTROYED})
"""What a status means on the way back too: all others are the way back itself, or its end."""


class Scan(NamedTuple):
    """One line of a parcel's history. `status` is what the courier said; `name` is its event's; `occurrence` is that of
    the event that opened the status when all was known, and `applied` whether it counted then."""

    known: Millis
    happened_at: Millis
    status: str
    name: str
    occurrence: str
    applied: bool
    flags: frozenset[str]
    source: str
    via: str
    reason: str
    meant: str  # the status, as it is meant when all is known
    notice: str  # what it says beside the status: then the status is one that the parcel has

    @property
    def reminds(self) -> bool:
        """Whether the courier told a mere notice: that takes no delivery back. What moved may tell of a new time."""
        return bool(self.notice) and (not self.applied or self.notice not in ("eta_moved", "deadline_extended"))

    @property
    def opens(self) -> bool:
        """Whether the scan opened an occurrence, when all is known."""
        return self.applied and self.name == self.occurrence


def moves(scans: Sequence[Scan], courier: str) -> list[Scan]:
    """The scans that give the parcel its statuses, in order, each with its status as it is meant there. `scans`: those
    known, in order of happening."""
    undone = [scan for scan in scans if "retraction" in scan.flags]
    counted = [scan for scan in scans if _counts(scan, undone)]
    return list(_moves(counted, courier))


def _counts(scan: Scan, undone: list[Scan]) -> bool:
    """Whether a scan says where the parcel is: one that was taken back did so until then."""
    if scan.status == Status.UNKNOWN or "informational" in scan.flags:
        return False
    back = "retracted" in scan.flags
    return not (back and any(b.source == scan.source and b.happened_at >= scan.happened_at for b in undone))


def _moves(scans: Sequence[Scan], courier: str) -> Iterator[Scan]:
    leader = min((_claim(scan, courier) for scan in scans), default=None)
    present: Scan | None = None
    led_at, back = 0, False
    left: dict[str, Millis] = {}
    for scan in scans:
        leads = leader is None or scan.source == leader[2]
        meant = scan._replace(status=_meant(scan, back))
        follows = not leads and led_at > 0 and scan.happened_at - led_at <= STALE_LEAD
        led_at = scan.happened_at if leads else led_at
        if present is not None and not _goes(present, meant, follows, left):
            continue
        if present is not None and present.status != meant.status:
            left[present.status] = scan.happened_at
        back = scan.reason != "return_cancelled" and (back or meant.status == Status.RETURNING)
        if present is None or present.status != meant.status or _is_anew(scan, present):
            present = meant
            yield meant


def _is_anew(scan: Scan, present: Scan) -> bool:
    """Whether a status that stays has happened again: some time later, and so it was taken when all was known."""
    return scan.opens and not scan.notice and scan.happened_at - present.happened_at > SAME_WITHIN


def _claim(scan: Scan, courier: str) -> tuple[int, bool, str]:
    """How well a source may lead: the least leads."""
    return TRUST.index(scan.via), scan.source != courier, scan.source


def _meant(scan: Scan, back: bool) -> str:
    """What a status means where the parcel goes back: delivered is delivered to the sender."""
    if not back or scan.reason == "return_cancelled" or scan.status in STOPPED:
        return scan.status
    return Status.RETURNED if scan.status in (Status.DELIVERED, Status.RETURNED) else Status.RETURNING


def _goes(present: Scan, scan: Scan, follows: bool, left: dict[str, Millis]) -> bool:
    """Whether the scan may stand after the present one: a legal move, or a correction, and no contradiction."""
    if scan.status == present.status:
        return True
    lately = scan.happened_at - left.get(scan.status, scan.happened_at - STALE_LEAD - 1) <= STALE_LEAD
    if follows and (RANK[scan.status] < RANK[present.status] or lately):
        return False
    if present.status in HARD_ENDS:
        soon = 0 < scan.happened_at - present.happened_at <= CORRECTED_WITHIN and not scan.reminds
        return soon and scan.via != "aggregator" and scan.status in CORRECTIONS.get(present.status, ())
    return scan.status in MOVES[present.status]
