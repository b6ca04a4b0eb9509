/** The emulator's own door, by which the demo plays the people and looks at what Google has. It asks calsync nothing. */
import { CalsyncError } from '../../core/error.ts';

export interface ShownEvent {
  readonly id: string;
  readonly etag: string;
  readonly status: string;
  readonly summary?: string;
  readonly location?: string;
  readonly recurringEventId?: string;
  readonly start?: { readonly dateTime?: string; readonly timeZone?: string };
  readonly extendedProperties?: { readonly private?: Readonly<Record<string, string>> };
}

export interface LogEntry {
  readonly seq: number;
  readonly actor: string;
  readonly operation: string;
  readonly status: number;
  readonly ifMatch?: string;
  readonly changes: readonly { readonly calendarId: string; readonly eventId: string; readonly kind: string }[];
}

/** Where the emulator keeps the mark of an event; the demo reads it there and not from calsync. */
const keyProperty = 'calsync.key';
const entriesPerRead = 5_000;

export class GoogleSide {
  private readonly origin: string;
  private readonly secret: string;

  constructor(origin: string, secret: string) {
    this.origin = origin;
    this.secret = secret;
  }

  /** Quota units a minute that the emulator grants, to a user and to the project alike. */
  async grantQuota(unitsPerMinute: number): Promise<void> {
    await this.ask('PATCH', '/control/limits', {
      unitsPerMinutePerUser: unitsPerMinute,
      unitsPerMinutePerProject: unitsPerMinute,
    });
  }

  /** Live events that are no occurrences. */
  async live(calendarId: string): Promise<readonly ShownEvent[]> {
    const { events } = await this.ask<{ events: readonly ShownEvent[] }>(
      'GET',
      `/control/events?calendarId=${encodeURIComponent(calendarId)}`,
    );
    return events.filter(({ status, recurringEventId }) => status !== 'cancelled' && recurringEventId === undefined);
  }

  /** How many dates the series of a calendar come to. */
  async dateCount(calendarId: string): Promise<number> {
    const { count } = await this.ask<{ count: number }>(
      'GET',
      `/control/expand?calendarId=${encodeURIComponent(calendarId)}`,
    );
    return count;
  }

  /** Requests that calsync made after a position of the log. */
  async requests(since: number): Promise<readonly LogEntry[]> {
    const found: LogEntry[] = [];
    for (let from = since; ; ) {
      const { entries } = await this.ask<{ entries: readonly LogEntry[] }>(
        'GET',
        `/control/log?since=${from}&limit=${entriesPerRead}`,
      );
      found.push(...entries.filter(({ actor, operation }) => actor !== 'person' && operation.startsWith('calendar.')));
      const last = entries.at(-1);
      if (last === undefined || entries.length < entriesPerRead) return found;
      from = last.seq;
    }
  }

  /** The log's position now. */
  async position(): Promise<number> {
    let position = 0;
    for (;;) {
      const { entries } = await this.ask<{ entries: readonly LogEntry[] }>(
        'GET',
        `/control/log?since=${position}&limit=${entriesPerRead}`,
      );
      const last = entries.at(-1);
      if (last === undefined) return position;
      position = last.seq;
    }
  }

  /** What a person does in Google's own pages. */
  async person(act: string, body: object): Promise<ShownEvent> {
    return this.ask<ShownEvent>('POST', `/control/people/${act}`, body);
  }

  private async ask<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(`${this.origin}${path}`, {
      method,
      headers: { 'x-emulator-secret': this.secret, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok)
      throw new CalsyncError(
        'invariant',
        `the emulator answered ${response.status} to ${method} ${path.split('?')[0]}`,
      );
    return (text === '' ? null : JSON.parse(text)) as Answer; // the emulator's own answer
  }
}

/** The key that an event's mark names, or null. */
export function keyOf(event: ShownEvent): string | null {
  return event.extendedProperties?.private?.[keyProperty] ?? null;
}

const changingOperations = ['insert', 'import', 'patch', 'update', 'move', 'delete'] as const;

/** How many requests of each operation succeeded, by its short name (`insert`, `patch`, `list` …). */
export function countOperations(entries: readonly LogEntry[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { operation } of entries) {
    const name = operation.split('.').at(-1) ?? operation;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

export function changesIn(entries: readonly LogEntry[]): number {
  const counts = countOperations(entries);
  return changingOperations.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
}
