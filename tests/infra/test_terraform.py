"""Terraform without the cloud: formatted, parsed, within its provider's schema, and by name what the code says."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import hcl2
import pytest
import yaml
from infra_terraform import FILES, META, TERRAFORM, TEXT, Body, Resource, bare, blocks, found, items, resources, strings

from pipelines.options import EXACTLY_ONCE, OPTIONS, settings_of
from schemas.settings import PERSON_KEY, SETTINGS
from schemas.streams import LOG, RESULTS

PROVIDER = json.loads((Path(__file__).parent / "google_provider.json").read_text("utf-8"))
"""What the provider takes in each resource; a name with `!` is required."""

ALL = resources()
TOPICS = {stream.topic for stream in (*LOG, *RESULTS)}

SHOW = """
output "shown" {
  value = { log = local.log, results = local.results, secrets = local.secrets, alerts = local.alerts,
  plain = local.plain_settings }
}
"""


def terraform() -> str:
    found = shutil.which("terraform")
    if found is None:
        pytest.skip("terraform is not here")
    return found


def run(*command: str, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def only(kind: str, name: str) -> Body:
    (body,) = [each.body for each in ALL if (each.kind, each.name) == (kind, name)]
    return body


def test_the_files_are_formatted() -> None:
    run(terraform(), "fmt", "-check", "-diff", cwd=TERRAFORM)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_parses(path: Path) -> None:
    assert hcl2.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("resource", ALL, ids=lambda each: f"{each.kind}.{each.name}")
def test_a_resource_says_what_its_provider_takes_and_needs(resource: Resource) -> None:
    assert wrong(resource.body, PROVIDER[resource.kind], META) == []


def wrong(body: Body, schema: dict[str, Any], more: set[str]) -> list[str]:
    """Names that the schema does not have, and needed ones that are missing, at any depth."""
    known = {name.lstrip("!"): inner for name, inner in schema.items()}
    needed = {name[1:] for name in schema if name.startswith("!")}
    said = {name for name, _ in items(body)} | {name for name, _ in blocks(body)}
    findings = [f"{name} is not known" for name in said - set(known) - more]
    findings += [f"{name} is missing" for name in needed - said]
    for name, inner in blocks(body):
        findings += [f"{name}: {each}" for each in wrong(inner, known.get(name) or {}, {"dynamic"})]
    return findings


def test_the_check_of_a_resource_can_fail() -> None:
    schema = {"!name": None, "config": {"!bucket": None}}
    body = {"nam": '"x"', "config": [{"bukket": '"y"', "__is_block__": True}]}
    assert sorted(wrong(body, schema, META)) == [
        "config: bucket is missing",
        "config: bukket is not known",
        "nam is not known",
        "name is missing",
    ]


def test_every_reference_leads_somewhere() -> None:
    expressions = re.sub(r"(^|\s)#.*", "", TEXT)
    variables = {name for name, _ in found("variable")}
    assert set(re.findall(r"\bvar\.(\w+)", expressions)) == variables
    local = {name for name, _ in found("locals")}
    assert set(re.findall(r"\blocal\.(\w+)", expressions)) <= local
    named = {f"{each.kind}.{each.name}" for each in ALL}
    referred = set(re.findall(r"(?<![\w.\"/])(google_\w+\.\w+)", expressions))
    assert referred <= named


def test_everything_that_one_may_set_or_read_is_described() -> None:
    described = [*found("variable"), *found("output")]
    assert described
    assert [name for name, body in described if len(bare(body.get("description", ""))) < 15] == []


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Names as Terraform itself works them out, with no provider at hand."""
    folder = tmp_path_factory.mktemp("infra")
    here = folder / "infra" / "terraform"
    here.mkdir(parents=True)
    (folder / "schemas").mkdir()
    shutil.copy(TERRAFORM.parents[1] / "schemas" / "names.json", folder / "schemas")
    shutil.copy(TERRAFORM.parent / "alerts.yaml", folder / "infra")
    for name in ("names.tf", "variables.tf", "alerts.yaml"):
        shutil.copy(TERRAFORM / name, here)
    (here / "shown.tf").write_text(SHOW)
    values = {
        "project": "tracking-test",
        "worker_image": "image:1",
        "gateway_image": "image:1",
        "database_password": "x",
        "accounts": ["AWIZO_TWILIO_2_TOKEN"],
        "settings": {"AWIZO_SMS_ROUTES": "twilio twilio_2:PL,UA", "AWIZO_CONNECTIONS": "16"},
    }
    (here / "terraform.tfvars.json").write_text(json.dumps(values))
    run(terraform(), "init", "-input=false", cwd=here)
    run(terraform(), "apply", "-auto-approve", "-input=false", cwd=here)
    return dict(json.loads(run(terraform(), "output", "-json", cwd=here))["shown"]["value"])


