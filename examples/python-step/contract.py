"""What a group of a job is, whoever runs it: an activity that gets a GroupTask and answers a GroupOutcome."""

from collections.abc import Callable
from functools import wraps
from typing import Any, NotRequired, TypedDict

from temporalio import activity
from temporalio.exceptions import ApplicationError, FailureError


class Job(TypedDict):
    id: str
    tenant: str | None  # None: of all tenants
    type: str


class GroupTask(TypedDict):
    """What a try of a group is told."""

    job: Job
    group: str
    index: int  # place of the group in its job, from 0
    input: Any
    data: NotRequired[Any]  # as the group before has left it; absent if none has
    timeoutMs: int  # of a try
    retry: Any  # the retry plan, or "none": must not be repeated unasked
    dueMs: NotRequired[int]  # of the run of a schedule: when it was due, ms since the epoch
    killAtMs: int  # ms since the epoch; the job is over then
    triesBefore: NotRequired[int]  # that had ended when a worker gave the group back


class ChildJob(TypedDict):
    """A job that is to be started when the group has ended well."""

    type: str
    input: Any  # held against the schema of that type; if it is wrong, the group has failed
    tenant: str | None
    key: NotRequired[str]  # of all with the same key, type and tenant one is started


class Contribution(TypedDict):
    """What is added to an aggregated result when the group has ended well."""

    result: str
    counters: NotRequired[dict[str, int]]
    lists: NotRequired[dict[str, list[Any]]]


class GroupOutcome(TypedDict, total=False):
    """What a group leaves behind that has ended well. It counts once, all of it, however often it was tried."""

    data: Any  # instead of the task's; that stays if absent
    children: list[ChildJob]
    contributions: list[Contribution]
    tries: int
    startedMs: int


class FinalError(Exception):
    """Raised by a group: it has failed, and is not tried again. After every other error it is."""


def group(name: str) -> Callable[[Callable[[GroupTask], GroupOutcome]], Callable[[GroupTask], GroupOutcome]]:
    """Makes a function the activity that a job type names. It tells of each try what the job shows of it."""

    def activity_of(run: Callable[[GroupTask], GroupOutcome]) -> Callable[[GroupTask], GroupOutcome]:
        @activity.defn(name=name)
        @wraps(run)
        def one_try(task: GroupTask) -> GroupOutcome:
            info = activity.info()
            tries, started_ms = info.attempt, int(info.started_time.timestamp() * 1000)
            try:
                return {**run(task), "tries": tries, "startedMs": started_ms}
            except FailureError:
                # The engine's own: the group was called off, or says itself what is to become of it.
                raise
            except Exception as error:
                told = {"tries": tries, "startedMs": started_ms}
                is_final = isinstance(error, FinalError)
                raise ApplicationError(
                    str(error), told, type=type(error).__name__, non_retryable=is_final
                ) from error

        return one_try

    return activity_of
