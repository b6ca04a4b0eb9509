import type { Faults } from './faults.ts';
import type { Push } from './push.ts';
import type { RequestLog } from './request-log.ts';
import type { State } from './state.ts';

/** What the page is made from. */
export interface PageSources {
  readonly state: State;
  readonly log: RequestLog;
  readonly push: Push;
  readonly faults: Faults;
  readonly secret: string | undefined;
}
