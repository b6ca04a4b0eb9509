/*
 * The tape of the workload: what writers, people in Google Calendar and operators do, in order. A new workload is one file beside the
 * others: its deeds, how they are drawn, and how they are done; here it gets a weight.
 */
import type { Dice } from '../dice.ts';
import type { Shape } from '../shape.ts';
import type { BounceDeed } from './bounces.ts';
import { type CopyDeed, drawCopying } from './copies.ts';
import type { DatabaseDeed } from './database.ts';
import type { DoorDeed, FollowDeed } from './door.ts';
import { drawGoogle, type GoogleDeed } from './google.ts';
import { drawImport, type ImportDeed } from './imports.ts';
import { drawInsistence, type InsistentDeed } from './insistence.ts';
import { drawOperator, type OperatorDeed } from './operator.ts';
import { drawPerson, type PersonDeed } from './people.ts';
import type { ScheduleDeed } from './schedules.ts';
import type { WaitDeed } from './waiting.ts';
import { drawWriter, type WriterDeed } from './writer.ts';

export type Doing =
  | ({ readonly who: 'writer' | 'mover' | 'enroller' } & WriterDeed)
  | ({ readonly who: 'person' | 'copycat' } & PersonDeed)
  | ({ readonly who: 'operator' } & OperatorDeed)
  | ({ readonly who: 'google' } & GoogleDeed)
  | ({ readonly who: 'database' } & DatabaseDeed)
  | ({ readonly who: 'import' } & ImportDeed)
  | ({ readonly who: 'copyist' } & CopyDeed)
  | ({ readonly who: 'insistent' } & InsistentDeed)
  | ({ readonly who: 'caller' | 'racer' } & DoorDeed)
  | ({ readonly who: 'planner' } & ScheduleDeed)
  | ({ readonly who: 'postmaster' } & BounceDeed)
  | ({ readonly who: 'waiter' } & WaitDeed)
  | ({ readonly who: 'follower' } & FollowDeed);

/** Something that somebody does, so long after the one before of the same kind of people. */
export type Deed = Doing & { readonly afterMs: number; readonly site: number };

const second = 1_000;

export function drawDeeds(dice: Dice, shape: Shape): readonly Deed[] {
  if (shape.keys >= manyKeys && dice.chance(0.5)) return massDeeds(dice);
  const people = dice.chance(0.65);
  const restores = dice.chance(0.12);
  const imports = dice.chance(0.1);
  const weights = {
    writer: 10,
    person: people ? 6 : 0,
    operator: 1,
    google: 0.5,
    import: imports ? 1 : 0,
  };
  const count = dice.between(4, 22);
  const first: Deed = { who: 'writer', kind: 'put_all', afterMs: 0, site: 0 };
  const rest = Array.from({ length: count }, () => drawDeed(dice, shape, weights));
  const afterMs = dice.chance(0.5) ? 0 : dice.between(30, 300) * second;
  const firstOfOther = shape.sites === 2 ? [{ ...first, afterMs, site: 1 }] : [];
  const restored = restores ? restoring(dice, shape) : [];
  const copied = dice.chance(0.06)
    ? drawCopying(dice).map((deed) => ({ who: 'copyist', site: 0, ...deed }) as const)
    : [];
  return [
    first,
    ...firstOfOther,
    ...restored,
    ...copied,
    ...rest,
    ...(people && dice.chance(0.15) ? insistence(dice) : []),
  ];
}

/** A backup is taken, and some time later put back. */
function restoring(dice: Dice, shape: Shape): readonly Deed[] {
  const site = dice.below(shape.sites);
  return (['back_up', 'put_backup_back'] as const).map((kind) => ({
    who: 'database',
    kind,
    afterMs: dice.between(20, 240) * second,
    site,
  }));
}

/** So often that a field would be put right more than three times within the hour, although workers rest longer than people wait. */
function insistence(dice: Dice): readonly Deed[] {
  const doing = { who: 'insistent', ...drawInsistence(dice) } as const;
  return Array.from({ length: dice.between(9, 14) }, (_, times) => ({
    ...doing,
    times,
    afterMs: dice.between(60, 180) * second,
    site: 0,
  }));
}

/** From so many keys on, taking all of them out of the table is more than the guard lets pass. */
const manyKeys = 12;

/** Everything is withdrawn, held, decided; people take it out of the bin again; and it is held and decided anew. */
function massDeeds(dice: Dice): readonly Deed[] {
  const later = (): { readonly afterMs: number; readonly site: number } => ({
    afterMs: dice.between(60, 150) * second,
    site: 0,
  });
  const nth = 0;
  return [
    { who: 'writer', kind: 'put_all', afterMs: 0, site: 0 },
    ...(dice.chance(0.5) ? withdrawnButFew(dice) : [{ who: 'writer', kind: 'withdraw_all', ...later() } as const]),
    { who: 'operator', kind: 'approve', nth, afterMs: 400 * second, site: 0 },
    { who: 'person', kind: 'undelete_all', nth, calendar: 0, afterMs: 600 * second, site: 0 },
    { who: 'operator', kind: dice.pick(['approve', 'reject']), nth, afterMs: 400 * second, site: 0 },
    ...(dice.chance(0.3) ? [{ who: 'writer', kind: 'put_all', afterMs: 1_000 * second, site: 0 } as const] : []),
  ];
}

/** Most is withdrawn and held; what is left goes on being changed, and withdrawn, meanwhile. */
function withdrawnButFew(dice: Dice): readonly Deed[] {
  const few = dice.between(1, 3);
  const kept = Array.from({ length: dice.between(3, 8) }, (): Deed => {
    const when = { afterMs: dice.between(5, 60) * second, site: 0 };
    const key = dice.below(few);
    return dice.chance(0.75)
      ? { who: 'writer', kind: 'retitle', key, version: dice.below(1_000), ...when }
      : { who: 'writer', kind: dice.pick(['withdraw', 'cancel'] as const), key, ...when };
  });
  return [{ who: 'writer', kind: 'withdraw_all', but: few, afterMs: dice.between(60, 150) * second, site: 0 }, ...kept];
}

/** Whose deeds are drawn one by one; the others' make sense in a row. */
type Strewn = 'writer' | 'person' | 'operator' | 'google' | 'import';

function drawDeed(dice: Dice, shape: Shape, weights: Readonly<Record<Strewn, number>>): Deed {
  const when = { afterMs: dice.between(0, dice.chance(0.1) ? 400 : 25) * second, site: dice.below(shape.sites) };
  const who = dice.weighted(weights);
  switch (who) {
    case 'writer':
      return { who, ...drawWriter(dice, shape), ...when };
    case 'person':
      return { who, ...drawPerson(dice, shape), ...when };
    case 'operator':
      return { who, ...drawOperator(dice), ...when };
    case 'google':
      return { who, ...drawGoogle(dice, shape), ...when };
    case 'import':
      return { who, ...drawImport(dice), ...when };
  }
}
