"""Opening what the doors work with, from the environment of the process that serves them."""

from collections.abc import Mapping

from connectors.accounts import realm
from connectors.clock import StoreClock
from connectors.gateway.intake import Intake
from connectors.gateway.reception import Reception
from connectors.live import publisher_of
from connectors.metering import Meter, NoMeter
from connectors.opening import SANDBOX_SECRET, keyring_of, owner
from connectors.store.keyring import Keyring
from connectors.store.ledger import Ledger
from connectors.store.opening import SANDBOX as SANDBOX_REALM
from connectors.store.opening import open_store
from connectors.store.secrets import hold_secrets
from connectors.surroundings import Surroundings
from schemas.settings import GATEWAY_URL, SANDBOX, STORE, person_keys, read


def open_reception(environment: Mapping[str, str], meter: Meter | None = None) -> Reception:
    """A reception on the store that the environment names. With AWIZO_SANDBOX, or in a sandbox's store, posts are
    proved by the sandbox's keys. Raises ConfigurationError that names the setting which is missing or wrong, such as a
    person key that is not the store's: under it a STOP would find nobody."""
    is_sandbox = bool(read(SANDBOX, environment))
    url = read(GATEWAY_URL, environment).rstrip("/")
    keyring = Keyring({"sandbox": SANDBOX_SECRET}) if is_sandbox else keyring_of(environment)
    keys = person_keys(environment)
    store = open_store(read(STORE, environment), SANDBOX_REALM if is_sandbox else realm(environment))
    if not is_sandbox:
        hold_secrets(store, keyring)
    clock = StoreClock(store)
    return Reception(
        store=store,
        ledger=Ledger(store, keyring, owner()),
        intake=Intake(publisher_of(environment, store, clock)),
        surroundings=Surroundings(store),
        clock=clock,
        keys=keys,
        url=url,
        environment=environment,
        meter=meter or NoMeter(),
    )
