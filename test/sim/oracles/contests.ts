/** L7: what a person types again and again is put right at most three times an hour; then the contest is told, and settles. */
import type { LogEntry } from '../../../src/emulator/request-log.ts';
import type { World } from '../world.ts';
import { ownChanges } from './google-side.ts';
import type { Oracle } from './oracle.ts';

const hourMs = 3_600_000;
const mostRounds = 3;
const fields = ['summary', 'location'] as const;

interface Memory {
  /** What a person typed last, by event and field, and what stood there before any of it. */
  readonly typed: Map<string, { readonly text: string; readonly was: unknown }>;
  /** When it was overwritten. */
  readonly rounds: Map<string, number[]>;
  /** A database was put back from a backup, which happens once in a run. */
  restored: boolean;
}

const memories = new WeakMap<World, Memory>();

export const contests: Oracle = {
  onGoogle(world, entry) {
    const memory = memories.get(world) ?? { typed: new Map(), rounds: new Map(), restored: false };
    memories.set(world, memory);
    // What was put right after the backup was taken is nowhere any more: nobody can know of those rounds.
    if (world.restored && !memory.restored) memory.rounds.clear();
    memory.restored = world.restored;
    for (const { eventId, fields: changed } of entry.operation === 'people.edit' ? entry.changes : [])
      for (const field of fields) type(memory, `${eventId} ${field}`, changed[field]);
    // What Google carries out and then refuses is for calsync somebody else's change.
    if (entry.status >= 400) return;
    for (const change of ownChanges(entry)) if (change.kind === 'update') note(world, memory, entry, change);
  },
};

function type(
  { typed }: Memory,
  name: string,
  change: LogEntry['changes'][number]['fields'][string] | undefined,
): void {
  if (typeof change?.after !== 'string') return;
  typed.set(name, { text: change.after, was: typed.get(name)?.was ?? change.before });
}

function note(
  world: World,
  { typed, rounds }: Memory,
  entry: LogEntry,
  { eventId, fields: changed }: LogEntry['changes'][number],
): void {
  for (const field of fields) {
    const name = `${eventId} ${field}`;
    const known = typed.get(name);
    if (known === undefined || known.text !== changed[field]?.before) continue;
    typed.delete(name);
    if (changed[field]?.after !== known.was) continue; // a newer wish, and no repair
    const recent = [...(rounds.get(name) ?? []), entry.atMs].filter((atMs) => atMs > entry.atMs - hourMs);
    rounds.set(name, recent);
    if (recent.length > mostRounds && !world.retried)
      world.fail('L7', `the ${field} of ${eventId.slice(0, 6)} was put right ${recent.length} times within an hour`);
  }
}
