/** I15 and L5: a row that nothing stands in the way of does not wait turn after turn, whatever becomes of others. */
import type { World } from '../world.ts';
import type { EndedTurn, Oracle } from './oracle.ts';

/** Turns of its calendar, each come to its end, in which a row may be due and be left alone. */
const mostTurns = 4;

const waited = new WeakMap<World, Map<string, number>>();

export const fairness: Oracle = {
  async onTurn(world, { worker: { site }, calendar, report, begunAtMs }: EndedTurn) {
    if (report === null || report.error !== null || report.state === 'busy' || report.state === 'paused') return;
    // A row that may have been moved waits for the other calendar, which a daemon would have pulled before it came here again.
    const due = await site.connection.ask('select from calsync.calendar where id <> $1 and next_pull_at <= $2', [
      calendar,
      new Date(world.scheduler.now()),
    ]);
    if (due.length > 0) return;
    const turns = waited.get(world) ?? new Map<string, number>();
    waited.set(world, turns);
    // In a hold is what waits for a person. One that says the table is older than its calendar stops every write there, also of keys that
    // are not among its items.
    const left = await site.connection.ask<{ key: string }>(
      `select key from calsync.dirty mark where calendar = $1 and not parked and attempts = 0 and due_at <= $2 and marked_at <= $2
           and not exists (select from calsync.hold_item item join calsync.hold on hold.id = item.hold where item.key = mark.key and hold.closed_at is null)
           and not exists (select from calsync.hold where hold.calendar = mark.calendar and hold.kind = 'table_older' and hold.closed_at is null)
         order by key`,
      [calendar, new Date(begunAtMs)],
    );
    const names = new Set(left.map(({ key }) => `${site.number} ${calendar} ${key}`));
    for (const name of turns.keys())
      if (name.startsWith(`${site.number} ${calendar} `) && !names.has(name)) turns.delete(name);
    for (const name of names) {
      const count = (turns.get(name) ?? 0) + 1;
      turns.set(name, count);
      if (count > mostTurns) world.fail('I15', `${name} was due in ${count} turns, and none did anything about it`);
    }
  },
};
