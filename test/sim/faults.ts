/*
 * The tape of faults: what happens to the n-th request on its way to Google, to the n-th of those that would change something, to the n-th of
 * one phase of a turn, and to the n-th connection that a worker takes. A new kind of fault is one more kind here and a name in answers.ts,
 * carried out in network.ts or connection.ts.
 */
import type { FaultAction } from '../../src/emulator/faults.ts';
import { type DrawFault, deaths, ofChanges, ofListings, onTheWay, unheardNames } from './answers.ts';
import { type AimedPhase, answersIn } from './cells.ts';
import type { Dice } from './dice.ts';
import type { MishapOfAttempt } from './door/mishaps.ts';

export type NetworkFault =
  /** The request never gets there; the connection breaks. */
  | { readonly kind: 'lost' }
  /** Neither served nor answered. */
  | { readonly kind: 'silence' }
  /** Served after so long, when the caller may have given up. */
  | { readonly kind: 'late'; readonly delayMs: number }
  /** Served now and once more later. */
  | { readonly kind: 'twice'; readonly delayMs: number }
  /** Carried out by the emulator on this request alone. */
  | { readonly kind: 'answer'; readonly action: FaultAction }
  /** Every access token ends just before the request is looked at. */
  | { readonly kind: 'expire_access' }
  /** A create that is answered as if it were done, and is not. */
  | { readonly kind: 'swallowed' }
  /** The next event of ours is hidden from this listing. */
  | { readonly kind: 'hide' }
  /** The sync token is refused, and the full listing that follows shows too little. */
  | { readonly kind: 'vanish'; readonly how: 'hide' | 'empty' }
  /** The process dies before the request leaves; after it left, and it is served later; after it was served. */
  | { readonly kind: 'crash_before_send' }
  | { readonly kind: 'crash_unserved'; readonly delayMs: number }
  | { readonly kind: 'crash_unheard' }
  /** Nothing of the process happens for so long, after the answer is there. */
  | { readonly kind: 'pause'; readonly pauseMs: number; readonly clockStops: boolean }
  /** While the request is on its way somebody changes what it is about; then it goes on, to whatever else befalls it. */
  | { readonly kind: 'meanwhile'; readonly doing: Meanwhile; readonly then: NetworkFault | null };

/**
 * By an application: another title, the row taken out, cancelled, put on another calendar, its newest guest taken off. By a person: a title,
 * a deletion, a copy with marks.
 */
const meanwhiles = ['retitle', 'withdraw', 'cancel', 'relocate', 'leave', 'edit', 'remove', 'copy'] as const;
export type Meanwhile = (typeof meanwhiles)[number];

export type DatabaseFault =
  /** The process dies before the transaction. */
  | 'not_committed'
  /** Committed, and the process dies before it hears of it. */
  | 'commit_unheard'
  /** Committed, and the connection breaks before the process hears of it; it lives on. */
  | 'commit_unknown'
  /** The connection breaks before the commit, which Postgres undoes then; the process lives on. */
  | 'commit_lost';

export type Fault =
  | { readonly at: 'call' | 'change'; readonly number: number; readonly fault: NetworkFault }
  | { readonly at: AimedPhase; readonly number: number; readonly fault: NetworkFault }
  | { readonly at: 'connection'; readonly number: number; readonly fault: DatabaseFault }
  | MishapOfAttempt;

const databaseFaults: readonly DatabaseFault[] = ['not_committed', 'commit_unheard', 'commit_unknown'];

/** What the tape speaks of by names alone, and does to the listing that comes after it. */
const vanish: DrawFault = (dice) => ({ kind: 'vanish', how: dice.pick(['hide', 'empty']) });

/** On the way to a change these are the likely ones; what speaks of listings says nothing there. */
const ways = {
  answer: [...Object.values(onTheWay), ofChanges.touch_event, expireAccess],
  change: [...Object.values(onTheWay), ...Object.values(ofChanges), ...Object.values(ofChanges), expireAccess],
  lie: [...Object.values(ofListings), vanish, vanish],
  death: Object.values(deaths),
} as const;

function expireAccess(): NetworkFault {
  return { kind: 'expire_access' };
}

/** Calls, changes and connections among which the faults of a run are spread. */
const span = { calls: 50, changes: 24, connections: 250 } as const;

