/** The desired rows, written: one statement for a whole event, whose plans a connection makes once (`calsync.write_decided`). */
import { type RawBuilder, sql } from 'kysely';
import { CalsyncError } from '../core/error.ts';
import type { AttendeeSpec, EventSpec } from '../core/event-spec.ts';
import type { Db, Tx } from './database.ts';
import type { KeyNumbers, StoredEvent } from './desired.ts';
import { columnsOf } from './desired-row.ts';
import { overtaken, type Writer } from './transaction.ts';

const rowsPerStatement = 1_000;

/** What is to be written, in this order, of rows that are locked or not there yet. */
export interface DesiredWrites {
  /** Those that are cancelled already keep their time. */
  readonly cancelled: readonly string[];
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

const nothing: DesiredWrites = { cancelled: [], inserted: [], updated: [], guests: [], leaving: [] };

/**
 * Writes rows and guests and answers the numbers that their keys have then. Throws `conflict` with reason `overtaken` where a key got its
 * row from someone else meanwhile: the transaction is to be begun again.
 */
export async function writeDesired(tx: Tx, stated: Partial<DesiredWrites>): Promise<ReadonlyMap<string, KeyNumbers>> {
  const numbers = new Map<string, KeyNumbers>();
  for (const writes of statementsOf({ ...nothing, ...stated })) {
    const keys = keysOf(writes);
    if (keys.length === 0) continue;
    const written = await writeAtOnce(tx, keys, writes, null);
    if (written.length === 0 && writes.inserted.length > 0)
      throw new CalsyncError('conflict', 'another writer created one of these keys at the same moment: write again', {
        reason: overtaken,
      });
    for (const now of written) numbers.set(now.key, now);
  }
  return numbers;
}

/** Rows as they were read without a lock, and in whose name it is written what was decided from them. */
export interface ReadBasis {
  readonly keys: readonly string[];
  readonly rows: ReadonlyMap<string, StoredEvent>;
  readonly writer: Writer;
}

/**
 * The same in one statement that is a transaction of its own, for what was decided from rows that were read without a lock, however many
 * these are. Null, and nothing is written, where one of the keys is not as it was read any more.
 */
export async function writeIfUnmoved(
  db: Db,
  stated: Partial<DesiredWrites>,
  basis: ReadBasis,
): Promise<ReadonlyMap<string, KeyNumbers> | null> {
  const written = await writeAtOnce(db, basis.keys, { ...nothing, ...stated }, basis);
  return written.length === 0 ? null : new Map(written.map((now) => [now.key, now]));
}

/**
 * What was decided for each of several keys by itself, from its row at this revision or without a row: in one statement that is a transaction of
 * its own. A key that is not as it was read any more, or that somebody holds, is left alone and has no numbers in the answer.
 */
export async function writeApart(
  db: Db,
  read: ReadonlyMap<string, number | null>,
  stated: readonly Partial<DesiredWrites>[],
  { actor, door, source }: Writer,
): Promise<ReadonlyMap<string, KeyNumbers>> {
  if (read.size === 0) return new Map();
  const { rows } = await sql<{ numbers: KeyNumbers }>`
    select numbers from calsync.write_apart(${[...read.keys()]}, ${[...read.values()]}, ${actor}, ${door}, ${source},
      ${writesAsSql(allOf(stated))})`.execute(db);
  return new Map(rows.map((row) => [row.numbers.key, row.numbers]));
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

function keysOf({ cancelled, inserted, updated, guests, leaving }: DesiredWrites): readonly string[] {
  return [...new Set([...cancelled, ...[...inserted, ...updated, ...guests, ...leaving].map(({ key }) => key)])];
}

async function writeAtOnce(
  db: Db,
  keys: readonly string[],
  writes: DesiredWrites,
  basis: ReadBasis | null,
): Promise<readonly KeyNumbers[]> {
  const { actor = null, door = null, source = null } = basis?.writer ?? {};
  const read = basis === null ? null : [...basis.rows];
  const { rows } = await sql<{ numbers: KeyNumbers }>`
    select numbers from calsync.write_decided(${keys}, ${read?.map(([key]) => key) ?? null}, ${read?.map(([, { revision }]) => revision) ?? null},
      ${actor}, ${door}, ${source}, ${writesAsSql(writes)})`.execute(db);
  return rows.map((row) => row.numbers);
}

/** As the functions of the database take them: each null where there is none. */
function writesAsSql({ inserted, updated, cancelled, guests, leaving }: DesiredWrites): RawBuilder<unknown> {
  return sql`${listOf(inserted.map(columnsOf))}, ${listOf(updated.map(columnsOf))}, ${cancelled.length === 0 ? null : cancelled},
    ${listOf(guests)}, ${listOf(leaving)}`;
}

function allOf(stated: readonly Partial<DesiredWrites>[]): DesiredWrites {
  const all = stated.map((writes) => ({ ...nothing, ...writes }));
  return {
    cancelled: all.flatMap(({ cancelled }) => cancelled),
    inserted: all.flatMap(({ inserted }) => inserted),
    updated: all.flatMap(({ updated }) => updated),
    guests: all.flatMap(({ guests }) => guests),
    leaving: all.flatMap(({ leaving }) => leaving),
  };
}

function listOf(entries: readonly object[]): string | null {
  return entries.length === 0 ? null : JSON.stringify(entries);
}
