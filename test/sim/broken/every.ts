import type { PlantedBug } from '../plant.ts';
import { baseShrinks } from './base-shrinks.ts';
import { conflictTreatedAsDrift } from './conflict-treated-as-drift.ts';
import { deletedUnchangedAsChanged } from './deleted-unchanged-as-changed.ts';
import { desiredCalendarNotObserved } from './desired-calendar-not-observed.ts';
import { duplicateRetiresTheBoundEvent } from './duplicate-retires-the-bound-event.ts';
import { elsewhereOnlyWhereNeverObserved } from './elsewhere-only-where-never-observed.ts';
import { expiredApprovalStands } from './expired-approval-stands.ts';
import { followNamesTheOldCalendar } from './follow-names-the-old-calendar.ts';
import { fullListingDropsWhatItShows } from './full-listing-drops-what-it-shows.ts';
import { guardCountsBeforeItsHour } from './guard-counts-before-its-hour.ts';
import { heldKeysLeftOut } from './held-keys-left-out.ts';
import { leaseProlongedForAnybody } from './lease-prolonged-for-anybody.ts';
import { markClearedAfterAMove } from './mark-cleared-after-a-move.ts';
import { marksForgottenInTheState } from './marks-forgotten-in-the-state.ts';
import { moveNotedAtItsSource } from './move-noted-at-its-source.ts';
import { neverCleared } from './never-cleared.ts';
import { pageNotWaitedFor } from './page-not-waited-for.ts';
import { parkedWhateverItsRevision } from './parked-whatever-its-revision.ts';
import { patchThatNeverLeftIsDone } from './patch-that-never-left-is-done.ts';
import { retryAfterIgnored } from './retry-after-ignored.ts';

/** Lines of planner, engine and store, chosen and written down before any was run, as mistakes that somebody could make. */
export const brokenLines: readonly PlantedBug[] = [
  elsewhereOnlyWhereNeverObserved,
  deletedUnchangedAsChanged,
  desiredCalendarNotObserved,
  followNamesTheOldCalendar,
  conflictTreatedAsDrift,
  neverCleared,
  baseShrinks,
  patchThatNeverLeftIsDone,
  retryAfterIgnored,
  pageNotWaitedFor,
  markClearedAfterAMove,
  moveNotedAtItsSource,
  marksForgottenInTheState,
  heldKeysLeftOut,
  parkedWhateverItsRevision,
  leaseProlongedForAnybody,
  fullListingDropsWhatItShows,
  duplicateRetiresTheBoundEvent,
  guardCountsBeforeItsHour,
  expiredApprovalStands,
];
