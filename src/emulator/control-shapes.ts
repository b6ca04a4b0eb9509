import { z } from 'zod';
import { faultErrors } from './faults.ts';
import { roles } from './model.ts';

/** Bodies of the control door. */
const errorName = z.enum(faultErrors);
const onCalendar = { calendarId: z.string() };
const onEvent = { ...onCalendar, eventId: z.string() };
const fields = z.record(z.string(), z.json());

export const codeShape = z.strictObject({
  email: z.string(),
  redirectUri: z.string().exactOptional(),
  codeChallenge: z.string().exactOptional(),
  scopes: z.array(z.string()).exactOptional(),
});
export const serviceAccountShape = z.strictObject({
  email: z.email(),
  publicKey: z.string().exactOptional(),
  delegatedScopes: z.array(z.string()).exactOptional(),
});
export const forgeryShape = z.strictObject({
  channelId: z.string(),
  token: z.string().nullable().exactOptional(),
  resourceId: z.string().exactOptional(),
  resourceState: z.enum(['sync', 'exists', 'not_exists']).exactOptional(),
  messageNumber: z.int().exactOptional(),
  address: z.url().exactOptional(),
});
export const emailShape = z.strictObject({ email: z.string() });
export const calendarIdShape = z.strictObject(onCalendar);
export const shareShape = z.strictObject({
  ...onCalendar,
  email: z.email(),
  role: z.enum(roles),
  onList: z.boolean().exactOptional(),
});

export const editShape = z.strictObject({ ...onEvent, fields });
export const eventShape = z.strictObject(onEvent);
export const addShape = z.strictObject({ ...onCalendar, event: fields });
export const copyShape = z.strictObject({
  ...onEvent,
  withMarks: z.boolean(),
  destinationId: z.string().exactOptional(),
});
export const moveShape = z.strictObject({ ...onEvent, destinationId: z.string() });
export const answerShape = z.strictObject({
  ...onEvent,
  email: z.string(),
  responseStatus: z.enum(['needsAction', 'declined', 'tentative', 'accepted']),
  comment: z.string().exactOptional(),
  additionalGuests: z.int().nonnegative().exactOptional(),
});
export const occurrenceShape = z.strictObject({ ...onEvent, originalStart: z.string() });
export const changeOccurrenceShape = occurrenceShape.extend({ fields });

export const splitShape = occurrenceShape.extend({
  fields: fields.exactOptional(),
  withMarks: z.boolean().exactOptional(),
});
export const lockShape = z.strictObject({ ...onEvent, locked: z.boolean() });
export const oraclesShape = z.strictObject({
  key: z.string(),
  owner: z.string().exactOptional(),
  owned: z.array(z.string()).exactOptional(),
  adopted: z.array(z.string()).exactOptional(),
});
export type OraclesInput = z.output<typeof oraclesShape>;

const retryAfter = z.strictObject({ seconds: z.int().nonnegative(), as: z.enum(['seconds', 'date']) }).exactOptional();

const action = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('error'), error: errorName, retryAfter }),
  z.strictObject({
    kind: z.literal('answer'),
    status: z.int().min(200).max(599),
    body: z.json().exactOptional(),
    contentType: z.string().exactOptional(),
  }),
  z.strictObject({ kind: z.literal('html'), status: z.union([z.literal(502), z.literal(504)]).exactOptional() }),
  z.strictObject({ kind: z.literal('lose_answer') }),
  z.strictObject({ kind: z.literal('error_after'), error: errorName, retryAfter }),
  z.strictObject({ kind: z.literal('truncate') }),
  z.strictObject({ kind: z.literal('delay'), delayMs: z.number().nonnegative() }),
  z.strictObject({ kind: z.literal('never_answer'), apply: z.boolean().exactOptional() }),
  z.strictObject({ kind: z.literal('stale_list'), versions: z.int().positive() }),
  z.strictObject({ kind: z.literal('empty_list') }),
  z.strictObject({ kind: z.literal('hide_item'), eventId: z.string() }),
  z.strictObject({ kind: z.literal('repeat_page') }),
  z.strictObject({ kind: z.literal('drop_page') }),
  z.strictObject({ kind: z.literal('token_wipe') }),
  z.strictObject({ kind: z.literal('touch_event') }),
  z.strictObject({ kind: z.literal('push_lost') }),
  z.strictObject({ kind: z.literal('push_doubled') }),
  z.strictObject({ kind: z.literal('push_late'), delayMs: z.number().nonnegative() }),
  z.strictObject({ kind: z.literal('push_reordered') }),
  z.strictObject({ kind: z.literal('push_forged'), token: z.string().exactOptional() }),
]);

