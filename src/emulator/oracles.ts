import { isDeepStrictEqual } from 'node:util';
import type { MailReason, RowChange } from './act.ts';
import { sameWhen } from './event-times.ts';
import type { EventRow } from './model.ts';
import type { KeptRecord, RequestLog } from './request-log.ts';
import type { State } from './state.ts';

/** Names of the private extended properties by which a client marks its events. */
export interface MarkNames {
  readonly key: string;
  /** Marks of different values of this property are different marks. */
  readonly owner?: string;
}

export interface EventPlace {
  readonly calendarId: string;
  readonly eventId: string;
}

export interface DoubledMark {
  readonly owner: string | undefined;
  readonly key: string;
  readonly events: readonly (EventPlace & { readonly madeBy: 'client' | 'person' | 'unknown' })[];
}

/** Where in the log a client did it. */
export interface ClientWrite extends EventPlace {
  readonly seq: number;
  readonly operation: string;
}

export interface ChangedAnswer extends ClientWrite {
  readonly email: string;
  readonly before: string;
  readonly after: string;
}

export interface MailedGuest extends EventPlace {
  readonly atMs: number;
  readonly email: string;
  readonly why: MailReason;
}

const conditional: readonly string[] = ['patch', 'update', 'delete', 'move'].map((name) => `calendar.events.${name}`);

/**
 * Verdicts over the calendars and the whole log, for the end of a test. Each gives what it found; an empty list is
 * good news. They throw when the log no longer goes back to the beginning (limit `logEntries`).
 */
export class Oracles {
  private readonly state: State;
  private readonly log: RequestLog;

  constructor(state: State, log: RequestLog) {
    this.state = state;
    this.log = log;
  }

  /** Marks that more than one live event carries, on whatever calendar. Occurrences do not count. */
  doubledMarks(names: MarkNames): DoubledMark[] {
    const byMark = new Map<string, DoubledMark>();
    for (const { row: calendar, events } of this.state.calendars.values()) {
      if (calendar.deleted) continue;
      for (const row of events.byVersion()) {
        const mark = isCounted(row) ? markOf(row, names) : undefined;
        if (mark === undefined) continue;
        const id = JSON.stringify([mark.owner, mark.key]);
        const place = { calendarId: calendar.id, eventId: row.id, madeBy: 'unknown' as const };
        byMark.set(id, { ...mark, events: [...(byMark.get(id)?.events ?? []), place] });
      }
    }
    const doubled = [...byMark.values()].filter(({ events }) => events.length > 1);
    const makers = doubled.length === 0 ? new Map<string, 'client' | 'person'>() : this.makers();
    return doubled.map((mark) => ({
      ...mark,
      events: mark.events.map((place) => ({ ...place, madeBy: makers.get(placeKey(place)) ?? 'unknown' })),
    }));
  }

  /**
   * Changes that a client made to events that never carried its mark before. What the client created is its own from
   * then on, also when a person strips the mark. `adopted` names events that it was told to take.
   */
  foreignWritten(names: MarkNames, adopted: readonly string[] = []): ClientWrite[] {
    const own = new Set<string>();
    return this.collect((record, change) => {
      const key = placeKey(place(change));
      const wasOwn = own.has(key) || (change.before !== undefined && markOf(change.before, names) !== undefined);
      if (wasOwn || markOf(change.after, names) !== undefined) own.add(key);
      if (record.actor === 'client' && change.before === undefined) own.add(key);
      if (!isDeed(record, change) || change.before === undefined || wasOwn) return [];
      return adopted.includes(change.after.id) ? [] : [write(record, change)];
    });
  }

  /**
   * Fields that a client changed although it does not own them: names as in a body, below extended properties with
   * dots (`extendedProperties.private.x`). An owned name covers what is below it. `sequence` follows and never counts.
   */
  unownedFieldsWritten(owned: readonly string[]): (ClientWrite & { readonly fields: readonly string[] })[] {
    const isOwned = (field: string): boolean => owned.some((name) => field === name || field.startsWith(`${name}.`));
    return this.collect((record, change) => {
      if (!isDeed(record, change) || change.before === undefined || change.after.stub === true) return [];
      const fields = changedFields(change.before, change.after).filter((field) => !isOwned(field));
      return fields.length === 0 ? [] : [{ ...write(record, change), fields }];
    });
  }

