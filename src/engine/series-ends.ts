import { endOf } from '../core/ended.ts';
import type { KeyState } from '../core/state.ts';
import { type StatedEvent, statedEventOf } from '../core/stated-event.ts';
import type { Db } from '../store/database.ts';
import { noteSeriesEnds } from '../store/series-end.ts';

/** Keeps when the series among these keys end, as their rows have them and as they were written: the status of an event rests on it. */
export async function noteEndsOf(db: Db, states: readonly KeyState[]): Promise<void> {
  const series = states.flatMap((state) =>
    statedOf(state)
      .filter(({ recurrence }) => recurrence !== null && recurrence.length > 0)
      .map((stated) => ({ key: state.key, stated, endsAt: endOf(stated) })),
  );
  await noteSeriesEnds(db, series);
}

function statedOf({ desired, bindings }: KeyState): readonly StatedEvent[] {
  const applied = bindings.find(({ state }) => state !== 'retired')?.applied ?? null;
  return [
    ...(desired.kind === 'absent' ? [] : [statedEventOf(desired.row.spec)]),
    ...(applied === null ? [] : [applied]),
  ];
}
