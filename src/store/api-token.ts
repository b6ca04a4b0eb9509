/** The bearer tokens of the HTTP door. What is kept of a secret is its hash. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { ApiScope } from '../core/api-scope.ts';
import { CalsyncError } from '../core/error.ts';
import type { Random } from '../core/ports.ts';
import type { Db } from './database.ts';

export interface ApiToken {
  readonly id: number;
  /** The actor of what is written with it. */
  readonly name: string;
  readonly scopes: readonly ApiScope[];
  readonly ratePerMinute: number;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly revokedAt: Date | null;
  /** To ten minutes. */
  readonly lastUsedAt: Date | null;
}

/** A token in use, with what its secret is compared with. */
export type OpenApiToken = Pick<ApiToken, 'id' | 'name' | 'scopes' | 'ratePerMinute'> & {
  /** SHA-256, hexadecimal. */
  readonly secretHash: string;
};

const secretBytes = 32;
const prefix = 'calsync';
const nameForm = /^[!-~]{1,64}$/;
const tokenForm = /^calsync_(\d{1,15})_([0-9a-f]{64})$/;
const lastUsedMinutes = 10;

export function hashOfSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** The parts of a token, or null where the text is none of ours. */
export function readToken(text: string): { readonly id: number; readonly secret: string } | null {
  const [, id, secret] = tokenForm.exec(text) ?? [];
  return id === undefined || secret === undefined ? null : { id: Number(id), secret };
}

export interface NewApiToken {
  readonly name: string;
  readonly scopes: readonly ApiScope[];
  readonly ratePerMinute: number;
  readonly createdBy: string;
}

/** Makes a token and answers it: the only time that anyone sees it. Throws `usage` for a name that is none, or that is in use. */
export async function addApiToken(db: Db, token: NewApiToken, random: Random): Promise<string> {
  if (!nameForm.test(token.name)) {
    throw new CalsyncError('usage', 'the name of a token is 1 to 64 visible ASCII characters without spaces', {
      reason: 'token_name',
    });
  }
  const secret = random.hex(secretBytes);
  const row = await db
    .insertInto('api_token')
    .values({
      name: token.name,
      secret_hash: hashOfSecret(secret),
      scopes: [...token.scopes],
      rate_per_minute: token.ratePerMinute,
      created_by: token.createdBy,
    })
    .onConflict((conflict) => conflict.column('name').where('revoked_at', 'is', null).doNothing())
    .returning('id')
    .executeTakeFirst();
  if (row === undefined) {
    throw new CalsyncError('usage', `there is a token ${token.name}: revoke it first, or choose another name`, {
      reason: 'token_exists',
    });
  }
  return `${prefix}_${row.id}_${secret}`;
}

/** All that ever were, by name and age. */
export async function listApiTokens(db: Db): Promise<readonly ApiToken[]> {
  const rows = await db.selectFrom('api_token').selectAll().orderBy('name').orderBy('id').execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    scopes: row.scopes as readonly ApiScope[], // the table has a check
    ratePerMinute: row.rate_per_minute,
    createdAt: row.created_at,
    createdBy: row.created_by,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
  }));
}

/** Those that open something. */
export async function readOpenApiTokens(db: Db): Promise<readonly OpenApiToken[]> {
  const rows = await db
    .selectFrom('api_token')
    .select(['id', 'name', 'scopes', 'rate_per_minute', 'secret_hash'])
    .where('revoked_at', 'is', null)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    scopes: row.scopes as readonly ApiScope[], // the table has a check
    ratePerMinute: row.rate_per_minute,
    secretHash: row.secret_hash,
  }));
}

/** Throws `usage` where no token of the name is in use. */
export async function revokeApiToken(db: Db, name: string): Promise<void> {
  const revoked = await db
    .updateTable('api_token')
    .set({ revoked_at: sql<Date>`calsync.now()` })
    .where('name', '=', name)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  if (revoked.numUpdatedRows > 0n) return;
  throw new CalsyncError('usage', `no token ${name} is in use: look at \`calsync tokens list\``, {
    reason: 'unknown_token',
  });
}

/** Says that tokens were used just now; written at most every ten minutes. */
export async function noteTokenUse(db: Db, ids: readonly number[]): Promise<void> {
  await sql`
    update calsync.api_token set last_used_at = calsync.now()
      where id = any(${ids}::bigint[])
        and (last_used_at is null or last_used_at < calsync.now() - make_interval(mins => ${lastUsedMinutes}))`.execute(
    db,
  );
}
