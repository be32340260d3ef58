"""What is compared in plain code: spelling must not look like another number, name or date."""

import pytest

from tools.ports import ClaimToCheck
from tools.verifiers.features import Features, features_of
from tools.verifiers.reading import read


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
        ("The band has released one studio album since 1985.", "The band has released six studio albums since 1985."),
        ("The channel is the 4th most widely distributed.", "The channel is the 3rd most widely distributed."),
        ("He finished 2nd in the race.", "He finished 3rd in the race."),
        ("He came 3rd in the race of thirty runners.", "He came 7th in the race of thirty runners."),
        ("The lease of Mill Lane ends on March 4th, 2026.", "The lease of Mill Lane ends on March 5th, 2026."),
        ("The launch was moved to May this year.", "The launch was moved to June this year."),
        ("The fee is due on 2 may 2026.", "The fee is due on 2 june 2026."),
    ],
)
def test_another_number_or_month_in_a_near_quotation_is_an_edit(claim: str, evidence: str) -> None:
    assert features_of(claim, [evidence]).edited_number
    assert read(ClaimToCheck(claim, (evidence,))).features.is_edited


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("The film stars Will Smith as the pilot.", "The film stars Jaden Smith as the pilot."),
        ("The song was written by The Who in London.", "The song was written by The Kinks in London."),
        ("The laptop is ordered by the IT team in Porto.", "The laptop is ordered by the HR team in Porto."),
    ],
)
def test_a_name_that_is_a_common_word_elsewhere_is_a_name(claim: str, evidence: str) -> None:
    assert edited(claim, evidence) == (False, True, False)
    assert features_of(claim, [claim]).missing_names == 0


def test_a_count_that_only_one_of_the_two_gives_is_no_edit() -> None:
    assert edited("He was first elected in Porto in the spring.", "He was elected in Porto in the spring.")[0] is False


def test_a_pronoun_with_a_capital_is_no_missing_name() -> None:
    assert features_of("Yes, Their coats do not shed.", ["The coats of poodles do not shed."]).missing_names == 0
    assert features_of("Yes, It is a coat.", ["That is a coat."]).missing_names == 0
    assert features_of("Yes, Ada wears a coat.", ["Somebody wears a coat."]).missing_names == 1


@pytest.mark.parametrize(
    ("claim", "evidence", "read_as"),
    [
        ("Li Hua is late.", "LiHua: I am late.", "Li Hua: I am late."),
        ("LiHua is late.", "LiHua: I am late.", "LiHua: I am late."),
        ("Notes are kept in OneNote.", "OneNote: Notes are kept here.", "OneNote: Notes are kept here."),
        ("McDonald is late.", "McDonald: I am late.", "McDonald: I am late."),
    ],
)
def test_a_chats_user_name_is_read_as_the_claim_calls_it(claim: str, evidence: str, read_as: str) -> None:
    reading = read(ClaimToCheck(claim, (evidence,)))
    assert reading.pair[0] == read_as
    assert reading.features.missing_names == 0
