/*
 * What applications write through every door of the write path: with and without naming the version that they saw, with an
 * Idempotency-Key or without, again when no answer came, and again long after. Two of them at once, on the same keys.
 */
import type { Dice } from '../dice.ts';
import { functionKinds } from '../door/function-door.ts';
import type { Shape } from '../shape.ts';

export type Wish =
  | { readonly kind: 'put'; readonly key: number; readonly calendar: number; readonly guests: number }
  | { readonly kind: 'patch'; readonly key: number; readonly field: PatchedField }
  | { readonly kind: 'cancel'; readonly key: number }
  | { readonly kind: 'enrol'; readonly key: number; readonly guest: number }
  | { readonly kind: 'leave'; readonly key: number; readonly guest: number }
  | { readonly kind: 'restore'; readonly key: number }
  | { readonly kind: 'go_back'; readonly key: number; readonly generation: number }
  | { readonly kind: 'invite_person'; readonly key: number; readonly person: number }
  | { readonly kind: 'rehome'; readonly person: number };

export type PatchedField = 'summary' | 'location' | 'description';

export type DoorDeed = Wish & {
  /** One of its own for each, which what it writes carries: `w17`. */
  readonly number: number;
  readonly door: 'http' | 'typescript' | 'sql' | 'function';
  /** What it names of the row, which it read a moment before: nothing, its generation, or generation and revision. */
  readonly names: 'nothing' | 'generation' | 'version';
  /** Between reading and writing, in milliseconds. */
  readonly thinksMs: number;
  /** An Idempotency-Key goes with it, over HTTP. */
  readonly keyed: boolean;
  /** The very same request once more, when all is long over. */
  readonly again: 'never' | 'at_once' | 'days_later';
};

/** Deeds of one application after the other; two applications go on at the same time. */
export type DoorDeedOf = DoorDeed & {
  readonly who: 'caller' | 'racer';
  readonly afterMs: number;
  readonly site: number;
};

/** One look at the change feed by one of two followers. */
export interface FollowDeed {
  readonly kind: 'follow';
  readonly number: number;
}

const second = 1_000;

type DeedAtDoor =
  | DoorDeedOf
  | (FollowDeed & { readonly who: 'follower'; readonly afterMs: number; readonly site: number });

/** None in half of the runs, so that engine and people have the table to themselves there. */
export function drawDoorDeeds(dice: Dice, shape: Shape): readonly DeedAtDoor[] {
  if (dice.chance(0.5)) return [];
  const count = dice.between(3, 18);
  const racing = dice.chance(0.4);
  const drawn = Array.from({ length: count }, (_, number) => drawDeed(dice, shape, number));
  const written = racing ? drawn.map(atOnce) : drawn;
  return [...written, ...written.map(() => drawLook(dice, shape))];
}

function drawLook(dice: Dice, shape: Shape): DeedAtDoor {
  const when = { afterMs: dice.between(0, 25) * second, site: dice.below(shape.sites) };
  return { who: 'follower', kind: 'follow', number: dice.below(2), ...when };
}

/**
 * A race: nobody waits or thinks, and all that can be about one key is. Most of it goes through the doors that read and write without a
 * lock between, or names to a function what it saw.
 */
function atOnce(deed: DoorDeedOf): DoorDeedOf {
  const now = { afterMs: 0, thinksMs: 0, keyed: deed.keyed && deed.number % 4 === 0 };
  if (deed.kind === 'rehome') return { ...deed, ...now };
  const door = deed.door === 'sql' && deed.number % 2 === 0 ? 'typescript' : deed.door;
  const names = door === 'function' && deed.names === 'nothing' ? 'generation' : deed.names;
  return { ...deed, ...now, key: 0, door, names };
}

function drawDeed(dice: Dice, shape: Shape, number: number): DoorDeedOf {
  const wish = drawWish(dice, shape);
  return {
    who: dice.pick(['caller', 'racer'] as const),
    ...wish,
    number,
    door: drawDoor(dice, wish),
    names: dice.weighted({ nothing: 5, generation: 4, version: 2 }),
    thinksMs: dice.chance(0.5) ? 0 : dice.between(1, 30) * second,
    keyed: dice.chance(0.6),
    again: dice.weighted({ never: 6, at_once: 2, days_later: 1 }),
    afterMs: dice.between(0, dice.chance(0.2) ? 200 : 20) * second,
    site: dice.below(shape.sites),
  };
}

function drawDoor(dice: Dice, { kind }: Wish): DoorDeed['door'] {
  if (onlyInTypescript.has(kind)) return 'typescript';
  const door = dice.weighted({ http: 6, typescript: 2, sql: 2, function: 2 });
  return door === 'function' && !functionKinds.has(kind) ? 'sql' : door;
}

const onlyInTypescript: ReadonlySet<Wish['kind']> = new Set(['restore', 'go_back', 'invite_person', 'rehome']);

const weights = {
  put: 6,
  patch: 7,
  cancel: 3,
  enrol: 4,
  leave: 2,
  restore: 3,
  go_back: 3,
  invite_person: 2,
  rehome: 1.5,
} as const;

const people = 2;

/** Few keys, so that they meet. */
function drawWish(dice: Dice, shape: Shape): Wish {
  const kind = dice.weighted(weights);
  const key = dice.below(Math.min(shape.keys, 3));
  switch (kind) {
    case 'put':
      return { kind, key, calendar: dice.below(shape.calendars), guests: dice.chance(0.4) ? dice.between(1, 3) : 0 };
    case 'patch':
      return { kind, key, field: dice.pick(['summary', 'location', 'description']) };
    case 'enrol':
    case 'leave':
      return { kind, key, guest: dice.below(3) };
    case 'invite_person':
      return { kind, key, person: dice.below(people) };
    case 'rehome':
      return { kind, person: dice.below(people) };
    case 'go_back':
      return { kind, key, generation: dice.between(1, 4) };
    case 'cancel':
    case 'restore':
      return { kind, key };
  }
}
