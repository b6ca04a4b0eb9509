/** The three tapes of a run. Each follows from the seed by itself, and each can be cut by itself when a failure is made smaller. */
import { Dice } from './dice.ts';
import { drawMishaps } from './door/mishaps.ts';
import { drawFaults, drawUnheardPatches, type Fault } from './faults.ts';
import type { ScheduleTape } from './scheduler.ts';
import { drawShape, type Shape } from './shape.ts';
import { drawAlone } from './workload/alone.ts';
import { drawBounces } from './workload/bounces.ts';
import { drawCopycats } from './workload/copycats.ts';
import { type Deed, drawDeeds } from './workload/deeds.ts';
import { drawDoorDeeds } from './workload/door.ts';
import { drawEnrolments } from './workload/enrolments.ts';
import { drawMeddling } from './workload/meddling.ts';
import { drawMovers } from './workload/movers.ts';
import { drawSchedules } from './workload/schedules.ts';
import { drawTrickle } from './workload/trickle.ts';
import { drawWaits } from './workload/waiting.ts';

export interface Workload {
  readonly shape: Shape;
  readonly deeds: readonly Deed[];
}

export interface Tapes {
  readonly workload: Workload;
  readonly schedule: RecordedSchedule;
  readonly faults: readonly Fault[];
}

/** Numbers as they are needed, kept so that they can be cut. Behind the end of a cut tape it is always the first who goes on. */
export class RecordedSchedule implements ScheduleTape {
  readonly drawn: number[] = [];
  private readonly source: () => number;

  constructor(source: () => number) {
    this.source = source;
  }

  static fromSeed(seed: string): RecordedSchedule {
    const dice = new Dice(`${seed} schedule`);
    return new RecordedSchedule(() => dice.fraction());
  }

  static replay(numbers: readonly number[]): RecordedSchedule {
    let at = 0;
    return new RecordedSchedule(() => numbers[at++] ?? 0);
  }

  next(): number {
    const number = this.source();
    this.drawn.push(number);
    return number;
  }
}

export function tapesOf(seed: string): Tapes {
  const dice = new Dice(`${seed} workload`);
  const shape = drawShape(dice);
  const trickle = drawTrickle(new Dice(`${seed} trickle`), shape);
  const usual = [
    ...drawDeeds(dice, shape),
    ...drawMeddling(new Dice(`${seed} meddling`), shape),
    ...drawCopycats(new Dice(`${seed} copycats`), shape),
    ...drawMovers(new Dice(`${seed} movers`), shape),
  ];
  const alone = drawAlone(new Dice(`${seed} alone`), shape);
  const atDoor = alone.length > 0 ? [] : drawDoorDeeds(new Dice(`${seed} door`), shape);
  const deeds =
    alone.length > 0 ? alone : [...(trickle.length > 0 ? trickle : [...usual, ...drawOthers(seed, shape)]), ...atDoor];
  return {
    workload: { shape, deeds },
    schedule: RecordedSchedule.fromSeed(seed),
    faults: [
      ...drawFaults(new Dice(`${seed} faults`), Number(seed) || 0),
      ...(deeds.some(({ who }) => who === 'enroller') ? drawUnheardPatches(new Dice(`${seed} unheard patches`)) : []),
      ...drawMishaps(new Dice(`${seed} mishaps`), atDoor.filter(({ who }) => who !== 'follower').length),
    ],
  };
}

/** Those who come now and then, each with dice of their own. */
function drawOthers(seed: string, shape: Shape): readonly Deed[] {
  const at = <Drawn>(who: string, draw: (dice: Dice) => readonly Drawn[]) => {
    const dice = new Dice(`${seed} ${who}`);
    return draw(dice).map((deed) => ({ ...deed, site: dice.below(shape.sites) }));
  };
  return [
    ...at('planner', drawSchedules).map((deed) => ({ who: 'planner', ...deed }) as const),
    ...at('postmaster', drawBounces).map((deed) => ({ who: 'postmaster', ...deed }) as const),
    ...at('enroller', (dice) => drawEnrolments(dice, shape)).map((deed) => ({ who: 'enroller', ...deed }) as const),
    ...at('waiter', (dice) => drawWaits(dice, shape)).map((deed) => ({ who: 'waiter', ...deed }) as const),
  ];
}
