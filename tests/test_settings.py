"""Settings: declared once, with their meaning; secrets are not shown."""

import ast
from pathlib import Path

import pytest

from schemas.errors import ConfigurationError
from schemas.settings import PERSON_KEY, SETTINGS, Setting, keys_of, person_keys, read

ROOT = Path(__file__).parent.parent


def test_every_setting_is_named_ours_and_says_what_it_means() -> None:
    assert all(setting.name.startswith("AWIZO_") and len(setting.meaning) > 20 for setting in SETTINGS)
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)


def test_no_module_names_an_environment_variable_that_is_not_declared() -> None:
    rooms = ("couriers", "templates", "connectors", "pipelines")
    trees = [ast.parse(path.read_bytes()) for room in rooms for path in (ROOT / room).rglob("*.py")]
    texts = [node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    assert not [text for text in texts if isinstance(text, str) and text.startswith("AWIZO_")]


def test_a_setting_is_the_environments_else_its_default() -> None:
    assert read(PERSON_KEY, {PERSON_KEY.name: "sixteen or more characters"}) == "sixteen or more characters"
    assert read(PERSON_KEY, {}) == PERSON_KEY.default


def test_a_setting_that_must_be_set_says_so() -> None:
    with pytest.raises(ConfigurationError, match="AWIZO_X is not set"):
        read(Setting("AWIZO_X", "what it is for"), {})


def test_each_purpose_has_a_key_of_its_own_and_none_is_shown() -> None:
    keys = keys_of("sixteen or more characters")
    assert len(set(keys)) == len(keys)
    assert repr(keys) == "Keys(...)"
    assert keys != keys_of("another sixteen characters")


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="too short"):
        keys_of("short")


def test_guests_keep_the_ids_that_the_oldest_key_gave_them() -> None:
    first, second, third = "the-first-of-the-keys", "the-second-of-the-keys", "the-third-of-the-keys"
    once = person_keys({"AWIZO_PERSON_KEY": first})
    now = person_keys({"AWIZO_PERSON_KEY": third, "AWIZO_FORMER_PERSON_KEYS": f"1={first} 2={second}"})
    assert now.people == once.people
    assert now.links == keys_of(third).links
    assert now.ledger == keys_of(third).ledger
