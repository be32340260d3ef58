"""Lists of steps: taken as a whole, in order, or not at all."""

from dataclasses import replace

import pytest

from graph.chaining.chains import Chains
from graph.checking.citations import read_statements, write_statement
from graph.checking.grounding import quotes
from graph.evidence import Evidence
from graph.languages.extractive import compose
from graph.structure.steps import (
    MAX_STEPS,
    asks_for_steps,
    asks_outright,
    may_hold_steps,
    nearest_steps,
    steps_in,
    with_steps,
)
from tools.ingestion.documents import Limits
from tools.ingestion.formats.readers import read_document
from tools.ingestion.parsing.chunker import chunk_document
from tools.passages import Passage

PAGE = """# VPN

Everybody has a key.

## Reset the VPN

To get a new key:

1. Open Nestbook. Choose Devices.
2. Revoke the key.
3. Restart the laptop.

If that fails, write to IT.

## Opening hours

- Monday
- Friday
"""


def cut(text: str, name: str = "vpn.md", limit: int = 900) -> list[Passage]:
    document = read_document(text.encode(), name, Limits())
    return list(chunk_document(document, groups=("public",), tenant="t", chunk_characters=limit))


def said(question: str, text: str = PAGE, limit: int = 900) -> list[str]:
    return [step.said for step in steps_in(question, cut(text, limit=limit))]


LISTED = "1. Open it.\n2. Close it.\n"
STEPS = ["Open Nestbook. Choose Devices.", "Revoke the key.", "Restart the laptop."]


@pytest.mark.parametrize(
    "question",
    ["How do I reset the VPN?", "how to reset my vpn key", "vpn reset?", "What are the steps to reset the VPN?"],
)
def test_all_steps_are_taken_in_their_order(question: str) -> None:
    assert asks_for_steps(question)
    assert may_hold_steps(question, cut(PAGE)[0])
    assert said(question) == STEPS


PAIRING = """# Pairing a Wren with a Heron

Every Heron of the site passes its readings on.

## Before you start

- The Heron is online.
- The sensor is near.

## Pairing one sensor

- Scan the code.
- Hold the button.

## When it does not work

Ask Tier 2.
"""


@pytest.mark.parametrize(
    ("question", "text", "steps"),
    [
        ("How do I pair a Wren with a Heron?", PAIRING, ["Scan the code.", "Hold the button."]),
        (
            "How do I pair a Heron with a Wren?",
            PAIRING.replace("Pairing one sensor", "Steps"),
            ["Scan the code.", "Hold the button."],
        ),
        ("How do I pair a Wren with a Finch?", PAIRING, []),
        ("How do I pair a Wren?", PAIRING, []),
        ("How do I unpair a Wren with a Heron?", PAIRING, []),
        ("Who pairs a Wren with a Heron?", PAIRING, []),
        ("How do I not pair a Wren with a Heron?", PAIRING, []),
        ("How do I pair a Wren with a Heron?", PAIRING.replace("Before you start", "Pairing sensors"), []),
        ("How do I pair a Wren with a Heron?", PAIRING.replace("Pairing one sensor", "If pairing fails"), []),
        (
            "How do I pair a Wren with a Heron?",
            PAIRING.replace("Pairing one sensor", "If pairing fails\n\nDo this:"),
            [],
        ),
        ("How do I pair a Wren with a Heron?", PAIRING.replace("Pairing one sensor", "Tips"), []),
        ("How do I pair a Wren with a Heron?", "# Pairing a Wren with a Heron\n\nScan it.\n", []),
    ],
)
def test_the_list_of_a_page_that_is_called_what_is_asked_is_that_under_its_verb(
    question: str, text: str, steps: list[str]
) -> None:
    assert said(question, text) == steps
    assert not steps or any(may_hold_steps(question, one) for one in cut(text))


def test_a_heading_that_only_says_that_here_are_the_steps_is_named_by_the_one_above_it() -> None:
    for heading in ("Steps", "Steps for the customer", "The procedure:", "Step by step"):
        assert said("How do I change a battery?", f"# Changing a battery\n\nBe brief.\n\n## {heading}\n\n{LISTED}") == [
            "Open it.",
            "Close it.",
        ]
    two = f"# Changing a battery\n\n## Steps for customers\n\n{LISTED}\n## Steps for technicians\n\n{LISTED}"
    assert said("How do I change a battery?", two) == []
    other = f"# Changing a battery\n\n## Procedure for complaints\n\n{LISTED}"
    assert said("How do I change a battery?", other) == []


