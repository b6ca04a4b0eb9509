import { convergence } from './convergence.ts';
import { everyCallIsMeant } from './every-call-is-meant.ts';
import { fences } from './fences.ts';
import { ledgers } from './ledgers.ts';
import { massDeletes } from './mass-deletes.ts';
import { oneEventPerKey } from './one-event-per-key.ts';
import type { Oracle } from './oracle.ts';
import { ownFieldsOnly } from './own-fields-only.ts';
import { peopleRecorded } from './people-recorded.ts';
import { quietWork } from './quiet-work.ts';

/** Every oracle that looks at a run. A new one is one more file and one more name here. */
export const everyOracle: readonly Oracle[] = [
  fences,
  everyCallIsMeant,
  oneEventPerKey,
  ownFieldsOnly,
  peopleRecorded,
  massDeletes,
  ledgers,
  quietWork,
  convergence,
];
