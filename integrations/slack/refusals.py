"""What Slack said when it did not do what it was asked."""

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse


def error_of(error: SlackApiError) -> str:
    """Slack's name for what it refused; empty when the reply was no reply of Slack's: the SDK then carries a text, or
    a response of another kind."""
    response = error.response
    data = response.data if isinstance(response, AsyncSlackResponse) else None
    return str(data.get("error") or "") if isinstance(data, dict) else ""


def refused(error: SlackApiError) -> bool:
    """Whether Slack said no, which it does with a reason and never with a server error."""
    response = error.response
    return isinstance(response, AsyncSlackResponse) and response.status_code < 500 and bool(error_of(error))
