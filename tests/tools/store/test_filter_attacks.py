"""Values that attack the filters, against a real Milvus Lite: whatever a tenant, a group, a source or a name holds, a
reader gets exactly the rows that the rule allows. What comes back too much raises AccessViolation, so that equal sets
mean that the filter itself held."""

import unicodedata
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.store.passages import IDENTITY, passage, vectors
from tools.passages import Hit, Passage, Reader
from tools.ports import Onward
from tools.store import filters
from tools.store.address import Address
from tools.store.milvus import MilvusStore

INJECTED = [
    '" or tenant != "',
    '"] or true or groups == ["',
    'x"]) or (1 == 1) or array_contains_any(groups, ["public',
    "' or 1=1 --",
    "'; DROP TABLE attacks; --",
    'public", "hr',
    "public' OR 'a'='a",
    "{tenant}",
    "${jndi:ldap://x}",
    "true",
    "null",
    "[]",
    "tenant",
    'exists metadata["start"]',
]
ESCAPED = [
    "\\",
    "\\\\",
    '\\"',
    '\\\\"',
    "\\u0041",
    "\\x41",
    "\\101",
    "A",
    "a\\nb",
    "a\\tb",
    "a\tb",
    "a\x00b",
    "a\x00",
    "\x00",
]
WILD = ["%", "_", "a%", "a_b", "aXb", "*", "**", "?", "[a-z]", "a", "ab", ".*", "^a$", "a%b", "public%", "publi_"]
UNICODE = [
    unicodedata.normalize("NFC", "caf\u00e9"),
    unicodedata.normalize("NFD", "caf\u00e9"),
    "cafe",
    "public\u200b",
    "\u200bpublic",
    "pub\u00adlic",
    "\u202epublic",
    "cilbup",
    "ｐｕｂｌｉｃ",
    "PUBLIC",
    "Public",
    "рublic",  # a Cyrillic letter
    "\ufeffpublic",
    "public ",
    " public",
    "ß",
    "ss",
    "İ",
    "i",
    "\U0001f600",
    "\U0001f468\u200d\U0001f469",
    "\u2028",
    "\x85",
    "\x1b[31m",
    "\x7f",
]
VALUES = [*INJECTED, *ESCAPED, *WILD, *UNICODE]
UNSTORABLE = ["a\nb", "a\r", '\n" or tenant != "', "\ud800", "x\udfffy", 'public\ud800"]']

pytestmark = pytest.mark.asyncio(loop_scope="module")


def population() -> Iterator[Passage]:
    for n, value in enumerate(VALUES):
        yield passage(f"tenant-{n}", tenant=value, source="s.md", names=("n",))
        yield passage(f"group-{n}", tenant="t", groups=(value,), source="s.md", names=("n",))
        yield passage(f"both-{n}", tenant="t", groups=("hr", value), source=value, names=(value,))


ROWS = list(population())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def attacked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MilvusStore]:
    path = tmp_path_factory.mktemp("attacks") / "store.db"
    store = await MilvusStore.open(Address(path, timeout_seconds=100), "attacks", IDENTITY, create=True)
    await store.upsert(ROWS, vectors(len(ROWS)))
    yield store
    await store.close()


def keys(found: list[Hit]) -> set[str]:
    return {hit.passage.key for hit in found}


async def holds(store: MilvusStore, reader: Reader, wanted: list[str]) -> None:
    """Every way to read, compared with the rule applied in Python to all rows there are."""
    readable = {row.key for row in ROWS if reader.may_read(row)}
    named = {row.key for row in ROWS if row.key in readable and (row.source in wanted or set(row.names) & set(wanted))}
    from_sources = {row.key for row in ROWS if row.key in readable and row.source in wanted}
    vector = vectors(1, seed=3)[0]
    assert keys(await store.search("Some text", vector, reader, 300)) == readable
    assert keys(await store.find_names(wanted, reader, 300)) == named
    assert keys(await store.find_sources(wanted, reader, 300)) == from_sources
    assert await store.readable_sources(wanted, reader) == {row.source for row in ROWS if row.key in from_sources}
    assert {one.key for one in await store.fetch([row.key for row in ROWS], reader)} == readable
    onward = Onward(tuple(vector), names=tuple(wanted), vectors=(tuple(vector),), texts=("Some text",))
    assert named <= keys(await store.find_onward(onward, reader, 300)) <= readable


@pytest.mark.parametrize("value", [*VALUES, *UNSTORABLE])
async def test_a_hostile_value_reads_its_own_rows_alone(attacked: MilvusStore, value: str) -> None:
    await holds(attacked, Reader(tenant=value), ["s.md"])
    await holds(attacked, Reader(tenant="t", groups=(value,)), [value, "n"])


PIECE = st.one_of(st.sampled_from([*VALUES, *UNSTORABLE]), st.text(max_size=6))
HOSTILE = st.one_of(PIECE, st.tuples(PIECE, PIECE).map("".join), st.tuples(PIECE, PIECE, PIECE).map("".join))


@given(
    tenant=st.one_of(st.just("t"), HOSTILE), groups=st.lists(HOSTILE, max_size=6), wanted=st.lists(HOSTILE, max_size=4)
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_composition_of_values_reads_more_or_less_than_the_rule(
    attacked: MilvusStore, tenant: str, groups: list[str], wanted: list[str]
) -> None:
    await holds(attacked, Reader(tenant=tenant, groups=tuple(groups)), wanted)


@given(value=HOSTILE)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_storable_value_reads_back_as_itself_and_is_removed_alone(attacked: MilvusStore, value: str) -> None:
    if not filters.storable(value) or not value:
        return
    own = passage("own", tenant="own", groups=(value,), source=value, names=(value,))
    near = passage("near", tenant="own", groups=(value + "x",), source=value + "x", names=(value + "x",))
    await attacked.upsert([own, near], vectors(2))
    reader = Reader(tenant="own", groups=(value,))
    assert [hit.passage for hit in await attacked.find_names([value], reader, 9)] == [own]
    assert await attacked.find_names([value + "x"], reader, 9) == []
    removed = await attacked.delete_source(value, "own")
    assert (removed, await attacked.keys_of_source(value + "x", "own")) == (1, ["near"])
    await attacked.delete_keys(["near"])


@pytest.mark.parametrize("count", [1_000, 20_000])
async def test_a_reader_in_very_many_groups_reads_what_they_allow(attacked: MilvusStore, count: int) -> None:
    many = tuple(f'group "{n}" of \\ many' for n in range(count))
    await holds(attacked, Reader(tenant="t", groups=many), ["s.md"])
    await holds(attacked, Reader(tenant="t", groups=(*many, "ß")), ["s.md", *many[:500]])
