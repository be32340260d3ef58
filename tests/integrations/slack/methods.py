"""The Web API methods that the app may call, with the scope and the arguments each needs."""

from dataclasses import dataclass

SCOPES = (
    "app_mentions:read,assistant:write,channels:history,channels:read,chat:write,commands,groups:history,groups:read,"
    "im:history,im:read,mpim:history,mpim:read,usergroups:read"
)
_READ = frozenset({"channels:read", "groups:read", "im:read", "mpim:read"})
_HISTORY = frozenset({"channels:history", "groups:history", "im:history", "mpim:history"})
_WRITE = frozenset({"chat:write"})


@dataclass(frozen=True)
class Rule:
    """`scopes` has one for each kind of conversation; here any of them is enough."""

    scopes: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()


METHODS = {
    "auth.test": Rule(),
    "apps.connections.open": Rule(),
    "apps.manifest.export": Rule(required=frozenset({"app_id"})),
    "oauth.v2.access": Rule(required=frozenset({"code"})),
    "chat.postMessage": Rule(_WRITE, frozenset({"channel", "text"})),
    "chat.update": Rule(_WRITE, frozenset({"channel", "ts"})),
    "chat.delete": Rule(_WRITE, frozenset({"channel", "ts"})),
    "chat.getPermalink": Rule(required=frozenset({"channel", "message_ts"})),
    "chat.startStream": Rule(_WRITE, frozenset({"channel", "thread_ts"})),
    "chat.appendStream": Rule(_WRITE, frozenset({"channel", "ts"})),
    "chat.stopStream": Rule(_WRITE, frozenset({"channel", "ts"})),
    "agents.sessions.setStatus": Rule(_WRITE, frozenset({"status", "channel_id", "thread_ts"})),
    "assistant.threads.setSuggestedPrompts": Rule(frozenset({"assistant:write"}), frozenset({"channel_id", "prompts"})),
    "conversations.info": Rule(_READ, frozenset({"channel"})),
    "conversations.members": Rule(_READ, frozenset({"channel"})),
    "conversations.replies": Rule(_HISTORY, frozenset({"channel", "ts"})),
    "conversations.history": Rule(_HISTORY, frozenset({"channel"})),
    "usergroups.list": Rule(frozenset({"usergroups:read"})),
    "views.open": Rule(required=frozenset({"view", "trigger_id"})),
}

EVENT_SCOPES = {
    "agent_session_stopped": "assistant:write",
    "app_home_opened": None,
    "app_mention": "app_mentions:read",
    "member_joined_channel": "channels:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
}
