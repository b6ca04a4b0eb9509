import { describe, expect, test } from 'vitest';
import { accessToken, anEvent, email, start } from './harness.ts';
import { address, edit, numbers, states, type Watching, watching } from './watching.ts';

const events = 'calendars/primary/events';
const dayMs = 86_400_000;

describe('watching', () => {
  test('the answer names the channel, the resource and the end, seven days ahead', async () => {
    const { channel, now } = await watching();
    expect(channel.body).toEqual({
      kind: 'api#channel',
      id: 'channel-1',
      resourceId: expect.stringMatching(/^[\w-]+$/),
      resourceUri: `https://www.googleapis.com/calendar/v3/calendars/${email}/events?alt=json`,
      token: 'secret',
      expiration: String(now() + 7 * dayMs),
    });
  });

  test.each([
    ['an expiration that is nearer counts', { expiration: Date.UTC(2026, 8, 2) }, Date.UTC(2026, 8, 2)],
    ['a ttl counts in seconds', { params: { ttl: '3600' } }, Date.UTC(2026, 8, 1, 10)],
    [
      'of both the stricter counts',
      { expiration: String(Date.UTC(2026, 8, 3)), params: { ttl: '3600' } },
      Date.UTC(2026, 8, 1, 10),
    ],
    ['more than the limit is cut to it', { expiration: Date.UTC(2027, 0, 1) }, Date.UTC(2026, 9, 1, 9)],
  ])('%s', async (_, fields, expiresAtMs) => {
    expect((await watching({}, [], fields)).channel.body.expiration).toBe(String(expiresAtMs));
  });

  test('the end is a number by switch', async () => {
    const { call, emulator } = await watching();
    emulator.administration.setSwitches({ channelExpiration: 'number' });
    const body = { id: 'channel-2', type: 'webhook', address };
    const { body: answer } = await call('POST', `${events}/watch?fields=expiration`, { body });
    expect(answer.expiration).toEqual(expect.any(Number));
  });

  test('two channels on one collection have one resource id, another account has another', async () => {
    const { call, emulator, channel } = await watching();
    const second = await call('POST', `${events}/watch`, { body: { id: 'channel-2', type: 'web_hook', address } });
    expect(second.body.resourceId).toBe(channel.body.resourceId);
    const bob = emulator.administration.createAccount({ email: 'bob@example.com' });
    emulator.administration.share(email, 'bob@example.com', 'reader');
    const token = await accessToken(emulator, bob.refreshToken);
    const body = { id: 'channel-3', type: 'web_hook', address };
    const third = await call('POST', `calendars/${email}/events/watch`, { body, token });
    expect([third.status, third.body.resourceId === channel.body.resourceId]).toEqual([200, false]);
  });

  test.each([
    ['without an id', { id: undefined }],
    ['with an id of 65 characters', { id: 'x'.repeat(65) }],
    ['with a token of 257 characters', { token: 'x'.repeat(257) }],
    ['of an unknown type', { type: 'email' }],
    ['without an address', { address: undefined }],
    ['with an end that has passed', { expiration: 1_426_325_213_000 }],
  ])('%s is refused with 400', async (_, fields) => {
    expect((await watching({}, [], fields)).channel.status).toBe(400);
  });

  test('plain http is allowed for loopback, or for all, by switch', async () => {
    const local = { address: 'http://127.0.0.1:9/push' };
    const far = { address: 'http://app.example.com/push' };
    const status = async (webhookAddress: 'https_or_loopback' | 'any', fields: object) =>
      (await watching({ switches: { webhookAddress } }, [], { ...fields })).channel.status;
    expect(await status('https_or_loopback', local)).toBe(200);
    expect(await status('https_or_loopback', far)).toBe(400);
    expect(await status('any', far)).toBe(200);
  });

  test('a calendar that the caller cannot see is not found', async () => {
    const { call } = await watching();
    const body = { id: 'channel-2', type: 'web_hook', address };
    expect((await call('POST', 'calendars/nobody%40example.com/events/watch', { body })).status).toBe(404);
  });
});

