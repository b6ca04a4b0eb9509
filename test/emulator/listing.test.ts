import { describe, expect, test } from 'vitest';
import { accessToken, anEvent, email, type Harness, lessons, start } from './harness.ts';

const events = 'calendars/primary/events';

async function fill(harness: Harness, count: number): Promise<void> {
  for (const body of lessons(count)) await harness.call('POST', events, { body });
}

/** Every page of a listing: the ids, how many pages there were, and the last page's body. */
async function walk({ call }: Harness, parameters: string, between?: (page: number) => void | Promise<void>) {
  const ids: string[] = [];
  const sizes: number[] = [];
  let pageToken: string | undefined;
  for (;;) {
    const page = pageToken === undefined ? '' : `&pageToken=${pageToken}`;
    const { body } = await call('GET', `${events}?${parameters}${page}`);
    ids.push(...body.items.map(({ id }: { id: string }) => id));
    sizes.push(body.items.length);
    expect(Number(body.nextPageToken !== undefined) + Number(body.nextSyncToken !== undefined)).toBeLessThan(2);
    if (body.nextPageToken === undefined) return { ids, sizes, last: body };
    pageToken = body.nextPageToken;
    await between?.(sizes.length);
  }
}

describe('pages and sync tokens', () => {
  test('every event comes once, and only the last page carries a sync token', async () => {
    const harness = await start();
    await fill(harness, 7);
    const { ids, sizes, last } = await walk(harness, 'maxResults=3');
    expect(ids).toEqual(lessons(7).map(({ id }) => id));
    expect(sizes).toEqual([3, 3, 1]);
    expect(last.nextSyncToken).toEqual(expect.any(String));
  });

  test('what changes during a walk is not on its later pages and comes with the first increment', async () => {
    const harness = await start();
    await fill(harness, 4);
    const { people } = harness.emulator;
    const { ids, last } = await walk(harness, 'maxResults=2', () => {
      people.edit(email, 'lesson3', { summary: 'Changed during the walk' });
      people.remove(email, 'lesson2');
      people.add(email, anEvent({ id: 'added' }) as never);
    });
    expect(ids).toEqual(['lesson0', 'lesson1', 'lesson2', 'lesson3']);
    expect(last.items[1].summary).toBe('Lesson 3');
    const { body } = await harness.call('GET', `${events}?syncToken=${last.nextSyncToken}`);
    expect(body.items.map(({ id, status }: { id: string; status: string }) => [id, status])).toEqual([
      ['lesson3', 'confirmed'],
      ['lesson2', 'cancelled'],
      ['added', 'confirmed'],
    ]);
  });

  test('an increment pages too, and its token may be replayed', async () => {
    const harness = await start();
    await fill(harness, 2);
    const { last } = await walk(harness, 'maxResults=5');
    for (const index of [0, 1, 0]) {
      harness.emulator.people.edit(email, `lesson${index}`, { summary: `Edited ${index}-${harness.now()}` });
      harness.pass(1000);
    }
    const first = await walk(harness, `maxResults=1&syncToken=${last.nextSyncToken}`);
    const again = await walk(harness, `maxResults=1&syncToken=${last.nextSyncToken}`);
    expect(first.ids).toEqual(['lesson1', 'lesson0']);
    expect(again.ids).toEqual(first.ids);
    expect((await walk(harness, `syncToken=${first.last.nextSyncToken}`)).ids).toEqual([]);
  });

  test('maxResults above 2500 is cut, not refused; 0 is refused', async () => {
    const { call } = await start();
    expect((await call('GET', `${events}?maxResults=9999`)).status).toBe(200);
    expect((await call('GET', `${events}?maxResults=0`)).body.error.errors[0].reason).toBe('invalidParameter');
  });

  test.each(['between', 'everywhere'] as const)(
    'empty pages %s hide no event, in full listings and increments',
    async (emptyPages) => {
      const harness = await start();
      const { last } = await walk(harness, 'maxResults=2');
      await fill(harness, 5);
      harness.emulator.administration.setSwitches({ emptyPages });
      const full = await walk(harness, 'maxResults=2');
      const increment = await walk(harness, `maxResults=2&syncToken=${last.nextSyncToken}`);
      expect(full.ids).toEqual(lessons(5).map(({ id }) => id));
      expect(increment.ids).toEqual(full.ids);
      expect(full.sizes.filter((size) => size === 0).length).toBeGreaterThanOrEqual(2);
      expect(full.sizes[0]).toBe(emptyPages === 'everywhere' ? 0 : 2);
    },
  );

  test('a sync token with other parameters than its listing is refused, or accepted by switch', async () => {
    const harness = await start();
    const { last } = await walk(harness, 'showDeleted=true');
    const path = `${events}?syncToken=${last.nextSyncToken}`;
    expect((await harness.call('GET', path)).status).toBe(400);
    harness.emulator.administration.setSwitches({ otherParametersWithSyncToken: 'accept' });
    expect((await harness.call('GET', path)).status).toBe(200);
    expect((await harness.call('GET', `${path}&showDeleted=true`)).status).toBe(200);
  });

  test('a sync token with any one character changed is dead', async () => {
    const harness = await start();
    const { last } = await walk(harness, '');
    const token: string = last.nextSyncToken;
    const statuses = new Set<number>();
    for (let at = 0; at < token.length; at += 1) {
      const changed = token.slice(0, at) + (token[at] === 'M' ? 'N' : 'M') + token.slice(at + 1);
      statuses.add((await harness.call('GET', `${events}?syncToken=${changed}`)).status);
    }
    expect([...statuses]).toEqual([410]);
  });

  test('a sync token dies with its days', async () => {
    const harness = await start({ limits: { syncTokenDays: 1 } });
    const { last } = await walk(harness, '');
    harness.pass(2 * 86_400_000);
    const { emulator } = harness;
    const { refreshToken } = emulator.administration.createAccount({ email });
    const token = await accessToken(emulator, refreshToken);
    expect((await harness.call('GET', `${events}?syncToken=${last.nextSyncToken}`, { token })).status).toBe(410);
  });

  test('filters find by UID, text and property; none of them gives a sync token', async () => {
    const { call } = await start();
    const marks = { private: { owner: 'calsync', key: 'a' } };
    await call('POST', events, { body: anEvent({ id: 'marked', extendedProperties: marks }) });
    await call('POST', events, { body: anEvent({ id: 'plain', summary: 'Chess club' }) });
    const find = async (parameters: string) => {
      const { body } = await call('GET', `${events}?${parameters}`);
      expect(body.nextSyncToken).toBeUndefined();
      return body.items.map(({ id }: { id: string }) => id);
    };
    expect(await find('iCalUID=marked@google.com')).toEqual(['marked']);
    expect(await find('q=CHESS')).toEqual(['plain']);
    expect(await find('privateExtendedProperty=owner%3Dcalsync&privateExtendedProperty=key%3Da')).toEqual(['marked']);
    expect(await find('privateExtendedProperty=owner%3Dcalsync&privateExtendedProperty=key%3Db')).toEqual([]);
  });

  test('a window shows what ends after timeMin and begins before timeMax', async () => {
    const harness = await start();
    const at = (id: string, from: string, to: string) =>
      harness.call('POST', events, { body: { id, start: { dateTime: from }, end: { dateTime: to } } });
    await at('before', '2026-09-01T08:00:00Z', '2026-09-01T10:00:00Z');
    await at('across', '2026-09-01T09:00:00Z', '2026-09-01T10:00:01Z');
    await at('inside', '2026-09-01T11:00:00Z', '2026-09-01T11:00:00Z');
    await at('after', '2026-09-01T12:00:00Z', '2026-09-01T13:00:00Z');
    const { ids } = await walk(harness, 'timeMin=2026-09-01T10:00:00Z&timeMax=2026-09-01T12:00:00Z');
    expect(ids).toEqual(['across', 'inside']);
  });

  test('fields cuts the answer to what was asked for', async () => {
    const harness = await start();
    await fill(harness, 1);
    const { body } = await harness.call('GET', `${events}?fields=items(id,start/dateTime),nextSyncToken`);
    expect(Object.keys(body).sort()).toEqual(['items', 'nextSyncToken']);
    expect(body.items).toEqual([{ id: 'lesson0', start: { dateTime: '2026-09-07T10:00:00+02:00' } }]);
    expect((await harness.call('GET', `${events}?fields=items(id`)).status).toBe(400);
  });
});

