"""What people put around a question: a greeting, an excuse, thanks.

It says nothing of what they want to know, and a passage that answers says none of it. English alone, looked for at a
question's beginning and end, with a bound on every repetition.
"""

import re

from graph.texts.small_words import QUESTION_WORD

MAX_OPENING_CHARACTERS = 200
MAX_CLOSING_CHARACTERS = 80
MAX_WISH_CHARACTERS = 300

GREETING = (
    r"(?:hi|hey|hello|hiya|howdy|good (?:morning|afternoon|evening|day)|greetings)"
    r"(?: (?:there|all|everyone|everybody|team|folks|guys))?"
)
THANKS = (
    r"(?:(?:great|perfect|ok|okay|cool|nice|awesome|super|got it),? )?"
    r"(?:thanks|thank you|thx|ty|cheers|much appreciated)"
    r"(?: (?:a lot|so much|very much|again|in advance|for your help|for the help))?"
)
NAME = r"(?:,? hopline)?"

_BREAK = r"\s*[,.!:;–-]{1,3}\s*"
_SOMEBODY = r"(?:you|someone|somebody|anybody|anyone)"
_QUESTION = r"(?:question|one|thing)"
_ASKING = (
    rf"(?:{QUESTION_WORD.pattern}|"
    r"\b(?:can|could|may|do|does|did|is|are|am|was|were|will|would|should|has|have|if|whether)\b)"
)
_OPENINGS = (
    rf"(?:{GREETING}|{THANKS}){NAME}(?:{_BREAK}|\s+(?={_ASKING}|(?:quick|sorry|just|please|i['’]?m|i am|any)\b))",
    r"(?:i )?hope (?:you(?:['’]re| are)?|all|everyone|this|everything)(?: is)? [\w' ]{1,20}?[.!,;–-]{1,3}\s*",
    rf"(?:a |one |just a )?(?:really )?(?:quick|short|small|silly|dumb|stupid) {_QUESTION}\s*[,.:;–-]{{1,3}}\s*",
    r"(?:i['’]?m |i am )?(?:so |very )?sorry (?:for|about|if|to) [^.?!,;:]{1,60}?(?:,? but\b,?|[,;:–-])\s*",
    rf"(?:maybe |probably )?(?:a )?(?:silly|dumb|stupid|basic) {_QUESTION},? but\b,?\s*",
    rf"(?:please,? )?(?:can|could|would|might) {_SOMEBODY}(?: please)?(?: be able to)? (?:please )?tell me\b[:,]?\s+",
    r"(?:please,? )?(?:just )?(?:tell me|let me know)\b[:,]?\s+(?=" + _ASKING + ")",
    rf"(?:does|do) {_SOMEBODY}(?: here| else)?(?: happen to)? know\b[:,]?\s+(?={_ASKING})",
    r"(?:any idea|no idea|i (?:want|need) to know|"
    r"i(?:['’]d| would) (?:love|like|want) to (?:know|understand|find out))\b"
    rf"[:,]?\s+(?={_ASKING})",
    r"(?:i['’]m|i am|i was|just)?(?: new(?: here)?,? (?:and|so)(?: i['’]?m)?)?(?: just)? ?"
    r"(?:wondering|curious|asking)\b"
    rf"[:,]?\s+(?={_ASKING})",
    rf"(?:ok|okay|alright|right|well)(?:,? so\b)?,?\s+(?=so\b|my\b|i\b|we\b|{_ASKING})",
)
_OPENING = re.compile(rf"(?:{'|'.join(_OPENINGS)}){{1,6}}(?=\w)", re.IGNORECASE)
_CLOSING = re.compile(
    rf"(?<=[.?!,;])\s*(?:any (?:ideas?|clue|thoughts|hints?)|(?:many )?{THANKS}|please(?: help)?|help)\W{{0,4}}$",
    re.IGNORECASE,
)
_WHETHER = re.compile(
    r"(?:if|whether) (?P<who>[\w'’]{1,20}) "
    r"(?P<verb>can|could|may|might|must|should|will|would|is|are|do|does|did|has|have)\b",
    re.IGNORECASE,
)
_WISH = re.compile(
    r"i(?:['’]d| would) (?:love|like|want) to (?P<wish>.{3,200}?)\s*[,.;–-]\s*(?:is|would) (?:that|this|it)(?: be)? "
    r"(?:ok|okay|fine|allowed|possible|all ?right)\W{0,3}",
    re.IGNORECASE,
)


def without_wrapping(text: str) -> str:
    """The question alone; the text as it is where nothing would be left.

    >>> without_wrapping("Hi all, quick question: how long is leave? Thanks!")
    'how long is leave?'
    >>> without_wrapping("I'd love to bring my dog, is that ok?")
    'May I bring my dog?'
    """
    opening = _OPENING.match(text[:MAX_OPENING_CHARACTERS])
    asked = text[opening.end() :] if opening else text
    closing = _CLOSING.search(asked, max(0, len(asked) - MAX_CLOSING_CHARACTERS))
    asked = asked[: closing.start()] if closing else asked
    if opening and (whether := _WHETHER.match(asked)):
        asked = f"{whether['verb']} {whether['who']}{asked[whether.end() :]}"
    if len(asked) <= MAX_WISH_CHARACTERS and (wish := _WISH.fullmatch(asked.strip())):
        asked = f"May I {wish['wish']}?"
    return asked if asked.strip() else text
