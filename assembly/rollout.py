"""The rollout, looked at by the running program: on, back, or not at all."""

import asyncio
import logging
from datetime import UTC, datetime

from holysheep.rollout import DOCUMENT, RolloutPlan, RolloutState
from holysheep.rollout.words import Language, lines
from holysheep.store import Store
from ledger import Database, DatabaseUnusable
from ledger.cohorts import take_step

log = logging.getLogger(__name__)

#: Sooner than anybody would notice by themselves that a provider has got worse, and no load on the books.
LOOK_EVERY_S = 60.0


async def keep_rolling(
    database: Database, store: Store, plan: RolloutPlan, every_s: float = LOOK_EVERY_S
) -> None:
    """Take the rollout's steps from the books, until cancelled. Several programs may do so on the same books."""
    while plan.enabled:
        try:
            _tell(await take_step(database, store, plan, datetime.now(UTC)), every_s)
        except (DatabaseUnusable, OSError) as error:
            log.warning("the rollout could not be looked at, trying again: %s", error)
        except Exception:
            log.exception("the rollout could not be looked at, trying again")
        await asyncio.sleep(every_s)


async def rollout_lines(store: Store, plan: RolloutPlan, language: Language) -> list[str]:
    """Where it stands, in a few lines for operators; none where there is no rollout. Raises OSError."""
    if not plan.enabled:
        return []
    state = RolloutState.from_document(await store.read(DOCUMENT))
    told = lines(plan, state, datetime.now(UTC), language, history=0)
    return told[: told.index("")] if "" in told else told


def _tell(state: RolloutState, within_s: float) -> None:
    """What has happened since the last look, for the log."""
    last = state.history[-1] if state.history else None
    if last and last.by == "rollout" and (datetime.now(UTC) - last.at).total_seconds() < within_s:
        log.warning("rollout: %s, %d → %d %%", last.what, last.before, last.after)
