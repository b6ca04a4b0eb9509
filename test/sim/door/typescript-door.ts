/** The TypeScript door, as an application in the same process calls it. */
import { asCalsyncError } from '../../../src/core/error.ts';
import { parseEventSpec } from '../../../src/core/event-spec.ts';
import type { Db } from '../../../src/store/database.ts';
import { addAttendees, removeAttendeesOf } from '../../../src/write/attendees.ts';
import { cancelEvents } from '../../../src/write/cancel.ts';
import { type PatchResult, patchEvent } from '../../../src/write/patch-event.ts';
import { putPerson } from '../../../src/write/person.ts';
import { putEvents } from '../../../src/write/put.ts';
import { restoreRows } from '../../../src/write/restore.ts';
import { restoreVersion } from '../../../src/write/restore-version.ts';
import { type Ask, guestOf, type Heard, homeOf, patchedText, personOf } from './ask.ts';

export async function askInTypescript(db: Db, ask: Ask): Promise<Heard> {
  try {
    return await carryOut(db, ask);
  } catch (thrown) {
    const { kind, reason, message } = asCalsyncError(thrown);
    const refused = kind === 'usage' || kind === 'conflict';
    return { kind: refused ? 'refused' : 'unknown', why: reason ?? message };
  }
}

async function carryOut(db: Db, ask: Ask): Promise<Heard> {
  const { deed, tag } = ask;
  const key = ask.key ?? '';
  const writer = { actor: tag, door: 'typescript', source: 'caller' } as const;
  const expected = expectedOf(ask);
  switch (deed.kind) {
    case 'put': {
      const parsed = parseEventSpec(ask.event);
      if (!parsed.ok) throw new Error(parsed.problems.map(({ path, message }) => `${path} ${message}`).join('; '));
      return heard(await putEvents(db, [parsed.spec], writer, { ...expected, move: true }));
    }
    case 'patch':
      return heard(await patchEvent(db, key, { [deed.field]: patchedText(deed.field, tag) }, writer, expected));
    case 'cancel':
      return heard(await cancelEvents(db, [key], writer, expected));
    case 'enrol':
      return heard(await addAttendees(db, key, [{ email: guestOf(deed.guest), displayName: tag }], writer));
    case 'leave':
      return heard(await removeAttendeesOf(db, key, [guestOf(deed.guest)], writer));
    case 'restore':
      return heard(await restoreRows(db, [key], writer));
    case 'go_back':
      return heard(await restoreVersion(db, key, { generation: deed.generation }, writer));
    case 'invite_person':
      return heard(await addAttendees(db, key, [{ person: personOf(deed.person) }], writer));
    case 'rehome': {
      const person = await putPerson(
        db,
        { id: personOf(deed.person), calendarAddress: homeOf(deed.person, tag) },
        writer,
      );
      return { kind: 'done', did: 'moved', numbers: null, whole: JSON.stringify(person) };
    }
  }
}

/** What a guest's coming and going takes of it is nothing. */
function expectedOf({ deed, seen }: Ask): { readonly generation?: number; readonly revision?: number } {
  if (seen === null || seen === 'no_row') return {};
  return { generation: seen.generation, ...(deed.names === 'version' && { revision: seen.revision }) };
}

function heard(result: PatchResult): Heard {
  if (result.kind !== 'written') return { kind: 'refused', why: JSON.stringify(result.problems[0]) };
  const [now] = result.keys;
  if (now === undefined) return { kind: 'refused', why: 'no row' };
  const { kind, generation, revision } = now;
  return { kind: 'done', did: kind, numbers: { generation, revision }, whole: JSON.stringify(now) };
}
