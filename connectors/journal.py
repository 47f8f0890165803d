"""The journal: a log line for each scan, decision, message and outcome, tied together by `trace`, the name of the
occurrence that they are about. Ids and codes only: no name, no address, no words.
"""

import logging
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from schemas.messages import DeadLetter, Decision, Message, Outcome
from schemas.parcels import ScanRecord, parcel_key
from schemas.wire import Record

_log = logging.getLogger("awizo.journal")


def journal(records: Iterable[Record]) -> None:
    """Write what there is to say of records."""
    if not _log.isEnabledFor(logging.INFO):
        return
    for record in records:
        for fields in _lines(record):
            _log.info(fields.pop("event"), extra=fields)


def _lines(record: Record) -> Iterator[dict[str, Any]]:
    match record:
        case ScanRecord():
            parcel = parcel_key(record.courier, record.number)
            said: dict[str, Any] = {"status": record.status, "code": record.raw_code, "flags": list(record.flags)}
            yield {"event": "scan", "trace": record.name, "parcel": parcel, **said}
        case Decision():
            where = {"shop": record.shop, "order": record.order, "recipient": record.recipient}
            about: dict[str, Any] = {"kind": record.kind, "bundle": record.bundle, "verdicts": dict(record.verdicts)}
            yield {"event": "decision", "trace": record.occurrence, **where, **about}
        case Message() | Outcome():
            where = {"shop": record.shop, "order": record.order, "recipient": record.recipient}
            about = {"kind": record.kind, "channel": record.channel, "generation": record.generation}
            if isinstance(record, Outcome):
                about |= {"state": record.state, "reason": record.reason, "key": record.key}
            word = "message" if isinstance(record, Message) else "outcome"
            for slot in record.slots:
                yield {"event": word, "trace": slot.occurrence, "subject": slot.subject, **where, **about}
        case DeadLetter():
            about = {"stage": record.stage, "reason": record.reason, "place": record.place, "line": record.line}
            yield {"event": "dead_letter", "trace": record.id, "source": record.source, **about}


def log_as_json() -> None:
    """From now on every log line of this process is a JSON object on stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter(
            "{asctime}{levelname}{name}{message}", style="{", rename_fields={"asctime": "at", "levelname": "level"}
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    _log.setLevel(logging.INFO)
