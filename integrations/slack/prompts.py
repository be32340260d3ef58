"""The questions that the agent pane suggests; Slack accepts at most four."""

TITLE = "Ask about the documents, for example:"
SUGGESTED = (
    {"title": "What can I ask?", "message": "What topics do the documents cover?"},
    {"title": "Who decides?", "message": "Who approves a refund above the standard limit?"},
    {"title": "What applies now?", "message": "What is the current rule for working from abroad?"},
    {"title": "What changed?", "message": "Which policies were replaced, and by what?"},
)
