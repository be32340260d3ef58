"""What is compared in plain code: spelling must not look like another number, name or date."""

import pytest

from tools.verifiers.features import Features, features_of
from tools.verifiers.text import plain


def edited(claim: str, evidence: str) -> tuple[bool, bool, bool]:
    found: Features = features_of(claim, [evidence])
    return bool(found.edited_number), bool(found.edited_name), bool(found.edited_denial)


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("The band has released 6 studio albums since 1985.", "The band has released six studio albums since 1985."),
        ("The channel is the 3rd most widely distributed.", "The channel is the third most widely distributed."),
        ("It sold over 1,000 copies in the first week.", "It sold over 1000 copies in the 1st week."),
        ("Street food may sometimes have regional variations.", "Street food has regional variations."),
    ],
)
def test_the_same_said_in_another_spelling_is_no_edit(claim: str, evidence: str) -> None:
    found = features_of(claim, [evidence])
    assert edited(claim, evidence) == (False, False, False)
    assert found.missing_numbers == found.missing_dates == 0


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("The band has released 7 studio albums since 1985.", "The band has released six studio albums since 1985."),
        ("The channel is the 4th most widely distributed.", "The channel is the 3rd most widely distributed."),
        ("The launch was moved to May this year.", "The launch was moved to June this year."),
    ],
)
def test_another_number_or_month_is_an_edit_or_missing(claim: str, evidence: str) -> None:
    found = features_of(claim, [evidence])
    assert found.edited_number or found.missing_numbers or found.missing_dates or found.coverage < 1


def test_a_pronoun_with_a_capital_is_no_missing_name() -> None:
    assert features_of("Yes, Their coats do not shed.", ["The coats of poodles do not shed."]).missing_names == 0
    assert features_of("Yes, Ada wears a coat.", ["Somebody wears a coat."]).missing_names == 1


def test_a_chats_user_name_is_the_name_that_claims_give() -> None:
    said = plain("LiHua: See you at ten. McDonald: LiHua is late.")
    assert said == "Li Hua: See you at ten. McDonald: LiHua is late."
    assert features_of("At ten, Li Hua is seen.", [said]).missing_names == 0
