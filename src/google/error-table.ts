import type { ErrorKind } from '../core/error.ts';
import type { Operation } from './operation.ts';

/** What an answer other than success means: an error's kind, or one of the two that are no error. */
type Verdict =
  | ErrorKind
  /** The thing that was read does not exist: null. */
  | 'absent'
  /** What was asked for is so already. */
  | 'done';

export interface ErrorRow {
  /** A status, or the first digit of a class of them: 5 for every 5xx. */
  readonly status: number;
  /** Google's reasons, from `errors[0].reason` or the newer envelope's `details[].reason`. */
  readonly reasons: 'any' | readonly string[];
  readonly operations: 'any' | readonly Operation[];
  readonly verdict: Verdict;
  /** True when a write that is answered so may have been carried out all the same. */
  readonly mayHaveHappened?: true;
  readonly why: string;
}

const LISTINGS = ['events.list', 'events.list continued'] as const;
const CALENDAR_READS = ['calendarList.get', 'calendars.get'] as const;
const CHANGES_OF_AN_EVENT = ['events.patch', 'events.move', 'events.delete'] as const;
const WRITES = ['events.insert', ...CHANGES_OF_AN_EVENT, 'calendars.insert'] as const;
const RATE_LIMITS = ['rateLimitExceeded', 'userRateLimitExceeded', 'RATE_LIMIT_EXCEEDED'] as const;
const USAGE_LIMITS = ['quotaExceeded', 'dailyLimitExceeded'] as const;

/**
 * What each answer of Google means; the first row that fits decides. `docs/errors.md` shows it to readers, and
 * `docs/decisions/0003-error-kinds.md` says how the doubtful rows were decided.
 */
