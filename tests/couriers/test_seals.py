"""Couriers' seals: what holds as documented, and everything else refused."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from couriers.registry import COURIERS
from couriers.seal_schemes import BEARER_LASTS, FRESH, Post, bearer
from couriers.seals import SEALS, check, seal_of
from schemas.errors import BadSignature, ConfigurationError

BODY = b'{"trackingNumber": "620000000001234567", "eventCode": "LMD.1001"}'
SECRET = "a secret for tests only"
NOW = 1_790_000_000_000


def post_of(body: bytes = BODY, source: str = "", query: dict[str, str] | None = None, **headers: str) -> Post:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Post(body, named, query or {}, source, NOW)


def digest(signed: bytes, secret: str = SECRET) -> bytes:
    return hmac.new(secret.encode(), signed, hashlib.sha256).digest()


def in_base64(signed: bytes) -> str:
    return base64.b64encode(digest(signed)).decode()


SIGNED: dict[tuple[str, str], Callable[[bytes], Post]] = {
    ("inpost", "hmac"): lambda body: post_of(body, x_inpost_signature=in_base64(body)),
    ("inpost", "hmac_time"): lambda body: post_of(
        body, x_inpost_timestamp="1790000000", x_inpost_signature=in_base64(b"1790000000." + body)
    ),
    ("fedex", "hmac"): lambda body: post_of(body, fdx_signature=in_base64(body)),
    ("aftership", "hmac"): lambda body: post_of(body, aftership_hmac_sha256=in_base64(body)),
    ("shopify", "hmac"): lambda body: post_of(body, x_shopify_hmac_sha256=in_base64(body)),
    ("easypost", "hmac"): lambda body: post_of(body, x_hmac_signature=f"hmac-sha256-hex={digest(body).hex()}"),
    ("seventeentrack", "hash"): lambda body: post_of(
        body, sign=hashlib.sha256(body + b"/" + SECRET.encode()).hexdigest()
    ),
    ("shippo", "hmac"): lambda body: post_of(
        body, shippo_auth_signature=f"t=1790000000,v1={digest(b'1790000000.' + body).hex()}"
    ),
}
"""How each courier that signs the body would sign one with SECRET."""

TOKENS: dict[tuple[str, str], Callable[[str], Post]] = {
    ("inpost", "basic"): lambda secret: post_of(authorization=f"Basic {base64.b64encode(secret.encode()).decode()}"),
    ("inpost", "api_key"): lambda secret: post_of(x_api_key=secret),
    ("nova_poshta", "token"): lambda secret: post_of(x_custom_token=secret),
    ("ups", "credential"): lambda secret: post_of(credential=secret),
    ("ups", "oauth"): lambda secret: post_of(authorization=f"Bearer {bearer(secret, NOW)}"),
    ("shippo", "token"): lambda secret: post_of(query={"token": secret}),
}
"""How each courier that only repeats a secret does."""

NETWORKS = {
    ("inpost", "shipx_network"): ("91.216.25.77", "91.216.26.1"),
    ("fedex", "network"): ("20.65.16.23", "20.65.16.24"),
    ("shippo", "network"): ("52.4.41.98", "52.4.41.99"),
}
"""An address within, and one just outside."""


def refused(case: tuple[str, str], post: Post, *secrets: str) -> bool:
    try:
        check(case[0], post, secrets or (SECRET,), name=case[1])
    except BadSignature:
        return True
    return False


def test_every_seal_is_tried_and_belongs_to_a_courier() -> None:
    listed = {(courier, seal.name) for courier, seals in SEALS.items() for seal in seals}
    assert listed == {*SIGNED, *TOKENS, *NETWORKS, ("inpost", "rsa")}
    assert set(SEALS) <= set(COURIERS)


@pytest.mark.parametrize("case", SIGNED, ids="-".join)
def test_a_signed_body_passes_with_any_of_the_secrets(case: tuple[str, str]) -> None:
    post = SIGNED[case](BODY)
    check(case[0], post, (SECRET,), name=case[1])
    check(case[0], post, ("the next one", SECRET), name=case[1])
    check(case[0], post, (SECRET, "the former one"), name=case[1])
    assert refused(case, post, "the next one", "the former one")


@pytest.mark.parametrize("case", SIGNED, ids="-".join)
def test_a_body_changed_in_any_byte_or_written_anew_is_refused(case: tuple[str, str]) -> None:
    post = SIGNED[case](BODY)
    anew = json.dumps(json.loads(BODY), separators=(",", ":")).encode()
    for body in (BODY[:-1], BODY + b"\n", BODY.replace(b"LMD", b"LMX"), anew, b""):
        assert refused(case, Post(body, post.headers, post.query, post.source, NOW))


@pytest.mark.parametrize("case", SIGNED, ids="-".join)
def test_a_signature_cut_forged_or_spelled_otherwise_is_refused(case: tuple[str, str]) -> None:
    post = SIGNED[case](BODY)
    name = seal_of(*case).header
    given = post.headers[name]
    forged = given[:-3] + ("0" if given[-3] != "0" else "1") + given[-2:]
    for said in ("", given[:-1], given + "=", forged, given.upper(), given.swapcase(), "\udcff", "ключ", f"x{given}"):
        assert refused(case, Post(BODY, {**post.headers, name: said}, {}, "", NOW)), said
    assert refused(case, Post(BODY, {}, {}, "", NOW))


@pytest.mark.parametrize("name", ["inpost", "fedex", "aftership", "shopify"])
def test_the_right_digest_in_hex_or_for_urls_is_refused_where_base64_is_sent(name: str) -> None:
    seal = SEALS[name][0]
    made = digest(BODY)
    for said in (made.hex(), base64.urlsafe_b64encode(made).decode().rstrip("="), base64.b64encode(made).decode()[:-1]):
        assert refused((name, seal.name), Post(BODY, {seal.header: said}))


def test_base64_of_an_hmac_agrees_with_the_published_vector_of_rfc_4231() -> None:
    """Its second case; AfterShip, FedEx, InPost Group and Shopify sign so."""
    published = bytes.fromhex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    post = post_of(b"what do ya want for nothing?", fdx_signature=base64.b64encode(published).decode())
    check("fedex", post, ("Jefe",))


def test_easypost_agrees_with_the_vector_that_its_libraries_are_tested_by() -> None:
    """The secret has a letter with an accent: it is taken apart (NFKD) before it is a key."""
    body = (
        b'{"result":{"id":"batch_123...","object":"Batch","mode":"test","state":"created","num_shipments":0,'
        b'"reference":null,"created_at":"2022-07-26T17:22:32Z","updated_at":"2022-07-26T17:22:32Z","scan_form":null,'
        b'"shipments":[],"status":{"created":0,"queued_for_purchase":0,"creation_failed":0,"postage_purchased":0,'
        b'"postage_purchase_failed":0},"pickup":null,"label_url":null},"description":"batch.created","mode":"test",'
        b'"previous_attributes":null,"completed_urls":null,"user_id":"user_123...","status":"pending",'
        b'"object":"Event","id":"evt_123..."}'
    )
    signature = "hmac-sha256-hex=e93977c8ccb20363d51a62b3fe1fc402b7829be1152da9e88cf9e8d07115a46b"
    post = post_of(body, x_hmac_signature=signature)
    check("easypost", post, ("s\u00e9cret",))
    check("easypost", post, ("se\u0301cret",))
    assert refused(("easypost", "hmac"), post, "secret")


def test_a_time_is_part_of_what_inpost_signs() -> None:
    post = SIGNED["inpost", "hmac_time"](BODY)
    late = Post(BODY, {**post.headers, "x-inpost-timestamp": "1790000999"})
    bare = Post(BODY, {"x-inpost-signature": in_base64(b"." + BODY)})
    assert refused(("inpost", "hmac_time"), late)
    assert refused(("inpost", "hmac_time"), bare)


@pytest.mark.parametrize("late", [FRESH + 1, -FRESH - 1])
def test_an_old_or_future_signature_of_shippo_is_a_replay(late: int) -> None:
    post = SIGNED["shippo", "hmac"](BODY)
    check("shippo", Post(BODY, post.headers, received_at=NOW + FRESH), (SECRET,))
    assert refused(("shippo", "hmac"), Post(BODY, post.headers, received_at=NOW + late))


@pytest.mark.parametrize("case", TOKENS, ids="-".join)
def test_a_repeated_secret_passes_and_any_other_is_refused(case: tuple[str, str]) -> None:
    check(case[0], TOKENS[case](SECRET), ("the former one", SECRET), name=case[1])
    for said in ("", SECRET[:-1], SECRET + "x", SECRET.upper(), "the former one"):
        assert refused(case, TOKENS[case](said))
    assert refused(case, Post(BODY))


def test_the_header_of_a_token_is_the_one_that_was_chosen() -> None:
    post = post_of(x_awizo=SECRET)
    check("nova_poshta", post, (SECRET,), header="X-Awizo")
    assert refused(("nova_poshta", "token"), post)


@pytest.mark.parametrize("case", NETWORKS, ids="-".join)
def test_a_post_is_taken_from_the_courier_s_addresses_only(case: tuple[str, str]) -> None:
    inside, outside = NETWORKS[case]
    check(case[0], post_of(source=inside), (), name=case[1])
    check(case[0], post_of(source=f"::ffff:{inside}"), (), name=case[1])
    for source in (outside, f"::ffff:{outside}", "", "localhost", f"{inside}, {outside}", f"{inside}/32"):
        assert refused(case, post_of(source=source))


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def public(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def certificate(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "courier.example")])
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(begins).not_valid_after(begins + timedelta(days=365))
    return made.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()


def test_an_rsa_signature_holds_by_public_key_and_by_certificate(key: rsa.RSAPrivateKey) -> None:
    signature = base64.b64encode(key.sign(BODY, padding.PKCS1v15(), SHA256())).decode()
    post = post_of(x_inpost_signature=signature)
    other = public(rsa.generate_private_key(65537, 2048))
    check("inpost", post, (other, public(key)), name="rsa")
    check("inpost", post, (certificate(key),), name="rsa")
    assert refused(("inpost", "rsa"), post, other)
    for said in ("", signature[:-4], signature[:-1], "A" + signature[1:], base64.b64decode(signature).hex(), "ż"):
        assert refused(("inpost", "rsa"), post_of(x_inpost_signature=said), public(key))
    assert refused(("inpost", "rsa"), post_of(BODY + b" ", x_inpost_signature=signature), public(key))


def test_what_is_no_rsa_key_is_an_error_of_configuration() -> None:
    post = post_of(x_inpost_signature=base64.b64encode(b"x" * 256).decode())
    for wrong in ("not a key", public(ec.generate_private_key(ec.SECP256R1()))):
        with pytest.raises(ConfigurationError, match="PEM"):
            check("inpost", post, (wrong,), name="rsa")


def test_without_a_secret_nothing_passes() -> None:
    for secrets in ((), ("",)):
        with pytest.raises(ConfigurationError, match="no secret"):
            check("nova_poshta", post_of(x_custom_token=""), secrets)


def test_a_courier_without_seals_says_so() -> None:
    with pytest.raises(ConfigurationError, match="Known of it: address"):
        check("gls", post_of(), (SECRET,))
    with pytest.raises(ConfigurationError, match="hmac, network, address"):
        check("fedex", post_of(), (SECRET,), name="wax")


def test_a_courier_that_signs_nothing_may_be_given_a_secret_address() -> None:
    check("dhl", post_of(query={"key": SECRET}), (SECRET,), name="address")
    assert refused(("dhl", "address"), post_of(query={"key": "another"}))
    assert refused(("dhl", "address"), post_of())


def test_a_bearer_of_ours_holds_for_an_hour_and_was_not_made_for_longer() -> None:
    for early in (-BEARER_LASTS, -BEARER_LASTS - 1000, 1000):
        said = post_of(authorization=f"Bearer {bearer(SECRET, NOW + early)}")
        assert refused(("ups", "oauth"), said)
    check("ups", post_of(authorization=f"Bearer {bearer(SECRET, NOW - BEARER_LASTS + 1000)}"), (SECRET,), name="oauth")


def test_a_refusal_names_the_header_and_no_secret() -> None:
    with pytest.raises(BadSignature) as said:
        check("fedex", post_of(fdx_signature="nonsense"), (SECRET,))
    assert said.value.place == "fdx-signature"
    assert SECRET not in str(said.value)
    assert "nonsense" not in str(said.value)
