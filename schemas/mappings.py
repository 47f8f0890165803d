"""What a courier's code means, as configuration: `mappings.yaml` beside the shops' bundles, until the tables have it.

One file for all shops: a parcel has one status, whoever asks. A change is a new `version`, written down with its
author.
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from schemas.shops import Part
from schemas.status import REASONS, Status

Code = Annotated[str, Field(min_length=1, max_length=200)]

ENDS = frozenset({Status.DELIVERED, Status.RETURNED, Status.DESTROYED, Status.CANCELLED, Status.LOST})
"""What is never said on a doubtful code."""


class CodeMapping(Part):
    """One code. `courier` is who says it: the courier itself, or an aggregator for its own codes."""

    courier: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,31}$")]
    code: Code = Field(description="as `awizo couriers unknown` shows it")
    discriminator: str = Field("", description="what the code needs beside it, if it is not in `code` after a slash")
    status: Status
    reason: str = ""
    doubt: bool = Field(False, description="not sure: then never an end of the parcel")
    author: Annotated[str, Field(min_length=2, max_length=80)]
    why: str = Field("", max_length=200)

    @property
    def raw_code(self) -> str:
        """The code as scans keep it."""
        return "/".join(filter(None, (self.code, self.discriminator)))

    @model_validator(mode="after")
    def _in_our_words(self) -> Self:
        if self.reason and self.reason not in REASONS:
            raise ValueError("reason is none of schemas.status.REASONS; correct it or leave it out")
        if self.doubt and self.status in ENDS:
            raise ValueError(f"a code in doubt never means {self.status.value}; choose the milder status")
        return self


class Mappings(Part):
    """`mappings.yaml`."""

    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z._-]{1,32}$")] = "0"
    mappings: tuple[CodeMapping, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        said = [(one.courier, one.raw_code.casefold()) for one in self.mappings]
        if twice := sorted({f"{courier} {code}" for courier, code in said if said.count((courier, code)) > 1}):
            raise ValueError(f"{', '.join(twice)}: mapped twice; keep one")
        return self
