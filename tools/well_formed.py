"""Text that can be encoded."""


def well_formed(text: str) -> str:
    """With a question mark for each half of a surrogate pair: JSON can spell them, and no tokenizer takes one."""
    return text.encode("utf-8", "replace").decode()