def test_steps_of_a_list_that_is_cut_into_passages_come_together() -> None:
    long = PAGE.replace("Revoke the key.", f"Revoke the key{' of the laptop' * 8}.")
    assert len(cut(long, limit=200)) > 1
    assert [len(said("How do I reset the VPN?", long, limit)) for limit in (900, 200)] == [3, 3]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Who resets the VPN?", PAGE),
        ("How do I reset the printer?", PAGE),
        ("How do I pay for the VPN?", PAGE),
        ("How do I reset the VPN?", PAGE.replace("2. Revoke", "3. Revoke")),
        ("How do I reset the VPN?", PAGE.replace("3. Restart the laptop.\n\n", "3. Restart the laptop.\n")),
        ("How do I reset the VPN?", PAGE.replace("2. Revoke the key.\n3. Restart the laptop.\n", "")),
        ("How do I reset the VPN?", PAGE.replace("To get a new key:", "1. Ask.\n2. Wait.\n\nThen:")),
        ("How do I reset the VPN?", PAGE.replace("## Reset the VPN", "## Reset the VPN of a guest in Porto")),
        ("How do I reset the VPN?", PAGE.replace("Restart", f"Restart {'and wait ' * 60}")),
        (
            "How do I reset the VPN?",
            PAGE.replace("1. ", "- ").replace("2. ", "- ").replace("## Reset the VPN", "## Reset"),
        ),
        (
            "How do I reset the VPN?",
            PAGE.replace(
                "3. Restart", "".join(f"{n}. Wait.\n" for n in range(3, MAX_STEPS + 2)) + f"{MAX_STEPS + 2}. Do"
            ),
        ),
    ],
)
def test_in_doubt_there_are_no_steps(question: str, text: str) -> None:
    assert not asks_for_steps(question) or said(question, text) == []


def test_a_list_that_may_go_on_in_a_passage_that_is_not_there_is_not_taken() -> None:
    long = PAGE.replace("Revoke the key.", f"Revoke the key{' of the laptop' * 8}.")
    passages = cut(long, limit=200)
    for gone in range(len(passages)):
        left = [passage for place, passage in enumerate(passages) if place != gone]
        assert len(steps_in("How do I reset the VPN?", left)) in (0, 3)


def test_the_answer_is_the_steps_each_with_its_mark() -> None:
    (passage,) = cut(PAGE)
    start = passage.text.index("Everybody")
    first = Evidence(1, passage, "Everybody has a key.", start, start + 20, relevance=0.4)
    evidence = with_steps([first], steps_in("How do I reset the VPN?", [passage]))
    assert [(item.number, item.step) for item in evidence] == [(1, None), (2, 1), (3, 2), (4, 3)]
    chains = Chains("How do I reset the VPN?", evidence)
    written = compose(chains)
    assert [(one.text, one.numbers) for one in written] == [
        ("1. Open Nestbook. Choose Devices.", (2,)),
        ("2. Revoke the key.", (3,)),
        ("3. Restart the laptop.", (4,)),
    ]
    assert all(quotes(one.text, evidence) for one in written)
    assert not quotes("2. Restart the key.", evidence)
    draft = "\n\n".join(write_statement(one.text, one.numbers) for one in written)
    assert read_statements(draft, {1, 2, 3, 4}) == written
    assert chains.direct is not None
    assert chains.direct.answer.step == 1
    assert all(passage.text[item.start : item.end] == item.quote for item in evidence)


