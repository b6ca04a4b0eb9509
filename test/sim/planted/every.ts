import type { PlantedBug } from '../plant.ts';
import { approvalUsedTwice } from './approval-used-twice.ts';
import { attendeesReplaced } from './attendees-replaced.ts';
import { bounceThatNeverEnds } from './bounce-that-never-ends.ts';
import { breakerNeverOpens } from './breaker-never-opens.ts';
import { cancelledWithOpenGuests } from './cancelled-with-open-guests.ts';
import { changesNumberedById } from './changes-numbered-by-id.ts';
import { contestWithoutAnEnd } from './contest-without-an-end.ts';
import { copyGoesOn } from './copy-goes-on.ts';
import { echoTakenForNews } from './echo-taken-for-news.ts';
import { enrolmentCountedAsAChange } from './enrolment-counted-as-a-change.ts';
import { expiredTokenTakenForEmpty } from './expired-token-taken-for-empty.ts';
import { foreignMarkTakenForOurs } from './foreign-mark-taken-for-ours.ts';
import { functionTakesAnyVersion } from './function-takes-any-version.ts';
import { idempotencyBesideTheTransaction } from './idempotency-beside-the-transaction.ts';
import { invitedWithoutAMail } from './invited-without-a-mail.ts';
import { leaseOnTheWorkersClock } from './lease-on-the-workers-clock.ts';
import { markClearedWhateverItsRevision } from './mark-cleared-whatever-its-revision.ts';
import { oldRowsDecide } from './old-rows-decide.ts';
import { patchWithoutIfMatch } from './patch-without-if-match.ts';
import { patchWritesWhatItRead } from './patch-writes-what-it-read.ts';
import { pruneDoesNotSayWhatIsHeld } from './prune-does-not-say-what-is-held.ts';
import { recreatedAfter403 } from './recreated-after-403.ts';
import { restoredOneVersionOff } from './restored-one-version-off.ts';
import { retryUnderANewId } from './retry-under-a-new-id.ts';
import { settledWithoutItsGuests } from './settled-without-its-guests.ts';
import { sweepTakesTheNewest } from './sweep-takes-the-newest.ts';
import { tokenBeforeTheLastPage } from './token-before-the-last-page.ts';
import { unheardDeleteTakenForDone } from './unheard-delete-taken-for-done.ts';
import { vanishedTakenForDeleted } from './vanished-taken-for-deleted.ts';
import { waitAsksSeldom } from './wait-asks-seldom.ts';

/** Every planted bug: one file each. */
export const plantedBugs: readonly PlantedBug[] = [
  tokenBeforeTheLastPage,
  markClearedWhateverItsRevision,
  retryUnderANewId,
  patchWithoutIfMatch,
  expiredTokenTakenForEmpty,
  vanishedTakenForDeleted,
  attendeesReplaced,
  leaseOnTheWorkersClock,
  echoTakenForNews,
  recreatedAfter403,
  foreignMarkTakenForOurs,
  approvalUsedTwice,
  cancelledWithOpenGuests,
  changesNumberedById,
  enrolmentCountedAsAChange,
  idempotencyBesideTheTransaction,
  patchWritesWhatItRead,
  oldRowsDecide,
  restoredOneVersionOff,
  invitedWithoutAMail,
  unheardDeleteTakenForDone,
  contestWithoutAnEnd,
  breakerNeverOpens,
  copyGoesOn,
  settledWithoutItsGuests,
  functionTakesAnyVersion,
  pruneDoesNotSayWhatIsHeld,
  bounceThatNeverEnds,
  waitAsksSeldom,
  sweepTakesTheNewest,
];
