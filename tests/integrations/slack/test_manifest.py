"""The manifest asks for what the code uses, and for nothing else; Slack takes it as it is."""

import re
from pathlib import Path

import yaml

import integrations.slack
from integrations.slack.controls import REASONS
from integrations.slack.interactions import COMMAND, SHORTCUT
from integrations.slack.listeners import EVENTS
from integrations.slack.prompts import SUGGESTED
from integrations.slack.tokens import manifest, named_in, required_scopes
from tests.integrations.slack.methods import EVENT_SCOPES, METHODS, SCOPES

FOLDER = Path(integrations.slack.__file__).parent
SOURCE = "\n".join(file.read_text(encoding="utf-8") for file in sorted(FOLDER.rglob("*.py")))
WRITTEN = yaml.safe_load((FOLDER / "manifest.yaml").read_text(encoding="utf-8"))


def called() -> set[str]:
    """The Web API methods that the code calls, by Slack's names."""
    known = {name.replace(".", "_"): name for name in METHODS}
    return {
        known[match] for match in re.findall(r"(?:client|poster|_client)\.([a-zA-Z_]+)\(", SOURCE) if match in known
    }


def test_every_call_that_the_code_makes_is_one_that_the_local_slack_checks() -> None:
    on_clients = set(re.findall(r"\b(?:client|poster|_client)\.([a-z]+(?:_[a-zA-Z]+)+)\(", SOURCE))
    assert on_clients - {name.replace(".", "_") for name in METHODS} == set()
    assert {"chat.postMessage", "chat.startStream", "conversations.replies", "views.open"} <= called()


def test_every_scope_is_needed_and_none_is_missing() -> None:
    by_calls = set().union(*(METHODS[name].scopes for name in called()))
    by_events = {scope for event in EVENTS if (scope := EVENT_SCOPES[event])}
    assert required_scopes() == by_calls | by_events | {"commands"}
    assert required_scopes() == set(SCOPES.split(","))


def test_the_events_commands_and_shortcuts_are_those_that_are_listened_to() -> None:
    assert named_in(manifest()) == {"events": set(EVENTS), "commands": {COMMAND}, "shortcuts": {SHORTCUT}}
    listened = set(re.findall(r'\(?"((?:app|agent|member)_[a-z_]+|message)", intake\.', SOURCE)) | {"app_home_opened"}
    assert listened == {event.partition(".")[0] for event in EVENTS}


def test_the_prompts_of_the_pane_are_those_that_are_suggested_and_at_most_four() -> None:
    assert WRITTEN["features"]["agent_view"]["suggested_prompts"] == list(SUGGESTED)
    assert len(SUGGESTED) <= 4


def test_the_manifest_keeps_slacks_limits_and_the_new_agent_surface_only() -> None:
    information, features = WRITTEN["display_information"], WRITTEN["features"]
    assert len(information["name"]) <= 35
    assert len(information["description"]) <= 140
    assert re.fullmatch("#[0-9a-f]{6}", information["background_color"])
    assert len(features["agent_view"]["agent_description"]) <= 300
    assert "assistant_view" not in features
    assert features["app_home"]["messages_tab_enabled"] is True
    assert features["app_home"]["messages_tab_read_only_enabled"] is False
    (command,) = features["slash_commands"]
    assert len(command["description"]) <= 2_000
    (shortcut,) = features["shortcuts"]
    assert (shortcut["type"], len(shortcut["name"]) <= 24, len(shortcut["description"]) <= 150) == (
        "message",
        True,
        True,
    )
    assert WRITTEN["settings"]["interactivity"]["is_enabled"] is True
    assert WRITTEN["settings"]["socket_mode_enabled"] is True


def test_slack_takes_the_form_for_a_reason() -> None:
    from integrations.slack.controls import reasons_view
    from tests.integrations.slack.block_kit import view_problems

    assert view_problems(reasons_view(1, "C1", "1.0")) == []
    assert len(REASONS) <= 10