def test_of_a_superseded_page_no_steps_are_taken() -> None:
    (passage,) = cut(PAGE)
    assert not may_hold_steps("How do I reset the VPN?", replace(passage, status="superseded"))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How do I remove a user?", "# Users\n\n## Adding a user\n\n1. Open Admin.\n2. Click Add.\n"),
        ("How do I delete a user account?", "# A\n\n## User account\n\n1. Open it.\n2. Delete nothing.\n"),
        ("How do I cancel my gym membership?", "# Gym membership\n\n1. Sign up.\n2. Pay EUR 20.\n"),
        ("How do I reset the VPN?", "# V\n\n## Do not reset the VPN\n\n1. It deletes keys.\n2. It waits.\n"),
        ("How do I fix the printer?", "# V\n\n## Who fixes the printer\n\n1. Ada Brun.\n2. Bo Ek.\n"),
        ("How do I reset the VPN?", "# V\n\n## Reset the VPN\n\nNever do this:\n\n1. Delete it.\n2. Buy one.\n"),
        ("How do I get a space?", "# V\n\n## Get a space\n\nYou can't get one if:\n\n- you live near\n- you walk\n"),
        ("notice period?", "# V\n\n## Notice period\n\n3 months. Exceptions:\n\n- Interns: 2 weeks\n- Others: 1\n"),
        (
            "How do I reset the VPN?",
            "# V\n\n## Reset the VPN\n\n1. Ask.\n2. Go.\n\nThen wait.\n\n3. Start.\n4. Sign in.\n",
        ),
    ],
)
def test_another_procedure_is_not_what_was_asked_for(question: str, text: str) -> None:
    assert said(question, text) == []


RUNBOOK = f"# Runbook: Pump failover\n\n**Who:** anyone.\n\n## Drills\n\n- May\n- June\n\n## Steps\n\n{LISTED}"
ALERT = f"# Payments\n\n## SlowBank\n\nThe alert fires when calls take longer than 8 seconds.\n\n{LISTED}"
TROUBLE = f"# Access\n\n## VPN\n\nSessions end after 12 hours. If it doesn't connect:\n\n{LISTED}"


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What are the steps for a pump failover?", RUNBOOK),
        ("How do I do a pump failover?", RUNBOOK),
        ("How do I run a pump failover?", RUNBOOK),
        ("How do we perform a pump failover?", RUNBOOK),
        ("pump failover steps", RUNBOOK),
        ("Pump failover: what do I do?", RUNBOOK),
        ("What do I do when the SlowBank alert fires?", ALERT),
        ("SlowBank: what do I do?", ALERT),
        ("SlowBank - what now?", ALERT),
        ("What should I do if the VPN doesn't connect?", TROUBLE),
        ("My VPN doesn't connect, what should I try?", TROUBLE),
    ],
)
def test_a_procedure_is_found_by_what_it_is_called(question: str, text: str) -> None:
    assert asks_for_steps(question)
    assert any(may_hold_steps(question, passage) for passage in cut(text))
    assert said(question, text) == ["Open it.", "Close it."]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How do I stop a pump failover?", RUNBOOK),
        ("What do I do after a pump failover?", RUNBOOK.replace("## Steps", "## Before you start")),
        ("How do I make a pump?", f"# Pump\n\n{LISTED}"),
        ("How do I connect the VPN?", TROUBLE),
        ("How do I do the VPN?", TROUBLE),
        ("My VPN doesn't start, what should I try?", TROUBLE),
        ("What do I do when SlowBank is sold?", ALERT),
        ("How do I silence the SlowBank alert?", ALERT),
        ("SlowBank: what do I do?", ALERT.replace("The alert fires when", "Never do this, even if")),
        ("SlowBank never answers, what do I do?", ALERT),
    ],
)
def test_what_is_called_alike_is_not_the_procedure_that_is_asked_for(question: str, text: str) -> None:
    assert said(question, text) == []


def test_an_item_goes_on_in_the_indented_lines_below_it() -> None:
    wrapped = PAGE.replace("Revoke the key.", "Revoke the key,\n   also on the phone.")
    assert said("How do I reset the VPN?", wrapped) == [STEPS[0], "Revoke the key, also on the phone.", STEPS[2]]
    assert said("How do I reset the VPN?", PAGE.replace("Revoke the key.", "Revoke the key,\nalso the phone's.")) == []


