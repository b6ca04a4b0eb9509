/** The three tapes of a run. Each follows from the seed by itself, and each can be cut by itself when a failure is made smaller. */
import { Dice } from './dice.ts';
import { drawMishaps } from './door/mishaps.ts';
import { drawFaults, type Fault } from './faults.ts';
import type { ScheduleTape } from './scheduler.ts';
import { drawShape, type Shape } from './shape.ts';
import { type Deed, drawDeeds } from './workload/deeds.ts';
import { drawDoorDeeds } from './workload/door.ts';
import { drawMeddling } from './workload/meddling.ts';
import { drawTrickle } from './workload/trickle.ts';

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
  const usual = [...drawDeeds(dice, shape), ...drawMeddling(new Dice(`${seed} meddling`), shape)];
  const atDoor = drawDoorDeeds(new Dice(`${seed} door`), shape);
  return {
    workload: {
      shape,
      deeds: [...(trickle.length > 0 ? trickle : usual), ...atDoor],
    },
    schedule: RecordedSchedule.fromSeed(seed),
    faults: [
      ...drawFaults(new Dice(`${seed} faults`)),
      ...drawMishaps(new Dice(`${seed} mishaps`), atDoor.filter(({ who }) => who !== 'follower').length),
    ],
  };
}
