/** I13: a binding outlives the delete: it is retired only when its event is no longer live, and kept long after. */
import type { LogEntry } from '../../../src/emulator/request-log.ts';
import type { Site, World } from '../world.ts';
import { findEvent } from './google-side.ts';
import type { Oracle } from './oracle.ts';

interface Memory {
  /** State of each binding when it was last looked at, by installation, key and event. */
  readonly states: Map<string, string>;
  /** Events that a person took out of the bin. */
  readonly undeleted: Set<string>;
}

const memories = new WeakMap<World, Memory>();

function memoryOf(world: World): Memory {
  const memory = memories.get(world) ?? { states: new Map(), undeleted: new Set() };
  memories.set(world, memory);
  return memory;
}

export const bindingsKept: Oracle = {
  onGoogle(world, entry: LogEntry) {
    for (const { kind, eventId } of entry.changes) if (kind === 'undelete') memoryOf(world).undeleted.add(eventId);
  },
  async onCommit(world, { site, actor, statements }) {
    if (world.workerOf(actor) === null || world.restored) return;
    if (statements.some((text) => text.includes('calsync.binding'))) await check(world, memoryOf(world), site);
  },
};

interface Row {
  readonly key: string;
  readonly event_id: string;
  readonly calendar: string;
  readonly state: string;
}

async function check(world: World, { states, undeleted }: Memory, site: Site): Promise<void> {
  const rows = await site.connection.ask<Row>(
    'select key, event_id, calendar, state from calsync.binding order by key, incarnation',
  );
  const kept = new Set<string>();
  for (const { key, event_id: eventId, calendar, state } of rows) {
    const name = `${site.number} ${key} ${eventId}`;
    kept.add(name);
    const before = states.get(name);
    states.set(name, state);
    if (state !== 'retired' || before === undefined || before === 'retired' || undeleted.has(eventId)) continue;
    const event = findEvent(world, calendar, eventId);
    if (event !== null && event.status !== 'cancelled')
      world.fail('I13', `the binding of ${key} was retired while its event is live`);
  }
  const lost = [...states.keys()].find((name) => name.startsWith(`${site.number} `) && !kept.has(name));
  if (lost !== undefined) world.fail('I13', `the binding ${lost} is gone before its time`);
}