def test_a_step_s_own_list_is_part_of_the_step() -> None:
    nested = PAGE.replace("Revoke the key.", "Revoke:\n   - the key;\n   - the token.")
    assert said("How do I reset the VPN?", nested) == [STEPS[0], "Revoke: the key; the token.", STEPS[2]]
    numbered = PAGE.replace("Revoke the key.", "Revoke\n   1. the key\n   2. the token")
    assert said("How do I reset the VPN?", numbered) == [STEPS[0], "Revoke the key; the token", STEPS[2]]
    beside = PAGE.replace("Revoke the key.", "Revoke:\n- the key\n- the token")
    assert said("How do I reset the VPN?", beside) == []


def test_a_warning_above_a_list_is_no_other_case() -> None:
    for above in ("Never do it in a hurry.", "It takes a minute. Never do it alone.", "Do not do the following."):
        assert said("How do I reset the VPN?", PAGE.replace("1. ", f"{above}\n\n1. ", 1)) == []
    warned = PAGE.replace("1. ", "It takes a minute. Never share the key.\n\n1. ", 1)
    assert said("How do I reset the VPN?", warned) == STEPS


LOCKING = """# Lock-out (EN-04)

For all machines on the lines.

## In this order

1. Tell the supervisor.
2. Stop the machine and lock it off.
3. Try to start it.

## Tools

1. Padlock
2. Hasp
"""


def nearest(question: str, near: str, text: str = LOCKING) -> list[str]:
    passages = cut(text)
    passage = next(one for one in passages if near in one.text)
    at = passage.text.index(near)
    item = Evidence(1, passage, near, passage.start + at, passage.start + at + len(near), 0.6)
    return [step.said for step in nearest_steps(question, passages, item)]


@pytest.mark.parametrize(
    ("question", "outright"),
    [
        ("What are the steps for locking off a machine?", True),
        ("locking a machine off, what happens step by step", True),
        ("How do I lock a machine off?", False),
        ("What should I do when I lose my phone?", True),
        ("What do I have to do when I lose my phone?", True),
        ("what do we need to do if a card is stolen", True),
        ("what to do if a card is stolen", True),
        ("What should I do?", False),
        ("What do we do on Fridays?", False),
        ("What do I do if it does not start?", False),
        ("What are the steps without a padlock?", False),
    ],
)
def test_steps_are_asked_for_outright_by_their_name(question: str, outright: bool) -> None:
    assert asks_outright(question) == outright


def test_steps_that_are_asked_for_outright_are_those_of_the_nearest_list() -> None:
    steps = ["Tell the supervisor.", "Stop the machine and lock it off.", "Try to start it."]
    assert nearest("What are the steps for locking off a machine?", "Stop the machine") == steps
    assert nearest("What are the steps for locking off a machine?", "Try to start it.") == steps


def test_a_list_of_something_else_is_not_the_nearest() -> None:
    assert nearest("What are the steps for paying in a cheque abroad?", "Tell the supervisor.") == []
    assert nearest("What are the steps for locking off a machine?", "For all machines") == []
    unfinished = LOCKING.replace("3. Try to start it.", "3. Try to start it.\n\nThen:\n\n4. Go.")
    assert nearest("What are the steps for locking off a machine?", "Tell the supervisor.", unfinished) == []
    excepted = LOCKING.replace("## In this order\n", "## In this order\n\nNot on the night shift:\n")
    assert nearest("What are the steps for locking off a machine?", "Tell the supervisor.", excepted) == []


LOST = """# Lost or stolen device

Laptops, phones and keys.

## Within two hours

1. Tell security.
2. Say what was on it, a laptop with an open file or a locked phone.

Call the deputy if nobody answers.
"""


@pytest.mark.parametrize(
    ("question", "near", "taken"),
    [
        (
            "What should I do when I lose my phone?",
            "Say what was on it, a laptop with an open file or a locked phone.",
            True,
        ),
        ("What should I do when I lose my phone?", "Call the deputy if nobody answers.", True),
        ("What should I do when I lose my phone?", "Laptops, phones and keys.", True),
        ("What should I do when the printer smokes?", "Call the deputy if nobody answers.", False),
    ],
)
def test_what_to_do_in_a_case_is_the_list_that_is_nearest_where_it_speaks_of_it(
    question: str, near: str, taken: bool
) -> None:
    steps = nearest(question, near, LOST)
    assert steps == (
        ["Tell security.", "Say what was on it, a laptop with an open file or a locked phone."] if taken else []
    )
