import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attendeeCauseOf } from '../../src/core/attendee-status.ts';
import { causeOf, statusCauses } from '../../src/core/event-status.ts';
import { defaultEngineSettings } from '../../src/engine/engine.ts';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { everyAttendeeFacts, everyEventFacts } from '../support/status-facts.ts';

let database: MigratedDatabase;
beforeAll(async () => {
  database = await openMigratedDatabase();
});
afterAll(() => database.close());

describe('the same decision in SQL and in TypeScript', () => {
  test('calsync.event_cause and causeOf agree on every combination of facts', async () => {
    const all = everyEventFacts();
    const { rows } = await database.pool.query<{ cause: string }>(
      `select calsync.event_cause(f.wanted, f.over, f.held, f.mark, f.confirmed, f.bound, f.calling, f.fresh, f.flagged, f.mending, f.agrees) as cause
         from jsonb_to_recordset($1::jsonb)
           as f (wanted text, over boolean, held boolean, mark text, confirmed boolean, bound boolean, calling boolean, fresh boolean,
             flagged boolean, mending boolean, agrees boolean, place bigint) order by place`,
      [JSON.stringify(all.map((facts, place) => ({ ...facts, place })))],
    );
    expect(rows.map(({ cause }) => cause)).toEqual(all.map(causeOf));
  });

  test('calsync.attendee_cause and attendeeCauseOf agree on every combination of facts', async () => {
    const causes = Object.keys(statusCauses) as (keyof typeof statusCauses)[];
    const all = everyAttendeeFacts().flatMap((guest) =>
      causes.flatMap((cause) =>
        (['live', 'cancelled', 'absent'] as const).flatMap((wanted) =>
          [false, true].map((fresh) => ({ cause, wanted, fresh, guest })),
        ),
      ),
    );
    const { rows } = await database.pool.query<{ cause: string }>(
      `select calsync.attendee_cause(f.cause, f.wanted, f.fresh, f.active, f.written, f.alike, f.unreachable, f.removed) as cause
         from jsonb_to_recordset($1::jsonb)
           as f (cause text, wanted text, fresh boolean, active boolean, written boolean, alike boolean, unreachable boolean, removed boolean,
             place bigint) order by place`,
      [JSON.stringify(all.map(({ guest, ...event }, place) => ({ ...event, ...guest, place })))],
    );
    expect(rows.map(({ cause }) => cause)).toEqual(
      all.map(({ cause, guest, ...event }) => attendeeCauseOf(cause, event, guest)),
    );
  });

  test('calsync.status_cause says of every cause what statusCauses says', async () => {
    const { rows } = await database.pool.query('select * from calsync.status_cause');
    const stated = Object.entries(statusCauses).map(([cause, meaning]) => ({ cause, ...meaning }));
    expect(rows).toEqual(expect.arrayContaining(stated));
    expect(rows).toHaveLength(stated.length);
  });

  test('where the reconciler has said nothing yet, SQL believes an observation as long as it would', async () => {
    const { rows } = await database.pool.query(
      `select extract(epoch from fresh_for) * 1000 as "freshForMs", extract(epoch from settled_after) * 1000 as "settledAfterMs"
         from calsync.status_limits`,
    );
    const { freshForMs, settledAfterMs } = defaultEngineSettings;
    expect(
      rows.map((row) => ({ freshForMs: Number(row.freshForMs), settledAfterMs: Number(row.settledAfterMs) })),
    ).toEqual([{ freshForMs, settledAfterMs }]);
  });
});
