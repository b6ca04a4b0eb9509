/** `put`: one event or many, all of them or none. */

import { CalsyncError } from '../core/error.ts';
import type { EventSpec, WrittenEvent } from '../core/event-spec.ts';
import { putAttendees, removeAttendees } from '../store/attendee.ts';
import type { Db, Tx } from '../store/database.ts';
import {
  insertDesired,
  type KeyNumbers,
  lockDesired,
  readNumbers,
  type StoredEvent,
  updateDesired,
} from '../store/desired.ts';
import { overtaken, type Writer } from '../store/transaction.ts';
import { duplicateKeyProblems, twinProblems, unknownCalendarProblems } from './batch-problems.ts';
import { changedFields } from './changes.ts';
import { decidePut, type PutDecision, type PutOptions } from './put-decision.ts';
import { resolvePeople } from './resolve-people.ts';
import type { WriteProblem, WriteResult, WrittenKey, WrittenKind } from './result.ts';
import { inWriteTransaction } from './write-transaction.ts';

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
  return inWriteTransaction(db, writer, async (tx) => {
    const rows = await lockDesired(
      tx,
      specs.map((spec) => spec.key),
    );
    return putLocked(tx, specs, rows, options);
  });
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
  return { kind: 'written', keys: await writtenKeys(tx, planned.puts, numbers) };
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
  // The calendar on which a row is, is managed.
  const elsewhere = specs.filter((spec) => rows.get(spec.key)?.spec.calendar !== spec.calendar);
  const problems: WriteProblem[] = [...(await unknownCalendarProblems(tx, elsewhere))];
  for (const spec of specs) {
    const stored = rows.get(spec.key);
    const decision = decidePut(spec, stored, options);
    if (decision.kind === 'refuse') problems.push(decision.problem);
    else puts.push({ spec, stored, decision });
  }
  problems.push(
    ...(await twinProblems(
      tx,
      puts.filter(looksNew).map((put) => put.spec),
    )),
  );
  return { puts, problems };
}

/** Whether the event is new to its calendar, or gets another calendar, time or title: what can make it a twin. */
export function looksNew({ spec, stored }: Pick<PlannedPut, 'spec' | 'stored'>): boolean {
  if (stored === undefined || stored.cancelledAt !== null) return true;
  const fields = changedFields(spec, stored.spec);
  return (['calendar', 'start', 'end', 'summary'] as const).some((field) => fields.includes(field));
}

/**
 * Writes what was decided from locked rows; answers the numbers of the rows that it wrote, before their attendees. Throws `conflict` with
 * reason `overtaken` where a key got its row from someone else meanwhile: the transaction is to be begun again.
 */
export async function writePuts(tx: Tx, puts: readonly PlannedPut[]): Promise<readonly KeyNumbers[]> {
  const created = puts.filter(({ decision }) => decision.kind === 'create').map(({ spec }) => spec);
  const inserted = await insertAll(tx, created);
  const updated = await updateDesired(
    tx,
    puts.filter(({ decision }) => decision.kind === 'change' && decision.fields).map(({ spec }) => spec),
  );
  await putAttendees(
    tx,
    puts.flatMap(({ spec, decision }) => ofKey(spec.key, attendeesToPut(spec, decision))),
  );
  await removeAttendees(
    tx,
    puts.flatMap(({ spec, decision }) => ofKey(spec.key, attendeesToRemove(decision))),
  );
  return [...inserted, ...updated];
}

/** Inserts every event, or throws `conflict` with reason `overtaken`. */
export async function insertAll(tx: Tx, specs: readonly EventSpec[]): Promise<readonly KeyNumbers[]> {
  const inserted = await insertDesired(tx, specs);
  if (inserted.length === specs.length) return inserted;
  throw new CalsyncError('conflict', 'another writer created one of these keys at the same moment: write again', {
    reason: overtaken,
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

/** Attendees that changed count as a revision of their own: only then the numbers are asked for. */
async function writtenKeys(
  tx: Tx,
  puts: readonly PlannedPut[],
  written: readonly KeyNumbers[],
): Promise<readonly WrittenKey[]> {
  const asked = puts.filter(
    ({ spec, decision }) => attendeesToPut(spec, decision).length > 0 || attendeesToRemove(decision).length > 0,
  );
  const numbers = new Map([
    ...written.map((now): [string, KeyNumbers] => [now.key, now]),
    ...(await readNumbers(
      tx,
      asked.map(({ spec }) => spec.key),
    )),
  ]);
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
