/** The desired rows, written: one statement for a whole event, whose plans a connection makes once (`calsync.write_desired`). */
import { sql } from 'kysely';
import { CalsyncError } from '../core/error.ts';
import type { AttendeeSpec, EventSpec } from '../core/event-spec.ts';
import type { Tx } from './database.ts';
import type { KeyNumbers } from './desired.ts';
import { columnsOf } from './desired-row.ts';
import { overtaken } from './transaction.ts';

const rowsPerStatement = 1_000;

/** What is to be written, in this order, of rows that are locked or not there yet. */
export interface DesiredWrites {
  readonly inserted: readonly EventSpec[];
  /** Their own fields replace those of the rows; cancelled rows are revived. */
  readonly updated: readonly EventSpec[];
  /**
   * Added, or set to what is stated; one who is there as stated is left alone. A person gets the address that their calendar has by now;
   * without one, or where nobody knows the person any more, the stated address stands. The database refuses an attendee of a cancelled
   * event (constraint `event_is_cancelled`).
   */
  readonly guests: readonly AttendeeOfKey[];
  /** Taken off, in whatever spelling of the address. */
  readonly leaving: readonly MailboxOfKey[];
}

export interface AttendeeOfKey extends AttendeeSpec {
  readonly key: string;
}

export interface MailboxOfKey {
  readonly key: string;
  readonly email: string;
}

const nothing: DesiredWrites = { inserted: [], updated: [], guests: [], leaving: [] };

/**
 * Writes rows and guests and answers the numbers that their keys have then. Throws `conflict` with reason `overtaken` where a key got its
 * row from someone else meanwhile: the transaction is to be begun again.
 */
export async function writeDesired(tx: Tx, stated: Partial<DesiredWrites>): Promise<ReadonlyMap<string, KeyNumbers>> {
  const numbers = new Map<string, KeyNumbers>();
  for (const writes of statementsOf({ ...nothing, ...stated })) {
    for (const now of await writeAtOnce(tx, writes)) numbers.set(now.key, now);
  }
  return numbers;
}

/** Many rows in several statements; all guests in the last one, since each statement about guests is a revision. */
function statementsOf(writes: DesiredWrites): readonly DesiredWrites[] {
  const longest = Math.max(writes.inserted.length, writes.updated.length);
  const statements: DesiredWrites[] = [];
  for (let first = 0; first < longest - rowsPerStatement; first += rowsPerStatement)
    statements.push({ ...nothing, ...rowsFrom(writes, first, first + rowsPerStatement) });
  return [...statements, { ...writes, ...rowsFrom(writes, statements.length * rowsPerStatement) }];
}

function rowsFrom({ inserted, updated }: DesiredWrites, first: number, end?: number) {
  return { inserted: inserted.slice(first, end), updated: updated.slice(first, end) };
}

async function writeAtOnce(tx: Tx, writes: DesiredWrites): Promise<readonly KeyNumbers[]> {
  const { inserted, updated, guests, leaving } = writes;
  const keys = new Set([...inserted, ...updated, ...guests, ...leaving].map(({ key }) => key));
  if (keys.size === 0) return [];
  const { rows } = await sql<{ numbers: KeyNumbers }>`
    select numbers from calsync.write_desired(${[...keys]}, ${listOf(inserted.map(columnsOf))}, ${listOf(updated.map(columnsOf))},
      ${listOf(guests)}, ${listOf(leaving)})`.execute(tx);
  if (rows.length === 0 && inserted.length > 0)
    throw new CalsyncError('conflict', 'another writer created one of these keys at the same moment: write again', {
      reason: overtaken,
    });
  return rows.map((row) => row.numbers);
}

function listOf(entries: readonly object[]): string | null {
  return entries.length === 0 ? null : JSON.stringify(entries);
}
