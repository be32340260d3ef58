"""What Slack said when it did not do what it was asked."""

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

_PERHAPS_DONE = frozenset({"internal_error", "fatal_error", "request_timeout", "service_unavailable"})
STREAMING = "streaming_state_conflict"
"""A message can't be changed while it is a stream."""

_BUSY = frozenset({"ratelimited", "rate_limited", "accesslimited", STREAMING})


def error_of(error: SlackApiError) -> str:
    """Slack's name for what it refused; empty when the reply was no reply of Slack's: the SDK then carries a text, or
    a response of another kind."""
    response = error.response
    data = response.data if isinstance(response, AsyncSlackResponse) else None
    return str(data.get("error") or "") if isinstance(data, dict) else ""


def refused(error: SlackApiError) -> bool:
    """Whether Slack said no: with a reason, not with a server error, and not with one of the reasons that may come
    after the deed."""
    response = error.response
    if not isinstance(response, AsyncSlackResponse) or response.status_code >= 500:
        return False
    return bool(error_of(error)) and error_of(error) not in _PERHAPS_DONE


def is_passing(error: SlackApiError) -> bool:
    """Whether the same call may well succeed later."""
    return not refused(error) or error_of(error) in _BUSY
