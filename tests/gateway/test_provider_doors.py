"""Providers' doors: what they say settles the ledger and reaches the log; what customers answer is heeded."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from connectors.gateway.reception import Reception
from connectors.log.publisher import MemoryPublisher, entry_of
from connectors.replies.tables import replies
from connectors.sandbox.address import EVENT_KEY, TOKEN
from connectors.shops import load_bundle
from connectors.store.bundles import BundleShelf
from connectors.store.claims import At, Claimed, Settlement
from connectors.store.opening import Store
from connectors.store.schema import ledger, suppressions
from pipelines.rules.ledger import Event
from schemas.errors import LogDown
from schemas.messages import Message, Slot
from schemas.metrics import CALLBACKS, GATEWAY_REFUSED, REPLIES
from schemas.times import DAY
from tests.gateway.asking import NOW, URL, Asked, Wire, counts, events, published
from tests.gateway.genuine import DELIVERED, mail, mail_events, reply, sendgrid_post, status, twilio_post

Receive = Callable[..., Reception]
SHOPS = Path(__file__).parents[2] / "infra" / "demo" / "shops"
NUMBER, PHONE, MAILBOX = "+48732000001", "+48500000123", "jan@poczta.example"


def shops(reception: Reception, *names: str) -> None:
    """Shops of these names whose SMS come from one number, and whose mail comes from an address each."""
    bundle = load_bundle(SHOPS / "sowa" / "2")
    number = {"sender": NUMBER, "two_way": True}
    sms = {country: sender.model_copy(update=number) for country, sender in bundle.sms.items()}
    for name in names:
        email = bundle.email.model_copy(update={"address": f"paczki@{name}.example", "reply_to": ""})
        changes = {"shop": name, "sms": sms, "email": email, "name": name.title(), "names": {}}
        BundleShelf(reception.store).put(bundle.model_copy(update=changes), NOW)
    reception.surroundings.look()


def message(
    shop: str = "sowa", recipient: str = "c1", channel: str = "sms", at: int = NOW - DAY, **more: Any
) -> Message:
    fields: dict[str, Any] = {
        "shop": shop, "bundle": "2", "recipient": recipient, "order": "o1", "kind": "shipped", "cls": "service",
        "priority": 3, "locale": "pl", "slots": (Slot("dpd_pl/1", "shipped", f"{shop}{recipient}{at}"),),
        "generation": 0, "at": at, "valid_until": at + 9 * DAY, "intervals": ((at, at + 9 * DAY),),
        "channel": channel, "to": PHONE if channel == "sms" else MAILBOX, "country": "PL", "sender": NUMBER,
        "text": "paczka 1", "subject": "", "html": "", "unsubscribe": "", "segments": 1,
    }  # fmt: skip
    return Message(**(fields | more))


def sent(reception: Reception, one: Message, number: str = "SM" + "1" * 32) -> str:
    """The message was handed over and taken by its provider; its key."""
    at = At(one.at, one.at)
    claim = reception.ledger.claim(one, at, reception.store.realm)
    assert isinstance(claim, Claimed)
    provider = "twilio" if one.channel == "sms" else "sendgrid"
    reception.ledger.settle(claim, Settlement(Event.ACCEPTED, provider=provider, provider_id=number), at)
    return claim.row.key


def claimed(reception: Reception, one: Message) -> str:
    """What a claim of this message comes to: the state and its reason."""
    claim = reception.ledger.claim(one, At(one.at, one.at), reception.store.realm)
    assert claim.row is not None
    return f"{claim.row.state}:{claim.row.reason}"


def muted(reception: Reception) -> list[tuple[str, str, str]]:
    with reception.store.reading() as connection:
        columns = suppressions.c
        found = connection.execute(select(columns.shop, columns.channel, columns.reason).order_by(columns.shop))
        return [tuple(row) for row in found]


def ask(reception: Reception, *asked: Asked) -> list[bytes]:
    """The answers to requests that are all taken."""
    with Wire(reception) as wire:
        answers = [wire.ask(one) for one in asked]
    assert all(answer.status in (200, 204) for answer in answers), answers
    return [answer.body for answer in answers]


# --- what became of messages


def test_a_status_settles_the_ledger_and_is_told_to_the_log_once(receive: Receive) -> None:
    reception = receive()
    key = sent(reception, message())
    ask(reception, status(key, "sent"), status(key), status(key))
    with reception.store.reading() as connection:
        assert connection.scalar(select(ledger.c.state)) == "delivered"
    told = {(event["source"], event["id"], event["data"]["said"]) for event in events(reception)}
    assert told == {("/providers/twilio", f"SM{'1' * 32}/delivered", "delivered")}
    assert all(entry_of(entry.event) == entry for entry in published(reception))
    assert counts(reception).total(CALLBACKS, "twilio", "settled") == 3


def test_a_key_of_our_own_may_sign_instead_of_the_token(receive: Receive) -> None:
    reception = receive()
    ask(reception, status(sent(reception, message()), by_shared_key=True))
    assert len(events(reception)) == 1


def test_events_of_sendgrid_settle_each_and_a_bad_one_stops_no_other(receive: Receive) -> None:
    reception = receive()
    key = sent(reception, message(channel="email"), "abc")
    bad: dict[str, object] = {"event": "delivered"}
    stranger = DELIVERED | {"awizo_key": "f" * 32, "sg_message_id": "other", "sg_event_id": "e2"}
    ask(reception, mail_events(bad, DELIVERED | {"awizo_key": key}, stranger))
    assert [event["data"]["said"] for event in events(reception)] == ["delivered"]
    seen = [counts(reception).total(CALLBACKS, "sendgrid", what) for what in ("unread", "settled", "stranger")]
    assert seen == [1, 1, 1]


class Sometimes(MemoryPublisher):
    """A log that is down at first."""

    is_down = True

    def publish(self, entries: Any) -> None:
        if self.is_down:
            raise LogDown("nobody there")
        super().publish(entries)


def test_while_the_log_is_down_nothing_is_acknowledged_and_the_next_try_tells_the_same(receive: Receive) -> None:
    log = Sometimes()
    reception = receive(publisher=log)
    shops(reception, "sowa")
    key = sent(reception, message())
    asked = (status(key), reply("STOP "), reply("Halo"))
    with Wire(reception) as wire:
        assert [wire.ask(one).status for one in asked] == [503, 503, 503]
        assert muted(reception) == [("sowa", "sms", "opted_out")]  # before anything more is sent
        log.is_down = False
        assert [wire.ask(one).status for one in asked] == [204, 200, 200]
    types = [event["type"] for event in events(reception)]
    assert types == ["awizo.receipt.received.v1", "awizo.customer.opted_out.v1", "awizo.customer.replied.v1"]


def test_a_receipt_of_a_second_account_finds_its_row_by_the_id_alone(receive: Receive) -> None:
    one = receive(
        AWIZO_SMS_ROUTES="twilio twilio_2", AWIZO_TWILIO_TOKEN="another", AWIZO_TWILIO_2_TOKEN=TOKEN,
        AWIZO_SENDGRID_EVENT_KEYS=EVENT_KEY,
    )  # fmt: skip
    real = Store(one.store.engine, "twilio:AC1 twilio:AC2")
    reception = replace(one, store=real, ledger=replace(one.ledger, store=real))
    sent(reception, message())
    path, form = "/providers/twilio_2/status", {"MessageSid": "SM" + "1" * 32, "MessageStatus": "delivered"}
    ask(reception, twilio_post(path, URL + path, form))
    with reception.store.reading() as connection:
        assert connection.execute(select(ledger.c.state, ledger.c.provider)).one() == ("delivered", "twilio")
    assert counts(reception).total(CALLBACKS, "twilio_2", "settled") == 1


def test_an_account_that_is_not_named_is_not_found(receive: Receive) -> None:
    reception = receive()
    with Wire(reception) as wire:
        for path in ("/providers/twilio_2/status", "/providers/sendgrid/status", "/providers/twilio/events"):
            assert wire.ask(Asked(path, b"x")).status == 404


# --- what customers answer


def test_a_stop_mutes_every_shop_of_the_sender_and_is_told_for_each_recipient(receive: Receive) -> None:
    reception = receive()
    shops(reception, "sowa", "lela", "zeta")
    sent(reception, message("sowa", "c1"), "SM1")
    sent(reception, message("sowa", "c2"), "SM2")
    sent(reception, message("lela", "c9", at=NOW - 2 * DAY), "SM3")
    (answer,) = ask(reception, reply("Zupynyty"))
    assert muted(reception) == [(shop, "sms", "opted_out") for shop in ("lela", "sowa", "zeta")]
    told = {(one["data"]["shop"], *one["data"]["who"].items()) for one in events(reception)}
    assert told == {
        ("sowa", ("recipient", "c1")), ("sowa", ("recipient", "c2")), ("lela", ("recipient", "c9")),
        ("zeta", ("phone", PHONE)),
    }  # fmt: skip
    assert {one["type"] for one in events(reception)} == {"awizo.customer.opted_out.v1"}
    assert all(entry_of(entry.event) == entry for entry in published(reception))
    assert claimed(reception, message("zeta", "new", at=NOW)) == "failed:opted_out"
    assert answer.decode().count("<Message>") == 1
    assert "Sowa, Lela: SMS на цей номер більше не надходитимуть" in answer.decode()


def test_a_start_revives_and_a_late_copy_of_the_stop_undoes_nothing(receive: Receive) -> None:
    reception = receive()
    shops(reception, "sowa")
    sent(reception, message())
    stop = reply("rezygnuje", sid=1)
    first, second = ask(reception, stop, stop)
    assert first == second
    ask(reception, reply("wznów", sid=2))
    assert muted(reception) == []
    ask(reception, stop)
    assert muted(reception) == []
    assert [one["type"].split(".")[2] for one in events(reception)] == ["opted_out", "opted_in"]
    assert claimed(reception, message(at=NOW)).startswith("intent")


def test_answers_are_remembered_for_a_month_and_then_let_go(receive: Receive) -> None:
    for now, sid in ((NOW, 1), (NOW + 29 * DAY, 2), (NOW + 31 * DAY, 3)):
        reception = receive(now=now)
        shops(reception, "sowa")
        ask(reception, reply("STOP", sid=sid))
    with reception.store.reading() as connection:
        kept = sorted(connection.scalars(select(replies.c.name)))
    assert kept == [f"twilio/SM{sid:032x}" for sid in (2, 3)]


def test_a_dead_address_is_not_revived_by_start(receive: Receive) -> None:
    reception = receive()
    shops(reception, "sowa")
    key = sent(reception, message())
    with reception.store.transaction() as connection:
        row = {"shop": "sowa", "channel": "sms", "recipient": "", "key_id": "1", "reason": "bounced", "since": NOW}
        address = reception.ledger.keyring.addresses("sowa", "sms", PHONE)[0]
        connection.execute(suppressions.insert().values(**row, address=address))
    assert key
    ask(reception, reply("START "))
    assert muted(reception) == [("sowa", "sms", "bounced")]


@pytest.mark.parametrize(("text", "more"), [("STOP", {}), ("Koniec", {"OptOutType": "STOP"}), ("info", {})])
def test_what_twilio_answers_itself_is_not_answered_twice(receive: Receive, text: str, more: dict[str, str]) -> None:
    reception = receive()
    shops(reception, "sowa")
    (answer,) = ask(reception, reply(text, **more))
    assert b"<Message>" not in answer


def test_help_says_who_this_is_and_how_to_reach_the_shop(receive: Receive) -> None:
    reception = receive()
    shops(reception, "sowa")
    pomoc, help_, dopomoha = ask(reception, reply("Pomoc"), reply("help!", phone="+380500000123"), reply("допомога"))
    assert "Sowa: SMS-y o paczkach. Kontakt: 220000000, pomoc@sowa.example" in pomoc.decode()
    assert "SMS about" not in help_.decode()
    assert "texts about your parcels" in help_.decode()
    assert "SMS про посилки" in dopomoha.decode()
    assert published(reception) == []


def test_words_go_to_the_one_shop_that_spoke_last_and_to_no_other(receive: Receive) -> None:
    reception = receive()
    shops(reception, "sowa", "lela")
    sent(reception, message("sowa", "c1", at=NOW - 3 * DAY), "SM1")
    sent(reception, message("lela", "c9", at=NOW - DAY, order="L-7"), "SM2")
    (answer,) = ask(reception, reply("Gdzie jest\nmoja paczka? 🙂"))
    assert b"<Message>" not in answer
    (told,) = events(reception)
    assert told["type"] == "awizo.customer.replied.v1"
    assert told["data"] == {
        "shop": "lela", "who": {"recipient": "c9"}, "order": "L-7", "channel": "sms",
        "words": "Gdzie jest\nmoja paczka? 🙂",
    }  # fmt: skip
    assert entry_of(published(reception)[0].event).stream.name == "customers"


def test_a_stranger_s_words_are_told_only_where_one_shop_has_the_number(receive: Receive) -> None:
    alone, shared = receive(), receive()
    shops(alone, "sowa")
    ask(alone, reply("Halo?"))
    assert [one["data"]["who"] for one in events(alone)] == [{"phone": PHONE}]
    shops(shared, "sowa", "lela")
    ask(shared, reply("Halo?", sid=2))
    assert events(shared) == []


def test_an_answer_to_a_number_that_no_shop_has_is_taken_and_counted(receive: Receive) -> None:
    reception = receive()
    ask(reception, reply("STOP"), reply("Halo"))
    assert counts(reception).total(REPLIES, "sms", "nobody") == 2
    assert published(reception) == []


def test_a_forged_stop_is_refused_and_counted(receive: Receive) -> None:
    reception = receive()
    shops(reception, "sowa")
    genuine = reply("Halo")
    with Wire(reception) as wire:
        forged = Asked(genuine.path, genuine.body.replace(b"Halo", b"STOP"), genuine.headers)
        assert wire.ask(forged).status == 403
    assert muted(reception) == []
    assert counts(reception).total(GATEWAY_REFUSED, "providers", "signature") == 1


# --- by mail


def test_a_mail_that_is_a_command_mutes_the_mailbox_for_its_shop_alone(receive: Receive) -> None:
    reception = receive()
    shops(reception, "sowa", "lela")
    sent(reception, message("sowa", "c1", "email"), "m1")
    sent(reception, message("lela", "c9", "email"), "m2")
    quoted = "Відписатися\n\nDnia 12 paź 2026 Sklep Sowa napisał:\n> paczka w drodze"
    ask(reception, mail(quoted))
    assert muted(reception) == [("sowa", "email", "opted_out")]
    assert [(one["data"]["shop"], one["data"]["channel"]) for one in events(reception)] == [("sowa", "email")]
    ask(reception, mail("START"))
    assert muted(reception) == []


def test_a_mail_whose_sender_nobody_vouches_for_commands_nothing(receive: Receive) -> None:
    reception = receive()
    shops(reception, "sowa")
    sent(reception, message("sowa", "c1", "email"), "m1")
    ask(reception, mail("STOP", SPF="fail", dkim="none"))
    assert muted(reception) == []
    assert [one["type"] for one in events(reception)] == ["awizo.customer.replied.v1"]


@pytest.mark.parametrize(
    "headers", ["Auto-Submitted: auto-replied", "Precedence: bulk", "X-Autoreply: yes", "List-Id: <x>"]
)
def test_what_a_machine_answers_is_told_to_nobody(receive: Receive, headers: str) -> None:
    reception = receive()
    shops(reception, "sowa")
    ask(reception, mail("STOP", headers=f"Subject: Urlop\n{headers}"))
    assert published(reception) == []
    assert muted(reception) == []
    assert counts(reception).total(REPLIES, "email", "machine") == 1


def test_words_by_mail_reach_the_shop_without_the_mail_that_they_answer(receive: Receive) -> None:
    reception = receive()
    shops(reception, "sowa")
    ask(reception, mail("Proszę o inny termin.\n\n> paczka w drodze", subject="Re: W drodze"))
    (told,) = events(reception)
    assert told["data"]["words"] == "Re: W drodze\nProszę o inny termin."


@pytest.mark.parametrize("body", [b"", b"--edge", b"no form", b"--edge\r\nContent-Disposition: x\r\n"])
def test_a_signed_post_that_is_no_mail_is_refused(receive: Receive, body: bytes) -> None:
    with Wire(receive()) as wire:
        asked = sendgrid_post("/providers/sendgrid/mail", body, "multipart/form-data; boundary=edge")
        assert wire.ask(asked).status == 400


def test_no_words_and_no_address_are_in_what_is_refused(receive: Receive) -> None:
    with Wire(receive()) as wire:
        answered = wire.ask(mail("Tajne słowa", **{"from": ""}))
    assert (answered.status, json.loads(answered.body)["place"]) == (400, "from")
    assert "Tajne" not in answered.body.decode()
