import { createHash } from 'node:crypto';
import type { GoogleEvent } from './google-event.ts';

const base32hex = '0123456789abcdefghijklmnopqrstuv';

/** Names of the private extended properties that make the mark (at most 44 characters, API facts §2.3). */
const markProperties = {
  installation: 'calsync.installation',
  key: 'calsync.key',
  revision: 'calsync.revision',
} as const;

/** Says in Google whose event this is. Copied along when a person copies the event. */
export interface Mark {
  readonly installation: string;
  readonly key: string;
  readonly revision: number;
}

/**
 * The id under which a key's event is created: 32 characters of base32hex (API facts §2.1), the same whoever computes it.
 * The calendar is no part of it, so it survives a move; the incarnation is, since Google never releases the id of a deleted event.
 */
export function eventIdFor(installation: string, key: string, incarnation: number): string {
  const digest = createHash('sha256')
    .update(JSON.stringify(['calsync', installation, key, incarnation]))
    .digest();
  let id = '';
  for (let bit = 0; bit < 160; bit += 5) id += base32hex[fiveBits(digest, bit)];
  return id;
}

function fiveBits(bytes: Uint8Array, bit: number): number {
  const index = bit >> 3;
  const pair = ((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0);
  return (pair >> (11 - (bit & 7))) & 31;
}

/** The mark as properties of an event. */
export function markAsProperties(mark: Mark): Record<string, string> {
  return {
    [markProperties.installation]: mark.installation,
    [markProperties.key]: mark.key,
    [markProperties.revision]: String(mark.revision),
  };
}

/** The mark on an event, or null when there is none or it is broken: half a mark names nobody. */
export function markOf(event: GoogleEvent): Mark | null {
  const properties = event.extendedProperties?.private;
  const installation = properties?.[markProperties.installation];
  const key = properties?.[markProperties.key];
  if (properties === undefined || installation === undefined || key === undefined) return null;
  const revision = Number(properties[markProperties.revision] ?? '0');
  return { installation, key, revision: Number.isSafeInteger(revision) && revision >= 0 ? revision : 0 };
}
