"""What a stage asks for once a bundle: in a bounded run the same each time."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True)
class Given(Generic[Value]):
    """Always the same value; pickles if the value does."""

    value: Value

    def __call__(self) -> Value:
        """The value."""
        return self.value
