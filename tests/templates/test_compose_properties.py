"""Whatever a courier says or leaves unsaid, there are words, and an SMS keeps its rules."""

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from schemas.messages import Channel, Kind, Notice
from schemas.orders import ParcelView
from schemas.parcels import Cod, Eta, Facts, Point, parcel_key
from schemas.shops import Bundle
from schemas.status import REASONS, Status
from schemas.times import DAY, HOUR
from templates.cases import ordinary
from templates.compose import MAX_SEGMENTS, compose
from templates.phrases import LANGUAGES
from templates.segments import is_gsm7, size

_NOW = 1_792_843_200_000

_words = st.text(max_size=60)
_moments = st.integers(_NOW - 40 * DAY, _NOW + 40 * DAY)
_etas = st.builds(
    lambda at, length, day_only: Eta(at, at + length if length else None, day_only),
    _moments,
    st.sampled_from([0, 2 * HOUR, 3 * DAY]),
    st.booleans(),
)
_points = st.builds(
    Point,
    id=st.text("ABCW0123456789-", max_size=14),
    name=_words,
    kind=st.sampled_from(["", "locker", "branch", "shop"]),
    address=_words,
    hours=st.sampled_from([(), ((0, 480, 1200), (1, 480, 1200), (5, 540, 840))]),
)
_sums = st.none() | st.decimals(min_value=Decimal("0.01"), max_value=Decimal(29999), places=2)
_cods = st.builds(
    Cod,
    currency=st.sampled_from(["PLN", "UAH", "EUR"]),
    total=_sums,
    goods=_sums,
    state=st.sampled_from(["due", "collected", "none"]),
    methods=st.sampled_from([(), ("cash",), ("card", "blik"), ("pigeon",)]),
)
_facts = st.builds(
    Facts,
    eta=st.none() | _etas,
    deadline=st.none() | _moments,
    deadline_source=st.sampled_from(["", "carrier", "service_default"]),
    point=st.none() | _points,
    cod=st.none() | _cods,
    next_attempt=st.none() | _etas,
)
_parcels = st.builds(
    ParcelView,
    courier=st.sampled_from(["inpost", "nova_poshta", "poczta_polska", "some_new_courier"]),
    number=st.text("0123456789", min_size=1, max_size=30),
    status=st.sampled_from(list(Status)),
    reason=st.sampled_from(["", "a_reason_of_tomorrow", *sorted(REASONS)]),
    since=st.just(0) | _moments,
    direction=st.sampled_from(["outbound", "return"]),
    facts=_facts,
    known_at=st.just(0) | _moments,
)


def _notice(
    shop: Bundle, kind: str, channel: str, language: str, parcel: ParcelView, number: str, expected: int
) -> Notice:
    notice = ordinary(kind, channel, language, shop)[0].notice
    key = parcel_key(parcel.courier, parcel.number)
    order = structs.replace(notice.order, number=number, parcels=(parcel,), expected=expected)
    slots = (structs.replace(notice.slots[0], subject=key),)
    return structs.replace(notice, at=_NOW, order=order, parcels=(key,), slots=slots)


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # the bundle is frozen
)
@given(
    kind=st.sampled_from([kind for kind in Kind if kind != Kind.SHOP_ALERT]),
    channel=st.sampled_from(list(Channel)),
    language=st.sampled_from(LANGUAGES),
    parcel=_parcels,
    number=_words,
    expected=st.integers(0, 12),
)
def test_there_are_words_for_anything(
    longest_bundle: Bundle, kind: str, channel: str, language: str, parcel: ParcelView, number: str, expected: int
) -> None:
    notice = _notice(longest_bundle, kind, channel, language, parcel, number, expected)
    message = compose(notice, longest_bundle, lambda _: "7Kq2mX9bTe")
    assert message.locale == language
    if channel == Channel.EMAIL:
        assert message.subject
        assert "None" not in message.text
        return
    assert size(message.text).segments <= MAX_SEGMENTS[language]
    assert language == "uk" or is_gsm7(message.text)
    assert "  " not in message.text
