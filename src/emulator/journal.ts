import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, truncateSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type {
  AccessTokenRow,
  AccountRow,
  CalendarRow,
  ChannelRow,
  EventRow,
  GrantRow,
  Json,
  ServiceAccountRow,
} from './model.ts';

/** One changed resource. A journal line holds all changes of one request, so that a request is whole or absent. */
export type StateChange =
  | { readonly kind: 'account'; readonly row: AccountRow }
  | { readonly kind: 'calendar'; readonly row: CalendarRow }
  | { readonly kind: 'event'; readonly calendarId: string; readonly row: EventRow }
  | { readonly kind: 'grant'; readonly row: GrantRow }
  | { readonly kind: 'access_token'; readonly row: AccessTokenRow }
  | { readonly kind: 'service_account'; readonly row: ServiceAccountRow }
  | { readonly kind: 'channel'; readonly row: ChannelRow }
  | { readonly kind: 'settings'; readonly switches: Json; readonly limits: Json }
  | { readonly kind: 'counter'; readonly value: number };

const newline = 0x0a;
/** A snapshot is written in pieces of this many changes a line. */
const changesPerSnapshotLine = 500;

/**
 * State on disk as JSON lines. A line is handed to the operating system before the answer is sent, so a
 * killed process loses nothing it answered; there is no fsync, so a power cut may. A torn last line is dropped.
 */
export class Journal {
  private readonly file: string;
  private descriptor: number;
  /** Changes in the file, current and outdated. */
  changeCount = 0;

  private constructor(file: string, descriptor: number) {
    this.file = file;
    this.descriptor = descriptor;
  }

  /** Opens or makes the file and hands every stored change to `apply`. Throws for a file that is no journal. */
  static open(file: string, apply: (change: StateChange) => void): Journal {
    mkdirSync(dirname(file), { recursive: true });
    const changes = existsSync(file) ? readChanges(file) : [];
    const journal = new Journal(file, openSync(file, 'a', 0o600));
    for (const change of changes) apply(change);
    journal.changeCount = changes.length;
    return journal;
  }

  append(changes: readonly StateChange[]): void {
    writeSync(this.descriptor, `${JSON.stringify(changes)}\n`);
    this.changeCount += changes.length;
  }

  /** Puts a snapshot in place of all history, in one rename. */
  replaceWith(changes: Iterable<StateChange>): void {
    const temporary = `${this.file}.new`;
    const descriptor = openSync(temporary, 'w', 0o600);
    let count = 0;
    let piece: StateChange[] = [];
    const flush = (): void => {
      if (piece.length > 0) writeSync(descriptor, `${JSON.stringify(piece)}\n`);
      piece = [];
    };
    for (const change of changes) {
      piece.push(change);
      count += 1;
      if (piece.length === changesPerSnapshotLine) flush();
    }
    flush();
    renameSync(temporary, this.file);
    closeSync(this.descriptor);
    this.descriptor = descriptor;
    this.changeCount = count;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

function readChanges(file: string): StateChange[] {
  const bytes = readFileSync(file);
  const end = bytes.lastIndexOf(newline) + 1;
  if (end < bytes.length) truncateSync(file, end);
  const changes: StateChange[] = [];
  for (let from = 0; from < end; ) {
    const to = bytes.indexOf(newline, from);
    changes.push(...parseLine(bytes.toString('utf8', from, to), file));
    from = to + 1;
  }
  return changes;
}

function parseLine(line: string, file: string): StateChange[] {
  try {
    const parsed: unknown = JSON.parse(line);
    if (Array.isArray(parsed)) return parsed as StateChange[];
  } catch {
    // Said below: a broken line in the middle is damage, not a torn write.
  }
  throw new Error(`${file} is not a journal of the emulator, or it is damaged`);
}
