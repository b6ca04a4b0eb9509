import { CalsyncError } from '../core/error.ts';
import { nameOf, readText } from './input.ts';
import type { World } from './world.ts';

const mostTokenCharacters = 2_048;

/** The token in a file of its own. Throws `usage`, quoting nothing of the file. */
export async function readRefreshToken(path: string, world: World): Promise<string> {
  const token = (await readText(path, world)).trim();
  if (/^[\x21-\x7e]+$/.test(token) && token.length <= mostTokenCharacters) return token;
  const message = `${nameOf(path)} is not a refresh token: it has to hold the token by itself, on one line`;
  throw new CalsyncError('usage', message, { reason: 'no_refresh_token' });
}
