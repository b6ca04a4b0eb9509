/** `put`: one event or many, all of them or none. */

import { CalsyncError } from '../core/error.ts';
import type { EventSpec, WrittenEvent } from '../core/event-spec.ts';
import type { Db } from '../store/database.ts';
import type { KeyNumbers, StoredEvent } from '../store/desired.ts';
import type { DesiredWrites } from '../store/desired-writes.ts';
import type { Writer } from '../store/transaction.ts';
import { askedPlaces, duplicateKeyProblems, placeProblems } from './batch-problems.ts';
import { changedFields } from './changes.ts';
import type { Decided, FoundKeys } from './key-write.ts';
import { decidePut, type PutDecision, type PutOptions } from './put-decision.ts';
import { resolvePeople } from './resolve-people.ts';
import type { WriteProblem, WriteResult, WrittenKey, WrittenKind } from './result.ts';
import { decideAndWrite, refusal } from './write-decided.ts';

export type { PutOptions } from './put-decision.ts';

/** What is written of one event, decided and not refused. */
export interface PlannedPut {
  readonly spec: EventSpec;
  readonly stored: StoredEvent | undefined;
  readonly decision: Exclude<PutDecision, { kind: 'refuse' }>;
}

/**
 * Puts events in one transaction, or in the caller's when `db` is one. Options concern one event: with more than one, `generation`
 * and `revision` throw `usage`. Where the answer is `refused`, nothing was written.
 */
export async function putEvents(
  db: Db,
  specs: readonly WrittenEvent[],
  writer: Writer,
  options: PutOptions = {},
): Promise<WriteResult> {
  if (specs.length > 1 && (options.generation !== undefined || options.revision !== undefined)) {
    throw new CalsyncError('usage', 'a generation or revision names one event: put it by itself', {
      reason: 'many_events',
    });
  }
  return decideAndWrite<WriteResult>(db, writer, {
    keys: specs.map(({ key }) => key),
    places: askedPlaces(specs, specs),
    decide: (reader, found) => decidePuts(reader, specs, found, options),
  });
}

/** What putting events comes to, from their keys as they are. */
export async function decidePuts(
  db: Db,
  specs: readonly WrittenEvent[],
  found: FoundKeys,
  options: PutOptions,
): Promise<Decided<WriteResult>> {
  const { puts, problems } = await planPuts(db, specs, found, options);
  if (problems.length > 0) return refusal(...problems);
  const answerOf = (numbers: ReadonlyMap<string, KeyNumbers>): WriteResult => ({
    kind: 'written',
    keys: writtenKeys(puts, numbers),
  });
  if (puts.every(({ decision }) => decision.kind === 'unchanged'))
    return { kind: 'answer', answer: answerOf(new Map()) };
  return { kind: 'write', writes: writesOf(puts), answerOf };
}

async function planPuts(
  db: Db,
  written: readonly WrittenEvent[],
  { rows, places }: FoundKeys,
  options: PutOptions,
): Promise<{ readonly puts: readonly PlannedPut[]; readonly problems: readonly WriteProblem[] }> {
  const duplicates = duplicateKeyProblems(written.map((spec) => spec.key));
  if (duplicates.length > 0) return { puts: [], problems: duplicates };
  const { specs, problems: unresolved } = await resolvePeople(
    db,
    written,
    (key) => rows.get(key)?.spec.attendees ?? null,
  );
  if (unresolved.length > 0) return { puts: [], problems: unresolved };
  const puts: PlannedPut[] = [];
  const problems: WriteProblem[] = [];
  for (const spec of specs) {
    const stored = rows.get(spec.key);
    const decision = decidePut(spec, stored, options);
    if (decision.kind === 'refuse') problems.push(decision.problem);
    else puts.push({ spec, stored, decision });
  }
  // The calendar on which a row is, is managed.
  const elsewhere = specs.filter((spec) => rows.get(spec.key)?.spec.calendar !== spec.calendar);
  const anew = puts.filter(looksNew).map((put) => put.spec);
  const { calendars, twins } = await placeProblems(db, elsewhere, anew, places);
  return { puts, problems: [...calendars, ...problems, ...twins] };
}

/** Whether the event is new to its calendar, or gets another calendar, time or title: what can make it a twin. */
export function looksNew({ spec, stored }: Pick<PlannedPut, 'spec' | 'stored'>): boolean {
  if (stored === undefined || stored.cancelledAt !== null) return true;
  const fields = changedFields(spec, stored.spec);
  return (['calendar', 'start', 'end', 'summary'] as const).some((field) => fields.includes(field));
}

/** What was decided, as what is written of it. */
export function writesOf(puts: readonly PlannedPut[]): Partial<DesiredWrites> {
  return {
    inserted: puts.filter(({ decision }) => decision.kind === 'create').map(({ spec }) => spec),
    updated: puts.filter(({ decision }) => decision.kind === 'change' && decision.fields).map(({ spec }) => spec),
    guests: puts.flatMap(({ spec, decision }) => ofKey(spec.key, attendeesToPut(spec, decision))),
    leaving: puts.flatMap(({ spec, decision }) => ofKey(spec.key, attendeesToRemove(decision))),
  };
}

function attendeesToPut(spec: EventSpec, decision: PlannedPut['decision']): NonNullable<EventSpec['attendees']> {
  switch (decision.kind) {
    case 'create':
      return spec.attendees ?? [];
    case 'change':
      return decision.attendees.put;
    case 'unchanged':
      return [];
  }
}

function attendeesToRemove(decision: PlannedPut['decision']): NonNullable<EventSpec['attendees']> {
  return decision.kind === 'change' ? decision.attendees.removed : [];
}

function ofKey<Entry extends object>(
  key: string,
  entries: readonly Entry[],
): readonly (Entry & { readonly key: string })[] {
  return entries.map((entry) => ({ ...entry, key }));
}

function writtenKeys(puts: readonly PlannedPut[], numbers: ReadonlyMap<string, KeyNumbers>): readonly WrittenKey[] {
  return puts.flatMap((put) => {
    const now = numbers.get(put.spec.key) ?? put.stored;
    if (now === undefined) return [];
    const { generation, revision } = now;
    return [{ key: put.spec.key, generation, revision, kind: writtenKind(put) }];
  });
}

function writtenKind({ stored, decision }: PlannedPut): WrittenKind {
  if (decision.kind === 'create') return 'created';
  if (decision.kind === 'unchanged') return 'unchanged';
  return stored?.cancelledAt == null ? 'changed' : 'revived';
}
