"""What stands over a sentence: its page, its section, and the bold words with which its paragraph begins."""

import pytest

from graph.evidence import header_at
from tests.graph.structure.test_steps_of_lists import cut

PAGE = """# Leaving

**Notice period.** Solo: one month. Group: six months.

**Money back**: within *30 days*.

__Data__: for ever.

## Export

**Never** at night. **Bold.**

Nothing.
"""


@pytest.mark.parametrize(
    ("said", "header"),
    [
        ("Solo: one", "Leaving – Notice period"),
        ("Group: six", "Leaving – Notice period"),
        ("within", "Leaving – Money back"),
        ("for ever", "Leaving – Data"),
        ("Notice", "Leaving"),
        ("at night", "Leaving – Export"),
        ("Nothing", "Leaving – Export"),
    ],
)
def test_the_words_that_begin_its_paragraph_are_its_heading(said: str, header: str) -> None:
    passage = next(one for one in cut(PAGE) if said in one.text)
    assert header_at(passage, passage.text.index(said)) == header
