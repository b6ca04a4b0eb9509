import { describe, expect, test } from 'vitest';
import type { EmulatorOptions } from '../../src/emulator/index.ts';
import { accessToken, anEvent, type CallOptions, email, type Harness, type RawAnswer, start } from './harness.ts';

const events = 'calendars/primary/events';
const path = `${events}/lesson1`;
const bob = 'bob@example.com';
const carol = 'carol@else.org';

interface Invited extends Harness {
  asBob(method: string, path: string, options?: CallOptions): Promise<RawAnswer>;
  asCarol(method: string, path: string, options?: CallOptions): Promise<RawAnswer>;
}

/** Ann's event with Bob, who is of her domain, and Carol, who is not; both have calendars here. */
async function invited(
  fields: Record<string, unknown> = {},
  options: EmulatorOptions = {},
  query = '',
): Promise<Invited> {
  const harness = await start(options);
  const { emulator, call } = harness;
  const tokens = new Map<string, string>();
  for (const guest of [bob, carol]) {
    const { refreshToken } = emulator.administration.createAccount({ email: guest });
    tokens.set(guest, await accessToken(emulator, refreshToken));
  }
  const body = anEvent({ id: 'lesson1', attendees: [{ email: bob }, { email: carol }], ...fields });
  expect((await call('POST', `${events}${query}`, { body })).status).toBe(200);
  const as =
    (guest: string) =>
    (method: string, at: string, given: CallOptions = {}) =>
      call(method, at, { ...given, token: tokens.get(guest) ?? '' });
  return { ...harness, asBob: as(bob), asCarol: as(carol) };
}

const answers = ({ body }: RawAnswer) =>
  Object.fromEntries(
    body.attendees.map((guest: { email: string; responseStatus: string }) => [guest.email, guest.responseStatus]),
  );

