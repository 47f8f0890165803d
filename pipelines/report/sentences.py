"""Rows of a run as sentences."""

from collections import defaultdict

from pipelines.report.clock import Clock
from pipelines.report.rows import DecisionRow, OutcomeRow, ScanRow
from pipelines.report.words import (
    CHANNELS,
    FLAGS,
    NOTICES,
    OTHERWISE_BY,
    REASONS,
    STATES,
    WHY,
    because,
    kind_words,
    plain,
    status_words,
    taken_by,
)
from schemas.messages import HANDED_OVER, HELD, Kind, Reason
from schemas.status import Status

QUIET = "quiet_hours"


def scan_sentence(scan: ScanRow) -> str:
    """`Delivery failed, another try: consignee not home`."""
    details = [plain(scan.reason)] if scan.reason else []
    if scan.notice:
        details.append(NOTICES.get(scan.notice, plain(scan.notice)))
    head = _head(scan)
    return f"{head}: {', '.join(details)}" if details else head


def _head(scan: ScanRow) -> str:
    """What a scan says first; one that takes another back, or only informs, need not be understood."""
    if scan.status != Status.UNKNOWN:
        return status_words(scan.status)
    if "retraction" in scan.flags:
        return "An earlier scan is taken back"
    return "Information" if scan.notice or "informational" in scan.flags else status_words(scan.status)


def scan_marks(scan: ScanRow) -> list[str]:
    """What is odd about a scan."""
    return [FLAGS.get(flag, plain(flag)) for flag in scan.flags]


def decision_sentences(decision: DecisionRow, clock: Clock) -> list[str]:
    """One sentence for each different verdict: `Not sent by SMS: out for delivery at 22:10 was superseded by
    delivered; held for quiet hours until 08:00`."""
    channels: dict[str, list[str]] = defaultdict(list)
    for channel, verdict in decision.verdicts.items():
        channels[verdict].append(CHANNELS.get(channel, channel))
    told = [_verdict_sentence(decision, verdict, " and ".join(names), clock) for verdict, names in channels.items()]
    return [sentence + _held_words(decision, verdict, clock) for sentence, verdict in zip(told, channels, strict=True)]


def _verdict_sentence(decision: DecisionRow, verdict: str, channels: str, clock: Clock) -> str:
    what, by = what_words(decision, clock), f" by {channels}" if channels else ""
    if verdict == HANDED_OVER:
        return f"To be sent{by}: {what}"
    if verdict == HELD:
        return f"Still held then: {what}"
    return f"Not sent{by}: {what} {reason_words(verdict, decision.by, decision.kind)}"


def what_words(decision: DecisionRow, clock: Clock) -> str:
    """The kind and when it happened: `out for delivery at 22:10`."""
    kind = kind_words(decision.kind)
    if decision.occurred_at is None:
        return kind
    when = clock.beside(decision.occurred_at, decision.at)
    return f"{kind} at {when}" if len(when) == len("22:10") else f"{kind} of {when}"


def reason_words(reason: str, by: str = "", kind: str = "") -> str:
    """The rest of the sentence that begins with the kind. `by` is what took its place."""
    if reason == Reason.DUPLICATE and by.startswith("order/"):
        return f"had been said already, for order {by.removeprefix('order/')} with the same parcel"
    if reason == Reason.CAP and by == Kind.PICKUP_REMINDER:
        return "would come too soon after the one before"
    words = REASONS.get(reason, f"was stopped: {plain(reason)}")
    if by and by == kind:
        return words.format(by="a later one of its kind" if reason == Reason.SUPERSEDED else "that of another parcel")
    return words.format(by=taken_by(by) if by else OTHERWISE_BY.get(reason, "something newer"))


def _held_words(decision: DecisionRow, verdict: str, clock: Clock) -> str:
    why = [word for word in decision.why if word != QUIET]
    also = "".join(f"; {WHY.get(word, plain(word))}" for word in why)
    if decision.held_until is None:
        return also
    return f"; {_held(decision, verdict)} {clock.beside(decision.held_until, decision.at)}{also}"


def _held(decision: DecisionRow, verdict: str) -> str:
    if verdict == HELD:
        return "to be looked at again at"
    if QUIET in decision.why:
        return "held for quiet hours until"
    is_early = decision.held_until is not None and decision.held_until > decision.at
    return "it was to wait until" if is_early else "held until"


def outcome_sentence(outcome: OutcomeRow) -> str:
    """`not sent after 6 attempts: something newer made it pointless`."""
    words = STATES.get(outcome.state, plain(outcome.state))
    tries = f" after {outcome.attempts} attempts" if outcome.attempts > 1 else ""
    return f"{words}{tries}: {because(outcome.reason)}" if outcome.reason else f"{words}{tries}"
