// The tables of calsync as far as the plan can tell, and an executor without faults: every call, record and change of the table succeeds.
import { normaliseAddress } from '../../src/core/address.ts';
import { insertBody, patchBody } from '../../src/core/event-body.ts';
import type { EventSpec } from '../../src/core/event-spec.ts';
import { diffFields } from '../../src/core/field-diff.ts';
import type { GoogleEvent } from '../../src/core/google-event.ts';
import { derivedIds } from '../../src/core/key-view.ts';
import { hashOfStated, normalFormVersion } from '../../src/core/normal-form.ts';
import { asDesiredTime, normalObservedTime } from '../../src/core/normal-time.ts';
import type { Call, CreateCall, DesiredChange, Outcome, PatchCall, RecordChange } from '../../src/core/plan.ts';
import {
  type Binding,
  type Desired,
  type KeyState,
  type PlanContext,
  placeOf,
  type Sighting,
} from '../../src/core/state.ts';
import { type FieldName, type StatedEvent, statedEventOf } from '../../src/core/stated-event.ts';
import type { AbstractGoogle } from './abstract-google.ts';
import { aBinding, aKeyState } from './builders.ts';

/** What the tables hold of a key. */
export interface KeyRows {
  readonly key: string;
  readonly desired: Desired;
  readonly bindings: readonly Binding[];
  readonly repairs: ReadonlyMap<string, number>;
  readonly notFound: ReadonlySet<string>;
}

export class AbstractTables {
  readonly #rows = new Map<string, KeyRows>();
  readonly #google: AbstractGoogle;
  readonly #context: PlanContext;

  constructor(google: AbstractGoogle, context: PlanContext) {
    this.#google = google;
    this.#context = context;
  }

  get keys(): readonly string[] {
    return [...this.#rows.keys()];
  }

  set(rows: KeyRows): void {
    this.#rows.set(rows.key, rows);
  }

  get(key: string): KeyRows {
    const rows = this.#rows.get(key);
    if (rows === undefined) throw new Error(`no such key: ${key}`);
    return rows;
  }

  states(): readonly KeyState[] {
    const sightings = this.#google.sightings(this.#context.now);
    return [...this.#rows.values()].map(({ key, ...rows }) =>
      aKeyState({
        key,
        ...rows,
        createIntended: true,
        sightings: sightings.filter(concerning(key, rows.bindings, this.#context)),
      }),
    );
  }

  /** Does what an outcome says, its call excepted. */
  follow(outcome: Outcome): void {
    for (const change of outcome.records) this.#record(outcome.key, change);
    if (outcome.desiredChange !== null) this.#changeDesired(outcome.key, outcome.desiredChange);
    const rows = this.get(outcome.key);
    const notFound = outcome.reads.map(({ calendar, eventId }) => placeOf(calendar, eventId));
    if (notFound.length > 0) this.set({ ...rows, notFound: new Set([...rows.notFound, ...notFound]) });
  }

  /** Makes a call and keeps what it answers. */
  make(call: Call): void {
    const rows = this.get(call.key);
    const repairs = new Map(rows.repairs);
    for (const what of call.repairs) repairs.set(what, (repairs.get(what) ?? 0) + 1);
    this.set({ ...rows, repairs });
    const mark = { installation: this.#context.installation, key: call.key, revision: call.revision };
    switch (call.kind) {
      case 'create': {
        const answer = this.#google.insert(call.calendar, insertBody(call.stated, call.eventId, mark));
        this.#bind(call.key, call.incarnation, call.calendar, call.eventId);
        this.#noteApplied(call, answer, ['start', 'end']);
        break;
      }
      case 'patch': {
        const scope = { fields: call.fields, leaveGuests: new Set(call.leaveGuests) };
        const body = patchBody(call.stated, call.applied, call.observed, scope, mark);
        const answer = this.#google.patch(call.calendar, call.eventId, call.etag, body);
        this.#noteApplied(call, answer, call.fields);
        break;
      }
      case 'move':
        this.#google.move(call.calendar, call.eventId, call.etag, call.destination);
        this.#changeBound(call.key, { calendar: call.destination, etag: null });
        break;
      case 'delete':
        this.#google.delete(call.calendar, call.eventId, call.etag);
        break;
    }
  }

  #record(key: string, change: RecordChange): void {
    switch (change.kind) {
      case 'bind':
        this.#bind(key, change.incarnation, change.calendar, change.eventId);
        break;
      case 'in_sync': {
        const { start, end } = change.observed;
        const answered = change.exact ? { answeredStart: instant(start), answeredEnd: instant(end) } : {};
        const { etag, revision, stated } = change;
        this.#changeBound(key, { ...applied(etag, revision, stated, change.exact), ...answered });
        break;
      }
      case 'gone':
        this.#changeBound(key, { state: 'gone' });
        break;
      case 'retire':
        this.#changeBound(key, { state: 'retired' });
        break;
    }
  }

  #bind(key: string, incarnation: number, calendar: string, eventId: string): void {
    const rows = this.get(key);
    const before = rows.bindings.find((binding) => binding.incarnation === incarnation);
    const fresh = aBinding({
      incarnation,
      applied: null,
      etag: null,
      appliedRevision: 0,
      answeredHash: null,
      writtenAt: 0,
    });
    const bound: Binding = { ...(before ?? fresh), calendar, eventId, state: 'live' };
    const others = rows.bindings.filter((binding) => binding.incarnation !== incarnation);
    this.set({ ...rows, bindings: [...others.map((other) => ({ ...other, state: 'retired' as const })), bound] });
  }

  #noteApplied(
    { key, calendar, revision, stated }: CreateCall | PatchCall,
    answer: GoogleEvent,
    written: readonly FieldName[],
  ): void {
    // A time that was not written is not Google's answer to ours.
    const answered = {
      ...(written.includes('start') ? { answeredStart: instant(answer.start) } : {}),
      ...(written.includes('end') ? { answeredEnd: instant(answer.end) } : {}),
    };
    const zone = this.#context.calendars.get(calendar)?.timeZone ?? 'UTC';
    const base = { stated, answeredStart: instant(answer.start), answeredEnd: instant(answer.end) };
    const exact = diffFields(stated, base, answer, zone).length === 0;
    this.#changeBound(key, { ...applied(answer.etag ?? null, revision, stated, exact), ...answered });
  }

  #changeBound(key: string, change: Partial<Binding>): void {
    const rows = this.get(key);
    this.set({
      ...rows,
      bindings: rows.bindings.map((binding) => (binding.state === 'retired' ? binding : { ...binding, ...change })),
    });
  }

