"""Which sentences can answer a question at all, however well their chains score, and which answer it alone."""

import re
from collections.abc import Sequence
from itertools import takewhile

from graph.chaining.defining import defines, is_passed_over
from graph.chaining.elsewhere import is_elsewhere, is_of_another, lacks_what_is_asked
from graph.chaining.one_of_many import is_one_of_many, tells_number
from graph.chaining.reasons import SOME_RELEVANCE, gives_no_reason
from graph.chaining.sentence_features import is_proposal, is_question, says_the_same
from graph.evidence import Evidence
from graph.questions.asked_names import names_in
from graph.questions.asked_speaker import words_of_saying
from graph.questions.expectation import (
    asks_by_name,
    asks_measure,
    asks_number_of,
    asks_who,
    asks_yes_or_no,
    expectation_met,
)
from graph.structure.asked_cells import asks_for_column, cells_asked, holds_cell, lacking_in_row
from graph.structure.rows import cells_of, is_row_of_another, written
from graph.structure.tables import other_rows
from graph.texts.bounds import held_words, is_wider, leaves_out
from graph.texts.leaning import opens_with_pronoun
from graph.texts.measures import NUMBER
from graph.texts.small_words import ask_alike, is_denied, turns_round
from graph.texts.words import content_words
from tools.names import folded, name_key

MIN_DIRECT_WORDS = 2
"""Content words of a question from which a sentence that holds them all is about it."""

OWN_SHARE = 0.5
"""Of the question's words that a sentence says itself; its title and section may say the others."""

MIN_ALIKE_WORDS = 2
"""With which two sentences begin that say the same of two things."""

_MEASURELESS = re.compile(
    r"\b(?:free|no (?:charge|cost|fee|limit)|nothing|waived|lifetime|unlimited|as long as|until|forever|for life)\b",
    re.IGNORECASE,
)
"""What answers how much or how long without a number."""

_HAS_NONE = re.compile(r"\b(?:has|have|had|there (?:is|are|was|were)) (?:no|none|nobody)\b", re.IGNORECASE)
"""Says of what is asked for that there is none: "Hanne has no deputy." answers who her deputy is."""

_COUNTLESS = re.compile(
    r"\b(?:no|none|nobody|neither|both|single|pair|couple|dozens?|several|half|all|every|each)\b", re.I
)
"""What answers how many without one."""

_IF_LESS = re.compile(
    r"\b(?:if|when|whenever|once|unless)\b[^,;.]{0,40}\b(?:fewer|less|more) than "
    rf"(?:{NUMBER.pattern})(?: (?:or|of|to) (?:{NUMBER.pattern}))?",
    re.IGNORECASE,
)
"""A case, and no count of what there is: "when fewer than four beds are left"."""

_ASKS_CASE = re.compile(
    r"\bhow many\b.{1,60}?\b(?:must|(?:have|has|need|needs) to|can|may)\b.{1,80}?\b(?:before|until|for|to)\b",
    re.IGNORECASE,
)
"""How many there must be before something happens is such a case."""

_ASKS_OF_CASE = re.compile(
    r"\W*what (?:if|(?:happens|to do|(?:do|must|should|can) (?:i|we|you) do) (?:if|when|in case))\b", re.IGNORECASE
)
_CASE = re.compile(r"(?:what (?:happens |to do )?)?(?:if|when|in case)\b", re.IGNORECASE)
"""As a heading begins that names a case, under which stands what holds then: "When you are ill"."""

_PEOPLE = re.compile(r"\b(?:people|persons?|staff|employees|colleagues|members|men|women)\b", re.IGNORECASE)
"""A table may call them a headcount, or by what they do."""

_LABEL = re.compile(r"^[A-Z]\w*: ")
"""As mails and forms begin their lines: "Subject: …"."""


