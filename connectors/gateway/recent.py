"""What was taken lately, so that the same again is answered as known. It may forget: the pipeline knows doubles too."""

from collections import OrderedDict
from dataclasses import dataclass, field


@dataclass
class Recent:
    """The newest `most` names."""

    most: int = 50_000
    _names: OrderedDict[tuple[str, str], None] = field(default_factory=OrderedDict)

    def knows(self, name: tuple[str, str]) -> bool:
        """Whether it was taken lately."""
        return name in self._names

    def remember(self, name: tuple[str, str]) -> None:
        """It was taken, and is durable."""
        self._names[name] = None
        self._names.move_to_end(name)
        if len(self._names) > self.most:
            self._names.popitem(last=False)
