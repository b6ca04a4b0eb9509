/** Turns while they last: who is in one, what it calls, and whether anybody else did something meanwhile. */
import type { TurnReport } from '../../src/engine/engine.ts';
import { isChange } from './cells.ts';
import type { EndedTurn, SentCall } from './oracles/oracle.ts';
import type { Actor } from './scheduler.ts';
import type { Worker } from './worker.ts';

interface RunningTurn {
  readonly worker: Worker;
  readonly calendar: string;
  readonly begunAtMs: number;
  readonly changes: Map<string, number>;
  undisturbed: boolean;
  calls: number;
}

export class Turns {
  private readonly running = new Map<Actor, RunningTurn>();
  private ended: EndedTurn[] = [];

  begin(worker: Worker, calendar: string, begunAtMs: number): void {
    worker.turning = calendar;
    this.disturb();
    const alone = this.running.size === 0;
    this.running.set(worker, { worker, calendar, begunAtMs, changes: new Map(), undisturbed: alone, calls: 0 });
  }

  end(worker: Worker, report: TurnReport | null): void {
    const turn = this.running.get(worker);
    this.leave(worker);
    if (turn !== undefined) this.ended.push({ ...turn, report });
  }

  /** A worker that died is in no turn any more. What it left on the way may still arrive. */
  leave(worker: Worker): void {
    worker.turning = null;
    this.running.delete(worker);
  }

  /** Somebody did something: what runs now was not alone. */
  disturb(): void {
    for (const turn of this.running.values()) turn.undisturbed = false;
  }

  noteCall({ actor, phase, eventId }: SentCall): void {
    const turn = this.running.get(actor);
    if (turn === undefined) return;
    turn.calls += 1;
    // A create that is refused because the id is taken goes on under another one.
    if (!isChange(phase) || phase === 'create') return;
    const place = `${phase} ${eventId}`;
    turn.changes.set(place, (turn.changes.get(place) ?? 0) + 1);
  }

  /** When the turn began that a worker is in; null between turns. */
  begunAt(actor: Actor): number | null {
    return this.running.get(actor)?.begunAtMs ?? null;
  }

  takeEnded(): readonly EndedTurn[] {
    return this.ended.splice(0);
  }
}
