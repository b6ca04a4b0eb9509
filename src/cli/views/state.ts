import type { CalendarState } from '../../engine/engine.ts';
import type { Paint } from '../output.ts';

const words: Readonly<Record<CalendarState, string>> = {
  in_sync: 'in sync',
  out_of_sync: 'out of sync',
  unknown: 'unknown',
  held: 'held',
  paused: 'paused',
  busy: 'busy',
};

/** The state of a calendar, in words and colour. */
export function calendarStateText(state: CalendarState, paint: Paint): string {
  const colours: Readonly<Record<CalendarState, (text: string) => string>> = {
    in_sync: paint.green,
    out_of_sync: paint.yellow,
    unknown: paint.red,
    held: paint.magenta,
    paused: paint.red,
    busy: paint.cyan,
  };
  return colours[state](words[state]);
}
