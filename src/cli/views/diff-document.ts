import { liveBindingOf } from '../../core/state.ts';
import type { CalendarDiff, DiffItem, DiffReport } from '../../engine/diff.ts';

/** The contract's `diff --json`; for one key its three sides besides. */
export function diffDocument({ inSync, observedAt, calendars, sides }: DiffReport): unknown {
  return {
    inSync,
    observedAt: observedAt?.toISOString() ?? null,
    calendars: calendars.map(calendarDocument),
    ...(sides !== null && { sides: sidesDocument(sides) }),
  };
}

function calendarDocument({
  calendar,
  summary,
  state,
  stateReason,
  observedAt,
  counts,
  statuses,
  items,
}: CalendarDiff): unknown {
  return {
    calendar,
    summary,
    state,
    stateReason,
    observedAt: observedAt?.toISOString() ?? null,
    counts,
    statuses,
    items: items.map(itemDocument),
  };
}

function itemDocument({
  key,
  title,
  calendar,
  eventId,
  action,
  kind,
  fields,
  reason,
  withheld,
  flagged,
}: DiffItem): unknown {
  return {
    key,
    title,
    calendar,
    eventId,
    action,
    kind,
    fields: fields.map(({ field, kind: change, desired, applied, observed }) => ({
      field,
      kind: change,
      desired,
      applied,
      observed,
    })),
    reason,
    withheld,
    flagged,
  };
}

function sidesDocument(state: NonNullable<DiffReport['sides']>): unknown {
  const { desired, sightings } = state;
  const binding = liveBindingOf(state);
  return {
    desired:
      desired.kind === 'absent'
        ? null
        : {
            ...desired.row.spec,
            cancelled: desired.kind === 'cancelled',
            generation: desired.row.generation,
            revision: desired.row.revision,
          },
    applied:
      binding === null
        ? null
        : {
            calendar: binding.calendar,
            eventId: binding.eventId,
            revision: binding.appliedRevision,
            writtenAt: binding.writtenAt === null ? null : new Date(binding.writtenAt).toISOString(),
            event: binding.applied,
          },
    observed: sightings.map(({ calendar, eventId, live, event, seenAt }) => ({
      calendar,
      eventId,
      live,
      seenAt: new Date(seenAt).toISOString(),
      event,
    })),
  };
}
