/** What applications write: through the write path, and by plain SQL, which is as good. */
import { sql } from 'kysely';
import type { Db } from '../../../src/store/database.ts';
import { addAttendees, removeAttendeesOf } from '../../../src/write/attendees.ts';
import { cancelEvents } from '../../../src/write/cancel.ts';
import { patchEvent } from '../../../src/write/patch-event.ts';
import { putEvents } from '../../../src/write/put.ts';
import { restoreRows } from '../../../src/write/restore.ts';
import type { WriteResult } from '../../../src/write/result.ts';
import type { Dice } from '../dice.ts';
import type { Shape } from '../shape.ts';
import type { World } from '../world.ts';
import { drawForm, type Form, guestOf, keyOf, specOf } from './wishes.ts';

export type WriterDeed =
  | { readonly kind: 'put_all' }
  | {
      readonly kind: 'put';
      readonly key: number;
      readonly calendar: number;
      readonly version: number;
      readonly guests: number;
      readonly form?: Form;
    }
  | { readonly kind: 'retitle'; readonly key: number; readonly version: number }
  | { readonly kind: 'cancel'; readonly key: number }
  | { readonly kind: 'withdraw'; readonly key: number }
  /** All rows, or those from this key on. */
  | { readonly kind: 'withdraw_all'; readonly but?: number }
  | { readonly kind: 'restore'; readonly key: number }
  | { readonly kind: 'enrol'; readonly key: number; readonly guest: number }
  | { readonly kind: 'leave'; readonly key: number; readonly guest: number }
  /** Every row gets another place and a guest, all of it at once. */
  | { readonly kind: 'crowd' };

const weights = {
  put: 8,
  retitle: 6,
  cancel: 4,
  withdraw: 4,
  withdraw_all: 0.6,
  restore: 2,
  enrol: 3,
  leave: 2,
} as const;

export function drawWriter(dice: Dice, shape: Shape): WriterDeed {
  const kind = dice.weighted(weights);
  const key = dice.below(shape.keys);
  const calendar = dice.below(shape.calendars);
  switch (kind) {
    case 'put':
      return {
        kind,
        key,
        calendar,
        version: dice.below(1_000),
        guests: dice.chance(0.3) ? dice.between(1, 3) : 0,
        form: drawForm(dice),
      };
    case 'retitle':
      return { kind, key, version: dice.below(1_000) };
    case 'withdraw_all':
      return { kind };
    case 'enrol':
    case 'leave':
      return { kind, key, guest: dice.below(4) };
    case 'cancel':
    case 'withdraw':
    case 'restore':
      return { kind, key };
  }
}

const writer = { actor: 'application', door: 'typescript', source: 'caller' } as const;

/** Does it, in the name of an installation's application. Answers what the write path said. */
export async function doAsWriter(world: World, db: Db, site: number, deed: WriterDeed): Promise<string> {
  switch (deed.kind) {
    case 'put_all':
      return said(
        await putEvents(
          db,
          Array.from({ length: world.shape.keys }, (_, key) =>
            specOf(world, site, { key, calendar: 0, version: 0, guests: 0 }),
          ),
          writer,
        ),
      );
    case 'put':
      return putSeen(db, deed.key, specOf(world, site, deed));
    case 'retitle':
      await sql`update calsync.desired_event set summary = ${`Class ${deed.key} retitled ${deed.version}`} where key = ${keyOf(deed.key)}`.execute(
        db,
      );
      return 'by SQL';
    case 'cancel':
      return said(await cancelEvents(db, [keyOf(deed.key)], writer));
    case 'withdraw':
      await db.deleteFrom('desired_event').where('key', '=', keyOf(deed.key)).execute();
      return 'by SQL';
    case 'withdraw_all':
      await db
        .deleteFrom('desired_event')
        .where('key', 'not in', ['', ...Array.from({ length: deed.but ?? 0 }, (_, key) => keyOf(key))])
        .execute();
      return 'by SQL';
    case 'restore':
      return said(await restoreRows(db, [keyOf(deed.key)], writer));
    case 'enrol':
      return said(await addAttendees(db, keyOf(deed.key), [{ email: guestOf(deed.guest) }], writer));
    case 'leave':
      return said(await removeAttendeesOf(db, keyOf(deed.key), [guestOf(deed.guest)], writer));
    case 'crowd': {
      const writes = Array.from({ length: world.shape.keys }, (_, key) => [
        patchEvent(db, keyOf(key), { location: `Room ${key}` }, writer),
        addAttendees(db, keyOf(key), [{ email: guestOf(key) }], writer),
      ]).flat();
      return (await Promise.all(writes)).map(({ kind }) => kind).join(', ');
    }
  }
}

/** Puts on top of what was just read, as a careful caller does. */
async function putSeen(db: Db, key: number, spec: ReturnType<typeof specOf>): Promise<string> {
  const row = await db
    .selectFrom('desired_event')
    .select(['generation', 'revision'])
    .where('key', '=', keyOf(key))
    .executeTakeFirst();
  return said(await putEvents(db, [spec], writer, { move: true, ...row }));
}

function said(result: WriteResult): string {
  return result.kind === 'written' ? 'written' : `refused: ${result.problems[0]?.kind}`;
}
