/** A schedule in CSV (RFC 4180): the first line names the columns, every other line is an event. */
import { CsvError, parse } from 'csv-parse/sync';
import { parseEventSpec } from '../core/event-spec.ts';
import { type CsvCells, type CsvColumn, headerProblems, isColumn, readRow } from './csv-columns.ts';
import type { FileProblem } from './file-problem.ts';
import { type FileEvent, type ReadFile, together, unreadable } from './read-file.ts';

interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

type CsvRecords =
  | { readonly kind: 'read'; readonly list: readonly CsvRecord[] }
  | { readonly kind: 'unreadable'; readonly problem: FileProblem };

/** Reads every row, so that all problems of a file are known at once. Columns: docs/apply.md. */
export function readCsvSchedule(text: string, calendar: string | null): ReadFile {
  const records = readRecords(text.replaceAll(/\r\n?/g, '\n'));
  if (records.kind === 'unreadable') return unreadable(records.problem);
  const [header, ...rows] = records.list;
  if (header === undefined)
    return unreadable({
      line: 1,
      event: null,
      column: null,
      message: 'the file is empty: its first line names the columns',
    });
  const names = header.cells.map((cell) => cell.trim());
  const wrong = headerProblems(names);
  if (wrong.length > 0)
    return together(wrong.map((message) => unreadable({ line: header.line, event: null, column: null, message })));
  return together(rows.map((row) => readEvent(row, names, calendar)));
}

function readEvent(row: CsvRecord, names: readonly string[], calendar: string | null): ReadFile {
  const at = (column: string | null, message: string): FileProblem => ({
    line: row.line,
    event: null,
    column,
    message,
  });
  if (row.cells.length !== names.length) {
    return unreadable(at(null, `has ${row.cells.length} cells where the first line names ${names.length} columns`));
  }
  const { event, problems } = readRow(cellsOf(row.cells, names), calendar);
  if (event === null)
    return { events: [], problems: problems.map(({ column, message }) => at(column, message)), notes: [] };
  const parsed = parseEventSpec(event);
  if (!parsed.ok)
    return {
      events: [],
      problems: onePerCell(parsed.problems.map(({ path, message }) => at(columnOf(path), message))),
      notes: [],
    };
  const read: FileEvent = { spec: parsed.spec, line: row.line, event: null };
  return { events: [read], problems: [], notes: [] };
}

function cellsOf(cells: readonly string[], names: readonly string[]): CsvCells {
  const stated = new Map<CsvColumn, string>();
  for (const [index, name] of names.entries()) {
    const cell = cells[index]?.trim() ?? '';
    if (cell !== '' && isColumn(name)) stated.set(name, cell);
  }
  return stated;
}

/** Start and end share the cell timeZone, and what is wrong with it is said once. */
function onePerCell(problems: readonly FileProblem[]): readonly FileProblem[] {
  return problems.filter(({ column, message }, index) => {
    return index === problems.findIndex((other) => other.column === column && other.message === message);
  });
}

/** The column behind a path of the event: `start.timeZone` is the cell timeZone, `attendees[2].email` the cell attendees. */
function columnOf(path: string): string {
  return path.endsWith('.timeZone') ? 'timeZone' : (/^\w+/.exec(path)?.[0] ?? path);
}

/** Records with the line on which each begins; lines without any content are left out. */
function readRecords(text: string): CsvRecords {
  try {
    const parsed = parse(text, {
      bom: true,
      relax_column_count: true,
      skip_empty_lines: true,
      info: true,
    }) as unknown as readonly {
      readonly record: readonly string[];
      readonly info: { readonly lines: number };
    }[]; // what `info: true` gives, which the types do not say
    const list = parsed
      .filter(({ record }) => record.some((cell) => cell.trim() !== ''))
      .map(({ record, info }) => ({ line: info.lines - lineBreaksIn(record), cells: record }));
    return { kind: 'read', list };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error.lines === 'number' ? error.lines : null;
    return { kind: 'unreadable', problem: { line, event: null, column: null, message: csvMessage(error.code) } };
  }
}

function lineBreaksIn(record: readonly string[]): number {
  return record.reduce((count, cell) => count + cell.split('\n').length - 1, 0);
}

function csvMessage(code: string): string {
  switch (code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'a quoted cell before here is not closed: a quote inside of one is written twice ("")';
    case 'INVALID_OPENING_QUOTE':
    case 'CSV_INVALID_CLOSING_QUOTE':
      return 'a quote stands inside of a cell: quote the whole cell and write the quote in it twice ("")';
    default:
      return 'is not CSV';
  }
}
