/** Every combination of the facts that a status is decided from. */
import type { AttendeeFacts } from '../../src/core/attendee-status.ts';
import type { EventFacts } from '../../src/core/event-status.ts';

const yesOrNo = [false, true] as const;

export function everyEventFacts(): readonly EventFacts[] {
  return combinations<EventFacts>({
    wanted: ['live', 'cancelled', 'absent'],
    over: yesOrNo,
    held: yesOrNo,
    mark: ['none', 'due', 'parked'],
    confirmed: yesOrNo,
    bound: yesOrNo,
    calling: yesOrNo,
    fresh: yesOrNo,
    flagged: yesOrNo,
    mending: yesOrNo,
    agrees: yesOrNo,
  });
}

export function everyAttendeeFacts(): readonly AttendeeFacts[] {
  return combinations<AttendeeFacts>({
    active: yesOrNo,
    written: yesOrNo,
    alike: yesOrNo,
    unreachable: yesOrNo,
    removed: yesOrNo,
  });
}

function combinations<Facts extends object>(
  values: {
    readonly [Name in keyof Facts]: readonly Facts[Name][];
  },
): readonly Facts[] {
  const names = Object.keys(values) as (keyof Facts)[]; // the keys of the record above
  return names.reduce<readonly Partial<Facts>[]>(
    (known, name) => known.flatMap((facts) => values[name].map((value) => ({ ...facts, [name]: value }))),
    [{}],
  ) as readonly Facts[]; // every name has a value now
}
