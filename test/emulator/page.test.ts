import { describe, expect, test } from 'vitest';
import { anEvent, email, type Harness, start } from './harness.ts';

const load = async ({ emulator }: Harness, query = '', headers: Record<string, string> = {}) => {
  const response = await emulator.fetch(`http://emulator.test/${query}`, { headers, redirect: 'manual' });
  return { status: response.status, headers: response.headers, text: await response.text() };
};

const hostile = '<img src=x onerror=alert(1)>"\'&';

async function filled(): Promise<Harness> {
  const harness = await start({ switches: { undelete: 'forbidden' }, deliver: async () => 200 });
  const { call, emulator } = harness;
  const body = anEvent({ id: 'lesson1', summary: hostile, attendees: [{ email: 'bob@else.org' }] });
  await call('POST', 'calendars/primary/events?sendUpdates=all', { body });
  await call('POST', 'calendars/primary/events', {
    body: anEvent({ id: 'series', recurrence: ['RRULE:FREQ=DAILY;COUNT=2'] }),
  });
  await call('POST', 'calendars/primary/events', { body: anEvent({ id: 'removed', summary: 'Removed' }) });
  await call('PATCH', 'calendars/primary/events/lesson1', { body: { location: hostile } });
  emulator.people.remove(email, 'removed');
  const channel = { id: 'channel-1', type: 'web_hook', address: 'https://app.example.com/push' };
  await call('POST', 'calendars/primary/events/watch', { body: channel });
  emulator.faults.add({ match: { path: hostile }, action: { kind: 'html' } });
  await emulator.push.settled();
  return harness;
}

describe('the page at /', () => {
  test.each([
    ['', ['ann@example.com', 'Europe/Berlin', '1 live consents']],
    [
      `?view=events&calendar=${email}`,
      ['lesson1', 'series', 'RRULE:FREQ=DAILY;COUNT=2', 'bob@else.org', '2026-09-07 10:00+02:00'],
    ],
    [`?view=events&calendar=${email}&show=gone`, ['removed']],
    [`?view=event&calendar=${email}&event=lesson1`, ['calendar.events.patch', 'location']],
    ['?view=log', ['calendar.events.insert', 'people.remove', 'client', 'person']],
    ['?view=log&only=people', ['people.remove']],
    ['?view=outbox', ['bob@else.org', 'invited']],
    ['?view=push', ['channel-1', 'sync', 'delivered']],
    ['?view=settings', ['undelete', 'default', 'unitsPerMinutePerUser', 'fault-1']],
  ])('%s shows what is there, and nothing of it as markup', async (query, shown) => {
    const { status, text } = await load(await filled(), query);
    expect(status).toBe(200);
    for (const part of shown) expect(text).toContain(part);
    expect(text).not.toContain('<img');
    expect(text).not.toContain('onerror=alert(1)>"');
    expect(text).not.toContain('undefined');
  });

  test('live events and tombstones are apart, and a search finds by guest', async () => {
    const harness = await filled();
    const rows = async (query: string) => {
      const { text } = await load(harness, `?view=events&calendar=${email}&${query}`);
      return [...text.matchAll(/event=(\w+)"/g)].map((match) => match[1]);
    };
    expect(await rows('show=live')).toEqual(['lesson1', 'series']);
    expect(await rows('show=gone')).toEqual(['removed']);
    expect(await rows('show=all&q=BOB@')).toEqual(['lesson1']);
  });

  test('it lets nothing run or load, and looking changes nothing', async () => {
    const harness = await filled();
    const entries = harness.emulator.log().length;
    const { headers } = await load(harness);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(harness.emulator.log().length).toBe(entries);
  });

  test('an unknown calendar or event is said so', async () => {
    const harness = await start();
    expect((await load(harness, '?view=events&calendar=nobody')).text).toContain('No such calendar');
    expect((await load(harness, `?view=event&calendar=${email}&event=never`)).text).toContain('No such event');
    expect((await load(harness, '?view=nonsense')).status).toBe(200);
  });
});

describe('with a secret', () => {
  test('it is shut; the secret opens it once and leaves a cookie that is not the secret', async () => {
    const harness = await start({ secret: 's3cret' });
    const shut = await load(harness);
    expect([shut.status, shut.text.includes(email)]).toEqual([403, false]);
    expect((await load(harness, '?secret=wrong')).status).toBe(403);
    const opened = await load(harness, '?secret=s3cret');
    const cookie = opened.headers.get('set-cookie') ?? '';
    expect([opened.status, opened.headers.get('location')]).toEqual([303, '/']);
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
    expect(cookie).not.toContain('s3cret');
    const kept = { cookie: cookie.split(';')[0] ?? '' };
    expect((await load(harness, '', kept)).text).toContain(email);
    expect((await load(harness, '', { cookie: 'emulator_page=00' })).status).toBe(403);
  });

  test('the cookie does not open the control door', async () => {
    const harness = await start({ secret: 's3cret' });
    const cookie = ((await load(harness, '?secret=s3cret')).headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const secret = cookie.split('=')[1] ?? '';
    expect((await load(harness, 'control/accounts', { cookie, 'x-emulator-secret': secret })).status).toBe(403);
    expect((await load(harness, 'control/accounts', { 'x-emulator-secret': 's3cret' })).status).toBe(200);
  });
});