/** The table of the API facts, §1.3. */
describe('showDeleted × singleEvents', () => {
  const series = anEvent({ id: 'series', recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3'] });
  const stamps = ['20260907T080000Z', '20260914T080000Z', '20260921T080000Z'].map((stamp) => `series_${stamp}`);

  test.each([
    { parameters: 'showDeleted=false&singleEvents=false', ids: ['series', 'single', stamps[1], stamps[2]] },
    { parameters: 'showDeleted=false&singleEvents=true', ids: ['single', stamps[0], stamps[2]] },
    {
      parameters: 'showDeleted=true&singleEvents=false',
      ids: ['series', 'single', 'removed', 'goneseries', stamps[1], stamps[2]],
    },
    {
      parameters: 'showDeleted=true&singleEvents=true',
      ids: ['single', 'removed', 'goneseries_20260907T080000Z', ...stamps],
    },
  ])('$parameters', async ({ parameters, ids }) => {
    const harness = await start();
    const { call, emulator } = harness;
    for (const body of [
      series,
      anEvent({ id: 'single' }),
      anEvent({ id: 'removed' }),
      anEvent({ id: 'goneseries', recurrence: ['RRULE:FREQ=WEEKLY;COUNT=1'] }),
    ]) {
      await call('POST', events, { body });
    }
    emulator.people.cancelOccurrence(email, 'series', '2026-09-14T08:00:00Z');
    emulator.people.changeOccurrence(email, 'series', '2026-09-21T08:00:00Z', { summary: 'Test' });
    emulator.people.remove(email, 'removed');
    emulator.people.remove(email, 'goneseries');
    const walked = await walk(harness, parameters);
    expect([...walked.ids].sort()).toEqual([...ids].sort());
  });

  test('an increment shows deletions in any case, with details only under showDeleted', async () => {
    const harness = await start();
    await fill(harness, 1);
    const plain = await walk(harness, '');
    const wanting = await walk(harness, 'showDeleted=true');
    harness.emulator.people.remove(email, 'lesson0');
    const bare = await harness.call('GET', `${events}?syncToken=${plain.last.nextSyncToken}`);
    expect(bare.body.items).toEqual([
      { kind: 'calendar#event', etag: expect.any(String), id: 'lesson0', status: 'cancelled' },
    ]);
    const full = await harness.call('GET', `${events}?showDeleted=true&syncToken=${wanting.last.nextSyncToken}`);
    expect(full.body.items[0]).toMatchObject({ id: 'lesson0', status: 'cancelled', summary: 'Lesson 0' });
  });

  test('expanded and ordered by start, pages go on where the last one ended', async () => {
    const harness = await start();
    await harness.call('POST', events, { body: anEvent({ id: 'later', recurrence: ['RRULE:FREQ=DAILY;COUNT=5'] }) });
    await harness.call('POST', events, {
      body: { id: 'earlier', start: { date: '2026-09-08' }, end: { date: '2026-09-09' } },
    });
    const { ids, sizes } = await walk(harness, 'singleEvents=true&orderBy=startTime&maxResults=4');
    expect(sizes).toEqual([4, 2]);
    expect(ids).toEqual([
      'later_20260907T080000Z',
      'earlier',
      'later_20260908T080000Z',
      'later_20260909T080000Z',
      'later_20260910T080000Z',
      'later_20260911T080000Z',
    ]);
  });
});

test('an increment of ten changes reads no more on 10,000 events than on 100', async () => {
  const cost = async (count: number): Promise<number> => {
    const harness = await start({ limits: { unitsPerMinutePerUser: Infinity, unitsPerMinutePerProject: Infinity } });
    for (const body of lessons(count)) harness.emulator.people.add(email, body as never);
    const { last } = await walk(harness, 'maxResults=2500');
    for (const { id } of lessons(10)) harness.emulator.people.edit(email, String(id), { summary: 'Edited' });
    const path = `${events}?syncToken=${last.nextSyncToken}`;
    for (let warm = 0; warm < 20; warm += 1) await harness.call('GET', path);
    const times: number[] = [];
    for (let round = 0; round < 30; round += 1) {
      const began = performance.now();
      const { body } = await harness.call('GET', path);
      times.push(performance.now() - began);
      expect(body.items).toHaveLength(10);
    }
    return times.sort((left, right) => left - right)[5] ?? 0;
  };
  // Reading all 10,000 would cost a hundred times as much; five leaves room for a busy machine.
  expect(await cost(10_000)).toBeLessThan(5 * (await cost(100)));
});
