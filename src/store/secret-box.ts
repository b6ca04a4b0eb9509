import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { CalsyncError } from '../core/error.ts';
import type { Random } from '../core/ports.ts';

/*
 * Refresh tokens at rest: AES-256-GCM under a key of the operator's. Text format, version 1:
 * `v1.<key id>.<nonce>.<ciphertext and tag>`, the last two in base64url. The key id tells which of several keys fits,
 * so that a rotation can be seen to be finished. The context (whose secret it is) is authenticated with it: a box
 * that is copied to another row does not open there.
 */

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 'v1';

/** One key and the name under which boxes refer to it: the start of a hash, which gives nothing of it away. */
export interface SecretKey {
  readonly id: string;
  readonly bytes: Buffer;
}

/** The first key encrypts, all decrypt. */
export type SecretKeys = readonly [SecretKey, ...SecretKey[]];

/** Reads `CALSYNC_SECRET_KEY`: 32 bytes in base64 each, separated by commas. Throws `usage`, quoting no key. */
export function parseSecretKeys(text: string): SecretKeys {
  const [first, ...others] = text.split(',').map((each, index) => parseSecretKey(each.trim(), index + 1));
  if (first === undefined) throw new CalsyncError('usage', 'the secret key is empty');
  return [first, ...others];
}

function parseSecretKey(text: string, position: number): SecretKey {
  const bytes = Buffer.from(text, 'base64');
  const isBase64 = /^[A-Za-z0-9+/_-]+={0,2}$/.test(text);
  if (!isBase64 || bytes.length !== KEY_BYTES) {
    const message = `secret key ${position} is not ${KEY_BYTES} bytes in base64 (make one: openssl rand -base64 32)`;
    throw new CalsyncError('usage', message, { reason: 'secret_key_malformed' });
  }
  const id = createHash('sha256').update('calsync secret key id\0').update(bytes).digest('hex').slice(0, 8);
  return { id, bytes };
}

/** Encrypts with the first key. `context` names whose secret it is and has to be the same when it is opened. */
export function sealSecret(secret: string, context: string, keys: SecretKeys, random: Random): string {
  const [key] = keys;
  const nonce = Buffer.from(random.hex(NONCE_BYTES), 'hex');
  if (nonce.length !== NONCE_BYTES) throw new CalsyncError('invariant', 'the random port gave too few bytes');
  const cipher = createCipheriv(CIPHER, key.bytes, nonce).setAAD(Buffer.from(context));
  const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return [VERSION, key.id, nonce.toString('base64url'), sealed.toString('base64url')].join('.');
}

/** Throws `usage` when none of the keys is the one it was sealed with, or when box or context were changed. */
export function openSecret(box: string, context: string, keys: SecretKeys): string {
  const { keyId, nonce, sealed } = parseBox(box);
  const key = keys.find((each) => each.id === keyId);
  if (key === undefined) {
    const message = `a stored secret was encrypted with key ${keyId}, which CALSYNC_SECRET_KEY does not hold`;
    throw new CalsyncError('usage', `${message}: put it back at the end of the list, or connect the account again`, {
      reason: 'secret_key_missing',
    });
  }
  const decipher = createDecipheriv(CIPHER, key.bytes, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(context)).setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    throw damaged('does not belong here or was changed');
  }
}

/** Whether it was sealed with another key than the first: what a rotation has still to seal again. */
export function isSealedWithOlderKey(box: string, keys: SecretKeys): boolean {
  return parseBox(box).keyId !== keys[0].id;
}

function parseBox(box: string): { readonly keyId: string; readonly nonce: Buffer; readonly sealed: Buffer } {
  const [version, keyId, nonceText, sealedText, ...rest] = box.split('.');
  const nonce = Buffer.from(nonceText ?? '', 'base64url');
  const sealed = Buffer.from(sealedText ?? '', 'base64url');
  const whole = nonce.length === NONCE_BYTES && sealed.length >= TAG_BYTES && rest.length === 0;
  if (version !== VERSION || !keyId || !whole) throw damaged('is not in a format that this version reads');
  return { keyId, nonce, sealed };
}

function damaged(what: string): CalsyncError {
  const message = `a stored secret ${what}: connect the account again`;
  return new CalsyncError('usage', message, { reason: 'secret_damaged' });
}
