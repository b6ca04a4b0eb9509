import type { Calendar } from '../store/calendar.ts';

/** A calendar under management as every door tells it. */
export function calendarDocument(calendar: Calendar): Readonly<Record<string, unknown>> {
  return {
    calendar: calendar.id,
    account: calendar.account,
    summary: calendar.summary,
    timeZone: calendar.timeZone,
    policy: calendar.policy,
    drift: calendar.drift,
    driftFields: calendar.driftFields,
    onDelete: calendar.onDelete,
    onMove: calendar.onMove,
    orphans: calendar.orphans,
    duplicates: calendar.duplicates,
    fallback: calendar.fallback,
    namespace: calendar.namespace,
    state: calendar.state,
    stateReason: calendar.stateReason,
    stateSince: calendar.stateSince.toISOString(),
    observedAt: calendar.observedAt?.toISOString() ?? null,
  };
}