describe('messages', () => {
  test('sync comes first with number 1, then one for each create, change and delete, all with state exists', async () => {
    const harness = await watching();
    const { call, emulator, got } = harness;
    await call('POST', events, { body: anEvent({ id: 'lesson1' }) });
    await edit(harness, 'Geometry');
    await call('DELETE', `${events}/lesson1`);
    await emulator.push.settled();
    expect(states(got)).toEqual(['sync', 'exists', 'exists', 'exists']);
    expect(numbers(got)[0]).toBe(1);
    expect(numbers(got)).toEqual([...numbers(got)].sort((left, right) => left - right));
    expect(new Set(numbers(got)).size).toBe(4);
    expect(numbers(got)[3]).toBeGreaterThan(4);
    expect(got.every((line) => line.endsWith(' secret'))).toBe(true);
  });

  test('reads, refused writes and writes of nothing are not told', async () => {
    const harness = await watching();
    const { call, emulator, got } = harness;
    await call('POST', events, { body: anEvent({ id: 'lesson1' }) });
    await emulator.push.settled();
    const before = got.length;
    await call('GET', events);
    await call('PATCH', `${events}/lesson1`, { body: { summary: 'Algebra' } });
    await call('PATCH', `${events}/lesson1`, { body: { summary: 5 } });
    await emulator.push.settled();
    expect(got.length).toBe(before);
  });

  test('a guest’s calendar is told of its copy', async () => {
    const { emulator, call } = await watching();
    const bob = emulator.administration.createAccount({ email: 'bob@example.com' });
    const token = await accessToken(emulator, bob.refreshToken);
    await call('POST', `${events}/watch`, { body: { id: 'bobs', type: 'web_hook', address }, token });
    await call('POST', events, { body: anEvent({ attendees: [{ email: 'bob@example.com' }] }) });
    await emulator.push.settled();
    const told = emulator.push.messages().filter(({ channelId }) => channelId === 'bobs');
    expect(told.map(({ resourceState }) => resourceState)).toEqual(['sync', 'exists']);
  });

  test.each([500, 502, 503, 504])('%i is tried again with doubling waits until it works', async (status) => {
    const { emulator, slept } = await watching({}, [status, status]);
    expect(slept).toEqual([1000, 2000]);
    expect(emulator.push.messages()).toMatchObject([{ outcome: 'delivered', attempts: 3, status: 200 }]);
  });

  test('what fails five times is dropped; any other code is final', async () => {
    const down = await watching({}, Array(5).fill(503));
    expect(down.emulator.push.messages()).toMatchObject([{ outcome: 'dropped', attempts: 5 }]);
    expect(down.got).toHaveLength(5);
    const refusing = await watching({}, [404]);
    expect(refusing.emulator.push.messages()).toMatchObject([{ outcome: 'refused', attempts: 1, status: 404 }]);
  });

  test('nothing comes after the channel expires, and none after access is taken', async () => {
    const late = await watching();
    await late.call('POST', events, { body: anEvent({ id: 'lesson1' }) });
    await late.emulator.push.settled();
    late.pass(7 * dayMs);
    await edit(late, 'Geometry');
    expect(states(late.got)).toEqual(['sync', 'exists']);
    expect(late.emulator.push.channels()).toMatchObject([{ id: 'channel-1', live: false }]);
    const { emulator, call } = await watching();
    const bob = emulator.administration.createAccount({ email: 'bob@example.com' });
    emulator.administration.share('bob@example.com', email, 'reader');
    await call('POST', 'calendars/bob%40example.com/events/watch', { body: { id: 'bobs', type: 'web_hook', address } });
    emulator.administration.share(bob.email, email, 'none');
    emulator.people.add(bob.email, anEvent() as never);
    await emulator.push.settled();
    const told = emulator.push.messages().filter(({ channelId }) => channelId === 'bobs');
    expect(told).toHaveLength(1);
  });

  test('a burst while eight messages are under way ends in one more message, not in hundreds', async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let received = 0;
    const harness = await start({
      deliver: async () => {
        received += 1;
        await gate;
        return 200;
      },
    });
    const body = { id: 'channel-1', type: 'web_hook', address };
    await harness.call('POST', `${events}/watch`, { body });
    harness.emulator.people.add(email, anEvent({ id: 'lesson1' }) as never);
    for (let round = 0; round < 100; round += 1)
      harness.emulator.people.edit(email, 'lesson1', { summary: `${round}` });
    await new Promise((resolve) => setImmediate(resolve));
    expect(received).toBe(8);
    open();
    await harness.emulator.push.settled();
    expect(received).toBe(9);
  });

  test('a closed emulator sends nothing more and tries nothing again', async () => {
    let received = 0;
    const harness = await start({
      deliver: async () => {
        received += 1;
        return 503;
      },
      sleep: async () => harness.emulator.close(),
    });
    await harness.call('POST', `${events}/watch`, { body: { id: 'channel-1', type: 'web_hook', address } });
    await harness.emulator.push.settled();
    expect(received).toBe(2);
    harness.emulator.people.add(email, anEvent() as never);
    await harness.emulator.push.settled();
    expect(received).toBe(2);
  });

  test('channels and their numbers go on after a restart', async () => {
    const { mkdtempSync, rmSync } = await import('node:fs');
    const { tmpdir } = await import('node:os');
    const directory = mkdtempSync(`${tmpdir()}/calsync-push-`);
    const state = { file: `${directory}/emulator.jsonl` };
    const first = await watching({ state });
    await first.call('POST', events, { body: anEvent({ id: 'lesson1' }) });
    await first.emulator.push.settled();
    first.emulator.close();
    const got: string[] = [];
    const second = await start({
      state,
      deliver: async ({ headers }) => {
        got.push(`${headers['x-goog-resource-state']} ${headers['x-goog-message-number']}`);
        return 200;
      },
    });
    await edit(second, 'Geometry');
    expect(numbers(got)[0]).toBeGreaterThan(numbers(first.got)[1] ?? Number.NaN);
    second.emulator.close();
    rmSync(directory, { recursive: true });
  });
});

