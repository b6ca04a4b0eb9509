import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const keyBytes = 32;

/**
 * Reads `file`, or makes it (mode 0600) with 32 random bytes. Two processes that do so at once get the same. The bytes
 * come from the system and not from the Random port: a secret that a seed can repeat is none.
 */
export function keptSecret(file: string, encoding: 'base64' | 'hex'): string {
  if (!existsSync(file)) makeOnce(file, randomBytes(keyBytes).toString(encoding));
  return readFileSync(file, 'utf8').trim();
}

/** A link is made with all its content or not at all, and never over another. */
function makeOnce(file: string, content: string): void {
  const aside = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(aside, `${content}\n`, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(aside, file);
  } catch (thrown) {
    if (!existsSync(file)) throw thrown;
  } finally {
    rmSync(aside, { force: true });
  }
}
