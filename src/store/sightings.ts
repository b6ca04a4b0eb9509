/** Where the plan's observations come from: the mirror in Postgres, or a listing that is held in memory. */
import { sql } from 'kysely';
import type { GoogleEvent } from '../core/google-event.ts';
import type { Mark } from '../core/identity.ts';
import type { ForeignTwin, OccurrenceSighting, Sighting } from '../core/state.ts';
import type { Db } from './database.ts';

/** What the plan asks of the observations. Answers are in a fixed order. */
export interface SightingSource {
  /** Events, not occurrences, that have one of these ids, are the rest of one of them, or carry this installation's mark for one of these keys. */
  sightings(eventIds: readonly string[], keys: readonly string[]): Promise<readonly Sighting[]>;
  /** Changed or cancelled occurrences of these series. */
  occurrences(masterIds: readonly string[]): Promise<readonly OccurrenceSighting[]>;
  /** Live foreign events with one of these fingerprints. */
  foreignTwins(fingerprints: readonly string[]): Promise<readonly (ForeignTwin & { readonly fingerprint: string })[]>;
}

interface SightingRow {
  readonly calendar: string;
  readonly event_id: string;
  readonly etag: string;
  readonly status: string;
  readonly mark_installation: string | null;
  readonly mark_key: string | null;
  readonly mark_revision: number | null;
  readonly body: GoogleEvent | null;
  readonly created: string | null;
  readonly seen_at: Date;
  readonly rest_of: string | null;
}

/** The mirror as it stands. */
export function mirrorSource(db: Db, installation: string): SightingSource {
  return {
    async sightings(eventIds, keys) {
      const { rows } = await sql<SightingRow>`
        select calendar, event_id, etag, status, mark_installation, mark_key, mark_revision, body, created, seen_at, rest_of
          from calsync.observed_event
          where recurring_event_id is null and event_id = any(${eventIds}::text[])
        union
        select calendar, event_id, etag, status, mark_installation, mark_key, mark_revision, body, created, seen_at, rest_of
          from calsync.observed_event
          where recurring_event_id is null and rest_of = any(${eventIds}::text[])
        union
        select calendar, event_id, etag, status, mark_installation, mark_key, mark_revision, body, created, seen_at, rest_of
          from calsync.observed_event
          where recurring_event_id is null and mark_key = any(${keys}::text[]) and mark_installation = ${installation}
        order by calendar, event_id`.execute(db);
      return rows.map(sightingOf);
    },
    async occurrences(masterIds) {
      const { rows } = await sql<{
        calendar: string;
        event_id: string;
        recurring_event_id: string;
        original_start: string | null;
        status: string;
      }>`
        select calendar, event_id, recurring_event_id, original_start, status from calsync.observed_event
          where recurring_event_id = any(${masterIds}::text[]) order by calendar, event_id`.execute(db);
      return rows.map((row) => ({
        calendar: row.calendar,
        eventId: row.event_id,
        masterId: row.recurring_event_id,
        originalStart: row.original_start,
        live: row.status !== 'cancelled',
      }));
    },
    async foreignTwins(fingerprints) {
      const { rows } = await sql<{ calendar: string; event_id: string; fingerprint: string }>`
        select calendar, event_id, fingerprint from calsync.observed_event
          where fingerprint = any(${fingerprints}::text[]) and not ours and status <> 'cancelled'
          order by calendar, event_id`.execute(db);
      return rows.map((row) => ({ calendar: row.calendar, eventId: row.event_id, fingerprint: row.fingerprint }));
    },
  };
}

function sightingOf(row: SightingRow): Sighting {
  const mark: Mark | null =
    row.mark_installation === null || row.mark_key === null
      ? null
      : { installation: row.mark_installation, key: row.mark_key, revision: row.mark_revision ?? 0 };
  return {
    calendar: row.calendar,
    eventId: row.event_id,
    etag: row.etag,
    live: row.status !== 'cancelled',
    mark,
    event: row.body,
    created: row.created,
    seenAt: row.seen_at.getTime(),
    ...(row.rest_of === null ? {} : { restOf: row.rest_of }),
  };
}
