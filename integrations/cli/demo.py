"""`hopline demo`."""
from integrations.cli.options import Json


def demo(as_json: Json = False) -> int:
    """x"""
    return 0
