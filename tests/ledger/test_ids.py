"""Ids that sort by the time they were made."""

import time
import uuid

from ledger.ids import new_id


def test_later_ids_sort_later() -> None:
    """From one millisecond to the next; each is a uuid of version 7, and no two are the same."""
    made = []
    for _ in range(20):
        made.append(new_id())
        time.sleep(0.002)
    assert sorted(made) == made
    crowd = {new_id() for _ in range(10_000)}
    assert len(crowd) == 10_000
    assert {(one.version, one.variant) for one in map(uuid.UUID, crowd)} == {(7, uuid.RFC_4122)}
