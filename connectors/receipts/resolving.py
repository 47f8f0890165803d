"""Receipts resolved: a row of the ledger knows whose message it was; Plan hears of it as an event in the log."""

from typing import Any

from connectors.receipts.receipt import Receipt, Said
from connectors.store.rows import Row
from pipelines.rules.ledger import State
from schemas.times import Millis, from_millis

TYPE = "awizo.receipt.received.v1"

_HOLDS = {
    Said.DELIVERED: (State.DELIVERED,),
    Said.UNDELIVERED: (State.UNDELIVERED,),
    Said.FAILED: (State.UNDELIVERED,),
}
"""What is told further only while the ledger agrees: a failure that came after a delivery must not lead to a second
message."""


def events_of(receipt: Receipt, row: Row, recorded_at: Millis) -> list[dict[str, Any]]:
    """The CloudEvents (structured) that the log shall have. The same receipt gives the same ids, so what comes twice is
    known as such. A row without an order is a tombstone: nobody waits for its receipts."""
    said = [str(receipt.said)] if row.state in _HOLDS.get(receipt.said, ()) else []
    said += ["opted_out"] if receipt.opted_out else []
    return [_event(receipt, row, word, recorded_at) for word in said if row.order_id]


def _event(receipt: Receipt, row: Row, said: str, recorded_at: Millis) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{receipt.provider_id}/{said}",
        "source": f"/providers/{receipt.provider}",
        "type": TYPE,
        "time": from_millis(receipt.at).isoformat(),
        "recordedtime": from_millis(max(recorded_at, receipt.at)).isoformat(),
        "datacontenttype": "application/json",
        "data": _data(receipt, row, said),
    }


def _data(receipt: Receipt, row: Row, said: str) -> dict[str, Any]:
    return {
        "shop": row.shop,
        "recipient": row.recipient,
        "order": row.order_id,
        "kind": row.kind,
        "channel": row.channel,
        "said": said,
        "final": said != "delivered",
        "code": receipt.code,
        "subject": row.subject,
        "occurrence": row.occurrence,
    }
