"""Opening a store by URL: `sqlite:///path`, `sqlite://` (memory), `postgresql+psycopg://...`."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, InternalError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.pool import StaticPool

from connectors.store.schema import realms
from schemas.errors import ConfigurationError, StoreDown

SANDBOX = "sandbox"
"""The realm in which nobody real can be reached."""

_CLOSED = "the store cannot be opened"
_CHECK = "check its URL, and that its folder exists"
_FULL = "its disk is full"
_WORDS = {"SQLITE_FULL": _FULL, "DiskFull": _FULL, "SQLITE_BUSY": "another process holds it (SQLITE_BUSY)"}
"""What a database's error means to whoever has to act; the others go by their names."""

_BUSY_SECONDS = 30
_DOWN = (OperationalError, InterfaceError, InternalError, NoConnectionFree)  # InternalError: e.g. a standby, read-only
_REACHING: dict[str, Any] = {
    "connect_timeout": 10,
    "tcp_user_timeout": 30_000,  # milliseconds without an acknowledgement
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
}
_BOUNDS = (f"SET lock_timeout = '{_BUSY_SECONDS}s'", "SET idle_in_transaction_session_timeout = '60s'")
_RACES = frozenset({"40001", "40P01"})  # SQLSTATE: a serialization failure, a deadlock
_OPENING = 0x4157495A4F  # the lock under which a PostgreSQL store is migrated and stamped


class Raced(Exception):
    """Another transaction got in between: this one is undone and may be begun anew."""


class Store:
    """A migrated database with its realm. SQLite has one writer a process: transactions take turns."""

    def __init__(self, engine: Engine, realm: str) -> None:
        self.engine = engine
        self.realm = realm
        lock = threading.RLock() if engine.dialect.name == "sqlite" else None
        self._is_in_memory = isinstance(engine.pool, StaticPool)
        self._turn: AbstractContextManager[Any] = lock or nullcontext()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection inside one transaction, committed at the end unless something is raised.

        Raises StoreDown if the database does not answer; its own words are not kept, they quote values.
        """
        try:
            with self._turn, self.engine.begin() as connection:
                yield connection
        except _DOWN as error:
            raise _trouble(error) from None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that only reads, beside whoever writes. Raises StoreDown."""
        if self._is_in_memory:  # there is only one connection
            with self.transaction() as connection:
                yield connection
            return
        try:
            with self.engine.connect() as connection, connection.execution_options(awizo_reads=True).begin():
                yield connection
        except _DOWN as error:
            raise _trouble(error) from None

    @property
    def file(self) -> Path | None:
        """The file that it is; None in memory and on a server."""
        is_file = self.engine.dialect.name == "sqlite" and not self._is_in_memory
        return Path(str(self.engine.url.database)).resolve() if is_file else None

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def open_stamped(url: str) -> Store:
    """The store at `url` in whatever realm it has: for those who look after it and send nothing.

    Raises ConfigurationError if nobody has ever opened it to send, or it cannot be opened.
    """
    engine = _engine(url, "")
    try:
        names = inspect(engine).get_table_names()
        with engine.connect() as connection:
            realm = connection.scalar(select(realms.c.name)) if realms.name in names else None
    except _DOWN as error:
        raise _closed(_words(error)) from None
    finally:
        engine.dispose()
    if realm is None:
        remedy = "check its URL (AWIZO_STORE); a new one is made by `awizo doctor`, once the accounts are set"
        raise ConfigurationError("there is no store of Awizo here", remedy)
    return open_store(url, realm)


def open_any(url: str, realm: str) -> Store:
    """The store at `url` in whatever realm it has; with `realm`, if nobody has ever opened it. Raises
    ConfigurationError."""
    try:
        return open_stamped(url)
    except ConfigurationError:
        if not realm:
            raise
        return open_store(url, realm)


def open_store(url: str, realm: str) -> Store:
    """The store at `url`, migrated, and stamped with `realm` if it has no stamp yet.

    An account may be taken out of its realm for a while, or a new one come to it: see `_stamp`. Raises
    ConfigurationError if it belongs to another realm, or cannot be opened.
    """
    engine = _engine(url, realm)
    try:
        upgrade(engine)
        store = Store(engine, realm)
        _stamp(store)
    except _DOWN as error:
        engine.dispose()
        raise _closed(_words(error)) from None
    except StoreDown as error:
        engine.dispose()
        raise _closed(error.reason) from None
    except ConfigurationError:
        engine.dispose()
        raise
    return store


