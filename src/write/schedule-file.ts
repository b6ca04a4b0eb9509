/** A schedule from a file. Either every row of it is understood, or none of it is applied and all problems are listed. */
import { CalsyncError } from '../core/error.ts';
import type { EventSpec } from '../core/event-spec.ts';
import { type FileProblem, unreadableFile } from './file-problem.ts';
import type { FileEvent, ReadFile } from './read-file.ts';
import { readCsvSchedule } from './schedule-csv.ts';
import { readJsonSchedule } from './schedule-json.ts';

const readers: Readonly<Record<string, (text: string, calendar: string | null) => ReadFile>> = {
  json: readJsonSchedule,
  csv: readCsvSchedule,
};
const laterFormats = ['yaml', 'yml', 'ics'];

/**
 * The events of a `.json` or `.csv` file. `calendar` is taken where a row names none.
 * Throws `usage`: for another kind of file, or with every problem of the file in its message.
 */
export function parseScheduleFile(name: string, bytes: Uint8Array, calendar: string | null): readonly EventSpec[] {
  const { events, problems } = readScheduleFile(name, bytes, calendar);
  if (problems.length > 0) throw unreadableFile(name, problems);
  return events.map(({ spec }) => spec);
}

/** The same, with the problems as data. */
export function readScheduleFile(name: string, bytes: Uint8Array, calendar: string | null): ReadFile {
  const read = readers[formatOf(name)];
  if (read === undefined)
    throw new CalsyncError('usage', `${name} is neither .json nor .csv`, { reason: 'unknown_format' });
  const text = decode(bytes);
  if (text === null) {
    return {
      events: [],
      problems: [{ line: null, event: null, column: null, message: 'the file is not UTF-8: save it as UTF-8' }],
    };
  }
  const { events, problems } = read(text, calendar);
  return { events, problems: inOrder([...problems, ...repeatedKeys(events)]) };
}

function formatOf(name: string): string {
  const format = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  if (laterFormats.includes(format)) {
    throw new CalsyncError('usage', `.${format} files are not available yet: use .json or .csv`, {
      reason: 'unknown_format',
    });
  }
  return format;
}

/** Without its byte order mark; null where it is not UTF-8. */
function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function repeatedKeys(events: readonly FileEvent[]): readonly FileProblem[] {
  const firstByKey = new Map<string, FileEvent>();
  return events.flatMap((each): readonly FileProblem[] => {
    const first = firstByKey.get(each.spec.key);
    if (first === undefined) {
      firstByKey.set(each.spec.key, each);
      return [];
    }
    const where = first.line === null ? `event ${first.event}` : `line ${first.line}`;
    return [
      {
        line: each.line,
        event: each.event,
        column: 'key',
        message: `the key ${each.spec.key} stands at ${where} already: a key is one event`,
      },
    ];
  });
}

function inOrder(problems: readonly FileProblem[]): readonly FileProblem[] {
  return problems.toSorted((a, b) => (a.line ?? a.event ?? 0) - (b.line ?? b.event ?? 0));
}
