import { asCalsyncError, type CalsyncError } from '../core/error.ts';
import type { Outcome } from '../core/plan.ts';
import type { PlannedCall } from '../core/plan-calendar.ts';
import type { KeyState } from '../core/state.ts';
import { type Calendar, findCalendar } from '../store/calendar.ts';
import { pullSoon } from '../store/calendar-state.ts';
import { dueKeys, markOwed } from '../store/dirty.ts';
import { copied } from '../store/installation-claim.ts';
import { claimCalendar, type Lease, releaseLease } from '../store/lease.ts';
import { databaseNow } from '../store/setting.ts';
import { readGate } from '../store/turn-gate.ts';
import { markFormerTwins } from '../store/twins.ts';
import { TurnBreaker } from './breaker.ts';
import { converge } from './converge.ts';
import { countedGoogle } from './counted-google.ts';
import { endTurn } from './end-turn.ts';
import { type Engine, noCounts, type TurnCounts, type TurnReport } from './engine.ts';
import { changeDesired, closeOutcomes, notePlan, waitsForPerson } from './follow-plan.ts';
import { recordGoogleChanges } from './google-changes.ts';
import { observe } from './observe.ts';
import { loadStates, type PlannedRound, planRound } from './plan-round.ts';
import { readEvents } from './read-events.ts';
import { noteEndsOf } from './series-ends.ts';
import { settleUnknown } from './settle-unknown.ts';
import { isSpent, type Work } from './work.ts';

/** Rounds of plan and converge in a turn: a key that keeps changing under our hands waits for the next one (P27). */
const mostRounds = 6;
/** Rounds of reading by id before a plan is complete. */
const mostReadingRounds = 3;

/**
 * One turn of one calendar: claim it, settle what was left open, list it, then plan and converge the keys that are due. Reading the same
 * state again changes nothing. Answers what was done; only what nobody planned for is thrown.
 */
export async function turn(engine: Engine, calendar: string): Promise<TurnReport> {
  const lease = await claimCalendar(engine.db, calendar, engine.worker, engine.settings.leaseMs);
  if (lease === null) return { calendar, state: 'busy', counts: noCounts(), again: false, pulls: [], error: null };
  const startedAt = await databaseNow(engine.db);
  const counts = noCounts();
  let done: Worked = ended(null);
  try {
    done = await claimed(engine, lease, counts);
  } catch (thrown) {
    done = ended(asCalsyncError(thrown));
  }
  try {
    return await endTurn(engine, lease, { startedAt, counts, ...done });
  } finally {
    await releaseLease(engine.db, lease);
  }
}

/** The turn of a calendar that is ours for now: nothing in it while this database or its account may not call Google. */
async function claimed(engine: Engine, lease: Lease, counts: TurnCounts): Promise<Worked> {
  const calendar = await findCalendar(engine.db, lease.calendar);
  const gate = await readGate(engine.db, calendar.account);
  if (!gate.claimed) throw copied();
  if (gate.pause !== null) return ended(null);
  const breaker = await TurnBreaker.enter(engine, lease, calendar.account, gate.silence);
  try {
    return await worked(await beginWork(engine, lease, calendar, counts, breaker));
  } finally {
    await breaker.leave();
  }
}

async function worked(work: Work): Promise<Worked> {
  const arrivals = await settleUnknown(work);
  await pullSoon(work.engine.db, arrivals);
  const done = (await observe(work)) ? await workDueKeys(work) : ended(null);
  return { ...done, pulls: [...new Set([...done.pulls, ...arrivals])] };
}

async function beginWork(
  engine: Engine,
  lease: Lease,
  { account, timeZone }: Calendar,
  counts: TurnCounts,
  breaker: TurnBreaker,
): Promise<Work> {
  return {
    engine,
    lease,
    account,
    google: countedGoogle(await engine.google(account), counts, breaker),
    counts,
    startedAt: engine.clock.now(),
    leaseKeptAt: engine.clock.now(),
    calendarZone: timeZone,
    fullListing: 0,
    notFound: new Set(),
  };
}

