"""What a claim puts between quotation marks stands in a document, or the claim is not shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.checking.citations import Statement
from graph.checking.proving import proven
from graph.evidence import Evidence
from graph.texts.quotations import quoted_in, strange_quotations
from tools.passages import Passage
from tools.verifiers.lexical import LexicalVerifier

RULE = "A refund above 500 euros is approved by the duty manager, once the form is signed."


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ('The rule is "approved by the duty manager".', ["approved by the duty manager"]),
        ("The rule is “approved by the manager.”", ["approved by the manager."]),
        ("Die Regel: „wird vom Leiter genehmigt“.", ["wird vom Leiter genehmigt"]),
        ("Sääntö on ”esimies hyväksyy palautukset aina”.", ["esimies hyväksyy palautukset aina"]),
        ("La règle : «le directeur approuve tout».", ["le directeur approuve tout"]),
        ("Es gilt »der Leiter genehmigt alles«.", ["der Leiter genehmigt alles"]),
        ('It is "approved […] by the [duty] manager in person".', ["manager in person"]),
        ('He said "she told me "go home at once" and left".', ["she told me", "go home at once"]),
        ("As it says.«elle est libre pour tous»", ["elle est libre pour tous"]),
        ('"It is free for all!", she said.', ["It is free for all!"]),
        ('He said "it is free for all.', ["it is free for all."]),
        ('And it is fast for all".', ["And it is fast for all"]),
        ('A so-called "duty manager" approves it.', []),
        ('A 6" pipe and an 8" pipe fit.', []),
        ("Nothing is quoted here, it's plain.", []),
    ],
)
def test_quotations_are_found_whatever_their_marks(text: str, quoted: list[str]) -> None:
    assert list(quoted_in(text)) == quoted


@pytest.mark.parametrize(
    ("claim", "stands"),
    [
        (f'The rule: "{RULE}"', True),
        ('A refund is "approved by the Duty Manager".', True),
        ('A refund is "approved by the duty manager … once the form is signed".', True),
        ('A refund is "approved by the managing director", once the form is signed.', False),
        ('A refund above 500 euros is approved by the duty manager, "once the form is shredded".', False),
        ("Refunds are approved by the duty manager: “a refund above 500 euros is approved by the manager”.", False),
    ],
)
async def test_a_claim_with_an_invented_quotation_is_refused(claim: str, stands: bool) -> None:
    passage = Passage(key="k", id="refunds", source="refunds.md", title="Refunds", text=RULE)
    evidence = [Evidence(1, passage, RULE, 0, len(RULE), 0.5)]
    (checked,) = await proven([Statement(claim, (1,))], "Who approves refunds?", evidence, LexicalVerifier())
    assert (checked.support == "supported") is stands


@given(st.text(alphabet="ab \"“”„«»「」.'()", max_size=80))
def test_what_stands_in_a_source_is_never_strange(text: str) -> None:
    assert strange_quotations(text, [f"It says: {text}"]) == []
