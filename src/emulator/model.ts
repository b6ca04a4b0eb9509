/**
 * What the emulator holds. Rows are immutable: a change makes a new row, so that snapshots, the
 * request log and answers under way can keep a reference to an old one.
 */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Least to most, as `calendarList` names them. */
export const roles = ['none', 'freeBusyReader', 'reader', 'writerWithoutPrivateAccess', 'writer', 'owner'] as const;
export type Role = (typeof roles)[number];

export type EventStatus = 'confirmed' | 'tentative' | 'cancelled';
export type ResponseStatus = 'needsAction' | 'declined' | 'tentative' | 'accepted';

/** All-day dates and instants stay apart; an instant keeps the zone that the event names. */
export type When =
  | { readonly kind: 'date'; readonly date: string }
  | { readonly kind: 'instant'; readonly ms: number; readonly timeZone: string | null };

export interface Actor {
  readonly email: string;
  readonly displayName?: string;
}

export interface Attendee {
  readonly email: string;
  readonly responseStatus: ResponseStatus;
  readonly id?: string;
  readonly displayName?: string;
  readonly optional?: true;
  readonly resource?: true;
  readonly comment?: string;
  readonly additionalGuests?: number;
}

export interface Reminders {
  readonly useDefault: boolean;
  readonly overrides?: readonly { readonly method: string; readonly minutes: number }[];
}

export interface ExtendedProperties {
  readonly private?: Readonly<Record<string, string>>;
  readonly shared?: Readonly<Record<string, string>>;
}

/** The fields of an event that a client may write, defaults left out as Google leaves them out. */
export interface EventContent {
  readonly summary?: string;
  readonly description?: string;
  readonly location?: string;
  readonly colorId?: string;
  readonly eventLabelId?: string;
  readonly transparency?: string;
  readonly visibility?: string;
  readonly recurrence?: readonly string[];
  readonly attendees?: readonly Attendee[];
  readonly reminders: Reminders;
  readonly extendedProperties?: ExtendedProperties;
  readonly guestsCanInviteOthers?: boolean;
  readonly guestsCanModify?: boolean;
  readonly guestsCanSeeOtherGuests?: boolean;
  readonly anyoneCanAddSelf?: boolean;
  readonly attachments?: Json;
  readonly conferenceData?: Json;
  readonly hangoutLink?: string;
  readonly source?: Json;
  readonly birthdayProperties?: Json;
  readonly focusTimeProperties?: Json;
  readonly outOfOfficeProperties?: Json;
  readonly workingLocationProperties?: Json;
}

export interface EventRow {
  readonly id: string;
  /** Order of first appearance in its calendar; listings follow it. */
  readonly seq: number;
  /** Version of the calendar at which the row became what it is. */
  readonly version: number;
  /** Version at which the id first appeared in its calendar. */
  readonly bornVersion: number;
  /** Without the quotes. */
  readonly etag: number;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly status: EventStatus;
  readonly eventType: string;
  readonly iCalUID: string;
  readonly sequence: number;
  readonly creator: Actor;
  readonly organizer: Actor;
  readonly start: When;
  readonly end: When;
  readonly content: EventContent;
  readonly recurringEventId?: string;
  readonly originalStart?: When;
  /** What a move leaves behind: nothing but the id is shown. */
  readonly stub?: true;
  /** On a guest's calendar: the calendar that holds the organizer's event of the same id. */
  readonly copyOf?: string;
  /** Google locked the main fields of this copy. */
  readonly locked?: true;
  /** Set when it was made: changes stay on this calendar and guests get no copies. */
  readonly privateCopy?: true;
}

/** A row before its calendar gave it a place and a version. */
export type EventDraft = Omit<EventRow, 'seq' | 'version' | 'bornVersion' | 'etag'>;

export interface CalendarRow {
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  readonly location?: string;
  readonly timeZone: string;
  readonly dataOwner: string;
  readonly primary: boolean;
  readonly deleted: boolean;
  readonly etag: number;
  /** Raised to make every sync token of the calendar invalid. */
  readonly syncEpoch: number;
  /** By rule: an address, `domain:example.com`, `group:…`, or `default` for everybody. */
  readonly roles: Readonly<Record<string, Role>>;
  /** When each rule was last changed, for its etag and the rules' sync tokens. */
  readonly ruleStamps?: Readonly<Record<string, number>>;
  /** OAuth client that created it through the API; what the scope `calendar.app.created` reaches. */
  readonly createdByClient?: string;
  /** Who has it on their calendar list, and that entry's etag. A negative etag marks a removed entry. */
  readonly listedBy: Readonly<Record<string, number>>;
}

export interface AccountRow {
  readonly email: string;
  readonly displayName?: string;
  readonly timeZone: string;
  /** Calendars ever created; deleting gives nothing back (API facts §8). */
  readonly calendarsCreated: number;
}

export interface GrantRow {
  readonly refreshToken: string;
  readonly email: string;
  readonly scopes: readonly string[];
  readonly revoked: boolean;
  /** The OAuth client it was given to; absent for grants that the administration made. */
  readonly clientId?: string;
  /** A service account's, whose key is no refresh token. With `email` another's, it acts by delegation. */
  readonly serviceAccount?: string;
  /** Its refresh token was handed out. */
  readonly offline?: boolean;
  readonly createdAtMs?: number;
  readonly usedAtMs?: number;
}

/** A robot account: it has an account row too, and signs JWT grants. */
export interface ServiceAccountRow {
  readonly email: string;
  /** PEM; assertions are checked against it. Without, signatures are not checked. */
  readonly publicKey?: string;
  /** Scopes of its domain-wide delegation; empty for none. */
  readonly delegatedScopes: readonly string[];
}

export type ChannelCollection = 'events' | 'calendarList' | 'acl';

/** A push channel (API facts §6). */
export interface ChannelRow {
  readonly id: string;
  readonly email: string;
  readonly collection: ChannelCollection;
  /** The watched calendar; the account's address for its calendar list. */
  readonly of: string;
  readonly resourceId: string;
  readonly resourceUri: string;
  readonly address: string;
  readonly token?: string;
  readonly expiresAtMs: number;
  readonly stopped: boolean;
  /** Of the last message; the first, `sync`, is 1. */
  readonly messageNumber: number;
}

export interface AccessTokenRow {
  readonly token: string;
  readonly refreshToken: string;
  readonly expiresAtMs: number;
}
