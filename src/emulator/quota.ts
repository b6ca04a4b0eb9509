import { apiError } from './api-error.ts';
import { queriesPerMinute } from './newer-errors.ts';
import { SlidingWindow } from './sliding-window.ts';
import type { State } from './state.ts';

/** Quota units of a method: PATCH weighs 3, everything else 1 (API facts §8). */
export function unitsOf(httpMethod: string): number {
  return httpMethod === 'PATCH' ? 3 : 1;
}

const windowMs = 60_000;

/** Per user and per project; what is refused does not count. */
export class Quota {
  private readonly state: State;
  private readonly users = new Map<string, SlidingWindow>();
  private readonly calendars = new Map<string, SlidingWindow>();
  private readonly project = new SlidingWindow(windowMs);

  constructor(state: State) {
    this.state = state;
  }

  /** `user` is the account, or `quotaUser` when the request names one. Throws 403 or 429. */
  spend(user: string, units: number): void {
    const { limits, now } = this.state;
    const { unitsPerMinutePerUser: perUser, unitsPerMinutePerProject: perProject } = limits;
    if (perUser === Number.POSITIVE_INFINITY && perProject === Number.POSITIVE_INFINITY) return;
    const nowMs = now();
    const own = windowIn(this.users, user);
    if (!own.fits(units, perUser, nowMs)) throw this.userRefusal();
    if (!this.project.fits(units, perProject, nowMs)) {
      throw this.burstRefusal();
    }
    own.add(units, nowMs);
    this.project.add(units, nowMs);
  }

  /** A write to one calendar, against the burst limit of §8. Throws 403 or 429 `rateLimitExceeded`. */
  spendOn(calendarId: string): void {
    const limit = this.state.limits.writesPerMinutePerCalendar;
    if (limit === Number.POSITIVE_INFINITY) return;
    const window = windowIn(this.calendars, calendarId);
    const nowMs = this.state.now();
    if (!window.fits(1, limit, nowMs)) throw this.burstRefusal();
    window.add(1, nowMs);
  }

  private burstRefusal(): Error {
    return apiError(this.state.switches.rateLimitStatus === 429 ? 'tooManyRequests' : 'rateLimitExceeded');
  }

  private userRefusal(): Error {
    const { rateLimitStatus, rateLimitEnvelope } = this.state.switches;
    if (rateLimitStatus === 429) return apiError('tooManyRequests');
    if (rateLimitEnvelope === 'classic') return apiError('userRateLimitExceeded');
    return queriesPerMinute(this.state.limits.unitsPerMinutePerUser);
  }
}

function windowIn(windows: Map<string, SlidingWindow>, key: string): SlidingWindow {
  const known = windows.get(key);
  if (known !== undefined) return known;
  const made = new SlidingWindow(windowMs);
  windows.set(key, made);
  return made;
}
