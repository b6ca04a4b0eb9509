/** `restore`: an earlier version of an event, as a new generation. The history is never rewritten. */
import { CalsyncError } from '../core/error.ts';
import type { Db, Tx } from '../store/database.ts';
import { lockDesired, readNumbers, type StoredEvent } from '../store/desired.ts';
import { specOf } from '../store/desired-row.ts';
import { writeDesired } from '../store/desired-writes.ts';
import { readWithdrawn } from '../store/history.ts';
import { overtaken, type Writer } from '../store/transaction.ts';
import { findVersion, insertVersion, putVersion, type Version, type VersionWish } from '../store/version.ts';
import { twinProblems, unknownCalendarProblems } from './batch-problems.ts';
import { attendeeChanges } from './changes.ts';
import { looksNew } from './put.ts';
import type { WriteProblem, WriteResult, WrittenKind } from './result.ts';
import { inWriteTransaction } from './write-transaction.ts';

export interface RestoreOptions {
  /** The guests of that version too; without it the guests stay as they are, or as they last were where the row is gone. */
  readonly attendees?: boolean;
}

/**
 * Gives an event the fields that it had at an instant, or under a generation: policies and cancellation with them, on the calendar where it
 * was. Brings back a row that is gone. Refused where there was no row then, where that version is not kept any more, or where its calendar
 * is not managed.
 */
export async function restoreVersion(
  db: Db,
  key: string,
  wish: VersionWish,
  writer: Writer,
  options: RestoreOptions = {},
): Promise<WriteResult> {
  return inWriteTransaction(db, writer, async (tx) => {
    const stored = (await lockDesired(tx, [key])).get(key);
    const found = await findVersion(tx, key, wish);
    if (found.kind !== 'version') return refused(problemOf(key, found));
    const problems = await problemsOf(tx, stored, found.version, options);
    if (problems.length > 0) return { kind: 'refused', problems };
    if (stored === undefined) await bringBack(tx, found.version, options);
    else await goBack(tx, stored, found.version, options);
    const now = (await readNumbers(tx, [key])).get(key);
    return { kind: 'written', keys: now === undefined ? [] : [{ ...now, kind: kindOf(stored, found.version, now) }] };
  });
}

async function problemsOf(
  tx: Tx,
  stored: StoredEvent | undefined,
  { row, guests }: Version,
  { attendees }: RestoreOptions,
): Promise<readonly WriteProblem[]> {
  const spec = specOf(row, []);
  const problems = [...(await unknownCalendarProblems(tx, [spec]))];
  if (row.cancelled_at === null && looksNew({ spec, stored })) problems.push(...(await twinProblems(tx, [spec])));
  if (attendees !== true) return problems;
  if (guests === null)
    problems.push(
      problem(row.key, 'attendees', 'not all guests of that time are kept any more: restore without --attendees'),
    );
  else if (row.cancelled_at !== null)
    problems.push(
      problem(
        row.key,
        'attendees',
        'that version is cancelled, and nobody can be added to it: restore without --attendees',
      ),
    );
  return problems;
}

/** First alive, so that guests can be on it. */
async function bringBack(tx: Tx, { row, guests }: Version, { attendees }: RestoreOptions): Promise<void> {
  const last = (await readWithdrawn(tx, [row.key])).get(row.key)?.spec.attendees ?? [];
  if (!(await insertVersion(tx, { ...row, cancelled_at: null }))) {
    throw new CalsyncError('conflict', 'another writer created this key at the same moment', { reason: overtaken });
  }
  const invited = attendees === true ? (guests ?? []) : last;
  await writeDesired(tx, { guests: invited.map((guest) => ({ ...guest, key: row.key })) });
  if (row.cancelled_at !== null) await putVersion(tx, row);
}

async function goBack(
  tx: Tx,
  stored: StoredEvent,
  { row, guests }: Version,
  { attendees }: RestoreOptions,
): Promise<void> {
  await putVersion(tx, row);
  if (attendees !== true) return;
  const { put, removed } = attendeeChanges(guests, stored.spec.attendees);
  await writeDesired(tx, {
    guests: put.map((guest) => ({ ...guest, key: row.key })),
    leaving: removed.map(({ email }) => ({ email, key: row.key })),
  });
}

function kindOf(stored: StoredEvent | undefined, { row }: Version, now: { readonly revision: number }): WrittenKind {
  if (stored === undefined) return 'restored';
  if (now.revision === stored.revision) return 'unchanged';
  if ((stored.cancelledAt !== null) === (row.cancelled_at !== null)) return 'changed';
  return row.cancelled_at === null ? 'revived' : 'cancelled';
}

function problemOf(
  key: string,
  found: Exclude<Awaited<ReturnType<typeof findVersion>>, { kind: 'version' }>,
): WriteProblem {
  switch (found.kind) {
    case 'unknown':
      return problem(key, 'key', `the key ${key} never had a row`);
    case 'no_row':
      return problem(key, null, `the event ${key} had no row at that time: see \`calsync history\``);
    case 'not_kept':
      return problem(
        key,
        null,
        `that version of ${key} is not kept, or never was; there are the generations ${[...new Set(found.kept)].join(', ')}`,
      );
  }
}

function problem(key: string, field: string | null, message: string): WriteProblem {
  return { kind: 'nothing_to_restore', key, field, message };
}

function refused(reason: WriteProblem): WriteResult {
  return { kind: 'refused', problems: [reason] };
}
