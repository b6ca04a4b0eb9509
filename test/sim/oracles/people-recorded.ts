/** I8: what a person typed into a field of ours is never written over before a finding, or the history, has it. */
import type { LogEntry } from '../../../src/emulator/request-log.ts';
import type { World } from '../world.ts';
import { findEvent, markIn, ownChanges, siteOf } from './google-side.ts';
import type { Oracle } from './oracle.ts';

const texts = ['summary', 'location', 'description'] as const;

/** By event and field, what a person typed last. */
const typed = new WeakMap<World, Map<string, string>>();

export const peopleRecorded: Oracle = {
  async onGoogle(world, entry) {
    const known = typed.get(world) ?? new Map<string, string>();
    typed.set(world, known);
    if (entry.operation === 'people.edit') return note(known, entry);
    if (entry.actor === 'person') return;
    for (const { eventId, calendarId, fields, kind } of ownChanges(entry)) {
      if (kind !== 'update') continue;
      for (const field of texts) {
        const value = known.get(`${eventId} ${field}`);
        if (value === undefined || fields[field]?.before !== value) continue;
        known.delete(`${eventId} ${field}`);
        await demandRecord(world, calendarId, eventId, field, value);
      }
    }
  },
};

function note(known: Map<string, string>, entry: LogEntry): void {
  for (const { eventId, fields } of entry.changes)
    for (const field of texts) {
      const value = fields[field]?.after;
      if (typeof value === 'string') known.set(`${eventId} ${field}`, value);
    }
}

async function demandRecord(
  world: World,
  calendar: string,
  eventId: string,
  field: string,
  value: string,
): Promise<void> {
  const mark = markIn(findEvent(world, calendar, eventId)?.extendedProperties);
  const site = mark === null ? null : siteOf(world, mark.installation);
  if (mark === null || site === null) return;
  const rows = await site.connection.ask(
    `select from calsync.finding where key = $1 and kind in ('drift', 'conflict') and exists (
       select from jsonb_array_elements(fields) item where item ->> 'field' = $2 and item ->> 'observed' = $3)`,
    [mark.key, field, value],
  );
  if (rows.length === 0)
    world.fail('I8', `the ${field} that a person typed into ${mark.key} was overwritten and recorded nowhere`);
}
