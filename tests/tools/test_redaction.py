"""What messages may show of keys and of what a server says."""

import pytest

from tools.redaction import MAX_QUOTED_CHARACTERS, quoted, without_credentials


@pytest.mark.parametrize("secret", ["s", "k", "ab", "sk-", "-abc"])
def test_a_short_secret_does_not_break_the_form_of_another(secret: str) -> None:
    assert quoted("not sk-abcdefgh0123, it says", [secret]) == "not ***, it says"


def test_secrets_and_forms_that_overlap_are_all_taken_out() -> None:
    assert quoted("no: sk-abc/defghijk!", ["sk-abc/defghijk"]) == "no: ***!"
    assert quoted("no: my-sk-abcdefgh-more", ["my-sk-abcd"]) == "no: ***"
    assert quoted("a\nb " + "c" * 400) == ("a b " + "c" * 400)[:MAX_QUOTED_CHARACTERS]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:pass4321@127.0.0.1:1", "http://127.0.0.1:1"),
        ("https://key@host/v1/", "https://host/v1/"),
        ("https://ada:p@ss/wo#rd?@host/v1?key=1#a", "https://host/v1"),
        ("http://host:19530", "http://host:19530"),
        ("unix:/tmp/a@b.sock", "unix:/tmp/a@b.sock"),
    ],
)
def test_an_address_is_shown_without_what_lets_anybody_in(url: str, shown: str) -> None:
    assert without_credentials(url) == shown