/** Up to a dozen faults and more; none at all in a quarter of the runs. `number` tells the runs of a campaign apart. */
export function drawFaults(dice: Dice, number: number): readonly Fault[] {
  if (dice.chance(0.25)) return [];
  const strewn = Array.from({ length: dice.between(1, 9) }, () => drawFault(dice));
  const aimed = Array.from({ length: aimedAtOnce }, (_, index) => drawAimed(dice, number * aimedAtOnce + index));
  const followed = dice.chance(0.4) ? drawUnread(dice) : [];
  const meanwhile = dice.chance(0.35) ? Array.from({ length: dice.between(1, 2) }, () => drawMeanwhile(dice)) : [];
  return [...strewn, ...aimed, ...followed, ...meanwhile].sort((a, b) => a.number - b.number);
}

function drawFault(dice: Dice): Fault {
  const sort = dice.weighted({ answer: 5, change: 8, lie: 5, death: 3, deathAtChange: 2, database: 3 });
  switch (sort) {
    case 'database':
      return { at: 'connection', number: dice.between(1, span.connections), fault: dice.pick(databaseFaults) };
    case 'change':
      return { at: 'change', number: dice.between(1, span.changes), fault: draw(dice, ways.change) };
    case 'deathAtChange':
      return { at: 'change', number: dice.between(1, span.changes), fault: draw(dice, ways.death) };
    case 'answer':
    case 'lie':
    case 'death':
      return { at: 'call', number: dice.between(1, span.calls), fault: draw(dice, ways[sort]) };
  }
}

function draw(dice: Dice, among: readonly (DrawFault | undefined)[]): NetworkFault {
  return dice.pick(among)?.(dice) ?? { kind: 'lost' };
}

/** How many requests of each phase a run has at least, where it has any: the n-th of them is struck. */
const firstOfPhase: Readonly<Record<AimedPhase, number>> = {
  'list whole': 3,
  'list by token': 8,
  'list next page': 5,
  read: 4,
  create: 6,
  patch: 4,
  move: 2,
  delete: 3,
};

/** Faults of a run that are aimed at a cell, and how far apart their cells are: it has no factor in common with how many there are. */
const aimedAtOnce = 3;
const stride = 101;

/** Cell after cell, run after run, so that every answer is met in every phase; which request of the phase is left to chance. */
function drawAimed(dice: Dice, turn: number): Fault {
  const { phase, draw: drawn } = everyCell[(turn * stride) % everyCell.length] ?? { phase: 'read', draw: expireAccess };
  return { at: phase, number: dice.between(1, firstOfPhase[phase]), fault: drawn(dice) };
}

const everyCell = (Object.keys(firstOfPhase) as AimedPhase[]).flatMap((phase) =>
  Object.values(answersIn(phase)).map((draw) => ({ phase, draw })),
);

/** A change that is served and not heard of, and the reading that would tell of it fails too: it stays unknown for a while. */
function drawUnread(
  dice: Dice,
  at = dice.pick(['create', 'patch', 'move', 'move', 'delete', 'delete'] as const),
): readonly Fault[] {
  const names = answersIn(at);
  const served = draw(dice, [names[dice.pick(unheardNames)]]);
  const number = dice.between(1, firstOfPhase[at]);
  const unread: Fault = { at: 'read', number: dice.between(1, 3), fault: { kind: 'lost' } };
  return [{ at, number, fault: served }, ...(dice.chance(0.5) ? [unread] : [])];
}

/** Where guests come and go: patches are carried out and nobody hears of it, and one of the guests leaves during such a patch. */
export function drawUnheardPatches(dice: Dice): readonly Fault[] {
  const then = draw(dice, [answersIn('patch')[dice.pick(['lose_answer', 'crash_unheard'] as const)]]);
  const left: Fault = {
    at: 'patch',
    number: dice.between(1, firstOfPhase.patch),
    fault: { kind: 'meanwhile', doing: 'leave', then },
  };
  return [...drawUnread(dice, 'patch'), left];
}

/** How a change goes on during which somebody acted: well, refused for good, overtaken, or broken off; each as likely. */
const goesOn = [
  [],
  ['error invalidId', 'error forbidden', 'error forbiddenForNonOrganizer'],
  ['error conditionNotMet', 'error conflict', 'error deleted', 'touch_event'],
  ['lost', 'lose_answer', 'error rateLimitExceeded', 'error_after backendError', 'crash_unheard'],
] as const;

function drawMeanwhile(dice: Dice): Fault {
  const at = dice.pick(['create', 'patch', 'patch', 'patch', 'move', 'delete'] as const);
  const names = answersIn(at);
  const way = dice.pick(goesOn);
  // What cannot be in this phase leaves the change alone.
  const named = way.length === 0 ? undefined : names[dice.pick(way)];
  const then = named === undefined ? null : draw(dice, [named]);
  const doing = dice.chance(0.4) ? 'retitle' : dice.pick(meanwhiles);
  return { at, number: dice.between(1, firstOfPhase[at]), fault: { kind: 'meanwhile', doing, then } };
}
