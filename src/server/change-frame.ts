/** Changes as server-sent events (WHATWG HTML §9.2). */
import type { Change } from '../store/feed.ts';

/** What a client waits after its stream ended, before it comes back. */
const reconnectMs = 2_000;

/** One event: its id is the position from which to resume. */
export function changeFrame(change: Change): string {
  return `id: ${change.position}\nevent: ${change.kind}\ndata: ${JSON.stringify(changeDocument(change))}\n\n`;
}

function changeDocument(change: Change): Readonly<Record<string, unknown>> {
  const { position, key, kind, generation, revision, at, actor, source, door, calendars, schedules, before, after } =
    change;
  return {
    position,
    key,
    kind,
    generation,
    revision,
    at,
    actor,
    source,
    door,
    calendar: calendars[0] ?? null,
    schedule: schedules[0] ?? null,
    ...(before !== null && { before }),
    after,
  };
}

/** Says that the client has seen everything up to a position: no event, but it resumes from there. */
export function pulseFrame(position: number): string {
  return `: at ${position}\nretry: ${reconnectMs}\nid: ${position}\n\n`;
}

/** The stream ends here, and resuming from it will be refused. */
export function endFrame(position: number): string {
  return `event: position_gone\ndata: ${JSON.stringify({ position })}\n\n`;
}
