import { apiError, newerEnvelope } from './api-error.ts';
import type { State } from './state.ts';

/** Quota units of a method: PATCH weighs 3, everything else 1 (API facts §8). */
export function unitsOf(httpMethod: string): number {
  return httpMethod === 'PATCH' ? 3 : 1;
}

const windowMs = 60_000;
const projectNumber = '123456789012';

/** Units spent in the last sliding minute. */
class Window {
  private spent: { readonly atMs: number; readonly units: number }[] = [];
  private first = 0;
  private sum = 0;

  fits(units: number, limit: number, nowMs: number): boolean {
    this.forget(nowMs);
    return this.sum + units <= limit;
  }

  add(units: number, nowMs: number): void {
    this.spent.push({ atMs: nowMs, units });
    this.sum += units;
  }

  private forget(nowMs: number): void {
    for (let entry = this.spent[this.first]; entry !== undefined; entry = this.spent[this.first]) {
      if (entry.atMs > nowMs - windowMs) break;
      this.sum -= entry.units;
      this.first += 1;
    }
    if (this.first > 1000 && this.first * 2 > this.spent.length) {
      this.spent = this.spent.slice(this.first);
      this.first = 0;
    }
  }
}

/** Per user and per project; what is refused does not count. */
export class Quota {
  private readonly state: State;
  private readonly users = new Map<string, Window>();
  private readonly project = new Window();

  constructor(state: State) {
    this.state = state;
  }

  /** `user` is the account, or `quotaUser` when the request names one. Throws 403 or 429. */
  spend(user: string, units: number): void {
    const { limits, now } = this.state;
    const { unitsPerMinutePerUser: perUser, unitsPerMinutePerProject: perProject } = limits;
    if (perUser === Number.POSITIVE_INFINITY && perProject === Number.POSITIVE_INFINITY) return;
    const nowMs = now();
    const own = this.windowOf(user);
    if (!own.fits(units, perUser, nowMs)) throw this.userRefusal();
    if (!this.project.fits(units, perProject, nowMs)) {
      throw apiError(this.state.switches.rateLimitStatus === 429 ? 'tooManyRequests' : 'rateLimitExceeded');
    }
    own.add(units, nowMs);
    this.project.add(units, nowMs);
  }

  private windowOf(user: string): Window {
    const known = this.users.get(user);
    if (known !== undefined) return known;
    const made = new Window();
    this.users.set(user, made);
    return made;
  }

  private userRefusal(): Error {
    const { rateLimitStatus, rateLimitEnvelope } = this.state.switches;
    if (rateLimitStatus === 429) return apiError('tooManyRequests');
    if (rateLimitEnvelope === 'classic') return apiError('userRateLimitExceeded');
    const limit = String(this.state.limits.unitsPerMinutePerUser);
    return newerEnvelope(
      `Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service 'calendar-json.googleapis.com' for consumer 'project_number:${projectNumber}'.`,
      { message: 'Rate Limit Exceeded', domain: 'usageLimits', reason: 'rateLimitExceeded' },
      {
        reason: 'RATE_LIMIT_EXCEEDED',
        domain: 'googleapis.com',
        metadata: {
          service: 'calendar-json.googleapis.com',
          quota_metric: 'calendar-json.googleapis.com/default',
          quota_limit: 'defaultPerMinutePerUser',
          quota_limit_value: limit,
          consumer: `projects/${projectNumber}`,
        },
      },
    );
  }
}
