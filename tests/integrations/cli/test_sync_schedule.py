"""Which source a process that stays syncs when: the sources file's word counts more than what it was started with."""

from pathlib import Path

from integrations.cli.sync_schedule import SyncSchedule, is_watched
from tools.ingestion.loading.syncing import SyncSource

DOCS = SyncSource("docs", "default", Path("/docs"))
SITE = SyncSource("site", "default", Path("/mirror"), every_seconds=60.0)


def schedule(every_seconds: float | None = None) -> SyncSchedule:
    made = SyncSchedule(every_seconds)
    made.update([DOCS, SITE])
    return made


def test_all_sources_are_due_at_first_and_each_again_at_its_own_interval() -> None:
    plan = schedule(every_seconds=300.0)
    assert plan.due(0.0) == ["docs", "site"]
    plan.done(["docs", "site"], 10.0)
    assert (plan.due(69.0), plan.due(70.0), plan.due(310.0)) == ([], ["site"], ["docs", "site"])
    assert plan.seconds_left(10.0) == 60.0


def test_a_source_without_an_interval_is_due_only_when_it_changed() -> None:
    plan = SyncSchedule(None)
    plan.update([DOCS])
    plan.done(["docs"], 0.0)
    assert (plan.due(1e9), plan.seconds_left(1e9)) == ([], None)
    plan.changed("docs")
    assert (plan.due(1.0), plan.seconds_left(1.0)) == (["docs"], 0.0)


def test_a_change_during_a_sync_has_another_one_follow() -> None:
    plan = schedule()
    plan.changed("docs")
    plan.begin(["docs", "site"])
    plan.changed("docs")
    plan.done(["docs", "site"], 0.0)
    assert plan.due(1.0) == ["docs"]


def test_a_sync_that_failed_as_a_whole_is_tried_again_soon() -> None:
    plan = schedule()
    plan.failed(["docs", "site"], 0.0, 30.0)
    assert (plan.due(29.0), plan.due(30.0)) == ([], ["docs", "site"])


def test_a_source_that_is_named_later_is_due_at_once_and_one_that_went_is_not() -> None:
    plan = schedule()
    plan.done(["docs", "site"], 0.0)
    plan.changed("docs")
    plan.update([SITE, SyncSource("wiki", "default", Path("/wiki"))])
    assert plan.due(1.0) == ["wiki"]
    plan.done(["wiki"], 1.0)
    assert plan.seconds_left(1.0) == 59.0


def test_a_folder_is_watched_as_it_says_and_else_as_the_process_was_started() -> None:
    async def fetch() -> None: ...

    says = {watch: SyncSource("docs", "default", Path("/docs"), watch=watch) for watch in (True, False, None)}
    assert [is_watched(says[watch], by_default=False) for watch in (True, False, None)] == [True, False, False]
    assert [is_watched(says[watch], by_default=True) for watch in (True, False, None)] == [True, False, True]
    assert not is_watched(SyncSource("site", "default", Path("/mirror"), fetch=fetch), by_default=True)  # type: ignore[arg-type]
