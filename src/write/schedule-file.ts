/** A schedule from a file. Every row of it is read, so that all that is wrong with it is known at once. */
import { CalsyncError } from '../core/error.ts';
import type { WrittenEvent } from '../core/event-spec.ts';
import { quoted } from '../core/spec-problem.ts';
import { type FileProblem, unreadableFile } from './file-problem.ts';
import { type FileEvent, type ReadFile, unreadable } from './read-file.ts';
import { readCsvSchedule } from './schedule-csv.ts';
import { readIcsSchedule } from './schedule-ics.ts';
import { readJsonSchedule } from './schedule-json.ts';
import { readYamlSchedule } from './schedule-yaml.ts';

const readers: Readonly<Record<string, (text: string, calendar: string | null) => ReadFile>> = {
  json: readJsonSchedule,
  csv: readCsvSchedule,
  yaml: readYamlSchedule,
  yml: readYamlSchedule,
  ics: readIcsSchedule,
};

/**
 * The events of a `.json`, `.yaml`, `.csv` or `.ics` file. `calendar` is taken where a row names none.
 * Throws `usage`: for another kind of file, or with every problem of the file in its message.
 */
export function parseScheduleFile(name: string, bytes: Uint8Array, calendar: string | null): readonly WrittenEvent[] {
  const { events, problems } = readScheduleFile(name, bytes, calendar);
  if (problems.length > 0) throw unreadableFile(name, problems);
  return events.map(({ spec }) => spec);
}

/** The same, with the problems as data. A row whose key stands in an earlier one is a problem, and not among the events. */
export function readScheduleFile(name: string, bytes: Uint8Array, calendar: string | null): ReadFile {
  const format = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  const read = Object.hasOwn(readers, format) ? readers[format] : undefined;
  if (read === undefined)
    throw new CalsyncError('usage', `${name} is neither .json, .yaml, .csv nor .ics`, { reason: 'unknown_format' });
  const text = decode(bytes);
  if (text === null) {
    return unreadable({ line: null, event: null, column: null, message: 'the file is not UTF-8: save it as UTF-8' });
  }
  const { events, problems, notes } = read(text, calendar);
  const repeated = repeatedKeys(events);
  return {
    events: events.filter((each) => !repeated.has(each)),
    problems: inOrder([...problems, ...repeated.values()]),
    notes,
  };
}

/** Without its byte order mark; null where it is not UTF-8. */
function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function repeatedKeys(events: readonly FileEvent[]): ReadonlyMap<FileEvent, FileProblem> {
  const firstByKey = new Map<string, FileEvent>();
  const repeated = new Map<FileEvent, FileProblem>();
  for (const each of events) {
    const { spec, line, event } = each;
    const first = firstByKey.get(spec.key);
    if (first === undefined) {
      firstByKey.set(spec.key, each);
      continue;
    }
    const where = first.line === null ? `event ${first.event}` : `line ${first.line}`;
    const message = `the key ${quoted(spec.key)} stands at ${where} already: a key is one event`;
    repeated.set(each, { line, event, column: 'key', message });
  }
  return repeated;
}

function inOrder(problems: readonly FileProblem[]): readonly FileProblem[] {
  return problems.toSorted((a, b) => (a.line ?? a.event ?? 0) - (b.line ?? b.event ?? 0));
}
