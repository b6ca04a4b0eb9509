/** A schedule in JSON: events as the contract writes them, in an array or in `{ "events": […] }`. */
import { pathOf } from '../core/spec-problem.ts';
import { parseStrictJson } from '../core/strict-json.ts';
import { type ReadFile, unreadable } from './read-file.ts';
import { readEventList } from './schedule-events.ts';

/** Reads every event, so that all problems of a file are known at once. `calendar` is taken where an event names none. */
export function readJsonSchedule(text: string, calendar: string | null): ReadFile {
  const read = parseStrictJson(text);
  if (read.ok) return readEventList(read.value, calendar, (paths) => linesIn(text, new Set(paths)));
  const { line, column, message } = read.fault;
  return unreadable({ line, event: null, column: null, message: `is not JSON, at character ${column}: ${message}` });
}

/** An open object or array, and the member or element in it where the walk is. */
interface Open {
  readonly isArray: boolean;
  at: string | number;
}

/** Texts with the colon of a name, brackets, commas, line breaks, and the beginning of any other value. */
const token = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}[\],\n]|[^\s{}[\],":]+/g;

/** Where the wanted paths stand in a text that is JSON. */
function linesIn(text: string, wanted: ReadonlySet<string>): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const open: Open[] = [];
  let line = 1;
  const note = (): void => {
    if (open.length > mostDepthOfFields) return;
    const path = pathOf(open.map(({ at }) => at));
    if (wanted.has(path) && !lines.has(path)) lines.set(path, line);
  };
  for (const { 0: found, 1: colon } of text.matchAll(token)) {
    const inner = open.at(-1);
    const isName = colon !== undefined;
    const isValue = !isName && !/^[}\],\n]$/.test(found);
    if (isName && inner !== undefined) inner.at = String(JSON.parse(found.slice(0, -colon.length)));
    if (isName || (isValue && inner?.isArray === true)) note();
    if (found === '\n') line += 1;
    else if (found === '{' || found === '[') open.push({ isArray: found === '[', at: found === '[' ? 0 : '' });
    else if (found === '}' || found === ']') open.pop();
    else if (found === ',' && inner !== undefined && typeof inner.at === 'number') inner.at += 1;
    else if (isName) line += colon.split('\n').length - 1;
  }
  return lines;
}

/** `events[2].reminders.overrides[0].minutes` */
const mostDepthOfFields = 8;
