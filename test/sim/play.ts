/** One scenario, told deed by deed and fault by fault, under every invariant; with what was there to be seen on the way and in the end. */
import type { JsonObject } from '../../src/emulator/model.ts';
import type { LogEntry } from '../../src/emulator/request-log.ts';
import type { TurnReport } from '../../src/engine/engine.ts';
import type { Fault } from './faults.ts';
import { everyOracle } from './oracles/every.ts';
import { liveEvents, markOfEvent } from './oracles/google-side.ts';
import type { Oracle } from './oracles/oracle.ts';
import { runTapes } from './run.ts';
import { type Shape, strictPolicies } from './shape.ts';
import type { SiteDatabase } from './site.ts';
import { tellStory } from './story.ts';
import { RecordedSchedule } from './tapes.ts';
import type { Deed, Doing } from './workload/deeds.ts';

export interface Scenario {
  readonly shape?: Partial<Shape>;
  /** After the first put of every key; each so long after the one before of the same actor. */
  readonly deeds?: readonly (Doing & { readonly afterMs: number })[];
  readonly faults?: readonly Fault[];
}

/** How a turn left the table: `waiting` are keys with a mark, `holds` the kinds of open holds. */
export interface SeenTurn {
  readonly report: TurnReport | null;
  readonly calls: number;
  readonly waiting: readonly { readonly key: string; readonly fault: string | null }[];
  readonly holds: readonly string[];
}

export interface Played {
  /** Null where every invariant held, else the story. */
  readonly wrong: string | null;
  /** In the storm and in the quiet phase. */
  readonly turns: readonly SeenTurn[];
  /** Live events of ours by key, in the end. */
  readonly events: ReadonlyMap<string, readonly JsonObject[]>;
  readonly log: readonly LogEntry[];
  /** Kinds of every finding that was ever opened. */
  readonly findings: readonly string[];
}

const plain: Shape = {
  sites: 1,
  calendars: 1,
  workers: 1,
  turns: 3,
  keys: 1,
  pageSize: 2500,
  concurrency: 1,
  policies: strictPolicies,
  switches: {},
};

export async function play(databases: readonly SiteDatabase[], scenario: Scenario): Promise<Played> {
  const turns: SeenTurn[] = [];
  const log: LogEntry[] = [];
  const findings: string[] = [];
  const events = new Map<string, JsonObject[]>();
  const witness: Oracle = {
    onGoogle: (_, entry) => {
      log.push(entry);
    },
    async onTurn(_, { worker: { site }, report, calls }) {
      const waiting = await site.connection.ask<SeenTurn['waiting'][number]>(
        'select key, fault from calsync.dirty order by key',
      );
      const holds = await site.connection.ask<{ kind: string }>(
        'select kind from calsync.hold where closed_at is null order by id',
      );
      turns.push({ report, calls, waiting, holds: holds.map(({ kind }) => kind) });
    },
    async atRest(world) {
      for (const event of world.calendars.flatMap((calendar) => liveEvents(world, calendar))) {
        const key = markOfEvent(event)?.key;
        if (key !== undefined) events.set(key, [...(events.get(key) ?? []), event]);
      }
      for (const { connection } of world.sites)
        findings.push(
          ...(await connection.ask<{ kind: string }>('select kind from calsync.finding order by id')).map(
            ({ kind }) => kind,
          ),
        );
    },
  };
  const first: Deed = { who: 'writer', kind: 'put_all', afterMs: 0, site: 0 };
  const deeds = [first, ...(scenario.deeds ?? []).map((deed): Deed => ({ ...deed, site: 0 }))];
  const workload = { shape: { ...plain, ...scenario.shape }, deeds };
  const tapes = { workload, faults: scenario.faults ?? [], schedule: RecordedSchedule.replay([]) };
  const result = await runTapes('a scenario', tapes, databases, [...everyOracle, witness]);
  return { wrong: result.violation === null ? null : tellStory(result), turns, events, log, findings };
}
