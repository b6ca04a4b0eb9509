/**
 * Numbers the history after it is committed. What readers of positions rely on:
 *
 * - Positions have no gap and never change; a row that becomes visible later gets a later one, whatever else is open in the cluster.
 * - Rows of one key are in the order of their commits: a writer takes its id under the lock of the key, which it holds until it commits.
 *
 * One numbers at a time, under an advisory lock, in a statement that begins (and looks) when the lock is held. Nothing here waits for
 * the oldest transaction: one that stays open for days only keeps its own rows unnumbered.
 */
import { sql } from 'kysely';
import type { Db } from './database.ts';

/** The advisory lock of whoever numbers: 'feed' in ASCII, after 'calsync'. */
const numberingLock = '1718969700';
const rowsAtOnce = 2_000;

/** `some`: numbered, and there may be more; `busy`: another process is at it. */
export type Numbered = 'all' | 'some' | 'busy';

export class Sequencer {
  private readonly db: Db;
  /** Every row up to this id is numbered or will never be: so that the index entries of what was numbered need not be walked again. */
  private lowId = 0;
  private mark: Mark | null = null;

  constructor(db: Db) {
    this.db = db;
  }

  /** Numbers the next rows, a bounded number of them. Costs one look into an index when there are none. */
  async number(): Promise<Numbered> {
    return (await this.isDue()) ? this.numberLocked() : 'all';
  }

  /** Numbers until nothing is left, `mostRounds` times a bounded number of rows. */
  async numberAll(mostRounds: number): Promise<Numbered> {
    let numbered = await this.number();
    for (let round = 1; round < mostRounds && numbered === 'some'; round += 1) numbered = await this.numberLocked();
    return numbered;
  }

  private numberLocked(): Promise<Numbered> {
    return this.db
      .transaction()
      .setIsolationLevel('read committed')
      .execute(async (tx) => {
        const { rows } = await sql<{ locked: boolean; newest: number }>`
          select pg_try_advisory_xact_lock(${numberingLock}::bigint) as locked, last_value as newest from calsync.history_id_seq`.execute(
          tx,
        );
        const [begun] = rows;
        if (begun?.locked !== true) return 'busy';
        return (await this.numberNext(tx, begun.newest)) < rowsAtOnce ? 'all' : 'some';
      });
  }

  private async isDue(): Promise<boolean> {
    const { rows } = await sql<{ due: boolean }>`
      select exists (select from calsync.history where position is null and id > ${this.lowId}) as due`.execute(
      this.db,
    );
    return rows[0]?.due === true;
  }

  private async numberNext(tx: Db, newest: number): Promise<number> {
    const { rows } = await sql<{ count: number; last: number; oldest: string; own: string }>`
      with next as (
        select id, row_number() over (order by id) as place
          from (select id from calsync.history where position is null and id > ${this.lowId} order by id limit ${rowsAtOnce}) unnumbered
      ), numbered as (
        update calsync.history change set position = (select coalesce(max(position), 0) from calsync.history) + next.place
          from next where change.id = next.id returning change.id
      )
      select count(*)::int as count, coalesce(max(id), 0) as last, pg_snapshot_xmin(pg_current_snapshot())::text as oldest,
             pg_current_xact_id()::text as own
        from numbered`.execute(tx);
    const [{ count, last, oldest, own } = { count: 0, last: 0, oldest: '0', own: '0' }] = rows;
    this.advance(count < rowsAtOnce ? newest : Math.min(newest, last), BigInt(oldest), BigInt(own));
    return count;
  }

  /**
   * Everything visible up to the id `through` is numbered now. The ids up to there were taken by transactions that had begun to write by
   * then, so before this one did (`own`): when all of those have ended, no unnumbered row can be among them. An open transaction only
   * puts this off.
   */
  private advance(through: number, oldest: bigint, own: bigint): void {
    if (this.mark !== null && oldest >= this.mark.before && through >= this.mark.id) {
      this.lowId = this.mark.id;
      this.mark = null;
    }
    this.mark ??= { id: through, before: own };
  }
}

interface Mark {
  readonly id: number;
  /** Transactions with a lower number may still bring rows up to `id`. */
  readonly before: bigint;
}