def test_topics_are_the_streams_of_the_code_and_no_others(shown: dict[str, Any]) -> None:
    assert shown["log"] == {stream.topic: stream.meaning for stream in LOG}
    assert shown["results"] == {stream.topic: stream.meaning for stream in RESULTS}


def test_secrets_are_the_secret_settings_and_those_of_further_accounts(shown: dict[str, Any]) -> None:
    secret = {setting.name for setting in SETTINGS if setting.secret}
    assert set(shown["secrets"]) == secret | {"AWIZO_TWILIO_2_TOKEN"}


def test_settings_reach_the_job_as_its_option_reads_them(shown: dict[str, Any]) -> None:
    assert dict(settings_of(shown["plain"])) == {
        "AWIZO_SMS_ROUTES": "twilio twilio_2:PL,UA",
        "AWIZO_CONNECTIONS": "16",
    }


def test_policies_are_the_alert_rules_of_both_files(shown: dict[str, Any]) -> None:
    rules = {}
    for path in (TERRAFORM.parent / "alerts.yaml", TERRAFORM / "alerts.yaml"):
        for group in yaml.safe_load(path.read_text("utf-8"))["groups"]:
            rules |= {rule["alert"]: rule for rule in group["rules"]}
    assert set(shown["alerts"]) == set(rules)
    assert {name: rule["expr"] for name, rule in shown["alerts"].items()} == {n: r["expr"] for n, r in rules.items()}


def test_every_topic_and_subscription_that_is_written_out_exists() -> None:
    own = {"awizo-undelivered"}
    written = {text for text in strings() if re.fullmatch(r"awizo-[a-z]+(-[a-z]+)*", text)}
    others = {"awizo-operator", "awizo-worker", "awizo-gateway", "awizo-publisher", "awizo-live", "awizo-store"}
    places = {"awizo-workers", "awizo-out", "awizo-services"}
    assert written <= TOPICS | own | others | places
    assert {bare(only("google_pubsub_topic", "undelivered")["name"])} == own


def test_every_stream_of_the_log_is_kept_read_and_archived_with_its_publish_times() -> None:
    read, kept = only("google_pubsub_subscription", "read"), only("google_pubsub_subscription", "archive")
    assert only("google_pubsub_topic", "stream")["for_each"] == "${local.topics}"
    assert read["for_each"] == kept["for_each"] == "${local.log}"
    assert read["name"] == "${each.key}", "the subscription that the job reads bears its topic's name"
    (storage,) = kept["cloud_storage_config"]
    assert storage["avro_config"][0]["write_metadata"] is True
    assert bare(storage["filename_suffix"]) == ".avro"
    assert "message_retention_duration" in only("google_pubsub_topic", "stream")
    assert "dead_letter_policy" in kept


def test_every_name_of_a_setting_that_is_written_out_exists() -> None:
    written = {text for text in strings() if text.startswith("AWIZO_")}
    assert PERSON_KEY.name in written
    assert written <= {setting.name for setting in SETTINGS}


def test_the_job_takes_every_option_runs_exactly_once_and_is_never_drained() -> None:
    job = only("google_dataflow_flex_template_job", "live")
    assert {name for name, _ in items(job["parameters"])} == {option.name for option in OPTIONS}
    assert [bare(each) for each in job["additional_experiments"]] == [EXACTLY_ONCE]
    assert job["enable_streaming_engine"] is True
    assert bare(job["on_delete"]) == "cancel"
    assert bare(job["ip_configuration"]) == "WORKER_IP_PRIVATE"


def test_no_secret_comes_into_the_state() -> None:
    assert not [each for each in ALL if each.kind in ("google_secret_manager_secret_version", "random_password")]
    user = only("google_sql_user", "awizo")
    assert "password" not in user
    assert "password_wo" in user
    (password,) = [body for name, body in found("variable") if name == "database_password"]
    assert password["ephemeral"] is True


def test_the_store_has_no_public_address_and_can_be_taken_back_in_time() -> None:
    (settings,) = only("google_sql_database_instance", "store")["settings"]
    (address,), (backup,) = settings["ip_configuration"], settings["backup_configuration"]
    assert address["ipv4_enabled"] is False
    assert backup["enabled"] is True
    assert backup["point_in_time_recovery_enabled"] is True


def test_no_account_gets_a_role_that_rules_over_the_project() -> None:
    roles = {text for text in strings() if text.startswith("roles/")}
    broad = re.compile(r"roles/(owner|editor|viewer|.*[aA]dmin)$")
    assert {role for role in roles if broad.match(role)} == {"roles/storage.objectAdmin"}, "on the job's bucket alone"
    assert "google_storage_bucket.job.name" in only("google_storage_bucket_iam_member", "worker_stages")["bucket"]
