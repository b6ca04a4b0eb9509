/** I7: every update, delete and move carries an etag. I11: a calendar's policy is never overstepped. */
import type { LogEntry } from '../../../src/emulator/request-log.ts';
import type { World } from '../world.ts';
import { ownChanges } from './google-side.ts';
import type { Oracle } from './oracle.ts';

const changing = new Set([
  'calendar.events.patch',
  'calendar.events.update',
  'calendar.events.delete',
  'calendar.events.move',
]);

export const fences: Oracle = {
  onGoogle(world, entry) {
    if (entry.actor !== 'client') return;
    if (changing.has(entry.operation) && (entry.ifMatch === undefined || entry.ifMatch === '*'))
      world.fail('I7', `${entry.operation} of ${entry.path} without an etag`);
    checkPolicy(world, entry);
  },
};

function checkPolicy(world: World, entry: LogEntry): void {
  const { policy } = world.shape.policies;
  const changes = ownChanges(entry);
  if (changes.length === 0 || policy === 'sync') return;
  const created = changes.every(({ kind }) => kind === 'create');
  const deleted = entry.operation === 'calendar.events.delete';
  const allowed = policy === 'observe' ? false : policy === 'create-only' ? created : !deleted;
  if (!allowed) world.fail('I11', `${entry.operation} on a calendar whose policy is ${policy}`);
}