export const ERROR_TABLE: readonly ErrorRow[] = [
  {
    status: 400,
    reasons: 'any',
    operations: ['events.list continued'],
    verdict: 'sync_token_expired',
    why: 'The request is fixed but for its token, so the token is what was refused; a listing from the start needs none.',
  },
  {
    status: 400,
    reasons: 'any',
    operations: ['events.list'],
    verdict: 'invariant',
    why: 'A full listing states nothing of a row: the request itself is wrong.',
  },
  {
    status: 400,
    reasons: 'any',
    operations: 'any',
    verdict: 'rejected',
    why: 'Google refuses what the row says, and will until it says something else.',
  },
  {
    status: 401,
    reasons: 'any',
    operations: 'any',
    verdict: 'unauthorized',
    why: 'Only seen after one forced refresh and one more try of the same request.',
  },
  {
    status: 403,
    reasons: RATE_LIMITS,
    operations: 'any',
    verdict: 'transient',
    why: 'A limit per minute; it comes as 403 at least as often as 429, and may call itself PERMISSION_DENIED.',
  },
  {
    status: 403,
    reasons: USAGE_LIMITS,
    operations: 'any',
    verdict: 'quota',
    why: 'A limit of the account or the day, given back over hours.',
  },
  {
    status: 403,
    reasons: ['insufficientPermissions', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'],
    operations: 'any',
    verdict: 'unauthorized',
    why: 'The grant lacks a scope: the same on every calendar of the account, and only its owner can give it.',
  },
  {
    status: 403,
    reasons: ['accessNotConfigured', 'SERVICE_DISABLED'],
    operations: 'any',
    verdict: 'usage',
    why: 'The Calendar API is switched off in our own Google Cloud project: no owner and no row can mend it.',
  },
  {
    status: 403,
    reasons: ['requiredAccessLevel'],
    operations: 'any',
    verdict: 'unavailable',
    why: 'The account lost its right to write on this calendar; rows wait until it is given back.',
  },
  {
    status: 403,
    reasons: ['forbidden'],
    operations: ['events.insert'],
    verdict: 'conflict',
    why: 'The id of a deleted event may be refused so: read it, and take the next incarnation.',
  },
  {
    status: 403,
    reasons: 'any',
    operations: WRITES,
    verdict: 'rejected',
    why: 'This write is not allowed (another organizer, a service account inviting guests); parked, never deleted and made again.',
  },
  {
    status: 403,
    reasons: 'any',
    operations: 'any',
    verdict: 'unavailable',
    why: 'Reading is refused, so access to the calendar is missing.',
  },
  {
    status: 404,
    reasons: 'any',
    operations: ['events.get', ...CALENDAR_READS],
    verdict: 'absent',
    why: 'Not there, or not for this account; whoever asked decides what that means.',
  },
  {
    status: 404,
    reasons: 'any',
    operations: CHANGES_OF_AN_EVENT,
    verdict: 'conflict',
    why: 'The event is elsewhere, purged, or its calendar is gone: only an observation can tell. Never success, not even for a delete.',
  },
  {
    status: 404,
    reasons: 'any',
    operations: [...LISTINGS, 'events.insert'],
    verdict: 'unavailable',
    why: 'The calendar is deleted or no longer shared; its events say nothing about themselves.',
  },
  {
    status: 409,
    reasons: 'any',
    operations: ['events.insert', ...CHANGES_OF_AN_EVENT],
    verdict: 'conflict',
    why: 'Another event has the id (deleted ones keep theirs), or another change came between: look again.',
  },
  {
    status: 409,
    reasons: 'any',
    operations: 'any',
    verdict: 'transient',
    why: 'Two requests met in Google; there is no state of ours to observe again.',
  },
  {
    status: 410,
    reasons: ['deleted'],
    operations: ['events.delete'],
    verdict: 'done',
    why: 'Deleted already.',
  },
  {
    status: 410,
    reasons: ['fullSyncRequired', 'updatedMinTooLongAgo'],
    operations: LISTINGS,
    verdict: 'sync_token_expired',
    why: 'The token is dead.',
  },
  {
    status: 410,
    reasons: 'any',
    operations: ['events.list continued'],
    verdict: 'sync_token_expired',
    why: 'Gone, without saying what: the token is the only thing in the request that can be.',
  },
  {
    status: 410,
    reasons: 'any',
    operations: ['events.get', 'events.insert', ...CHANGES_OF_AN_EVENT],
    verdict: 'conflict',
    why: 'The event is a tombstone by now.',
  },
  {
    status: 410,
    reasons: 'any',
    operations: 'any',
    verdict: 'unavailable',
    why: 'Gone, with no token in the request: the calendar itself.',
  },
  {
    status: 412,
    reasons: 'any',
    operations: 'any',
    verdict: 'conflict',
    why: 'The etag is no longer the newest; routine where guests answer.',
  },
  {
    status: 408,
    reasons: 'any',
    operations: 'any',
    verdict: 'transient',
    mayHaveHappened: true,
    why: 'Somebody on the way stopped waiting.',
  },
  {
    status: 429,
    reasons: USAGE_LIMITS,
    operations: 'any',
    verdict: 'quota',
    why: 'As 403.',
  },
  {
    status: 429,
    reasons: 'any',
    operations: 'any',
    verdict: 'transient',
    why: 'A limit per minute.',
  },
  {
    status: 5,
    reasons: 'any',
    operations: 'any',
    verdict: 'transient',
    mayHaveHappened: true,
    why: 'Google or something before it failed, perhaps after the work was done.',
  },
  {
    status: 3,
    reasons: 'any',
    operations: 'any',
    verdict: 'transient',
    mayHaveHappened: true,
    why: 'Not followed, because a bearer token goes to nobody else: a portal or a proxy is in the way.',
  },
  {
    status: 4,
    reasons: 'any',
    operations: WRITES,
    verdict: 'rejected',
    why: 'Any other refusal of what was sent.',
  },
  {
    status: 4,
    reasons: 'any',
    operations: 'any',
    verdict: 'invariant',
    why: 'Any other refusal of a read, which nothing outside our own code can mend.',
  },
];

/** The row that decides, or undefined for a status that is no refusal at all (1xx, 2xx, nonsense). */
export function findErrorRow(status: number, reason: string | undefined, operation: Operation): ErrorRow | undefined {
  return ERROR_TABLE.find(
    (row) =>
      (row.status === status || row.status === Math.floor(status / 100)) &&
      (row.reasons === 'any' || (reason !== undefined && row.reasons.includes(reason))) &&
      (row.operations === 'any' || row.operations.includes(operation)),
  );
}