def upgrade(engine: Engine) -> None:
    """Bring the schema to the newest migration. Takes milliseconds if it is there already. A schema that a later
    version left, before it was rolled back, stays: columns are only added, each with a default."""
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "connectors.store:migrations")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    with engine.begin() as connection:
        _patiently(connection)
        _alone(connection)
        if MigrationContext.configure(connection).get_current_revision() in known | {None}:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _engine(url: str, realm: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigurationError("the store's URL cannot be read", "write it as sqlite:///path/to/awizo.db") from None
    if parsed.get_backend_name() != "sqlite":
        return _postgres(parsed)
    in_memory = parsed.database in (None, "", ":memory:")
    shared: dict[str, Any] = {"poolclass": StaticPool} if in_memory else {}
    arguments = {"check_same_thread": False, "timeout": _BUSY_SECONDS}
    engine = create_engine(parsed, connect_args=arguments, hide_parameters=True, **shared)
    _prepare_sqlite(engine, realm)
    return engine


def _postgres(url: URL) -> Engine:
    """Each statement sees what was committed before it; who must not be overtaken takes a lock (see `turns`).

    Nobody waits for ever: not for a server that does not answer, and not for a worker that stands still in the middle
    of a transaction and holds what others need. What the URL says of connecting holds.
    """
    try:
        engine = create_engine(
            url,
            connect_args={name: value for name, value in _REACHING.items() if name not in url.query},
            pool_pre_ping=True,
            pool_size=16,
            max_overflow=48,
            hide_parameters=True,
            isolation_level="READ COMMITTED",
        )
        event.listen(engine, "connect", _bound)
        return engine
    except (NoSuchModuleError, ImportError):
        raise ConfigurationError(
            "the store's database has no driver here", "install awizo[postgres] and write postgresql+psycopg://..."
        ) from None


def _bound(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        for bound in _BOUNDS:
            cursor.execute(bound)
    connection.commit()


def _patiently(connection: Connection) -> None:
    """A migration of a large store takes its time, and so does waiting for another worker's."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = 0"))


def _alone(connection: Connection) -> None:
    """Nobody else migrates or stamps this store meanwhile."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:it)"), {"it": _OPENING})


def _trouble(error: DBAPIError | NoConnectionFree) -> Raced | StoreDown:
    """A race may be run again; anything else is a store that does not answer."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    words = _words(error)
    return Raced(words) if getattr(cause, "sqlstate", None) in _RACES else StoreDown(words)


def _words(error: DBAPIError | NoConnectionFree) -> str:
    """What the database says, without its own sentence, which quotes values."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    name = getattr(cause, "sqlite_errorname", type(cause).__name__)
    return _WORDS.get(name, name)


def _closed(why: str) -> ConfigurationError:
    remedy = "make room: delete no file of the store itself" if why == _FULL else _CHECK
    return ConfigurationError(f"{_CLOSED}: {why}", remedy)


def _prepare_sqlite(engine: Engine, realm: str) -> None:
    """WAL, so that readers do not wait. FULL makes a commit survive a power cut: a claim that was forgotten is a
    message sent twice. Where nobody real is reached, NORMAL does (it survives the death of the process)."""
    durability = "NORMAL" if realm == SANDBOX else "FULL"

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves; sqlite3 would begin too late
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={durability}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        reads = connection.get_execution_options().get("awizo_reads", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _stamp(store: Store) -> None:
    """Note whose store it is. Raises ConfigurationError if it is another's.

    The accounts may be fewer than those of the stamp: one of them is ill and was taken out; it may come back. They may
    be more: a new one came beside them. What shares some and lacks others is a mistake more often than a plan.
    """
    with store.transaction() as connection:
        _alone(connection)
        name = connection.scalar(realms.select().with_only_columns(realms.c.name))
        if name is None:
            connection.execute(realms.insert().values(id=1, name=store.realm))
            return
        stamped, ours = set(name.split()), set(store.realm.split())
        if stamped < ours:
            connection.execute(realms.update().values(name=store.realm))
        elif not ours <= stamped:
            remedy = "use another store for this realm; an account is exchanged in two steps: add the new, drop the old"
            raise ConfigurationError(f"this store belongs to realm {name!r}, not to {store.realm!r}", remedy)
