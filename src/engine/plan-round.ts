import { type CalendarPlan, planCalendar } from '../core/plan-calendar.ts';
import { checkPlan } from '../core/plan-check.ts';
import { calendarsOf, type KeyState, type PlanContext } from '../core/state.ts';
import { calendarFacts } from '../store/calendar-state.ts';
import { standingPermissions } from '../store/hold.ts';
import { guardCountsOf } from '../store/intent.ts';
import { loadKeyStates } from '../store/key-state.ts';
import { databaseNow } from '../store/setting.ts';
import { mirrorSource } from '../store/sightings.ts';
import type { Work } from './work.ts';

/** Keys that are loaded with one set of queries. */
const keysPerLoad = 1_000;

export interface PlannedRound {
  readonly plan: CalendarPlan;
  /** Calendars that have to be listed before some keys can be decided; none that Google does not let us read. */
  readonly pulls: readonly string[];
}

/** Reads the state of keys anew. */
export async function loadStates(work: Work, keys: readonly string[]): Promise<readonly KeyState[]> {
  const { db, installation, fingerprintSecret } = work.engine;
  const permissions = await standingPermissions(db, work.lease.calendar);
  const context = { installation, fingerprintSecret, notFound: work.notFound, permissions };
  const source = mirrorSource(db, installation);
  const states: KeyState[] = [];
  for (let first = 0; first < keys.length; first += keysPerLoad) {
    states.push(...(await loadKeyStates(db, keys.slice(first, first + keysPerLoad), source, context)));
  }
  return states;
}

/** Plans the keys that are open and has the plan checked. Throws `invariant` for a plan that must not be. */
export async function planRound(work: Work, states: readonly KeyState[]): Promise<PlannedRound> {
  const { db } = work.engine;
  const context = await planContext(work);
  const countsOf = await guardCountsOf(db, calendarsOf(work.lease.calendar, states));
  const permissions = await standingPermissions(db, work.lease.calendar);
  const plan = planCalendar(work.lease.calendar, states, context, countsOf, permissions);
  checkPlan(plan, states, context, countsOf);
  const wanted = [...new Set(plan.outcomes.flatMap((outcome) => outcome.pulls))];
  return { plan, pulls: wanted.filter((calendar) => context.calendars.get(calendar)?.readable === true) };
}

async function planContext(work: Work): Promise<PlanContext> {
  const { db, installation, settings } = work.engine;
  return {
    now: (await databaseNow(db)).getTime(),
    installation,
    graceMs: settings.graceMs,
    settledAfterMs: settings.settledAfterMs,
    calendars: await calendarFacts(db, settings.freshForMs),
  };
}
