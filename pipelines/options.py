"""The options of the live job in Google Cloud: what its template's parameters say. No secret is among them."""

import re
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any, NamedTuple

from apache_beam.options.pipeline_options import (
    DebugOptions,
    GoogleCloudOptions,
    PipelineOptions,
    StandardOptions,
)

from connectors.log.pubsub import Place
from connectors.secrets import project_path
from schemas.errors import BadInput, ConfigurationError
from schemas.settings import SETTINGS

AT_LEAST_ONCE = "streaming_mode_at_least_once"
EXACTLY_ONCE = "streaming_mode_exactly_once"


class Option(NamedTuple):
    """A parameter of the template. `pattern`: what its value looks like, whole."""

    name: str
    label: str
    meaning: str
    pattern: str
    default: str | int = ""


_PROJECT = r"(projects/)?[a-z][-a-z0-9]{4,28}[a-z0-9]"

LOG = Option(
    "log",
    "Project of the log",
    "The Google Cloud project of the topics and subscriptions; empty: the job's own.",
    f"({_PROJECT})?",
)
SECRETS = Option(
    "secrets",
    "Project of the secrets",
    "The project whose Secret Manager holds each secret setting under the setting's name; empty: the job's own.",
    f"({_PROJECT})?",
)
SETTINGS_OPTION = Option(
    "settings",
    "Settings that are no secrets",
    "NAME=VALUE pairs of schemas/SETTINGS.md, separated by semicolons. A secret among them is refused.",
    r"(AWIZO_[A-Z0-9_]+=[^;]*(;AWIZO_[A-Z0-9_]+=[^;]*)*)?",
)
GENERATION = Option(
    "generation",
    "Generation of states",
    "The number that `awizo rebuild` said; 0: the log is read as if it began with the subscriptions.",
    r"[0-9]+",
    0,
)
CUT_OFF = Option(
    "cut_off",
    "Cut-off of the states",
    "The cut-off that `awizo rebuild` said, in milliseconds since 1970.",
    r"[0-9]+",
    0,
)

OPTIONS = (LOG, SECRETS, SETTINGS_OPTION, GENERATION, CUT_OFF)
"""All there are, beside Beam's own."""


class LiveOptions(PipelineOptions):
    """The options, as Beam reads them."""

    @classmethod
    def _add_argparse_args(cls, parser: ArgumentParser) -> None:
        for option in OPTIONS:
            parser.add_argument(
                f"--{option.name}", type=type(option.default), default=option.default, help=option.meaning
            )


class Job(NamedTuple):
    """What a live job in Google Cloud must know. `log` and `secrets`: projects/PROJECT."""

    log: str
    secrets: str
    settings: tuple[tuple[str, str], ...]
    generation: int
    cut_off: int

    @property
    def place(self) -> Place:
        """Where the topics are."""
        return Place(self.log.removeprefix("projects/"))


def job_of(options: PipelineOptions) -> Job:
    """What the options say. Raises BadInput for one that is wrong."""
    own, live = options.view_as(GoogleCloudOptions).project or "", options.view_as(LiveOptions)
    for option in OPTIONS:
        if not re.fullmatch(option.pattern, str(getattr(live, option.name))):
            raise BadInput(f"not as it must be: {option.meaning}", f"--{option.name}")
    if not (live.log or own):
        raise BadInput("needed where --project is not given", f"--{LOG.name}")
    log, secrets = project_path(live.log or own), project_path(live.secrets or own)
    return Job(log, secrets, settings_of(live.settings), live.generation, live.cut_off)


def settings_of(text: str) -> tuple[tuple[str, str], ...]:
    """The settings of NAME=VALUE pairs. Raises BadInput for a secret, and for a name that is none."""
    pairs = dict(pair.split("=", 1) for pair in text.split(";") if pair)
    for name in pairs:
        _hold_to_plain(name)
    return tuple(sorted(pairs.items()))


def _hold_to_plain(name: str) -> None:
    """Accounts beside the first have settings of their own (AWIZO_TWILIO_2_ACCOUNT)."""
    plain = re.sub(r"^(AWIZO_(?:TWILIO|SENDGRID)_)(?!ACCOUNT|TOKEN|URL|CALLBACK|API_KEY)[A-Z0-9]+_", r"\1", name)
    known = {setting.name: setting for setting in SETTINGS}
    if plain not in known:
        raise BadInput(f"{name} is no setting: see schemas/SETTINGS.md", f"--{SETTINGS_OPTION.name}")
    if known[plain].secret:
        raise BadInput(f"{name} is a secret: it belongs into Secret Manager", f"--{SETTINGS_OPTION.name}")


def hold_to_exactly_once(options: PipelineOptions) -> None:
    """Refuse Dataflow's at-least-once mode, however it is asked for: there a stage may see one element twice with
    different outputs. When nothing is said, Dataflow's mode is exactly-once. Raises ConfigurationError."""
    asked: Iterable[Any] = (
        *(options.view_as(GoogleCloudOptions).dataflow_service_options or ()),
        *(options.view_as(DebugOptions).experiments or ()),
    )
    if any(AT_LEAST_ONCE in str(each).split(",") for each in asked):
        raise ConfigurationError(f"the job asks for {AT_LEAST_ONCE}", f"Leave it out, or ask for {EXACTLY_ONCE}")


def streaming(options: PipelineOptions) -> PipelineOptions:
    """The options of a job that runs without end, exactly once. Raises ConfigurationError."""
    hold_to_exactly_once(options)
    options.view_as(StandardOptions).streaming = True
    return options
