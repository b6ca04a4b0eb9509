import { isDeepStrictEqual } from 'node:util';
import type { Act, Mailing, RowChange } from './act.ts';
import { renderWhen } from './event-times.ts';
import type { EventRow, Json, JsonObject } from './model.ts';
import type { State } from './state.ts';

/** One request, or one act of a person, as it was kept. */
export interface LogRecord {
  readonly atMs: number;
  readonly actor: 'client' | 'person';
  readonly account: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly operation: string;
  /** 0 when no answer went out. */
  readonly status: number;
  readonly units: number;
  readonly ifMatch: string | undefined;
  readonly sendUpdates: string | undefined;
  readonly faults: readonly string[];
  readonly changes: readonly RowChange[];
}

export interface LoggedChange {
  readonly calendarId: string;
  readonly eventId: string;
  /** A consequence on another row than the one that was asked for. */
  readonly propagated?: true;
  readonly kind: 'create' | 'update' | 'delete' | 'undelete' | 'move_out';
  /** Every field that differs. */
  readonly fields: Readonly<Record<string, { readonly before: Json; readonly after: Json }>>;
}

export interface LogEntry extends Omit<LogRecord, 'changes'> {
  /** Rises by one; a cursor for `since`. */
  readonly seq: number;
  readonly changes: readonly LoggedChange[];
}

/** A record in its place. */
export interface KeptRecord extends LogRecord {
  readonly seq: number;
}

/** The last requests and mailings, in memory and bounded; both start anew with the process. */
export class RequestLog {
  private readonly state: State;
  private records: LogRecord[] = [];
  private dropped = 0;
  private mailed: Mailing[] = [];
  private mailsDropped = false;

  constructor(state: State) {
    this.state = state;
  }

  add(record: LogRecord, mailings: readonly Mailing[]): void {
    const { logEntries } = this.state.limits;
    this.records.push(record);
    for (const mailing of mailings) this.mailed.push(mailing);
    // Cut in quarters, so that a full log does not shift on every request.
    if (this.records.length > logEntries * 1.25) {
      const cut = this.records.length - logEntries;
      this.records = this.records.slice(cut);
      this.dropped += cut;
    }
    if (this.mailed.length > logEntries * 1.25) {
      this.mailed = this.mailed.slice(-logEntries);
      this.mailsDropped = true;
    }
  }

  /** An act of a person. */
  addDeed({ state, email, changes, mailings }: Act, name: string, path: string): void {
    const who = { actor: 'person', account: email, method: 'PERSON', path, operation: `people.${name}` } as const;
    const nothing = { status: 200, units: 0, ifMatch: undefined, sendUpdates: undefined, faults: [] };
    this.add({ ...who, ...nothing, atMs: state.now(), changes }, mailings);
  }

  /** Entries with a `seq` above `since`, oldest first, at most `limit`. */
  read(since = 0, limit = Number.POSITIVE_INFINITY): LogEntry[] {
    const from = Math.max(0, since - this.dropped);
    return this.records.slice(from, from + limit).map(({ changes, ...record }, index) => ({
      ...record,
      seq: this.dropped + from + index + 1,
      changes: changes.map((change) => this.describe(change)),
    }));
  }

  /** The `seq` of the newest entry. */
  get lastSeq(): number {
    return this.dropped + this.records.length;
  }

  /** Every record since the process began. Throws when the oldest were dropped. */
  whole(): KeptRecord[] {
    if (this.dropped > 0) throw new Error(`the log dropped ${this.dropped} entries: raise the limit logEntries`);
    return this.records.map((record, index) => ({ ...record, seq: index + 1 }));
  }

  /** The same for mailings. */
  wholeOutbox(): readonly Mailing[] {
    if (this.mailsDropped) throw new Error('the outbox dropped its oldest mailings: raise the limit logEntries');
    return this.mailed;
  }

  outbox(): readonly Mailing[] {
    return this.mailed;
  }

  private describe({ calendarId, before, after, propagated }: RowChange): LoggedChange {
    const old = before === undefined ? {} : this.fieldsOf(before);
    const now = this.fieldsOf(after);
    const fields: Record<string, { before: Json; after: Json }> = {};
    for (const name of new Set([...Object.keys(old), ...Object.keys(now)])) {
      if (isDeepStrictEqual(old[name], now[name])) continue;
      fields[name] = { before: old[name] ?? null, after: now[name] ?? null };
    }
    const kind = kindOf(before, after);
    return { calendarId, eventId: after.id, kind, fields, ...(propagated === true ? { propagated } : {}) };
  }

  private fieldsOf(row: EventRow): JsonObject {
    const { zones } = this.state;
    return {
      ...(row.content as unknown as JsonObject),
      status: row.status,
      start: renderWhen(row.start, 'UTC', zones),
      end: renderWhen(row.end, 'UTC', zones),
      sequence: row.sequence,
    };
  }
}

function kindOf(before: EventRow | undefined, after: EventRow): LoggedChange['kind'] {
  if (after.stub === true && before?.stub !== true) return 'move_out';
  if (before === undefined) return after.status === 'cancelled' ? 'delete' : 'create';
  if (before.status === 'cancelled') return after.status === 'cancelled' ? 'update' : 'undelete';
  return after.status === 'cancelled' ? 'delete' : 'update';
}
