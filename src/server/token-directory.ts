/**
 * The tokens in use, kept in memory so that a request costs no query for them. A revoked one is forgotten within `freshMs` by every
 * process. One that is not known is looked for in the table once more before it is refused; however many of them arrive, they wait for one
 * reading every `leastMsBetweenReads`.
 */
import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../core/ports.ts';
import { hashOfSecret, noteTokenUse, type OpenApiToken, readOpenApiTokens, readToken } from '../store/api-token.ts';
import type { Db } from '../store/database.ts';
import type { Principal } from './principal.ts';

const freshMs = 5_000;
const leastMsBetweenReads = 250;

export interface TokenDirectory {
  /** Who has this bearer token, or null. */
  find(bearer: string): Promise<Principal | null>;
}

/** `adminToken` is the setting CALSYNC_API_TOKEN or what stands in for it; it is compared in memory and known without a database. */
export function tokenDirectory(db: Db, clock: Clock, adminToken: string): TokenDirectory {
  const adminHash = hashOfSecret(adminToken);
  let known: ReadonlyMap<number, OpenApiToken> = new Map();
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | null = null;
  const used = new Set<number>();

  const read = async (): Promise<void> => {
    const waitMs = readAt + leastMsBetweenReads - clock.now();
    if (waitMs > 0) await clock.sleep(waitMs);
    const uses = [...used];
    used.clear();
    if (uses.length > 0) await noteTokenUse(db, uses);
    const startedAt = clock.now();
    known = new Map((await readOpenApiTokens(db)).map((token) => [token.id, token]));
    readAt = startedAt;
  };
  const readAgain = (): Promise<void> => {
    reading ??= read().finally(() => {
      reading = null;
    });
    return reading;
  };

  return {
    async find(bearer) {
      const hash = hashOfSecret(bearer);
      if (sameHash(hash, adminHash)) return { id: 'admin', name: 'admin', scopes: ['admin'], ratePerMinute: null };
      const stated = readToken(bearer);
      if (stated === null) return null;
      const askedAt = clock.now();
      if (askedAt - readAt >= freshMs) await readAgain();
      while (!known.has(stated.id) && readAt < askedAt) await readAgain();
      const token = known.get(stated.id);
      if (token === undefined || !sameHash(hashOfSecret(stated.secret), token.secretHash)) return null;
      used.add(token.id);
      const { id, name, scopes, ratePerMinute } = token;
      return { id: `token:${id}`, name, scopes, ratePerMinute };
    },
  };
}

/** In a time that does not depend on where they differ. */
function sameHash(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one, 'hex'), Buffer.from(other, 'hex'));
}
