"""What others may read of a run as it goes: a row of the files for each record, as one JSON object.

No address and no words: a message is not among them, and of a dead letter only why and where; what it held is kept in
the store.
"""

from typing import NamedTuple

import msgspec

from pipelines.report.from_records import dead_letter_row, decision_row, order_row, outcome_row, parcel_row
from schemas.messages import DeadLetter, Decision, Outcome
from schemas.orders import OrderRecord
from schemas.parcels import ParcelRecord
from schemas.streams import DEAD_LETTERS, DECISIONS, ORDER_VIEWS, OUTCOMES, PARCELS, Stream
from schemas.wire import Record


class Result(NamedTuple):
    """A row, and the stream that carries it."""

    stream: Stream
    row: bytes


def result_of(record: Record) -> Result | None:
    """The result that a record is; None if it is none for others."""
    match record:
        case ParcelRecord():
            return Result(PARCELS, _json(parcel_row(record, {})))
        case OrderRecord():
            return Result(ORDER_VIEWS, _json(order_row(record)))
        case Decision():
            return Result(DECISIONS, _json(decision_row(record)))
        case Outcome():
            return Result(OUTCOMES, _json(outcome_row(record)))
        case DeadLetter():
            return Result(DEAD_LETTERS, _json(dead_letter_row(msgspec.structs.replace(record, original=b""))))
    return None


_json = msgspec.json.Encoder(decimal_format="string").encode
