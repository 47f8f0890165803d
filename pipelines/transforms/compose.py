"""Compose: what is to be said into the very words."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, TypeAlias

import apache_beam as beam
from apache_beam.pvalue import TaggedOutput

from pipelines.rules.context import Bundles
from pipelines.rules.unfold import cause
from schemas.errors import BadInput
from schemas.messages import DeadLetter, Message, Notice, Withdraw
from schemas.wire import pack_items, pack_record, unpack_items
from templates.compose import compose
from templates.links import link_code

Keyed = tuple[str, bytes]

Composed: TypeAlias = Keyed | TaggedOutput[Literal["records"], bytes] | TaggedOutput[Literal["failed"], bytes]


@dataclass(frozen=True)
class Words:
    """What composing needs: the shops' bundles, and the key that short links derive from."""

    bundles: Bundles
    links: bytes = field(repr=False)


@dataclass
class Compose(beam.PTransform):
    """Expects a PCollection of (recipient key, packed Notices and Withdraws). Outputs `said`: (recipient key, packed
    Messages and Withdraws) in the same order; `records`: packed Messages; `failed`: packed DeadLetters, each of the one
    notice whose text failed. `words` is asked once a bundle, and pickles."""

    words: Callable[[], Words]

    def expand(self, notices: Any) -> Any:
        return notices | beam.ParDo(_Compose(self)).with_outputs("records", "failed", main="said")


class _Compose(beam.DoFn):
    def __init__(self, stage: Compose) -> None:
        self._ask = stage.words

    def start_bundle(self) -> None:
        self._words = self._ask()

    def process(self, keyed: Keyed) -> Iterable[Composed]:
        key, packed = keyed
        said: list[Message | Withdraw] = []
        for item in unpack_items(packed):
            if not isinstance(item, Notice):
                said.append(item)
                continue
            message = self._composed(key, item)
            if isinstance(message, Message):
                said.append(message)
                yield TaggedOutput("records", pack_record(message))
            else:
                yield TaggedOutput("failed", pack_record(message))
        if said:
            yield key, pack_items(said)

    def _composed(self, key: str, notice: Notice) -> Message | DeadLetter:
        link = partial(link_code, self._words.links, notice.shop, notice.recipient)
        try:
            return compose(notice, self._words.bundles[notice.shop][notice.bundle], link)
        except Exception as error:  # a broken text buries only its own message
            reason, place = (error.reason, error.place) if isinstance(error, BadInput) else (cause(error), key)
            return DeadLetter("Compose", reason, place, pack_items([notice]), notice.at)
