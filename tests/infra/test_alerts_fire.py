"""Each alert rule, tried by Prometheus's own tool: it fires on what it is for, and is silent on an ordinary day."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

RULES = Path(__file__).parents[2] / "infra" / "alerts.yaml"

TROUBLE: dict[str, tuple[list[tuple[str, str]], str]] = {
    "AwizoHalted": ([("awizo_halted", "0x5 1x60")], "10m"),
    "AwizoBehind": ([('awizo_watermark_age_seconds{source="read"}', "400x60")], "20m"),
    "AwizoNothingComes": ([('awizo_events_total{stream="orders"}', "7x200")], "150m"),
    "AwizoNobodyTold": (
        [('awizo_events_total{stream="couriers"}', "0+5x480"), ('awizo_outcomes_total{channel="sms"}', "9x480")],
        "420m",
    ),
    "AwizoFeedSilent": ([('awizo_feed_silence_seconds{courier="inpost",shop="sowa"}', "30000x60")], "30m"),
    "AwizoHeldTooLong": ([("awizo_held_messages", "3x2400")], "2300m"),
    "AwizoProviderIll": (
        [
            ('awizo_posts_total{channel="sms",provider="twilio",result="unknown"}', "0+3x60"),
            ('awizo_posts_total{channel="sms",provider="twilio",result="sent"}', "0+7x60"),
        ],
        "40m",
    ),
    "AwizoRefused": (
        [('awizo_refusals_total{channel="sms",provider="twilio",code="21606",whom="configuration"}', "0+2x60")],
        "20m",
    ),
    "AwizoBreakerOpen": ([('awizo_breaker_open{breaker="sms/twilio"}', "1x60")], "10m"),
    "AwizoSlowedDown": ([('awizo_limited_total{channel="sms",provider="twilio"}', "0+30x60")], "40m"),
    "AwizoNotDelivered": ([('awizo_delivered_share{channel="sms",country="UA",sender="Sowa"}', "0.4x60")], "40m"),
    "AwizoInDoubt": ([("awizo_oldest_doubt_seconds", "4000x60")], "10m"),
    "AwizoParked": ([("awizo_parked_messages", "2x60")], "20m"),
    "AwizoBraked": ([('awizo_braked_total{shop="sowa"}', "0x5 0+10x60")], "12m"),
    "AwizoSpendUnusual": (
        [('awizo_spend_total{shop="sowa",country="PL",currency="PLN"}', "0+1x3000 3000+50x120")],
        "3100m",
    ),
    "AwizoQuarantined": ([("awizo_quarantined_sources", "1x60")], "10m"),
    "AwizoDeadLetters": ([('awizo_dead_letters_total{stage="Normalize"}', "0+10x60")], "20m"),
    "AwizoUnknownCodes": ([('awizo_unknown_codes_total{courier="inpost"}', "0+1x60")], "50m"),
}
"""What each alert is for: series (a value each minute, as `from+step x times`), and when it must have fired."""

ORDINARY = [
    ("awizo_halted", "0x3000"),
    ('awizo_watermark_age_seconds{source="read"}', "2x3000"),
    ('awizo_events_total{stream="orders"}', "0+5x3000"),
    ('awizo_events_total{stream="couriers"}', "0+50x3000"),
    ('awizo_outcomes_total{channel="sms",state="sent"}', "0+3x3000"),
    ('awizo_feed_silence_seconds{courier="inpost",shop="sowa"}', "40x3000"),
    ("awizo_held_messages", "9x600 0x60 9x600 0x60 9x1680"),
    ('awizo_posts_total{channel="sms",provider="twilio",result="sent"}', "0+30x3000"),
    ('awizo_posts_total{channel="sms",provider="twilio",result="transient"}', "0+1x3000"),
    ('awizo_breaker_open{breaker="sms/twilio"}', "0x3000"),
    ('awizo_delivered_share{channel="sms",country="PL",sender="Sowa"}', "0.97x3000"),
    ("awizo_oldest_doubt_seconds", "130x3000"),
    ("awizo_parked_messages", "0x3000"),
    ("awizo_quarantined_sources", "0x3000"),
    ('awizo_spend_total{shop="sowa",country="PL",currency="PLN"}', "0+2x3000"),
    ('awizo_dead_letters_total{stage="Normalize"}', "0+1x3000"),
]


def tried(folder: Path, groups: list[dict[str, Any]]) -> subprocess.CompletedProcess[str]:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not here (Debian's package `prometheus` has it)")
    tests = folder / "tests.yaml"
    tests.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": groups}))
    return subprocess.run([promtool, "test", "rules", str(tests)], capture_output=True, text=True, check=False)


def group(series: list[tuple[str, str]], checks: list[tuple[str, str, bool]]) -> dict[str, Any]:
    """A test of promtool: (selector of alerts, when, whether any is firing)."""
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series],
        "promql_expr_test": [
            {
                "expr": f"count(ALERTS{{{selector}}}) > bool 0 or vector(0)",
                "eval_time": when,
                "exp_samples": [{"labels": "{}", "value": int(firing)}],
            }
            for selector, when, firing in checks
        ],
    }


def test_every_rule_is_tried() -> None:
    groups = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    assert set(TROUBLE) == {rule["alert"] for group in groups for rule in group["rules"]}


@pytest.mark.parametrize("name", TROUBLE)
def test_a_rule_fires_on_what_it_is_for(name: str, tmp_path: Path) -> None:
    series, when = TROUBLE[name]
    selector = f'alertname="{name}",alertstate="firing"'
    done = tried(tmp_path, [group(series, [(selector, when, True)])])
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_rule_fires_on_an_ordinary_day(tmp_path: Path) -> None:
    checks = [('alertstate="firing"', f"{hour}h", False) for hour in (3, 12, 24, 40, 49)]
    done = tried(tmp_path, [group(ORDINARY, checks)])
    assert done.returncode == 0, done.stdout + done.stderr
