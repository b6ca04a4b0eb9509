import { waitsEnd } from '../workload/waiting.ts';
import { bindingsKept } from './bindings-kept.ts';
import { callBounds } from './call-bounds.ts';
import { contests } from './contests.ts';
import { convergence } from './convergence.ts';
import { deletionsObeyed } from './deletions-obeyed.ts';
import { everyCallIsMeant } from './every-call-is-meant.ts';
import { fairness } from './fairness.ts';
import { feed } from './feed.ts';
import { fences } from './fences.ts';
import { guestsMailed } from './guests-mailed.ts';
import { heldTogether } from './held-together.ts';
import { ledgers } from './ledgers.ts';
import { massDeletes } from './mass-deletes.ts';
import { movesObeyed } from './moves-obeyed.ts';
import { newerWishWins } from './newer-wish-wins.ts';
import { oneEventPerKey } from './one-event-per-key.ts';
import type { Oracle } from './oracle.ts';
import { ownFieldsOnly } from './own-fields-only.ts';
import { parkedForAReason } from './parked-for-a-reason.ts';
import { peopleRecorded } from './people-recorded.ts';
import { promises } from './promises.ts';
import { quietWork } from './quiet-work.ts';
import { retryAfter } from './retry-after.ts';
import { settledAsRecorded } from './settled-as-recorded.ts';
import { silentCopies } from './silent-copies.ts';
import { statusOfWrites } from './status-of-writes.ts';
import { trueClaims } from './true-claims.ts';
import { unreachableTold } from './unreachable-told.ts';
import { wholeHistory } from './whole-history.ts';

/** Every oracle that looks at a run. A new one is one more file and one more name here. */
export const everyOracle: readonly Oracle[] = [
  fences,
  everyCallIsMeant,
  oneEventPerKey,
  ownFieldsOnly,
  peopleRecorded,
  massDeletes,
  heldTogether,
  guestsMailed,
  contests,
  ledgers,
  bindingsKept,
  settledAsRecorded,
  trueClaims,
  fairness,
  callBounds,
  retryAfter,
  silentCopies,
  quietWork,
  convergence,
  newerWishWins,
  deletionsObeyed,
  movesObeyed,
  parkedForAReason,
  promises,
  wholeHistory,
  feed,
  statusOfWrites,
  unreachableTold,
  waitsEnd,
];
