import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createEmulator } from '../../src/emulator/index.ts';
import { accessToken, anEvent, email, lessons, startMs } from './harness.ts';

const source = fileURLToPath(new URL('../../src/emulator/index.ts', import.meta.url));
let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'calsync-emulator-'));
  file = join(directory, 'state', 'emulator.jsonl');
});

afterEach(() => rmSync(directory, { recursive: true }));

const open = () => createEmulator({ now: () => startMs, state: { file } });

async function list(emulator: ReturnType<typeof open>, token: string, query = '') {
  const url = `http://emulator.test/calendar/v3/calendars/primary/events?${query}`;
  const response = await emulator.fetch(url, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, body: (await response.json()) as { items: unknown[]; nextSyncToken: string } };
}

describe('state on disk', () => {
  test('accounts, tokens, events, sync tokens and switches are there after a restart', async () => {
    const first = open();
    const { refreshToken } = first.administration.createAccount({ email });
    const token = await accessToken(first, refreshToken);
    for (const body of lessons(3)) first.people.add(email, body as never);
    const before = await list(first, token, 'showDeleted=true');
    first.people.remove(email, 'lesson1');
    first.administration.setSwitches({ undelete: 'forbidden' });
    first.administration.setLimits({ unitsPerMinutePerUser: Number.POSITIVE_INFINITY });
    const raw = first.administration.events(email);
    first.close();

    const second = open();
    expect(second.administration.events(email)).toEqual(raw);
    expect(second.administration.switches().undelete).toBe('forbidden');
    expect(second.administration.limits().unitsPerMinutePerUser).toBe(Number.POSITIVE_INFINITY);
    const increment = await list(second, token, `showDeleted=true&syncToken=${before.body.nextSyncToken}`);
    expect(increment.body.items).toMatchObject([{ id: 'lesson1', status: 'cancelled' }]);
    expect(second.administration.createAccount({ email }).refreshToken).not.toBe(refreshToken);
    second.close();
  });

  test('what the API answered is on disk before the answer, without a close', async () => {
    const first = open();
    const token = await accessToken(first, first.administration.createAccount({ email }).refreshToken);
    await first.fetch('http://emulator.test/calendar/v3/calendars/primary/events', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(anEvent({ id: 'lesson1' })),
    });
    const second = open();
    expect(second.administration.events(email).map(({ id }) => id)).toEqual(['lesson1']);
    first.close();
    second.close();
  });

  test('a torn last line is dropped and the rest stays', () => {
    const first = open();
    first.administration.createAccount({ email });
    first.people.add(email, anEvent({ id: 'intact' }) as never);
    first.close();
    appendFileSync(file, '[{"kind":"event","calendarId":"ann@example.com","row":{"id":"to');
    const second = open();
    second.people.add(email, anEvent({ id: 'later' }) as never);
    second.close();
    const third = open();
    expect(third.administration.events(email).map(({ id }) => id)).toEqual(['intact', 'later']);
    third.close();
  });

  test('a file that is no journal is refused by name and left as it is', () => {
    open().close();
    writeFileSync(file, 'not json\n');
    expect(open).toThrow(/emulator\.jsonl is not a journal/);
    expect(readFileSync(file, 'utf8')).toBe('not json\n');
  });

  test('a journal of many changes is compacted and means the same', () => {
    const first = open();
    first.administration.createAccount({ email });
    first.people.add(email, anEvent({ id: 'lesson1' }) as never);
    for (let round = 0; round < 15_000; round += 1) first.people.edit(email, 'lesson1', { summary: `Round ${round}` });
    const raw = first.administration.events(email);
    first.close();
    const lines = readFileSync(file, 'utf8').split('\n').length;
    expect(lines).toBeLessThan(15_000);
    const second = open();
    expect(second.administration.events(email)).toEqual(raw);
    second.close();
  });

  test('killed in the middle of writing, it keeps everything it answered', async () => {
    const script = `
      const { createEmulator } = await import(${JSON.stringify(source)});
      const emulator = createEmulator({ state: { file: ${JSON.stringify(file)} } });
      emulator.administration.createAccount({ email: '${email}' });
      for (let index = 0; ; index += 1) {
        emulator.people.add('${email}', { ...${JSON.stringify(anEvent())}, id: 'lesson' + index });
        process.stdout.write('lesson' + index + '\\n');
        await new Promise((resolve) => setImmediate(resolve));
      }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let answered = '';
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        answered += chunk.toString();
        if (answered.length > 2000) child.kill('SIGKILL');
      });
      child.on('close', () => resolve());
    });
    const complete = answered.slice(0, answered.lastIndexOf('\n')).split('\n');
    const survivor = open();
    const kept = survivor.administration.events(email).map(({ id }) => id);
    expect(complete.length).toBeGreaterThan(100);
    expect(complete.filter((id) => !kept.includes(id))).toEqual([]);
    survivor.close();
  });
});
