"""From statements to checked claims: what the rules can prove is proven, the verifier judges the rest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from graph.apart import apart
from graph.checking.citations import Statement, clauses_in
from graph.checking.grounding import MAX_KEPT, attributed, checked, quotes, to_check
from graph.checking.injection import without_orders
from graph.conclusions.concluding import conclude
from graph.evidence import Evidence
from graph.state import CheckedClaim
from graph.texts.plain_text import strange_addresses
from graph.texts.quotations import strange_quotations
from graph.texts.words import content_words
from tools.dates import in_one_notation
from tools.ports import ClaimToCheck, Verdict, Verifier
from tools.sentences import split_sentences

MAX_CLAIMS = 40
"""Sentences of one draft that are checked; a runaway reply's further ones are dropped."""

FEW = 4
"""Sentences that are read in less than a thread's turn takes."""

_LEADING = content_words(
    "answer case depend detail differ example follow include main note other overview point rule short step summary"
)
"""Words of a line that leads in a list which tell nothing of what is in it."""

PROVEN = Verdict("supported", 1.0)
REFUSED = Verdict("unsupported", 0.0)
"""Not checked further: an address that no cited sentence holds, which could carry the question away; a quotation that
no sentence holds; and a claim that has no word in common with what it cites, only with the question."""


@dataclass(frozen=True, slots=True)
class _Attributed:
    """What is to be checked, with the evidence it stands on, and whether it needs no verifier."""

    text: str
    numbers: tuple[int, ...]
    is_proven: bool
    lead: str = ""


def _attributed(statements: Sequence[Statement], question: str, evidence: Sequence[Evidence]) -> list[_Attributed]:
    """Each statement, or each clause of a list in one. What says just what follows from comparing two of the sentences
    or from a whole table is one, and keeps all of its marks: a count stands on every row. What leads in a list and says
    what none of its sources does is left out."""
    conclusion = conclude(question, evidence) if any(statement.numbers for statement in statements) else None
    by_number = {item.number: item for item in evidence}

    def follows(text: str, numbers: tuple[int, ...]) -> bool:
        return conclusion is not None and conclusion.says(text, numbers)

    found: list[_Attributed] = []
    for statement in statements:
        is_one = follows(statement.text, statement.numbers)
        for part in [statement] if is_one else statement.in_clauses():
            if part.leads:
                sources = [by_number[number] for number in part.numbers if number in by_number]
                said = _said_by(part.text, question, sources)
                found += [] if said is None else [_Attributed(part.text, (said,), is_proven=True)]
                continue
            numbers = part.numbers if is_one and len(part.numbers) > MAX_KEPT else attributed(part, evidence)
            is_proven = follows(part.text, numbers) or quotes(part.text, [by_number[number] for number in numbers])
            found.append(_Attributed(part.text, numbers, is_proven, part.lead))
    return found


def _said_by(text: str, question: str, evidence: Sequence[Evidence]) -> int | None:
    """The number of the first of these sentences that has all words of the text that tell something which is not in the
    question, or stands under headings with them."""
    words = content_words(text) - content_words(question) - _LEADING
    sources = without_orders(text, evidence)
    said = (item.number for item in sources if words <= content_words(" ".join((*item.path, item.in_context))))
    return next(said, None)


async def _verified(checks: Sequence[ClaimToCheck], leads: Sequence[str], verifier: Verifier) -> list[Verdict]:
    """What the verifier says. What it does not support as it stands may be read otherwise: of several clauses, since it
    compares a claim with the one sentence that is most like it, and behind the line that leads in its list."""
    verdicts = list(await verifier.verify(checks))
    otherwise = [
        (place, [replace(one, claim=part) for part in parts])
        for place, (one, lead, verdict) in enumerate(zip(checks, leads, verdicts, strict=True))
        for parts in _other_readings(one.claim, lead)
        if verdict.support != "supported"
    ]
    if not otherwise:
        return verdicts
    found = iter(await verifier.verify([one for _, parts in otherwise for one in parts]))
    for place, parts in otherwise:
        weakest = min([next(found) for _ in parts], key=lambda verdict: verdict.score)
        if weakest.support == "supported":
            verdicts[place] = max(verdicts[place], weakest, key=lambda verdict: verdict.score)
    return verdicts


def _other_readings(claim: str, lead: str) -> Iterator[Sequence[str]]:
    """Each as what has to be supported."""
    sentences = [claim[start:end] for start, end in split_sentences(claim)]
    if len(clauses := [clause for one in sentences for clause in clauses_in(one)]) > 1:
        yield clauses
    if lead:
        yield (f"{lead} {claim}",)


async def proven(
    statements: Sequence[Statement], question: str, evidence: Sequence[Evidence], verifier: Verifier
) -> list[CheckedClaim]:
    """A claim for each statement, of a list for each clause. One that says what follows from its two sentences by
    comparing them, value for value, needs no verifier, which looks for what a text says and not for what follows from
    it; nor does a sentence that one of its passages holds word for word."""
    if not statements:
        return []
    read = (statements, question, evidence)
    cited = await apart(_attributed, *read) if len(statements) > FEW else _attributed(*read)
    by_number = {item.number: item for item in evidence}
    asked = [place for place, one in enumerate(cited) if not one.is_proven]
    verdicts = dict.fromkeys(range(len(cited)), PROVEN)
    if asked:
        checks = [to_check(cited[place].text, cited[place].numbers, evidence, question) for place in asked]
        leads = [cited[place].lead for place in asked]
        verdicts |= dict(zip(asked, await _verified(checks, leads, verifier), strict=True))
    held = [said for item in evidence for said in (item.quote, item.in_context)]
    for place in asked:
        one = cited[place]
        sources = " ".join(f"{by_number[number].quote} {by_number[number].in_context}" for number in one.numbers)
        brings = content_words(in_one_notation(one.text))
        strange = bool(brings) and brings.isdisjoint(content_words(in_one_notation(sources)))
        if strange_addresses(one.text, sources) or strange_quotations(one.text, held) or strange:
            verdicts[place] = REFUSED
    return [checked(one.text, one.numbers, verdicts[place]) for place, one in enumerate(cited)]
