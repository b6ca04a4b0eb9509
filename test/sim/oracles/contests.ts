/** L7: what a person types again and again is put right at most three times an hour; then the contest is told, and settles. */
import type { LogEntry } from '../../../src/emulator/request-log.ts';
import type { World } from '../world.ts';
import { ownChanges } from './google-side.ts';
import type { Oracle } from './oracle.ts';

const hourMs = 3_600_000;
const mostRounds = 3;
const fields = ['summary', 'location'] as const;

interface Memory {
  /** What a person typed last, by event and field. */
  readonly typed: Map<string, string>;
  /** When it was overwritten. */
  readonly rounds: Map<string, number[]>;
}

const memories = new WeakMap<World, Memory>();

export const contests: Oracle = {
  onGoogle(world, entry) {
    const memory = memories.get(world) ?? { typed: new Map(), rounds: new Map() };
    memories.set(world, memory);
    for (const { eventId, fields: changed } of entry.operation === 'people.edit' ? entry.changes : [])
      for (const field of fields)
        if (typeof changed[field]?.after === 'string') memory.typed.set(`${eventId} ${field}`, changed[field].after);
    for (const change of ownChanges(entry)) if (change.kind === 'update') note(world, memory, entry, change);
  },
};

function note(
  world: World,
  { typed, rounds }: Memory,
  entry: LogEntry,
  { eventId, fields: changed }: LogEntry['changes'][number],
): void {
  for (const field of fields) {
    const name = `${eventId} ${field}`;
    const before = changed[field]?.before;
    if (before == null || typed.get(name) !== before) continue;
    typed.delete(name);
    const recent = [...(rounds.get(name) ?? []), entry.atMs].filter((atMs) => atMs > entry.atMs - hourMs);
    rounds.set(name, recent);
    if (recent.length > mostRounds && !world.retried)
      world.fail('L7', `the ${field} of ${eventId.slice(0, 6)} was put right ${recent.length} times within an hour`);
  }
}