  #changeDesired(key: string, change: DesiredChange): void {
    const rows = this.get(key);
    if (rows.desired.kind === 'absent') throw new Error('there is no row to change');
    const { row } = rows.desired;
    const kind = change.kind === 'cancel' ? 'cancelled' : 'live';
    const spec = specAfter(row.spec, change, this.#context);
    this.set({
      ...rows,
      desired: { kind, row: { ...row, spec, revision: row.revision + 1, generation: row.generation + 1 } },
    });
  }
}

function applied(etag: string | null, revision: number, stated: StatedEvent, exact: boolean): Partial<Binding> {
  return {
    etag,
    applied: stated,
    appliedHash: hashOfStated(stated),
    appliedRevision: revision,
    answeredHash: exact ? 'as answered' : null,
    hashVersion: normalFormVersion,
    state: 'live',
  };
}

function instant(time: GoogleEvent['start']): string | null {
  return time?.dateTime ?? time?.date ?? null;
}

/** Events with the key's mark, or an id that is bound to it; where none is bound, or may be, an id derived for it. */
function concerning(key: string, bindings: readonly Binding[], context: PlanContext): (seen: Sighting) => boolean {
  const bound = bindings.map((binding) => binding.eventId);
  const known = bindings.some(({ state }) => state === 'live');
  const ids = new Set(known ? bound : [...bound, ...derivedIds({ key, bindings }, context)]);
  return ({ eventId, mark }) => mark?.key === key || ids.has(eventId);
}

function specAfter(spec: EventSpec, change: DesiredChange, context: PlanContext): EventSpec {
  switch (change.kind) {
    case 'cancel':
      return spec;
    case 'follow':
      return { ...spec, calendar: change.calendar };
    case 'adopt': {
      const zone = context.calendars.get(spec.calendar)?.timeZone ?? 'UTC';
      const taken = change.fields.map((field) => [field, adopted(field, spec, change.observed, zone)]);
      return { ...spec, ...Object.fromEntries(taken) };
    }
  }
}

function adopted(field: FieldName, spec: EventSpec, observed: GoogleEvent, zone: string): unknown {
  switch (field) {
    case 'summary':
    case 'location':
    case 'description':
      return observed[field] ?? '';
    case 'recurrence':
      return observed.recurrence ?? [];
    case 'reminders':
      return { useDefault: observed.reminders?.useDefault ?? false, overrides: observed.reminders?.overrides ?? [] };
    case 'start':
    case 'end': {
      const time = normalObservedTime(observed[field], zone);
      return time === null ? spec[field] : asDesiredTime(time);
    }
    case 'attendees': {
      const shown = new Map((observed.attendees ?? []).map((entry) => [normaliseAddress(entry.email ?? ''), entry]));
      return statedEventOf(spec).attendees.flatMap((guest) => {
        const entry = shown.get(normaliseAddress(guest.email));
        return entry === undefined ? [] : [{ ...guest, optional: entry.optional ?? false }];
      });
    }
  }
}