interface Worked {
  readonly again: boolean;
  readonly pulls: readonly string[];
  readonly error: CalsyncError | null;
}

function ended(error: CalsyncError | null): Worked {
  return { again: false, pulls: [], error };
}

/** Plans and converges, round by round, until no key is left that this turn can bring further. */
async function workDueKeys(work: Work): Promise<Worked> {
  await markOwed(work.engine.db, work.lease.calendar);
  await markFormerTwins(work.engine.db, work.lease.calendar);
  const due = await dueKeys(work.engine.db, work.lease.calendar, work.engine.settings.mostKeysPerTurn);
  let states = await loadStates(work, due);
  await noteEndsOf(work.engine.db, states);
  const pulls = new Set<string>();
  let again = false;
  for (let round = 0; round < mostRounds && states.length > 0; round += 1) {
    const planned = await planWithReadings(work, states);
    const { outcomes, calls } = planned.plan;
    await notePlan(work, planned.plan);
    await recordGoogleChanges(work.engine.db);
    for (const pull of [...planned.pulls, ...destinationsOf(calls)]) pulls.add(pull);
    await pullSoon(work.engine.db, [...pulls]);
    const adopted = await changeDesired(work, outcomes);
    const converged = await converge(work, soonestFirst(calls, due));
    await closeOutcomes(work, outcomes);
    again ||= converged.changed || adopted.length > 0 || isSpent(work);
    if (converged.stop !== null) return ended(converged.stop);
    if (converged.unfinished) return { again: true, pulls: [...pulls], error: null };
    const retry = [...converged.again, ...adopted];
    if (retry.length === 0) break;
    again ||= round === mostRounds - 1;
    states = await stillOpen(work, planned.states, outcomes, retry);
  }
  return { again, pulls: [...pulls], error: null };
}

/** Plans; where a decision needs events that no listing shows, reads them by id and plans again. */
async function planWithReadings(
  work: Work,
  open: readonly KeyState[],
): Promise<PlannedRound & { readonly states: readonly KeyState[] }> {
  let states = open;
  let planned = await planRound(work, states);
  for (let round = 0; round < mostReadingRounds; round += 1) {
    // A call whose end could not be read a moment ago waits for the next turn.
    const unread = planned.plan.outcomes.filter(({ row, reads }) => row !== 'unsettled' && reads.length > 0);
    if (unread.length === 0) break;
    await readEvents(
      work,
      unread.flatMap(({ reads }) => reads),
    );
    states = await reload(
      work,
      states,
      unread.map(({ key }) => key),
    );
    planned = await planRound(work, states);
  }
  return { states, ...planned };
}

/** What the next round plans: the keys to look at again, and what is held, so that the guard sees the whole set. */
async function stillOpen(
  work: Work,
  states: readonly KeyState[],
  outcomes: readonly Outcome[],
  retry: readonly string[],
): Promise<readonly KeyState[]> {
  const held = new Set(outcomes.filter(waitsForPerson).map(({ key }) => key));
  const again = new Set(retry);
  return reload(
    work,
    states.filter(({ key }) => held.has(key) || again.has(key)),
    retry,
  );
}

async function reload(work: Work, states: readonly KeyState[], keys: readonly string[]): Promise<readonly KeyState[]> {
  const anew = new Map((await loadStates(work, [...new Set(keys)])).map((state) => [state.key, state]));
  return states.map((state) => anew.get(state.key) ?? state);
}

/** Calls in the order in which their events start. */
function soonestFirst(calls: readonly PlannedCall[], due: readonly string[]): readonly PlannedCall[] {
  const rank = new Map(due.map((key, index) => [key, index]));
  const rankOf = ({ call }: PlannedCall) => rank.get(call.key) ?? due.length;
  return [...calls].sort((a, b) => rankOf(a) - rankOf(b));
}

/** A move is seen by the calendar that it leads to. */
function destinationsOf(calls: readonly PlannedCall[]): readonly string[] {
  return calls.flatMap(({ call }) => (call.kind === 'move' ? [call.destination] : []));
}
