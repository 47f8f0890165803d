"""The checker: which rules a run broke, judged from its log and its outputs alone.

It shares no code with the rules that it judges: what a customer must never meet is reckoned here a second time.
"""

from collections.abc import Iterable

from checking import of_parcels, of_people, of_slots, of_time
from checking.log import read_log
from checking.run import Outputs
from checking.world import Bundles, Violation, World

CHECKS = (*of_time.CHECKS, *of_people.CHECKS, *of_parcels.CHECKS, *of_slots.CHECKS)


def violations(lines: Iterable[bytes], bundles: Bundles, run: Outputs) -> list[Violation]:
    """Every rule that the run broke, in order of moments. `lines` is the log that the run read."""
    world = World(read_log(lines), bundles, run)
    return sorted((found for check in CHECKS for found in check(world)), key=lambda found: (found.moment, found))
