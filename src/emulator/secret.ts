import { createHash, timingSafeEqual } from 'node:crypto';

/** True when no secret is set, or the given text is it; compared in constant time. */
export function knowsSecret(given: string | undefined, secret: string | undefined): boolean {
  if (secret === undefined) return true;
  const [left, right] = [digest(given ?? ''), digest(secret)];
  return timingSafeEqual(left, right);
}

const cookieName = 'emulator_page';

/** What the browser keeps instead of the secret: it opens the page and nothing else. */
export function pageCookie(secret: string): string {
  return `${cookieName}=${cookieValue(secret)}; HttpOnly; SameSite=Strict; Path=/`;
}

export function knowsCookie(header: string | undefined, secret: string): boolean {
  const found = new RegExp(`(?:^|; )${cookieName}=([0-9a-f]+)`).exec(header ?? '')?.[1];
  return knowsSecret(found, cookieValue(secret));
}

function cookieValue(secret: string): string {
  return digest(`page ${secret}`).toString('hex');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
