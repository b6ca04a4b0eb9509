/** What a turn asks before it may call Google, in one statement. */
import { sql } from 'kysely';
import { accountPause } from './calendar-state.ts';
import type { Db } from './database.ts';

export interface TurnGate {
  /** This database is the installation, and no copy of it. */
  readonly claimed: boolean;
  /** Why the account may not be used now, or null. */
  readonly pause: { readonly state: string; readonly reason: string } | null;
  /** Some breaker between the account and Google counts failures or is not closed. */
  readonly silence: boolean;
}

export async function readGate(db: Db, account: string): Promise<TurnGate> {
  const { rows } = await sql<{ claimed: boolean; state: string; silence: boolean }>`
    select calsync.is_claimed() as claimed, account.state,
        exists (select from calsync.breaker where scope in ('google', 'account:' || account.id) and (failures > 0 or state <> 'closed')) as silence
      from calsync.account where id = ${account}`.execute(db);
  const gate = rows[0];
  if (gate === undefined) return { claimed: false, pause: null, silence: false };
  return {
    claimed: gate.claimed,
    pause: gate.state === 'active' ? null : await accountPause(db, account),
    silence: gate.silence,
  };
}
