import { createHash } from 'node:crypto';
import { isObject } from './event-times.ts';
import type { Json } from './model.ts';

/**
 * Page and sync tokens: opaque to clients, base64url of what the server must remember, with a checksum so
 * that one altered character makes a token dead (API facts §1.5). Nothing is kept on the server, so tokens
 * are not used up and may be replayed.
 */
export interface SyncToken {
  readonly kind: 'sync';
  readonly calendarId: string;
  readonly version: number;
  readonly epoch: number;
  /** Of the parameters that must be the same in every request with the token. */
  readonly parameters: string;
  readonly mintedAtMs: number;
  /** The time window of the first listing, kept by its increments. */
  readonly fromMs?: number;
  readonly toMs?: number;
}

export interface PageToken {
  readonly kind: 'page';
  readonly calendarId: string;
  /** The version that page 1 saw and every page shows. */
  readonly version: number;
  readonly parameters: string;
  /** Where to go on: a place, a version or an index, as the listing's source counts. */
  readonly position: number;
  /** The moment of page 1, which bounds endless series. */
  readonly nowMs: number;
  /** The next page is an empty one, put in on purpose. */
  readonly blank: boolean;
}

export function encodeToken(token: SyncToken | PageToken): string {
  const text = JSON.stringify(token);
  return Buffer.from(checksum(text) + text).toString('base64url');
}

/** Undefined for a token that was altered, is of the other kind, or is of another calendar. */
export function decodeToken<Kind extends 'sync' | 'page'>(
  kind: Kind,
  calendarId: string,
  encoded: string,
): Extract<SyncToken | PageToken, { kind: Kind }> | undefined {
  const text = Buffer.from(encoded, 'base64url').toString();
  if (Buffer.from(text).toString('base64url') !== encoded) return undefined;
  if (checksum(text.slice(8)) !== text.slice(0, 8)) return undefined;
  const token = JSON.parse(text.slice(8)) as Json;
  if (!isObject(token) || token.kind !== kind || token.calendarId !== calendarId) return undefined;
  // The checksum says that this server wrote it.
  return token as unknown as Extract<SyncToken | PageToken, { kind: Kind }>;
}

/** A short name for a set of parameters, without those that may differ between pages. */
export function parameterHash(query: URLSearchParams, left: ReadonlySet<string>): string {
  const kept = [...query].filter(([name]) => !left.has(name)).map(([name, value]) => `${name}=${value}`);
  return checksum(kept.sort().join('\n'));
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