  /** Answers, comments and numbers of guests that a client changed for somebody else. */
  answersChanged(): ChangedAnswer[] {
    return this.collect((record, change) => {
      const old = isDeed(record, change) ? (change.before?.content.attendees ?? []) : [];
      return old.flatMap((guest) => {
        const now = change.after.content.attendees?.find(({ email }) => email === guest.email);
        if (now === undefined || guest.email === change.calendarId) return [];
        const [before, after] = [answerText(guest), answerText(now)];
        return before === after ? [] : [{ ...write(record, change), email: guest.email, before, after }];
      });
    });
  }

  /** Patches, updates, deletes and moves of events that took effect without an etag in `If-Match`. */
  writesWithoutIfMatch(): ClientWrite[] {
    return this.collect((record, change) => {
      const needed = conditional.includes(record.operation) && isDeed(record, change);
      const fenced = record.ifMatch !== undefined && record.ifMatch !== '*';
      return needed && !fenced && change.after.stub === undefined ? [write(record, change)] : [];
    });
  }

  /** Everybody whom a client made Google mail, with the reason. */
  guestsMailed(): MailedGuest[] {
    return this.log
      .wholeOutbox()
      .filter(({ actor }) => actor === 'client')
      .flatMap(({ atMs, calendarId, eventId, guests, why }) =>
        guests.map((email) => ({ atMs, calendarId, eventId, email, why: why[email] ?? 'changed' })),
      );
  }

  private makers(): Map<string, 'client' | 'person'> {
    const makers = new Map<string, 'client' | 'person'>();
    for (const { actor, changes } of this.log.whole()) {
      for (const change of changes) if (change.before === undefined) makers.set(placeKey(place(change)), actor);
    }
    return makers;
  }

  private collect<Found>(look: (record: KeptRecord, change: RowChange) => readonly Found[]): Found[] {
    return this.log.whole().flatMap((record) => record.changes.flatMap((change) => look(record, change)));
  }
}

function isDeed({ actor }: KeptRecord, { propagated }: RowChange): boolean {
  return actor === 'client' && propagated !== true;
}

function isCounted({ status, recurringEventId }: EventRow): boolean {
  return status !== 'cancelled' && recurringEventId === undefined;
}

function markOf(row: EventRow, names: MarkNames): { owner: string | undefined; key: string } | undefined {
  const properties = row.content.extendedProperties?.private;
  const key = properties?.[names.key];
  return key === undefined
    ? undefined
    : { owner: names.owner === undefined ? undefined : properties?.[names.owner], key };
}

function changedFields(before: EventRow, after: EventRow): string[] {
  const { extendedProperties: oldProperties, ...old } = before.content;
  const { extendedProperties: newProperties, ...now } = after.content;
  return [
    ...differing(old, now, ''),
    ...differing(oldProperties?.private ?? {}, newProperties?.private ?? {}, 'extendedProperties.private.'),
    ...differing(oldProperties?.shared ?? {}, newProperties?.shared ?? {}, 'extendedProperties.shared.'),
    ...(before.status === after.status ? [] : ['status']),
    ...(sameWhen(before.start, after.start) ? [] : ['start']),
    ...(sameWhen(before.end, after.end) ? [] : ['end']),
  ];
}

function differing(before: object, after: object, prefix: string): string[] {
  const old = new Map(Object.entries(before));
  const now = new Map(Object.entries(after));
  const names = [...new Set([...old.keys(), ...now.keys()])];
  return names.filter((name) => !isDeepStrictEqual(old.get(name), now.get(name))).map((name) => prefix + name);
}

function answerText(guest: { responseStatus: string; comment?: string; additionalGuests?: number }): string {
  return [guest.responseStatus, guest.additionalGuests ?? 0, guest.comment ?? ''].join(' ').trim();
}

function place({ calendarId, after }: RowChange): EventPlace {
  return { calendarId, eventId: after.id };
}

function placeKey({ calendarId, eventId }: EventPlace): string {
  return `${calendarId} ${eventId}`;
}

function write({ seq, operation }: KeptRecord, change: RowChange): ClientWrite {
  return { seq, operation, ...place(change) };
}
