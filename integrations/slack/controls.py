"""The buttons under an answer and the forms behind them, and the reading of what comes back."""

from collections.abc import Iterator
from dataclasses import dataclass

from tools.ports import JsonObject

FEEDBACK, FURTHER, PERSON = "hopline_feedback", "hopline_further", "hopline_person"
REASONS_VIEW = "hopline_reasons"
HELPFUL, NOT_HELPFUL = "helpful", "not_helpful"
REASONS = {
    "wrong": "It is wrong",
    "outdated": "It is out of date",
    "incomplete": "Something is missing",
    "other_question": "It answers another question",
    "sources": "The sources don't fit",
    "declined": "It should have found an answer",
}
_MAX_COMMENT = 2_000


@dataclass(frozen=True, slots=True)
class Controls:
    """Which buttons an answer has. `job` is the queue's id, which comes back with each click."""

    job: int
    further: bool = True
    person: str = ""


def controls_of(controls: Controls) -> Iterator[JsonObject]:
    yield {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": FEEDBACK,
                "positive_button": _feedback("Helpful", HELPFUL, controls.job, "This answer helped"),
                "negative_button": _feedback("Not helpful", NOT_HELPFUL, controls.job, "This answer did not help"),
            }
        ],
    }
    buttons = []
    if controls.further:
        buttons.append(_button("Look further", FURTHER, controls.job))
    if controls.person:
        asking = _button("Ask a person", PERSON, controls.job)
        asking["confirm"] = {
            "title": _plain("Ask a person?"),
            "text": _plain(f"The question, not the answer, goes to {controls.person} with your name."[:300]),
            "confirm": _plain("Ask"),
            "deny": _plain("Cancel"),
        }
        buttons.append(asking)
    if buttons:
        yield {"type": "actions", "elements": buttons}


def reasons_view(job: int, channel: str, thread: str) -> JsonObject:
    """The form that asks why an answer did not help."""
    return {
        "type": "modal",
        "callback_id": REASONS_VIEW,
        "private_metadata": f"{job} {channel} {thread}",
        "title": _plain("What was wrong?"),
        "submit": _plain("Send"),
        "close": _plain("Skip"),
        "blocks": [
            {
                "type": "input",
                "block_id": "reason",
                "label": _plain("Why did this answer not help?"),
                "element": {
                    "type": "radio_buttons",
                    "action_id": "reason",
                    "options": [{"text": _plain(text), "value": value} for value, text in REASONS.items()],
                },
            },
            {
                "type": "input",
                "block_id": "comment",
                "optional": True,
                "label": _plain("What would have been right?"),
                "element": {
                    "type": "plain_text_input",
                    "action_id": "comment",
                    "multiline": True,
                    "max_length": _MAX_COMMENT,
                },
            },
        ],
    }


@dataclass(frozen=True, slots=True)
class Reason:
    job: int
    reason: str
    comment: str


def reason_of(view: JsonObject) -> Reason:
    """What was filled in. Raises KeyError, ValueError or TypeError if the form is none of ours."""
    values = view["state"]["values"]
    reason = values["reason"]["reason"]["selected_option"]["value"]
    if reason not in REASONS:
        raise ValueError(f"no such reason: {reason!r}")
    return Reason(
        job=int(str(view["private_metadata"]).split(" ")[0]),
        reason=reason,
        comment=values["comment"]["comment"].get("value") or "",
    )


def job_of_click(action: JsonObject) -> tuple[int, str]:
    """The job that a button stands under, and what the button says. Raises ValueError or KeyError."""
    job, _, said = str(action["value"]).partition(" ")
    return int(job), said


def _feedback(text: str, said: str, job: int, label: str) -> JsonObject:
    return {"text": _plain(text), "value": f"{job} {said}", "accessibility_label": label}


def _button(text: str, action: str, job: int) -> JsonObject:
    return {"type": "button", "action_id": action, "text": _plain(text), "value": str(job)}


def _plain(text: str) -> JsonObject:
    return {"type": "plain_text", "text": text}
