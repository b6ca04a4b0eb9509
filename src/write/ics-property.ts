/** One content line of a VEVENT, read by ical.js: its parameters, its type and its values, unescaped. */
import ICAL from 'ical.js';
import type { IcsLine } from './ics-lines.ts';

/** A property as jCal has it (RFC 7265 §3.4). */
export interface IcsProperty {
  readonly name: string;
  readonly line: number;
  readonly params: Readonly<Record<string, unknown>>;
  readonly type: string;
  readonly values: readonly unknown[];
}

/** Null for what ical.js cannot read. */
export function readProperty({ text, line }: IcsLine): IcsProperty | null {
  try {
    const [, properties] = ICAL.parse(`BEGIN:VEVENT\n${text}\nEND:VEVENT`) as [
      string,
      [string, Record<string, unknown>, string, ...unknown[]][],
    ]; // jCal
    const [property] = properties;
    if (property === undefined) return null;
    const [name, params, type, ...values] = property;
    return { name: name.toUpperCase(), line, params, type, values };
  } catch {
    return null; // its errors quote the line
  }
}