def can_answer(question: str, item: Evidence, evidence: Sequence[Evidence], *, needs_kind: bool = False) -> bool:
    """Whether a sentence can be the answer. It asks nothing itself, says more than the question does, and speaks of the
    amount and the name asked about. It has a number if things are to be counted and, if the question `needs_kind`, the
    measure or name asked for. It is no row of a table that answers only as a whole.

    "No" is among the words without meaning of their own, so a question that it answers may be repeated.
    """
    if replies_to(question, item):
        return True
    if is_passed_over(question, item, evidence):
        return False
    repeats = content_words(_LABEL.sub("", item.said)) <= content_words(question) and not _says_more(question, item)
    return not (
        (is_question(item) and not is_proposal(question, item))
        or repeats
        or (leaves_out(item.said, question) and not asks_measure(question))
        or _is_wider_row(question, item, evidence)
        or is_about_another(question, item, evidence)
        or is_elsewhere(question, item, evidence)
        or is_of_another(question, item)
        or lacks_what_is_asked(question, item.in_context)
        or _lacks_number(question, item)
        or is_one_of_many(question, item, evidence)
        or _is_beside_the_point(question, item)
        or lacks_it_all(question, item, evidence)
        or gives_no_reason(question, item, evidence)
        or (needs_kind and _lacks_kind(question, item))
    )


def _is_wider_row(question: str, item: Evidence, evidence: Sequence[Evidence]) -> bool:
    """Whether another row of the table has the nearest limit above what is asked about: "up to £10,000" for £7,000, and
    not "up to £50,000"."""
    return is_wider(item.said, (row.said for row in other_rows(item, evidence)), question)


def _is_beside_the_point(question: str, item: Evidence) -> bool:
    """Whether a row has no word of the question and not what it expects: a person whom a sentence names is not what it
    asks."""
    if not cells_of(item.said) or content_words(item.in_context) & content_words(question):
        return False
    return expectation_met(question, [item.said]) < 1.0 and not asks_for_column(question)


def lacks_it_all(question: str, item: Evidence, evidence: Sequence[Evidence]) -> bool:
    """Whether it is the row of what the question names but lacks what is asked, and no other document speaks of
    that."""
    lacking = lacking_in_row(item.said, question)
    others = (other for other in evidence if not _same_document(other, item)) if lacking else ()
    return bool(lacking) and not any(lacking & content_words(other.in_context) for other in others)


def _lacks_kind(question: str, item: Evidence) -> bool:
    is_told = expectation_met(question, [item.said]) > 0.0
    return not (is_told or _MEASURELESS.search(item.said) or _HAS_NONE.search(item.said))


def _says_more(question: str, item: Evidence) -> bool:
    """Whether its small words say more than the question: they deny it, or "she" is who is asked for."""
    if asks_who(question) and opens_with_pronoun(item.said):
        return True
    is_countless = asks_number_of(question) and _COUNTLESS.search(item.said) is not None
    return asks_yes_or_no(question) or is_countless or _HAS_NONE.search(item.said) is not None


def _lacks_number(question: str, item: Evidence) -> bool:
    """Whether it lacks the number asked for: eight days are no number of depots."""
    said = item.said if _ASKS_CASE.search(question) else _IF_LESS.sub(" ", item.said)
    met = expectation_met(question, [said]) if asks_number_of(question) else 1.0
    cells = cells_of(item.said)
    is_row_of_others = bool(cells) and met < 1.0 and not any(tells_number(*cell, question) for cell in cells)
    return (met == 0.0 or (is_row_of_others and not _PEOPLE.search(question))) and not _COUNTLESS.search(item.said)


def needs_kind(question: str, evidence: Sequence[Evidence]) -> bool:
    """Whether the answer must hold a certain kind of thing. So it is if the question asks how long, how much or the
    like and a relevant sentence says so, or if it asks who holds an office and a sentence about that names somebody."""
    is_by_name, words = asks_by_name(question), content_words(question)
    if not is_by_name and not asks_measure(question):
        return False
    least = SOME_RELEVANCE * max((item.relevance for item in evidence), default=0.0)
    bearing = (
        item
        for item in evidence
        if (words <= content_words(item.in_context) if is_by_name else item.relevance >= least)
    )
    return any(expectation_met(question, [item.said]) == 1.0 for item in bearing)