describe('stopping', () => {
  const stop = ({ call, channel }: Watching, fields: Record<string, unknown> = {}) =>
    call('POST', 'channels/stop', { body: { id: 'channel-1', resourceId: channel.body.resourceId, ...fields } });

  test('is answered 204 and ends the messages, unless the switch lets them go on', async () => {
    for (const [pushAfterStop, count] of [
      ['none', 1],
      ['continues', 2],
    ] as const) {
      const harness = await watching({ switches: { pushAfterStop } });
      const stopped = await stop(harness);
      expect([stopped.status, stopped.text]).toEqual([204, '']);
      harness.emulator.people.add(email, anEvent() as never);
      await harness.emulator.push.settled();
      expect(harness.got).toHaveLength(count);
    }
  });

  test('twice is not found, or succeeds by switch', async () => {
    for (const [repeatedStop, status] of [
      ['not_found', 404],
      ['succeeds', 204],
    ] as const) {
      const harness = await watching({ switches: { repeatedStop } });
      await stop(harness);
      expect((await stop(harness)).status).toBe(status);
    }
  });

  test('another resource id, and another user, do not find the channel', async () => {
    const harness = await watching();
    expect((await stop(harness, { resourceId: 'other' })).status).toBe(404);
    const { emulator, call, channel } = harness;
    const bob = emulator.administration.createAccount({ email: 'bob@example.com' });
    const token = await accessToken(emulator, bob.refreshToken);
    const body = { id: 'channel-1', resourceId: channel.body.resourceId };
    expect((await call('POST', 'channels/stop', { body, token })).status).toBe(404);
    expect((await stop(harness)).status).toBe(204);
  });

  test('an id that was used, stopped or not, cannot be used again', async () => {
    const harness = await watching();
    await stop(harness);
    const again = await harness.call('POST', `${events}/watch`, {
      body: { id: 'channel-1', type: 'web_hook', address },
    });
    expect([again.status, again.body.error.errors[0].reason]).toEqual([400, 'channelIdNotUnique']);
  });
});

describe('watching other collections', () => {
  test('a calendar list is told of a calendar that is made, and rules are told of access', async () => {
    const { call, emulator } = await start({ deliver: async () => 200 });
    const watch = (at: string, id: string) => call('POST', `${at}/watch`, { body: { id, type: 'web_hook', address } });
    expect((await watch('users/me/calendarList', 'list')).status).toBe(200);
    expect((await watch('calendars/primary/acl', 'rules')).status).toBe(200);
    await call('POST', 'calendars', { body: { summary: 'Room' } });
    await emulator.push.settled();
    emulator.administration.share(email, 'bob@example.com', 'reader', false);
    await emulator.push.settled();
    const told = (id: string) => emulator.push.messages().filter(({ channelId }) => channelId === id).length;
    expect(told('rules')).toBe(2);
    expect(told('list')).toBeGreaterThanOrEqual(2);
  });
});
