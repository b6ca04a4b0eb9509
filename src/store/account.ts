/** The Google connections. A refresh token leaves this file only through `openRefreshToken`. */
import { sql } from 'kysely';
import { CalsyncError } from '../core/error.ts';
import type { Random } from '../core/ports.ts';
import type { Db } from './database.ts';
import { openSecret, type SecretKeys, sealSecret } from './secret-box.ts';
import { type GoogleIdentity, settleGoogleIdentity } from './setting.ts';
import { inTransaction } from './transaction.ts';

export type AccountState = 'active' | 'reauth_required' | 'quota_paused';

export interface Account {
  /** The address, as Google spells it. */
  readonly id: string;
  readonly state: AccountState;
  /** Why it is paused; null while active. */
  readonly stateReason: string | null;
  readonly stateSince: Date;
  readonly pausedUntil: Date | null;
  readonly scopes: readonly string[];
  readonly createdAt: Date;
}

export interface Connection {
  readonly id: string;
  readonly refreshToken: string;
  readonly scopes: readonly string[];
}

/**
 * Adds an account, or connects it again: the new token takes the place of the old one and it is active.
 * The first account settles to which Google the database belongs; throws `usage` for another one.
 */
export async function connectAccount(
  db: Db,
  connection: Connection,
  google: GoogleIdentity,
  keys: SecretKeys,
  random: Random,
): Promise<void> {
  const { id, refreshToken, scopes } = connection;
  const stated = { refresh_token: sealSecret(refreshToken, secretContext(id), keys, random), scopes: [...scopes] };
  await inTransaction(db, async (tx) => {
    await settleGoogleIdentity(tx, google);
    const active = { state: 'active', state_reason: null, paused_until: null } as const;
    await tx
      .insertInto('account')
      .values({ id, ...stated, ...active })
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet({ ...stated, ...active, state_since: sql<Date>`calsync.now()` }),
      )
      .execute();
  });
}

/** All accounts by address. */
export async function listAccounts(db: Db): Promise<readonly Account[]> {
  const rows = await db
    .selectFrom('account')
    .select(['id', 'state', 'state_reason', 'state_since', 'paused_until', 'scopes', 'created_at'])
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    state: row.state,
    stateReason: row.state_reason,
    stateSince: row.state_since,
    pausedUntil: row.paused_until,
    scopes: row.scopes,
    createdAt: row.created_at,
  }));
}

/** The refresh token in clear. Throws `usage` where the account is unknown or the key does not fit. */
export async function openRefreshToken(db: Db, id: string, keys: SecretKeys): Promise<string> {
  const row = await db.selectFrom('account').select('refresh_token').where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw unknownAccount(id);
  return openSecret(row.refresh_token, secretContext(id), keys);
}

export function unknownAccount(id: string): CalsyncError {
  return new CalsyncError('usage', `there is no account ${id}: connect it with \`calsync accounts connect ${id}\``, {
    reason: 'unknown_account',
  });
}

function secretContext(id: string): string {
  return `account:${id}`;
}

/** Pauses an account, or makes it active again. Answers whether that was news: the one who hears yes tells the owner. */
export async function setAccountState(
  db: Db,
  id: string,
  next: { readonly state: AccountState; readonly reason: string | null; readonly pausedUntil: Date | null },
): Promise<boolean> {
  const changed = await db
    .updateTable('account')
    .set({
      state: next.state,
      state_reason: next.reason,
      paused_until: next.pausedUntil,
      state_since: sql<Date>`calsync.now()`,
    })
    .where('id', '=', id)
    .where((is) => is.or([is('state', '<>', next.state), is('paused_until', 'is distinct from', next.pausedUntil)]))
    .executeTakeFirst();
  return changed.numUpdatedRows > 0n;
}
