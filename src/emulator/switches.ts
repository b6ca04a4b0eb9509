/**
 * Where Google's texts disagree, or nobody measured, the behaviour is a switch with a stated default.
 * `docs/emulator.md` shows this table with its sources.
 */
export interface Switches {
  /** PATCH or PUT with `status: confirmed` on a deleted event: works, or 403 `forbidden` (§2.1). */
  readonly undelete: 'allowed' | 'forbidden';
  /** A write that changes nothing: the etag stays (measured on calendars, §3.1) or moves. */
  readonly noopWrite: 'keeps_etag' | 'moves_etag';
  /** A guest's answer moves the etag of the organizer's event (§3.2). */
  readonly answerMovesEtag: boolean;
  /** Moving an event to a calendar that holds a tombstone of the same id. */
  readonly moveOntoTombstone: 'replace' | 'duplicate';
  /** A sync token sent with parameters other than those of its listing (undefined by Google, §1.2). */
  readonly otherParametersWithSyncToken: 'refuse' | 'accept' | 'full_sync_required';
  /** Several `privateExtendedProperty` (or shared) filters: all must match, or any (§0.1). */
  readonly repeatedPropertyFilter: 'all' | 'any';
  /** Empty pages that carry a next page token (§1.4): none, one after each page, or the first page too. */
  readonly emptyPages: 'never' | 'between' | 'everywhere';
  /** HTML of descriptions: cut down to a small allow-list, or kept. */
  readonly descriptionHtml: 'sanitise' | 'keep';
  /** Zone names that are answered instead of those sent, such as `{ 'Asia/Kolkata': 'Asia/Calcutta' }` (§5). */
  readonly zoneAliases: Readonly<Record<string, string>>;
  /** Zones with rules other than Node's: minutes east of UTC, the whole year. */
  readonly zoneRules: Readonly<Record<string, number>>;
  /** `start.timeZone` when the client sent an offset and no zone: left out (recorded, 2014) or the calendar's. */
  readonly unstatedZone: 'absent' | 'calendar';
  /** An event with guests gets its organizer as a further, accepted attendee (§4). */
  readonly organizerAsAttendee: boolean;
  /** A Meet link that nobody asked for. */
  readonly meetLink: 'never' | 'with_guests' | 'always';
  /** Status of the per-user minute limit (§8). */
  readonly rateLimitStatus: 403 | 429;
  /** Envelope of the per-user minute limit when its status is 403 (§7). */
  readonly rateLimitEnvelope: 'classic' | 'newer';
  /** Exceptions whose original start is no occurrence any more after their series moved (§5). */
  readonly strayExceptions: 'cancel' | 'keep';
  /** DELETE of a primary calendar (status unverified, §10). */
  readonly deletePrimaryStatus: 400 | 403;
}

export const defaultSwitches: Switches = {
  undelete: 'allowed',
  noopWrite: 'keeps_etag',
  answerMovesEtag: true,
  moveOntoTombstone: 'replace',
  otherParametersWithSyncToken: 'refuse',
  repeatedPropertyFilter: 'all',
  emptyPages: 'never',
  descriptionHtml: 'sanitise',
  zoneAliases: {},
  zoneRules: {},
  unstatedZone: 'absent',
  organizerAsAttendee: false,
  meetLink: 'never',
  rateLimitStatus: 403,
  rateLimitEnvelope: 'classic',
  strayExceptions: 'cancel',
  deletePrimaryStatus: 400,
};

export interface Limits {
  /** Quota units in a sliding minute (§8). */
  readonly unitsPerMinutePerUser: number;
  readonly unitsPerMinutePerProject: number;
  /** Calendars an account may ever create before 403 `quotaExceeded` (§8: 38 were seen). */
  readonly calendarsPerAccount: number;
  readonly attendeesPerEvent: number;
  /** Tombstones older than this are not shown any more; Google publishes no period (§1.3). */
  readonly tombstoneDays: number;
  readonly syncTokenDays: number;
  /** `updatedMin` further back is answered 410 (§1.1: about 28 days were reported). */
  readonly updatedMinDays: number;
  /** How far an endless series is expanded beyond now when no `timeMax` is given. */
  readonly expansionDays: number;
  /** Old states kept per calendar for pinned page walks and stale listings, in versions. */
  readonly keptVersions: number;
  /** Entries of the request log and of the outbox. */
  readonly logEntries: number;
}

export const defaultLimits: Limits = {
  unitsPerMinutePerUser: 600,
  unitsPerMinutePerProject: 10_000,
  calendarsPerAccount: Number.POSITIVE_INFINITY,
  attendeesPerEvent: 500,
  tombstoneDays: Number.POSITIVE_INFINITY,
  syncTokenDays: Number.POSITIVE_INFINITY,
  updatedMinDays: 28,
  expansionDays: 730,
  keptVersions: 5_000,
  logEntries: 100_000,
};
