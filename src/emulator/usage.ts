import { apiError } from './api-error.ts';
import { SlidingWindow } from './sliding-window.ts';
import type { Limits } from './switches.ts';

/** The account's usage limits besides its requests (API facts §4, §8): what is refused does not count. */
export type UsageLimit = 'externalInvitationsPerDay' | 'eventsCreatedPerDay' | 'aclInsertsPerDay';

const dayMs = 86_400_000;

export class Usage {
  private readonly limits: () => Limits;
  private readonly now: () => number;
  private readonly windows = new Map<string, SlidingWindow>();

  constructor(limits: () => Limits, now: () => number) {
    this.limits = limits;
    this.now = now;
  }

  /** Throws 403 `quotaExceeded`, "Calendar usage limits exceeded.". */
  spend(limit: UsageLimit, email: string, units: number): void {
    const most = this.limits()[limit];
    if (units === 0 || most === Number.POSITIVE_INFINITY) return;
    const key = `${limit} ${email}`;
    const window = this.windows.get(key) ?? new SlidingWindow(dayMs);
    this.windows.set(key, window);
    const nowMs = this.now();
    if (!window.fits(units, most, nowMs)) throw apiError('quotaExceeded');
    window.add(units, nowMs);
  }
}