def answers_directly(question: str, item: Evidence) -> bool:
    """Whether it needs no chain: prose that, with its title, holds every word of the question and what it asks for, or
    a table row that holds the cell asked for."""
    if replies_to(question, item) or defines(question, item) or _is_labelled(question, item):
        return True
    met = expectation_met(question, [item.said])
    if cells_of(item.said):
        return (met > 0 or not asks_who(question)) and holds_cell(item.said, question, _around(item))
    words = content_words(question)
    if met == 1.0 and words and words == content_words(item.replies_to):
        return True  # right under "Unpaid leave": how long it can be
    is_told = met == 1.0 or (asks_yes_or_no(question) and set(names_in(item.said)) <= set(names_in(question)))
    own = words & content_words(item.said)
    # "On Perch alerts cost EUR 0.09", under "What every plan has", is not what a plan costs.
    share = 1.0 if len(words) == MIN_DIRECT_WORDS and asks_measure(question) else OWN_SHARE
    is_all = words <= content_words(item.in_context) and len(own) >= share * len(words)
    # "Passports are not kept for 60 days" is the exception.
    is_told = is_told and not (asks_measure(question) and is_denied(item.said) and not is_denied(question))
    return is_told and len(words) >= MIN_DIRECT_WORDS and is_all and not turns_round(question, item.said)


def _is_labelled(question: str, item: Evidence) -> bool:
    """Whether a label says it: "Director: Ada Brun" says who the director is."""
    label, _, value = item.said.partition(": ")
    words = content_words(question)
    is_all = bool(words) and words == content_words(label) and not cells_of(item.said)
    return is_all and expectation_met(question, [value]) == 1.0


def replies_to(question: str, item: Evidence) -> bool:
    """Whether it stands right under a heading that asks the same ("Do you deliver to Spain?": "Not yet."), or is the
    first of the steps asked for."""
    if item.step:
        return item.step == 1
    return _asks_the_same(item.replies_to, question) and not is_question(item)


def stands_in_reply(question: str, item: Evidence) -> bool:
    """Whether the heading over it asks the same question, so that it is part of the answer."""
    _, *headings = item.path
    return bool(headings) and _asks_the_same(headings[-1], question)


def _asks_the_same(heading: str, question: str) -> bool:
    if (asked := _ASKS_OF_CASE.match(question)) and _CASE.match(heading):
        return content_words(heading) == content_words(question[asked.end() :])
    is_question = heading.endswith("?")
    return is_question and content_words(heading) == content_words(question) and ask_alike(heading, question)


def asked_of(question: str, item: Evidence) -> str:
    """The part of a wide row that answers: its name and the cells asked for; the whole row if these are not clear."""
    cells = cells_asked(item.said, question, _around(item))
    return written(cells) if 1 < len(cells) < len(cells_of(item.said)) else item.said


def words_said(question: str, item: Evidence) -> frozenset[str]:
    """The content words of a sentence with its title and heading, and of the sum asked about where its limits hold
    that. A row whose cell is asked for counts as saying all that is asked: its column says the same in other words."""
    own = content_words(item.in_context) | held_words(item.said, question)
    if item.speaker:
        own |= content_words(words_of_saying(question))
    return own | content_words(question) if holds_cell(item.said, question, _around(item)) else own


def _around(item: Evidence) -> frozenset[str]:
    """The words of its page and section."""
    return content_words(" ".join(item.path))


def is_about_another(question: str, item: Evidence, evidence: Sequence[Evidence]) -> bool:
    """Whether a sentence speaks of another thing than the question names, while a similar one speaks of the right
    thing: "The lease of Mill Lane ends …" for a question about Quay Street, the row of another country, or what the
    page on another model says in nearly the same words."""
    if is_row_of_another(question, item.said, [other.said for other in evidence if _same_document(other, item)]):
        return True
    names = {name_key(name) for name in names_in(question)}
    if not names or _names_one(item.in_context, names):
        return False
    return any(_speaks_of_one(other, names, item) for other in evidence if other.number != item.number)


def _speaks_of_one(other: Evidence, names: set[str], item: Evidence) -> bool:
    """Whether it says of one of the names what the item says of another thing."""
    if other.passage.key == item.passage.key:
        return _goes_on_with(folded(other.said).split(), folded(item.said).split(), names)
    return _names_one(other.passage.title, names) and says_the_same(other, item)


def _names_one(text: str, names: set[str]) -> bool:
    keys = f" {folded(text)} "
    return any(f" {name} " in keys for name in names)


def _same_document(one: Evidence, other: Evidence) -> bool:
    return one.passage.source == other.passage.source


def _goes_on_with(words: Sequence[str], own: Sequence[str], names: set[str]) -> bool:
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(words, own, strict=False)))
    rest = f"{' '.join(words[alike:])} "
    return alike >= MIN_ALIKE_WORDS and any(rest.startswith(f"{name} ") for name in names)
