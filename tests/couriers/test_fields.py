"""Fields of a record that may be damaged."""

from decimal import Decimal
from typing import Any

import pytest

from couriers.fields import amount


@pytest.mark.parametrize("found", ["129,00", "129.00", 129, 129.0])
def test_a_sum_is_read_however_it_is_written(found: Any) -> None:
    assert amount({"sum": found}, "sum") == Decimal(129)


@pytest.mark.parametrize("found", [None, "", "no", True, 0, "-5", "NaN", "Infinity", "1e400", 10**30, [], {}])
def test_what_no_parcel_costs_is_no_sum(found: Any) -> None:
    assert amount({"sum": found, "other": "20"}, "sum", "other") == Decimal(20)
