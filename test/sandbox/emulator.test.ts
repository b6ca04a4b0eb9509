import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { attachedClient, type ClientProcess } from './clients.ts';
import { TestHome } from './homes.ts';

const idleMs = 700;
const goneMs = 12_000;

let home: TestHome;
afterEach(() => home.remove());

function emulatorOf(client: ClientProcess): { readonly origin: string; readonly secret: string } {
  if (client.answer.kind === 'attached' && client.answer.emulator !== null) return client.answer.emulator;
  throw new Error('there is no emulator');
}

async function isServed(origin: string): Promise<boolean> {
  const response = await fetch(`${origin}/calendar/v3/users/me/calendarList`).catch(() => null);
  return response?.status === 401; // no token was sent
}

test.skipIf(process.platform !== 'linux')(
  'the sandbox has an emulator that is found again at the same place after the keeper was killed',
  async () => {
    home = new TestHome();
    const plain = await attachedClient(home.path, { idleMs });
    expect(plain.answer.emulator, 'nobody asked for it').toBeNull();
    const client = await attachedClient(home.path, { idleMs, emulator: true });
    const { origin, secret } = emulatorOf(client);
    expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await isServed(origin)).toBe(true);

    const killed = home.kill('keeper');
    expect(await home.until(() => home.processes('keeper').some((pid) => pid !== killed))).toBe(true);
    const next = await attachedClient(home.path, { idleMs, emulator: true });
    expect(emulatorOf(next)).toEqual({ origin, secret });
    expect(await isServed(origin)).toBe(true);

    const file = join(home.path, 'sandbox', 'secret');
    expect(readFileSync(file, 'utf8').trim()).toBe(secret);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await Promise.all([plain.end(), client.end(), next.end()]);
    expect(await home.remaining(goneMs)).toEqual([]);
    expect(await isServed(origin)).toBe(false);
  },
);
