/** The control door of the sandbox's emulator: what people do in Google's own pages, done at once. */
import { z } from 'zod';
import type { GoogleAccess } from '../app.ts';
import { CalsyncError } from '../core/error.ts';
import { withDeadline } from '../google/deadline.ts';
import { systemClock } from '../sandbox/system-clock.ts';

const doorLimitMs = 10_000;

/** Makes the account if it is missing and consents; the refresh token. Throws `usage` outside the sandbox. */
export async function sandboxConsent(access: GoogleAccess, email: string): Promise<string> {
  if (access.sandbox === null) {
    const message = `connecting through Google's consent page comes in a later version: use \`calsync accounts add ${email} --refresh-token-file FILE\``;
    throw new CalsyncError('usage', message, { reason: 'no_consent_page' });
  }
  const answer = await knock(access.sandbox, 'accounts', { email });
  return z.object({ refreshToken: z.string() }).parse(answer).refreshToken;
}

/** Makes a calendar of that id, owned by the account; the one that is there stays. */
export async function makeSandboxCalendar(
  sandbox: NonNullable<GoogleAccess['sandbox']>,
  owner: string,
  id: string,
  summary: string,
): Promise<void> {
  await knock(sandbox, 'calendars', { owner, id, summary });
}

async function knock(
  { origin, secret }: NonNullable<GoogleAccess['sandbox']>,
  door: string,
  body: unknown,
): Promise<unknown> {
  const request = {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-emulator-secret': secret },
    body: JSON.stringify(body),
  };
  const ask = (signal: AbortSignal) => fetch(`${origin}/control/${door}`, { ...request, signal });
  const response = await withDeadline(systemClock, doorLimitMs, ask).catch((cause: unknown) => {
    throw new CalsyncError('transient', "the sandbox's emulator does not answer: try again", {
      reason: 'no_answer',
      cause,
    });
  });
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  const said = z.object({ error: z.string() }).safeParse(answer);
  throw new CalsyncError('usage', `the sandbox refused: ${said.success ? said.data.error : response.status}`, {
    reason: 'sandbox_refused',
  });
}
