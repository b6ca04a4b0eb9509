import { join } from 'node:path';
import { openHome } from './home.ts';
import { keptSecret } from './kept-secret.ts';

/** The key that encrypts refresh tokens in an embedded database: 32 bytes, base64, made once and kept in `home`. */
export function secretKey(home: string): string {
  return keptSecret(join(openHome(home).directory, 'secret-key'), 'base64');
}