export const faultShape = z.strictObject({
  match: z
    .strictObject({
      method: z.string().exactOptional(),
      path: z.string().exactOptional(),
      operation: z.string().exactOptional(),
      account: z.string().exactOptional(),
    })
    .exactOptional(),
  nth: z.int().positive().exactOptional(),
  times: z.int().positive().nullable().exactOptional(),
  chance: z.number().min(0).max(1).exactOptional(),
  action,
});

/** `null` means no limit. */
const count = z.number().nonnegative().nullable();
export const limitsShape = z.strictObject({
  unitsPerMinutePerUser: count.exactOptional(),
  unitsPerMinutePerProject: count.exactOptional(),
  calendarsPerAccount: count.exactOptional(),
  externalInvitationsPerDay: count.exactOptional(),
  eventsCreatedPerDay: count.exactOptional(),
  aclInsertsPerDay: count.exactOptional(),
  writesPerMinutePerCalendar: count.exactOptional(),
  attendeesPerEvent: count.exactOptional(),
  guestsSharingAnswers: count.exactOptional(),
  tombstoneDays: count.exactOptional(),
  syncTokenDays: count.exactOptional(),
  channelDays: z.number().positive().exactOptional(),
  pushAttempts: z.int().positive().exactOptional(),
  refreshTokenDays: count.exactOptional(),
  refreshTokenIdleDays: count.exactOptional(),
  refreshTokensPerClient: count.exactOptional(),
  readLagMs: z.number().nonnegative().exactOptional(),
  updatedMinDays: count.exactOptional(),
  expansionDays: z.number().nonnegative().exactOptional(),
  keptVersions: z.number().nonnegative().exactOptional(),
  logEntries: z.number().positive().exactOptional(),
});

export const switchesShape = z.strictObject({
  undelete: z.enum(['allowed', 'forbidden']).exactOptional(),
  noopWrite: z.enum(['keeps_etag', 'moves_etag']).exactOptional(),
  answerMovesEtag: z.boolean().exactOptional(),
  moveOntoTombstone: z.enum(['replace', 'duplicate']).exactOptional(),
  otherParametersWithSyncToken: z.enum(['refuse', 'accept', 'full_sync_required']).exactOptional(),
  repeatedPropertyFilter: z.enum(['all', 'any']).exactOptional(),
  emptyPages: z.enum(['never', 'between', 'everywhere']).exactOptional(),
  descriptionHtml: z.enum(['sanitise', 'keep']).exactOptional(),
  zoneAliases: z.record(z.string(), z.string()).exactOptional(),
  addressAliases: z.record(z.string(), z.string()).exactOptional(),
  zoneRules: z.record(z.string(), z.number()).exactOptional(),
  unstatedZone: z.enum(['absent', 'calendar']).exactOptional(),
  organizerAsAttendee: z.boolean().exactOptional(),
  meetLink: z.enum(['never', 'with_guests', 'always']).exactOptional(),
  rateLimitStatus: z.union([z.literal(403), z.literal(429)]).exactOptional(),
  rateLimitEnvelope: z.enum(['classic', 'newer']).exactOptional(),
  strayExceptions: z.enum(['cancel', 'keep']).exactOptional(),
  seriesEdit: z.enum(['reaches_exceptions', 'leaves_exceptions']).exactOptional(),
  occurrenceVisibility: z.enum(['occurrence', 'series']).exactOptional(),
  guestCopies: z.enum(['kept', 'none']).exactOptional(),
  silentDelete: z.enum(['leaves_copies', 'removes_copies']).exactOptional(),
  guestDelete: z.enum(['declines', 'nothing']).exactOptional(),
  presetAnswers: z.enum(['keep', 'reset']).exactOptional(),
  attendeeOrder: z.enum(['as_sent', 'by_address']).exactOptional(),
  guestNames: z.enum(['as_sent', 'of_account']).exactOptional(),
  moveOntoGuestCopy: z.enum(['replace', 'duplicate']).exactOptional(),
  importExisting: z.enum(['duplicate', 'update']).exactOptional(),
  aclChange: z.enum(['keeps_sync_tokens', 'ends_sync_tokens']).exactOptional(),
  webhookAddress: z.enum(['https', 'https_or_loopback', 'any']).exactOptional(),
  unverifiedHosts: z.array(z.string()).exactOptional(),
  channelExpiration: z.enum(['string', 'number']).exactOptional(),
  pushAfterStop: z.enum(['none', 'continues']).exactOptional(),
  repeatedStop: z.enum(['not_found', 'succeeds']).exactOptional(),
  consent: z.enum(['page', 'automatic']).exactOptional(),
  deletePrimaryStatus: z.union([z.literal(400), z.literal(403)]).exactOptional(),
});
