"""How much one person or channel may ask: counted in the queue's database, so that every worker counts the same.

What is counted is what is worked out: a question, each edit that is answered anew, and each search that goes further.
What a clock that was set back has left in the future counts for as long a time before its moment as after it.
"""

from dataclasses import dataclass

from integrations.slack.questions import SlackQuestion
from tools.database.tables import Transaction

_MINUTE, _DAY = 60.0, 86_400.0
_COUNTS = {
    "asker": "SELECT count(*) FROM {p}asked WHERE team = ? AND asker = ? AND at BETWEEN {now} - ? AND {now} + ?",
    "channel": "SELECT count(*) FROM {p}asked WHERE team = ? AND channel = ? AND at BETWEEN {now} - ? AND {now} + ?",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Questions a minute and a day (the last 24 hours)."""

    user_per_minute: int
    user_per_day: int
    channel_per_minute: int
    channel_per_day: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A limit that was reached, said kindly."""

    sentence: str


def exceeded(tx: Transaction, question: SlackQuestion, limits: Limits) -> Refusal | None:
    person = (question.team, question.asker)
    place = (question.team, question.channel)
    bounds = (
        (
            "asker", person, _DAY, limits.user_per_day,
            "You have asked {n:,} questions in 24 hours, which is as many as I can take from one person. I'm happy"
            " to go on tomorrow.",
        ),
        (
            "asker", person, _MINUTE, limits.user_per_minute,
            "That was quick: {n:,} questions a minute is as many as I can take from one person. Please ask this one"
            " again in a minute.",
        ),
        (
            "channel", place, _DAY, limits.channel_per_day,
            "This channel has asked me {n:,} questions in 24 hours, which is its limit. Ask me in a direct message, or"
            " here tomorrow.",
        ),
        (
            "channel", place, _MINUTE, limits.channel_per_minute,
            "There is a lot going on here: {n:,} questions within a minute. Please ask this one again in a minute.",
        ),
    )  # fmt: skip
    for column, key, seconds, most, sentence in bounds:
        if not (column == "channel" and question.for_asker_only) and _asked(tx, column, key, seconds) >= most:
            return Refusal(sentence.format(n=most))
    return None


def spend(tx: Transaction, question: SlackQuestion) -> None:
    place = (question.team, question.channel, question.asker)
    tx.execute("INSERT INTO {p}asked (team, channel, asker, at) VALUES (?, ?, ?, {now})", place)


def forget_spent(tx: Transaction) -> None:
    tx.execute("DELETE FROM {p}asked WHERE at NOT BETWEEN {now} - ? AND {now} + ?", (_DAY, _DAY))


def told_lately(tx: Transaction, question: SlackQuestion) -> bool:
    """Whether this person was told within the last minute: a reply to each of a flood would be one more flood."""
    return bool(
        tx.execute(
            "SELECT 1 FROM {p}jobs WHERE team = ? AND asker = ? AND kind = 'notice'"
            " AND accepted BETWEEN {now} - ? AND {now} + ? LIMIT 1",
            (question.team, question.asker, _MINUTE, _MINUTE),
        )
    )


def _asked(tx: Transaction, column: str, key: tuple[str, str], seconds: float) -> int:
    ((count,),) = tx.execute(_COUNTS[column], (*key, seconds, seconds))
    return int(count)
