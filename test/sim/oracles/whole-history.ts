/**
 * The history tells all there is: the revisions of a key have no gap and end where the row stands, only changes of an event's own fields
 * count its generation, what was is what the row before left, and the newest state is the row.
 */
import { verifyReplay } from '../../../src/store/replay.ts';
import { askingDatabase } from '../door/asking-database.ts';
import type { Site, World } from '../world.ts';
import { type HistoryRow, historyOf, isOfGuest, isOfTable } from './history-rows.ts';
import type { Oracle, SiteCommit } from './oracle.ts';

export const wholeHistory: Oracle = {
  async onCommit(world, { site, statements }: SiteCommit) {
    if (statements.some((text) => writesRows.test(text))) await checkClosed(world, site);
  },
  async atRest(world) {
    for (const site of world.sites) {
      const { differences } = await verifyReplay(askingDatabase(site));
      if (differences.length > 0)
        world.fail('history', `replayed, it differs: ${JSON.stringify(differences.slice(0, 3))}`);
      const history = await historyOf(site);
      const rows = await rowsOf(site);
      for (const key of new Set(history.map((row) => row.key)))
        checkKey(
          world,
          history.filter((row) => row.key === key && isOfTable(row)),
          rows.get(key) ?? null,
        );
    }
  },
};

const writesRows = /\bcalsync\.(?:desired_event|desired_attendee|write_decided)\b|"desired_event"/;

/** A cancelled event has no open guests, and nothing waits to be mailed for it. */
async function checkClosed(world: World, site: Site): Promise<void> {
  const open = await site.connection.ask<{ key: string }>(
    `select event.key from calsync.desired_event event where event.cancelled_at is not null and (
         exists (select from calsync.desired_attendee guest where guest.key = event.key and guest.state = 'active')
         or exists (select from calsync.reminder mail where mail.key = event.key and mail.state = 'pending'))
       union
       select guest.key from calsync.desired_attendee guest join calsync.desired_event event on event.key = guest.key
         where event.cancelled_at is null and guest.state <> 'active' order by key`,
  );
  if (open.length > 0)
    world.fail('cancelled', `guests or reminders of ${open[0]?.key} do not stand as their event does`);
}

interface StandingRow {
  readonly revision: number;
  readonly generation: number;
  /** Null where the key has no row any more. */
  readonly body: Readonly<Record<string, unknown>> | null;
}

async function rowsOf(site: Site): Promise<ReadonlyMap<string, StandingRow>> {
  const rows = await site.connection.ask<StandingRow & { readonly key: string }>(
    `select counter.key, coalesce(event.generation, counter.generation) as generation,
         coalesce(event.revision, counter.revision) as revision, to_jsonb(event) as body
       from calsync.key_counter counter left join calsync.desired_event event on event.key = counter.key order by counter.key`,
  );
  return new Map(
    rows.map(({ key, generation, revision, body }) => [
      key,
      { generation: Number(generation), revision: Number(revision), body },
    ]),
  );
}

function checkKey(world: World, changes: readonly HistoryRow[], row: StandingRow | null): void {
  const fail = (message: string): void => world.fail('history', `${changes[0]?.key}: ${message}`);
  let before = { generation: 0, revision: 0 };
  for (const change of changes) {
    const { kind, generation, revision } = change;
    // Guests that one statement changes share a revision.
    const sharesRevision = isOfGuest(change) && revision === before.revision;
    if (revision !== before.revision + 1 && !sharesRevision)
      fail(`revision ${revision} (${kind}) comes after ${before.revision}`);
    const counts = kind !== 'withdrawn' && !isOfGuest(change);
    if (generation !== before.generation + (counts ? 1 : 0))
      fail(`a change of the kind ${kind} took generation ${before.generation} to ${generation}`);
    before = { generation, revision };
  }
  if (row === null) {
    fail('has a history and no numbers');
    return;
  }
  if (row.revision !== before.revision || row.generation !== before.generation)
    fail(`stands at ${row.generation}.${row.revision}, its history at ${before.generation}.${before.revision}`);
  checkNewest(changes, row, fail);
}

/** Columns that guests move as well. */
const shared = new Set(['revision', 'attendees_version', 'updated_at']);

function checkNewest(changes: readonly HistoryRow[], { body }: StandingRow, fail: (message: string) => void): void {
  let newest: HistoryRow['after'] = null;
  for (const change of changes.filter((entry) => !isOfGuest(entry))) {
    const unlike = differing(newest, change.before);
    if (unlike.length > 0) fail(`revision ${change.revision} says that ${unlike.join(', ')} had been otherwise`);
    newest = change.after;
  }
  const unlike = differing(newest, body);
  if (unlike.length > 0) fail(`${unlike.join(', ')} of the row are not what its history says`);
}

function differing(one: HistoryRow['after'], other: HistoryRow['after']): readonly string[] {
  if ((one === null) !== (other === null)) return ['existence'];
  return Object.keys(other ?? {}).filter(
    (column) => !shared.has(column) && JSON.stringify(one?.[column]) !== JSON.stringify(other?.[column]),
  );
}
