/**
 * What Google asks for with `Retry-After` is kept to. In one turn the same request is not sent again before that time. A change that was
 * refused so is not tried again by anybody before it, unless the row, its event or a copy of that changed, or a person decided something. Where Google
 * speaks of usage limits, no turn that begins later calls at all.
 */
import { MAX_RETRY_AFTER_MS } from '../../../src/core/retry.ts';
import { isChange } from '../cells.ts';
import type { Site, World } from '../world.ts';
import { markOfEvent } from './google-side.ts';
import type { EndedTurn, HeardAnswer, Oracle, SentCall } from './oracle.ts';

interface Plea {
  readonly call: HeardAnswer;
  readonly site: Site;
  readonly heardAtMs: number;
  readonly untilMs: number;
  /** When the turn ended well that heard it, so that others know of it; null before. */
  knownAtMs: number | null;
}

/** A moment in HTTP has no fractions of a second. */
const toleranceMs = 1_000;

const pleas = new WeakMap<World, Plea[]>();
const suspects = new WeakMap<World, { readonly plea: Plea; readonly call: SentCall }[]>();

export const retryAfter: Oracle = {
  onHeard(world, answer) {
    const site = world.workerOf(answer.actor)?.site;
    if (answer.retryAfter === null || site === undefined || answer.phase === 'other') return;
    const heardAtMs = world.scheduler.now();
    const askedMs = Math.min(waitOf(answer.retryAfter, heardAtMs), MAX_RETRY_AFTER_MS);
    const all = pleas.get(world) ?? [];
    pleas.set(world, all);
    all.push({ call: answer, site, heardAtMs, untilMs: heardAtMs + askedMs - toleranceMs, knownAtMs: null });
  },
  onCall(world, call) {
    const site = world.workerOf(call.actor)?.site;
    const begunAt = world.turns.begunAt(call.actor);
    if (site === undefined || begunAt === null || call.phase === 'other') return;
    for (const plea of pleas.get(world) ?? []) {
      if (plea.site !== site || call.askedAtMs >= plea.untilMs || call.askedAtMs < plea.heardAtMs) continue;
      if (
        plea.call.actor === call.actor &&
        plea.heardAtMs >= begunAt &&
        plea.call.url === call.url &&
        isSameWay(plea, call)
      )
        return tell(world, plea, call);
      if (isOfUsage(plea) && !world.quiet && plea.knownAtMs !== null && plea.knownAtMs < begunAt)
        return tell(world, plea, call);
      if (isOfUsage(plea) || !isAboutSameEvent(plea, call) || plea.knownAtMs === null) continue;
      if (changedSince(world, plea, call)) continue;
      suspects.set(world, [...(suspects.get(world) ?? []), { plea, call }]);
    }
  },
  async onTurn(world, { worker, report, begunAtMs }: EndedTurn) {
    if (report !== null && !worker.shaken && report.error?.kind !== 'conflict' && report.error?.kind !== 'invariant')
      for (const plea of pleas.get(world) ?? [])
        if (plea.call.actor === worker && plea.heardAtMs >= begunAtMs) plea.knownAtMs ??= world.scheduler.now();
    for (const { plea, call } of suspects.get(world) ?? [])
      if (!(await isExcused(world, plea))) tell(world, plea, call);
    suspects.delete(world);
  },
};

/** A patch and a delete have the same address. */
function isSameWay({ call: { phase } }: Plea, call: SentCall): boolean {
  return phase === call.phase && phase !== 'create';
}

/** 403 is no passing limit where it comes with a time: `quotaExceeded`. */
function isOfUsage({ call: { status } }: Plea): boolean {
  return status === 403;
}

function isAboutSameEvent({ call: { eventId, phase } }: Plea, call: SentCall): boolean {
  return eventId !== null && eventId === call.eventId && isChange(phase) && isChange(call.phase);
}

/**
 * The event, or a copy of it, is another one in Google than when its change was refused: asked there, for what calsync saw of it may be gone
 * by the end.
 */
function changedSince(world: World, { call: { askedAtMs } }: Plea, { eventId }: SentCall): boolean {
  const events = world.calendars.flatMap((calendar) => world.emulator.administration.events(calendar));
  const refused = events.find(({ id }) => id === eventId);
  const key = refused === undefined ? undefined : markOfEvent(refused)?.key;
  return events
    .filter((event) => event.id === eventId || (key !== undefined && markOfEvent(event)?.key === key))
    .some(({ updated }) => Date.parse(String(updated)) >= askedAtMs);
}

/** Something else is wished or seen since the refused call was decided on, or a person has decided something. */
async function isExcused(world: World, { call: { eventId, askedAtMs }, site, heardAtMs }: Plea): Promise<boolean> {
  if (world.restored || world.decidedAtMs >= askedAtMs) return true;
  const news = await site.connection.ask(
    `select from calsync.history past join calsync.intent on intent.key = past.key where intent.event_id = $1 and past.at >= $2
     union all select from calsync.observed_event where event_id = $1 and seen_at >= $3`,
    [eventId, new Date(askedAtMs), new Date(heardAtMs)],
  );
  return news.length > 0;
}

function tell(world: World, { call: refused, heardAtMs, untilMs }: Plea, call: SentCall): void {
  const earlyMs = untilMs - call.askedAtMs;
  const asked = Math.round((untilMs - heardAtMs + toleranceMs) / 1_000);
  world.fail(
    'Retry-After',
    `${refused.phase} was answered ${refused.status} with ${asked} s to wait, and ${call.actor.name} calls again (${call.phase}) ${earlyMs} ms too early`,
  );
}

function waitOf(header: string, nowMs: number): number {
  return /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
}
