import type { GoogleCalendar, GoogleEvent, GoogleEventBody } from './google-event.ts';

/** The only source of time. `now` is in milliseconds since 1970-01-01T00:00:00Z. */
export interface Clock {
  now(): number;
  /** Resolves after `delayMs`, or rejects with the signal's reason when it is aborted first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** The only source of chance. `fraction` is in [0, 1). */
export interface Random {
  fraction(): number;
  /** Lower-case hexadecimal digits of that many random bytes. */
  hex(byteCount: number): string;
}

/** Who learns of a change by Google's mail. */
export type SendUpdates = 'all' | 'externalOnly' | 'none';

export interface EventPage {
  readonly items: readonly GoogleEvent[];
  readonly nextPageToken?: string;
  /** Only on the last page. */
  readonly nextSyncToken?: string;
  /** The calendar's own zone, in which instants are rendered. */
  readonly timeZone?: string;
}

export interface ListRequest {
  readonly calendar: string;
  readonly syncToken?: string;
  readonly pageToken?: string;
}

export interface InsertRequest {
  readonly calendar: string;
  /** Carries the client's own `id`: an insert without one is refused here. */
  readonly body: GoogleEventBody & { readonly id: string };
  readonly sendUpdates: SendUpdates;
}

export interface EventWrite {
  readonly calendar: string;
  readonly eventId: string;
  /** Sent as `If-Match`. */
  readonly etag: string;
  readonly sendUpdates: SendUpdates;
}

/** What may be read from Google as one account. Every call throws `CalsyncError` by `docs/errors.md`'s table. */
export interface GoogleReader {
  /** One page. Full and incremental listings ask for deleted events and for masters, not occurrences. */
  listEvents(request: ListRequest): Promise<EventPage>;
  /** The event, cancelled ones included, or null where Google answers 404. */
  getEvent(calendar: string, eventId: string): Promise<GoogleEvent | null>;
  /** The calendar, or null where Google answers 404. */
  getCalendar(calendar: string): Promise<GoogleCalendar | null>;
}

/** Google Calendar as one account. Writes answer with the event as Google now has it. */
export interface Google extends GoogleReader {
  insertEvent(request: InsertRequest): Promise<GoogleEvent>;
  patchEvent(request: EventWrite & { readonly body: GoogleEventBody }): Promise<GoogleEvent>;
  /** Google's answer is not the event at its destination (it says cancelled); read it there. */
  moveEvent(request: EventWrite & { readonly destination: string }): Promise<void>;
  /** 410 `deleted` counts as done. */
  deleteEvent(request: EventWrite): Promise<void>;
  insertCalendar(summary: string, timeZone: string): Promise<GoogleCalendar>;
}

/** Waits until the quota allows `units` for the account, then counts them as spent. */
export interface QuotaPacer {
  spend(account: string, units: number): Promise<void>;
}

/** One message, ready to go. `html` shows the same as `text`. */
export interface MailMessage {
  readonly messageId: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface Mailer {
  /** Where it went, in words: a file's path or a host. Throws `CalsyncError`. */
  send(message: MailMessage): Promise<string>;
}
