/**
 * What `put` does with one event. Pure; the first line that fits decides:
 *
 * | the row | the caller | outcome |
 * | --- | --- | --- |
 * | none | names a generation or revision, or asks for a row that exists | refused: there is no such row |
 * | none | | create |
 * | some | asks for a key without one | refused: there is one |
 * | at another generation or revision than named | | refused: it moved on |
 * | cancelled | names no generation | refused: a late retry must not revive |
 * | on another calendar | no move | refused |
 * | has attendees whom the list leaves out | names no revision | refused: nobody is removed by oversight |
 * | equal, and not cancelled | | unchanged |
 * | otherwise | | change |
 */
import type { EventSpec } from '../core/event-spec.ts';
import type { StoredEvent } from '../store/desired.ts';
import { type AttendeeChanges, attendeeChanges, changedFields } from './changes.ts';
import type { WriteProblem, WriteProblemKind } from './result.ts';

export interface PutOptions {
  /** The generation that the caller saw; another one is a conflict. Needed to put on a cancelled key. */
  readonly generation?: number;
  /** The revision that the caller saw. Needed to take attendees off by leaving them out. */
  readonly revision?: number;
  /** Lets the event go to another calendar than its row names. */
  readonly move?: boolean;
  /** True: only a key that has a row. False: only one that has none. */
  readonly exists?: boolean;
}

export type PutDecision =
  | { readonly kind: 'create' }
  | { readonly kind: 'change'; readonly fields: boolean; readonly attendees: AttendeeChanges }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refuse'; readonly problem: WriteProblem };

export function decidePut(spec: EventSpec, stored: StoredEvent | undefined, options: PutOptions): PutDecision {
  const { generation, revision, exists } = options;
  if (stored === undefined) {
    if (generation === undefined && revision === undefined && exists !== true) return { kind: 'create' };
    return refuse(
      spec,
      'unknown_key',
      null,
      `the key ${spec.key} has no row: leave the generation and revision out to create it`,
    );
  }
  if (exists === false) {
    return refuse(spec, 'key_exists', 'key', `there is an event ${spec.key} already: read it and decide again`);
  }
  const moved = expectationProblem(spec.key, stored, options);
  if (moved !== null) return { kind: 'refuse', problem: moved };
  if (stored.cancelledAt !== null && generation === undefined) {
    const hint = `to bring it back name its generation, ${stored.generation}`;
    return refuse(spec, 'cancelled', null, `the event ${spec.key} is cancelled: ${hint}`);
  }
  if (stored.spec.calendar !== spec.calendar && options.move !== true) {
    const hint = `ask for the move (--move) to put it on ${spec.calendar}`;
    return refuse(
      spec,
      'other_calendar',
      'calendar',
      `the event ${spec.key} is on the calendar ${stored.spec.calendar}: ${hint}`,
    );
  }
  const attendees = attendeeChanges(spec.attendees, stored.spec.attendees);
  if (attendees.removed.length > 0 && revision === undefined) {
    const hint = `name its revision, ${stored.revision}, to take them off, or leave attendees out`;
    const what = `would take ${attendees.removed.length} of ${stored.spec.attendees?.length ?? 0} attendees off`;
    return refuse(spec, 'revision_needed', 'attendees', `the list of ${spec.key} ${what}: ${hint}`);
  }
  const fields = stored.cancelledAt !== null || changedFields(spec, stored.spec).length > 0;
  if (!fields && attendees.put.length === 0 && attendees.removed.length === 0) return { kind: 'unchanged' };
  return { kind: 'change', fields, attendees };
}

/** Why what the caller saw is not what is there, or null. */
export function expectationProblem(key: string, stored: StoredEvent, expected: PutOptions): WriteProblem | null {
  const { generation, revision } = expected;
  const now = `it is at generation ${stored.generation}, revision ${stored.revision}: read it and decide again`;
  if (generation !== undefined && generation !== stored.generation) {
    return {
      kind: 'generation_moved',
      key,
      field: null,
      message: `the event ${key} changed since generation ${generation}; ${now}`,
    };
  }
  if (revision !== undefined && revision !== stored.revision) {
    return {
      kind: 'revision_moved',
      key,
      field: null,
      message: `the event ${key} changed since revision ${revision}; ${now}`,
    };
  }
  return null;
}

function refuse(spec: EventSpec, kind: WriteProblemKind, field: string | null, message: string): PutDecision {
  return { kind: 'refuse', problem: { kind, key: spec.key, field, message } };
}
