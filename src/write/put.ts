/** `put`: one event or many, all of them or none. */

import { CalsyncError } from '../core/error.ts';
import type { EventSpec, WrittenEvent } from '../core/event-spec.ts';
import type { Db, Tx } from '../store/database.ts';
import type { KeyNumbers, StoredEvent } from '../store/desired.ts';
import { writeDesired } from '../store/desired-writes.ts';
import type { Writer } from '../store/transaction.ts';
import { duplicateKeyProblems, placeProblems } from './batch-problems.ts';
import { changedFields } from './changes.ts';
import { decidePut, type PutDecision, type PutOptions } from './put-decision.ts';
import { resolvePeople } from './resolve-people.ts';
import type { WriteProblem, WriteResult, WrittenKey, WrittenKind } from './result.ts';
import { inLockedTransaction } from './write-transaction.ts';

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
  const keys = specs.map((spec) => spec.key);
  return inLockedTransaction(db, writer, keys, (tx, rows) => putLocked(tx, specs, rows, options));
}

/** The same in a write transaction that is open, from the rows of these keys that it has locked. */
export async function putLocked(
  tx: Tx,
  specs: readonly WrittenEvent[],
  rows: ReadonlyMap<string, StoredEvent>,
  options: PutOptions,
): Promise<WriteResult> {
  const planned = await planPuts(tx, specs, rows, options);
  if (planned.problems.length > 0) return { kind: 'refused', problems: planned.problems };
  const numbers = await writePuts(tx, planned.puts);
  return { kind: 'written', keys: writtenKeys(planned.puts, numbers) };
}

async function planPuts(
  tx: Tx,
  written: readonly WrittenEvent[],
  rows: ReadonlyMap<string, StoredEvent>,
  options: PutOptions,
): Promise<{ readonly puts: readonly PlannedPut[]; readonly problems: readonly WriteProblem[] }> {
  const duplicates = duplicateKeyProblems(written.map((spec) => spec.key));
  if (duplicates.length > 0) return { puts: [], problems: duplicates };
  const { specs, problems: unresolved } = await resolvePeople(
    tx,
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
  const { calendars, twins } = await placeProblems(tx, elsewhere, anew);
  return { puts, problems: [...calendars, ...problems, ...twins] };
}

/** Whether the event is new to its calendar, or gets another calendar, time or title: what can make it a twin. */
export function looksNew({ spec, stored }: Pick<PlannedPut, 'spec' | 'stored'>): boolean {
  if (stored === undefined || stored.cancelledAt !== null) return true;
  const fields = changedFields(spec, stored.spec);
  return (['calendar', 'start', 'end', 'summary'] as const).some((field) => fields.includes(field));
}

/**
 * Writes what was decided from locked rows and answers the numbers of the keys that it wrote. Throws `conflict` with reason `overtaken`
 * where a key got its row from someone else meanwhile: the transaction is to be begun again.
 */
export async function writePuts(tx: Tx, puts: readonly PlannedPut[]): Promise<ReadonlyMap<string, KeyNumbers>> {
  return writeDesired(tx, {
    inserted: puts.filter(({ decision }) => decision.kind === 'create').map(({ spec }) => spec),
    updated: puts.filter(({ decision }) => decision.kind === 'change' && decision.fields).map(({ spec }) => spec),
    guests: puts.flatMap(({ spec, decision }) => ofKey(spec.key, attendeesToPut(spec, decision))),
    leaving: puts.flatMap(({ spec, decision }) => ofKey(spec.key, attendeesToRemove(decision))),
  });
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
