/**
 * What the tables say of themselves, after every commit of a worker. I3 and I4: no written row is left without a mark, an applied
 * revision or something to be seen. I9: the sync token is not ahead of the mirror. I10: a worker past its lease writes no records.
 */

import type { Worker } from '../worker.ts';
import type { Site, World } from '../world.ts';
import { findEvent } from './google-side.ts';
import type { Oracle, SiteCommit } from './oracle.ts';

const records =
  /^\s*(?:with\b[\s\S]*?\b)?(?:insert into|update|delete from) calsync\.(?:binding|observed_event|intent|hold|hold_item|dirty)\b/;

/** That Google answers again is news for every calendar of an account: why a key waited is forgotten by whoever hears it, lease or not. */
const forgetsSilence = /^\s*update calsync\.dirty set fault = null\b[\s\S]*starts_with\(mark\.reason/;

/** To say why rows wait, a turn asks in the same statement whether the calendar is still its own: past its lease it writes nothing. */
const asksForLease = /^\s*update calsync\.dirty set fault = \$1\b[\s\S]*\blease_epoch = /;

export const ledgers: Oracle = {
  async onCommit(world, { site, actor, statements }: SiteCommit) {
    const worker = world.workerOf(actor);
    if (worker === null) return;
    if (statements.some((text) => records.test(text) && !forgetsSilence.test(text) && !asksForLease.test(text)))
      await checkLease(world, site, worker);
    if (statements.some((text) => text.includes('calsync.dirty') || text.includes('calsync.binding')))
      await checkMarks(world, site);
    if (statements.some((text) => text.includes('set sync_token = '))) await checkToken(world, site);
  },
};

async function checkLease(world: World, site: Site, worker: Worker): Promise<void> {
  if (worker.turning === null) return;
  const [row] = await site.connection.ask<{ owner: string | null }>(
    'select lease_owner as owner from calsync.calendar where id = $1',
    [worker.turning],
  );
  if (row?.owner !== worker.name)
    world.fail(
      'I10',
      `${worker.name} wrote records of ${world.nameOf(worker.turning)}, which ${row?.owner ?? 'nobody'} has`,
    );
}

/** Rows whose latest revision neither went to Google nor is going to, and of which nothing tells. */
async function checkMarks(world: World, site: Site): Promise<void> {
  const lost = await site.connection.ask<{ key: string }>(
    `select event.key from calsync.desired_event event
       where not exists (select from calsync.dirty mark where mark.key = event.key)
         and not exists (select from calsync.finding where finding.key = event.key and closed_at is null)
         and not exists (select from calsync.intent where intent.key = event.key and outcome is null)
         and not exists (select from calsync.binding bound where bound.key = event.key
           and case when event.cancelled_at is null then bound.state in ('live', 'gone') and bound.applied_revision >= event.revision
                    else bound.state = 'retired' end)
         and (event.cancelled_at is null or exists (select from calsync.binding bound where bound.key = event.key and bound.state <> 'retired'))
       order by event.key`,
  );
  if (lost.length > 0)
    world.fail(
      'I4',
      `${lost.map(({ key }) => key).join(', ')}: written, not in Google, and nothing will bring it there`,
    );
}

interface TokenRow {
  readonly id: string;
  readonly sync_token: string | null;
}

/** What Google had up to the token's version, and has not changed since, is in the mirror as it is. */
async function checkToken(world: World, site: Site): Promise<void> {
  const calendars = await site.connection.ask<TokenRow>('select id, sync_token from calsync.calendar order by id');
  for (const { id, sync_token } of calendars) {
    if (sync_token === null || world.liedAbout.has(id)) continue;
    const version = versionOf(sync_token);
    const mirror = await site.connection.ask<{ event_id: string; etag: string }>(
      'select event_id, etag from calsync.observed_event where calendar = $1',
      [id],
    );
    const etags = new Map(mirror.map(({ event_id, etag }) => [event_id, etag]));
    for (const { eventId, changedAt } of world.versions(id)) {
      const event = changedAt > version ? null : findEvent(world, id, eventId);
      if (event === null || event.status === 'cancelled' || etags.get(eventId) === event.etag) continue;
      world.fail(
        'I9',
        `the token of ${world.nameOf(id)} is ahead of ${eventId.slice(0, 6)}, which the mirror has not as it is`,
      );
    }
  }
}

/** The emulator's token is readable: a checksum and what it stands for. */
function versionOf(token: string): number {
  return (JSON.parse(Buffer.from(token, 'base64url').toString().slice(8)) as { version: number }).version;
}