describe('copies on the guests’ calendars', () => {
  test('a guest has the event under the same id and UID, sees themself as self, and none of the private properties', async () => {
    const marks = { private: { key: 'a' }, shared: { room: '5' } };
    const { asBob, call } = await invited({ extendedProperties: marks, colorId: '3' });
    const own = await call('GET', path);
    const { body } = await asBob('GET', path);
    expect([body.id, body.iCalUID, body.summary]).toEqual(['lesson1', own.body.iCalUID, 'Algebra']);
    expect(body.organizer).toEqual({ email });
    expect(body.attendees.find((guest: { self?: boolean }) => guest.self)?.email).toBe(bob);
    expect(body.extendedProperties).toEqual({ shared: { room: '5' } });
    expect(body.colorId).toBeUndefined();
  });

  test('what the organizer changes reaches every copy; what is the copy’s own stays', async () => {
    const { asBob, asCarol, call } = await invited();
    const own = { colorId: '7', transparency: 'transparent', extendedProperties: { private: { bobs: '1' } } };
    expect((await asBob('PATCH', path, { body: own })).status).toBe(200);
    await call('PATCH', path, { body: { summary: 'Geometry', location: 'Room 5' } });
    expect((await asBob('GET', path)).body).toMatchObject({ summary: 'Geometry', location: 'Room 5', ...own });
    expect((await asCarol('GET', path)).body).toMatchObject({ summary: 'Geometry', location: 'Room 5' });
    expect((await call('GET', path)).body.colorId).toBeUndefined();
  });

  test('a copy appears in the guest’s increment, and not for a change that is the organizer’s own', async () => {
    const { asBob, call } = await invited();
    const { body: listed } = await asBob('GET', events);
    await call('PATCH', path, { body: { reminders: { useDefault: false } } });
    expect((await asBob('GET', `${events}?syncToken=${listed.nextSyncToken}`)).body.items).toEqual([]);
    await call('PATCH', path, { body: { summary: 'Geometry' } });
    const { body } = await asBob('GET', `${events}?syncToken=${listed.nextSyncToken}`);
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual(['lesson1']);
  });

  test('a guest’s answer through the API reaches the organizer and the other guest', async () => {
    const { asBob, asCarol, call } = await invited();
    const before = await call('GET', path);
    const attendees = before.body.attendees.map((guest: { email: string }) =>
      guest.email === bob ? { ...guest, responseStatus: 'accepted', comment: 'Gladly' } : guest,
    );
    expect((await asBob('PATCH', path, { body: { attendees } })).status).toBe(200);
    const after = await call('GET', path);
    expect(answers(after)).toEqual({ [bob]: 'accepted', [carol]: 'needsAction' });
    expect(answers(await asCarol('GET', path))).toEqual({ [bob]: 'accepted', [carol]: 'needsAction' });
    expect(after.body.etag).not.toBe(before.body.etag);
  });

  test('with attendeesOmitted, the entry given answers for itself and the rest of the list stays', async () => {
    const { asBob, call } = await invited();
    const body = {
      attendeesOmitted: true,
      attendees: [{ email: bob, responseStatus: 'declined', comment: 'ignored' }],
    };
    expect((await asBob('PATCH', path, { body })).status).toBe(200);
    const after = await call('GET', path);
    expect(answers(after)).toEqual({ [bob]: 'declined', [carol]: 'needsAction' });
    expect(after.body.attendees[0].comment).toBeUndefined();
  });

  test('above the limit of guests, answers no longer reach the other copies', async () => {
    const { emulator, asCarol, call } = await invited({}, { limits: { guestsSharingAnswers: 1 } });
    emulator.people.answer(email, 'lesson1', { email: bob, responseStatus: 'accepted' });
    expect(answers(await call('GET', path))[bob]).toBe('accepted');
    expect(answers(await asCarol('GET', path))[bob]).toBe('needsAction');
  });

  test('who is uninvited loses the copy; who is invited later gets one', async () => {
    const { asBob, asCarol, call } = await invited({ attendees: [{ email: bob }] });
    expect((await asCarol('GET', path)).status).toBe(404);
    await call('PATCH', path, { body: { attendees: [{ email: carol }] } });
    expect((await asBob('GET', path)).body.status).toBe('cancelled');
    expect((await asCarol('GET', path)).body.status).toBe('confirmed');
  });

  test('a series, its changed and its cancelled occurrence look the same on the copy', async () => {
    const { asBob, call } = await invited({ recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3'] });
    await call('PATCH', `${path}_20260914T080000Z`, { body: { summary: 'Test' } });
    await call('DELETE', `${path}_20260921T080000Z?sendUpdates=all`);
    const summaries = async (ask: Harness['call']) => {
      const { body } = await ask('GET', `${path}/instances`);
      return body.items.map(({ id, summary }: { id: string; summary: string }) => [id, summary]);
    };
    expect(await summaries(asBob)).toEqual([
      ['lesson1_20260907T080000Z', 'Algebra'],
      ['lesson1_20260914T080000Z', 'Test'],
    ]);
    expect(await summaries(asBob)).toEqual(await summaries(call));
  });

  test('a guest whose calendar holds an event of their own under the id keeps it', async () => {
    const harness = await start();
    const { people, administration } = harness.emulator;
    administration.createAccount({ email: bob });
    people.add(bob, anEvent({ id: 'lesson1', summary: 'Bob’s own' }) as never);
    await harness.call('POST', events, { body: anEvent({ id: 'lesson1', attendees: [{ email: bob }] }) });
    expect(administration.events(bob).map(({ summary }) => summary)).toEqual(['Bob’s own']);
  });

  test('of two events of one id, the first keeps its copy, and the end of the second does not touch it', async () => {
    const { call, asBob } = await invited({ attendees: [{ email: bob }] });
    const { body: room } = await call('POST', 'calendars', { body: { summary: 'Room' } });
    const other = anEvent({ id: 'lesson1', summary: 'Of the room', attendees: [{ email: bob }] });
    await call('POST', `calendars/${room.id}/events`, { body: other });
    expect((await asBob('GET', path)).body.summary).toBe('Algebra');
    await call('DELETE', `calendars/${room.id}/events/lesson1?sendUpdates=all`);
    expect((await asBob('GET', path)).body.status).toBe('confirmed');
  });

  test('no copies by switch, and none of an event made with privateCopy', async () => {
    const without = await invited({}, { switches: { guestCopies: 'none' } });
    expect((await without.asBob('GET', path)).status).toBe(404);
    const apart = await invited({ privateCopy: true });
    expect((await apart.asBob('GET', path)).status).toBe(404);
    expect((await apart.call('GET', path)).body.privateCopy).toBe(true);
  });
});

describe('deleting', () => {
  test('a silent delete leaves the meeting on the guests’ calendars, or removes it by switch', async () => {
    for (const [silentDelete, status] of [
      ['leaves_copies', 'confirmed'],
      ['removes_copies', 'cancelled'],
    ] as const) {
      const { asBob, call } = await invited({}, { switches: { silentDelete } });
      expect((await call('DELETE', `${path}?sendUpdates=none`)).status).toBe(204);
      expect((await asBob('GET', path)).body.status).toBe(status);
    }
  });

  test('a delete that tells the guests takes their copies along, and so does a person’s', async () => {
    const told = await invited();
    await told.call('DELETE', `${path}?sendUpdates=all`);
    expect((await told.asBob('GET', path)).body.status).toBe('cancelled');
    const byHand = await invited();
    byHand.emulator.people.remove(email, 'lesson1');
    expect((await byHand.asBob('GET', path)).body.status).toBe('cancelled');
    byHand.emulator.people.restore(email, 'lesson1');
    expect((await byHand.asBob('GET', path)).body.status).toBe('confirmed');
  });

  test('a guest who deletes their copy declines, or nobody hears of it by switch', async () => {
    for (const [guestDelete, answer] of [
      ['declines', 'declined'],
      ['nothing', 'needsAction'],
    ] as const) {
      const { asBob, call } = await invited({}, { switches: { guestDelete } });
      expect((await asBob('DELETE', path)).status).toBe(204);
      const left = await call('GET', path);
      expect([left.body.status, answers(left)[bob]]).toEqual(['confirmed', answer]);
      await call('PATCH', path, { body: { location: 'Room 6' } });
      expect((await asBob('GET', path)).body.status).toBe(guestDelete === 'declines' ? 'cancelled' : 'confirmed');
    }
  });
});

describe('what a guest may not change', () => {
  const refusal = {
    error: {
      code: 403,
      errors: [
        {
          domain: 'calendar',
          reason: 'forbiddenForNonOrganizer',
          message: 'Shared properties can only be changed by the organizer of the event.',
        },
      ],
      message: 'Shared properties can only be changed by the organizer of the event.',
    },
  };

  test('a shared property by PATCH, and one left out of a PUT, are refused and nothing is written', async () => {
    const { asBob, call } = await invited({ location: 'Room 5' });
    const patched = await asBob('PATCH', path, { body: { summary: 'Mine' } });
    const { location: _, ...rest } = (await asBob('GET', path)).body;
    const put = await asBob('PUT', path, { body: rest });
    expect([patched.status, patched.body]).toEqual([403, refusal]);
    expect([put.status, put.body]).toEqual([403, refusal]);
    expect((await asBob('GET', path)).body).toMatchObject({ summary: 'Algebra', location: 'Room 5' });
    expect((await call('GET', path)).body.summary).toBe('Algebra');
  });

  test('another guest’s answer is refused', async () => {
    const { asBob } = await invited();
    const attendees = [{ email: bob }, { email: carol, responseStatus: 'accepted' }];
    expect((await asBob('PATCH', path, { body: { attendees } })).status).toBe(403);
  });

  test('inviting others is allowed until guestsCanInviteOthers says no', async () => {
    const attendees = [{ email: bob }, { email: carol }, { email: 'dan@example.com' }];
    const open = await invited();
    expect((await open.asBob('PATCH', path, { body: { attendees } })).status).toBe(200);
    expect(answers(await open.call('GET', path))['dan@example.com']).toBe('needsAction');
    const closed = await invited({ guestsCanInviteOthers: false });
    expect((await closed.asBob('PATCH', path, { body: { attendees } })).status).toBe(403);
  });

  test('guestsCanModify lets a guest change the meeting for everybody', async () => {
    const { asBob, asCarol, call } = await invited({ guestsCanModify: true });
    expect((await asBob('PATCH', path, { body: { summary: 'Geometry' } })).status).toBe(200);
    expect((await call('GET', path)).body.summary).toBe('Geometry');
    expect((await asCarol('GET', path)).body.summary).toBe('Geometry');
  });

  test('the main fields of a locked copy are refused even so, its own are not', async () => {
    const { emulator, asBob } = await invited({ guestsCanModify: true });
    emulator.people.lock(bob, 'lesson1', true);
    expect((await asBob('GET', path)).body.locked).toBe(true);
    expect((await asBob('PATCH', path, { body: { location: 'Elsewhere' } })).status).toBe(403);
    expect((await asBob('PATCH', path, { body: { colorId: '3' } })).status).toBe(200);
  });

  test('moving it is refused', async () => {
    const { asBob } = await invited();
    const { body: made } = await asBob('POST', 'calendars', { body: { summary: 'Bob’s' } });
    const moved = await asBob('POST', `${path}/move?destination=${made.id}`);
    expect(moved.body).toEqual(refusal);
  });

  test('with guestsCanSeeOtherGuests off a guest sees only themself', async () => {
    const { asBob, call } = await invited({ guestsCanSeeOtherGuests: false });
    const { body } = await asBob('GET', path);
    expect([Object.keys(answers({ body } as RawAnswer)), body.attendeesOmitted]).toEqual([[bob], true]);
    expect(Object.keys(answers(await call('GET', path)))).toEqual([bob, carol]);
  });
});

describe('moving an event with guests', () => {
  async function moved(switches: EmulatorOptions['switches'] = {}, destination = bob) {
    const harness = await invited({}, { switches });
    harness.emulator.administration.share(destination, email, 'writer');
    const answer = await harness.call('POST', `${path}/move?destination=${destination}`);
    return { ...harness, answer };
  }

  test('onto the calendar of a guest replaces the guest’s copy, or is a duplicate by switch', async () => {
    const onto = await moved();
    expect(onto.answer.status).toBe(200);
    expect((await onto.asBob('GET', path)).body).toMatchObject({
      status: 'confirmed',
      organizer: { email: bob, self: true },
    });
    expect((await moved({ moveOntoGuestCopy: 'duplicate' })).answer.status).toBe(409);
  });

  test('elsewhere takes the copies along: they follow the event at its new place', async () => {
    const { emulator, asBob } = await moved({}, carol);
    emulator.people.edit(carol, 'lesson1', { summary: 'After the move' });
    expect((await asBob('GET', path)).body).toMatchObject({ summary: 'After the move', organizer: { email: carol } });
  });
});

describe('the outbox', () => {
  const why = ({ emulator }: Harness) => emulator.outbox().map(({ method, why: reasons }) => [method, reasons]);

  test('says whom each write mails and why', async () => {
    const harness = await invited({}, {}, '?sendUpdates=all');
    harness.emulator.people.answer(email, 'lesson1', { email: bob, responseStatus: 'accepted' });
    const change = { location: 'Room 5', attendees: [{ email: bob }, { email: 'dan@example.com' }] };
    await harness.call('PATCH', `${path}?sendUpdates=all`, { body: change });
    await harness.call('DELETE', `${path}?sendUpdates=all`);
    expect(why(harness)).toEqual([
      ['insert', { [bob]: 'invited', [carol]: 'invited' }],
      ['update', { [bob]: 'invited_again', 'dan@example.com': 'invited', [carol]: 'uninvited' }],
      ['delete', { [bob]: 'cancelled', 'dan@example.com': 'cancelled' }],
    ]);
  });

  test('externalOnly goes by the domain of the owner', async () => {
    expect(why(await invited({}, {}, '?sendUpdates=externalOnly'))).toEqual([['insert', { [carol]: 'invited' }]]);
  });

  test('none mails nobody, and neither does a change that is not shared', async () => {
    const harness = await invited();
    await harness.call('PATCH', `${path}?sendUpdates=all`, { body: { colorId: '3' } });
    expect(why(harness)).toEqual([]);
  });
});

test('an answer preset for a new guest is kept, or reset by switch; an alias is answered as the account’s own', async () => {
  const attendees = [{ email: bob, responseStatus: 'accepted' }];
  const kept = await invited({ attendees });
  expect(answers(await kept.call('GET', path))).toEqual({ [bob]: 'accepted' });
  const reset = await invited({ attendees }, { switches: { presetAnswers: 'reset' } });
  expect(answers(await reset.call('GET', path))).toEqual({ [bob]: 'needsAction' });
  const alias = await invited(
    { attendees: [{ email: 'Robert@example.com' }] },
    { switches: { addressAliases: { 'robert@example.com': bob } } },
  );
  expect(Object.keys(answers(await alias.call('GET', path)))).toEqual([bob]);
});

test('copies survive a restart and still follow the organizer', async () => {
  const { mkdtempSync, rmSync } = await import('node:fs');
  const { tmpdir } = await import('node:os');
  const directory = mkdtempSync(`${tmpdir()}/calsync-guests-`);
  const options = { state: { file: `${directory}/emulator.jsonl` } };
  const first = await invited({}, options);
  first.emulator.close();
  const second = await start(options);
  second.emulator.people.edit(email, 'lesson1', { summary: 'Later' });
  expect(second.emulator.administration.events(bob)).toMatchObject([{ id: 'lesson1', summary: 'Later' }]);
  second.emulator.close();
  rmSync(directory, { recursive: true });
});
