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
  /** Addresses of guests that are answered as another, such as an alias as the account's own (§4: unverified). */
  readonly addressAliases: Readonly<Record<string, string>>;
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
  /** An edit of a series reaches its changed occurrences where they still agree with it, times aside, or never. */
  readonly seriesEdit: 'reaches_exceptions' | 'leaves_exceptions';
  /** Setting `visibility` on one occurrence: that one, or the whole series (§5: "may"). */
  readonly occurrenceVisibility: 'occurrence' | 'series';
  /** Guests with an account here get a copy of the event on their own calendar (§13). */
  readonly guestCopies: 'kept' | 'none';
  /** Deleting with `sendUpdates=none`: the copies stay on the guests' calendars (measured, §2.3) or go. */
  readonly silentDelete: 'leaves_copies' | 'removes_copies';
  /** A guest who deletes their copy declines, or nothing reaches the organizer. */
  readonly guestDelete: 'declines' | 'nothing';
  /** An answer that the organizer sets for a guest who is new: kept, or reset to `needsAction` (§4). */
  readonly presetAnswers: 'keep' | 'reset';
  /** The order in which guests are answered (§4: not guaranteed). */
  readonly attendeeOrder: 'as_sent' | 'by_address';
  /** Names of guests with an account here: as sent, or the account's own (§4: reported). */
  readonly guestNames: 'as_sent' | 'of_account';
  /** Moving an event to a calendar that holds a guest's copy of the same id. */
  readonly moveOntoGuestCopy: 'replace' | 'duplicate';
  /** Importing a UID that is there (§2.2). */
  readonly importExisting: 'duplicate' | 'update';
  /** A change of access ends the calendar's sync tokens (§1.5: documented, and seen to survive). */
  readonly aclChange: 'keeps_sync_tokens' | 'ends_sync_tokens';
  /** Addresses that a push channel may have (§6.1). */
  readonly webhookAddress: 'https' | 'https_or_loopback' | 'any';
  /** Hosts whose channels are refused as unverified, the legacy rule (§6.1). */
  readonly unverifiedHosts: readonly string[];
  /** How `expiration` of a channel is written (§0.1). */
  readonly channelExpiration: 'string' | 'number';
  /** Messages after `channels.stop`, until the channel expires (§6.3). */
  readonly pushAfterStop: 'none' | 'continues';
  /** Stopping a channel twice (§6.3). */
  readonly repeatedStop: 'not_found' | 'succeeds';
  /** The consent page waits for a person, or consents at once as `login_hint` or the first account. */
  readonly consent: 'page' | 'automatic';
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
  addressAliases: {},
  zoneRules: {},
  unstatedZone: 'absent',
  organizerAsAttendee: false,
  meetLink: 'never',
  rateLimitStatus: 403,
  rateLimitEnvelope: 'classic',
  strayExceptions: 'cancel',
  seriesEdit: 'reaches_exceptions',
  occurrenceVisibility: 'occurrence',
  guestCopies: 'kept',
  silentDelete: 'leaves_copies',
  guestDelete: 'declines',
  presetAnswers: 'keep',
  attendeeOrder: 'as_sent',
  guestNames: 'as_sent',
  moveOntoGuestCopy: 'replace',
  importExisting: 'duplicate',
  aclChange: 'keeps_sync_tokens',
  webhookAddress: 'https',
  unverifiedHosts: [],
  channelExpiration: 'string',
  pushAfterStop: 'none',
  repeatedStop: 'not_found',
  consent: 'page',
  deletePrimaryStatus: 400,
};

export interface Limits {
  /** Quota units in a sliding minute (§8). */
  readonly unitsPerMinutePerUser: number;
  readonly unitsPerMinutePerProject: number;
  /** Calendars an account may ever create before 403 `quotaExceeded` (§8: 38 were seen). */
  readonly calendarsPerAccount: number;
  /** New or repeated invitations to guests outside the owner's domain, in a sliding day (§4). */
  readonly externalInvitationsPerDay: number;
  readonly eventsCreatedPerDay: number;
  readonly aclInsertsPerDay: number;
  /** Writes to one calendar in a sliding minute: Google's unpublished "operational limit" (§8). */
  readonly writesPerMinutePerCalendar: number;
  readonly attendeesPerEvent: number;
  /** Above so many guests, answers no longer reach the copies of the others (§4). */
  readonly guestsSharingAnswers: number;
  /** Tombstones older than this are not shown any more; Google publishes no period (§1.3). */
  readonly tombstoneDays: number;
  readonly syncTokenDays: number;
  /** Life of a channel whose request asks for longer (§6.1). */
  readonly channelDays: number;
  /** How often a message is tried (§0.1: whether Google tries again is in doubt; 1 means never). */
  readonly pushAttempts: number;
  /** Lives of refresh tokens (§9): 7 when the consent screen is in testing; unused; and how many of one client live. */
  readonly refreshTokenDays: number;
  readonly refreshTokenIdleDays: number;
  readonly refreshTokensPerClient: number;
  /** Reads see a calendar as it was so long ago; answers to writes are always fresh (§13). */
  readonly readLagMs: number;
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
  externalInvitationsPerDay: Number.POSITIVE_INFINITY,
  eventsCreatedPerDay: Number.POSITIVE_INFINITY,
  aclInsertsPerDay: Number.POSITIVE_INFINITY,
  writesPerMinutePerCalendar: Number.POSITIVE_INFINITY,
  attendeesPerEvent: 500,
  guestsSharingAnswers: 200,
  tombstoneDays: Number.POSITIVE_INFINITY,
  syncTokenDays: Number.POSITIVE_INFINITY,
  channelDays: 30,
  pushAttempts: 5,
  refreshTokenDays: Number.POSITIVE_INFINITY,
  refreshTokenIdleDays: 183,
  refreshTokensPerClient: 100,
  readLagMs: 0,
  updatedMinDays: 28,
  expansionDays: 730,
  keptVersions: 5_000,
  logEntries: 100_000,
};
