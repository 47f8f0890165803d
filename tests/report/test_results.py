"""What goes out to topics: rows of the files, without addresses, words, or what a dead letter held."""

import json

from pipelines.report.results import result_of
from schemas.messages import DeadLetter, Decision, Message
from schemas.streams import RESULTS
from schemas.wire import Record


def test_every_result_stream_has_rows_and_messages_go_nowhere(records: list[Record]) -> None:
    results = [(record, result_of(record)) for record in records]
    assert {result.stream for _, result in results if result is not None} == set(RESULTS)
    assert all(result is None for record, result in results if isinstance(record, Message))
    assert all(isinstance(json.loads(result.row), dict) for _, result in results if result is not None)


def test_no_address_and_no_words_are_in_what_goes_out(records: list[Record]) -> None:
    said = b"\n".join(result.row for result in map(result_of, records) if result is not None).decode()
    messages = [record for record in records if isinstance(record, Message)]
    assert messages
    assert "@" not in said
    assert "+48" not in said
    assert not [message for message in messages if message.to in said or message.text in said]


def test_a_dead_letter_says_where_and_why_and_not_what_it_held() -> None:
    letter = DeadLetter("Normalize", "not a mailbox", "data.recipients.0.email", b'{"email": "jan@poczta"}', 1_000)
    result = result_of(letter)
    assert result is not None
    row = json.loads(result.row)
    assert (result.stream.name, row["reason"], row["place"]) == ("dead-letters", letter.reason, letter.place)
    assert row["original"] == ""


def test_a_decision_is_the_row_of_its_file(records: list[Record]) -> None:
    decision = next(record for record in records if isinstance(record, Decision))
    result = result_of(decision)
    assert result is not None
    row = json.loads(result.row)
    assert row["verdicts"] == dict(decision.verdicts)
    assert (row["kind"], row["recipient"], row["at"][-1]) == (decision.kind, decision.recipient, "Z")
