/**
 * The change feed: one loop in this process looks for new changes and keeps the newest of them in memory, ready to be sent. Each client is
 * a position and nothing else: at the end of the feed it takes from memory, behind it reads the table by itself, and one that does not
 * read at all holds nobody up. Whatever ends a stream, the client resumes from its last position.
 */
import type { Clock } from '../core/ports.ts';
import type { Db } from '../store/database.ts';
import { type Change, type ChangeFilter, everyChange, feedEnds, isFollowed, readChanges } from '../store/feed.ts';
import { Sequencer } from '../store/sequencer.ts';
import { changeFrame, endFrame, pulseFrame } from './change-frame.ts';
import { Refusal } from './problem.ts';
import { RecentChanges } from './recent-changes.ts';

/** How soon a change is looked for, and how often a client hears that nothing happened. */
const pollMs = 250;
const pulseMs = 15_000;
/** While the database cannot be read; after so many failures the streams end, and their clients come back. */
const retryMs = 1_000;
const mostFailures = 10;
const mostNumberingRounds = 50;
const changesPerReading = 200;
/** Of one look; the next one goes on. */
const mostReadings = 20;
const mostClients = 1_000;

export interface FeedParts {
  readonly db: Db;
  readonly clock: Clock;
  /** Aborted when the server is to end. */
  readonly closing: AbortSignal;
}

export interface FeedRequest {
  /** The position after which to begin; null: now. */
  readonly after: number | null;
  readonly filter: ChangeFilter;
}

export class ChangeFeed {
  private readonly parts: FeedParts;
  private readonly sequencer: Sequencer;
  private readonly recent = new RecentChanges();
  private readonly clients = new Set<FeedClient>();
  private isRunning = false;

  constructor(parts: FeedParts) {
    this.parts = parts;
    this.sequencer = new Sequencer(parts.db);
    parts.closing.addEventListener('abort', () => this.endAll(), { once: true });
  }

  /** A stream of server-sent events. Throws a `Refusal` for a position from which nothing can be resumed. */
  async open({ after, filter }: FeedRequest): Promise<ReadableStream<Uint8Array>> {
    if (this.clients.size >= mostClients) throw tooManyClients();
    const begin = after === null ? await this.now() : await this.resumable(after);
    const client = new FeedClient(begin, filter, this.parts.db, this.recent);
    return client.stream(
      () => this.join(client),
      () => this.clients.delete(client),
    );
  }

  private async now(): Promise<number> {
    await this.sequencer.numberAll(mostNumberingRounds);
    return (await feedEnds(this.parts.db)).newest;
  }

  private async resumable(after: number): Promise<number> {
    const { newest, droppedThrough } = await feedEnds(this.parts.db);
    const end = after > newest ? await this.now() : newest;
    if (after > end || after < droppedThrough) throw gone(after, end);
    return after;
  }

  private join(client: FeedClient): void {
    if (this.parts.closing.aborted) {
      client.end();
      return;
    }
    this.clients.add(client);
    if (!this.isRunning) void this.run();
  }

  private endAll(): void {
    for (const client of this.clients) client.end();
  }

  /** While there are clients. A look that fails is made again; one that fails for long ends the streams. */
  private async run(): Promise<void> {
    this.isRunning = true;
    const { clock, closing } = this.parts;
    let failures = 0;
    let pulseAt = clock.now() + pulseMs;
    while (this.clients.size > 0 && !closing.aborted) {
      const found = await this.look().catch(() => null);
      failures = found === null ? failures + 1 : 0;
      if (failures >= mostFailures) this.endAll();
      const isPulse = clock.now() >= pulseAt;
      if (isPulse) pulseAt = clock.now() + pulseMs;
      if (found === true || isPulse) for (const client of this.clients) client.wake(isPulse);
      await clock.sleep(failures > 0 ? retryMs : pollMs, closing).catch(() => undefined); // woken by the end
    }
    this.isRunning = false;
    this.recent.forget();
  }

  /** Numbers what was committed and takes it into memory. True when there is something new to look at, as there is the first time. */
  private async look(): Promise<boolean> {
    const { db } = this.parts;
    await this.sequencer.numberAll(mostNumberingRounds);
    const known = this.recent.head;
    let head = known ?? (await feedEnds(db)).newest;
    for (let reading = 0; reading < mostReadings; reading += 1) {
      const { changes, through, newest } = await readChanges(db, head, everyChange, changesPerReading);
      this.recent.add(
        changes.map((change) => ({ change, frame: changeFrame(change) })),
        through,
      );
      head = through;
      if (through >= newest) break;
    }
    return known === null || head > known;
  }
}

/** One client: how far it is, what it follows, and whether it has to be woken. */
class FeedClient {
  private readonly db: Db;
  private readonly recent: RecentChanges;
  private readonly filter: ChangeFilter;
  private position: number;
  private isEnded = false;
  private isPulseDue = false;
  /** Woken since it last looked: it looks again before it waits. */
  private isWoken = false;
  private wakeUp: (() => void) | null = null;

  constructor(position: number, filter: ChangeFilter, db: Db, recent: RecentChanges) {
    this.position = position;
    this.filter = filter;
    this.db = db;
    this.recent = recent;
  }

  /** Nothing is made before it is asked for: a client that does not read takes no memory. */
  stream(onFirstPull: () => void, onEnd: () => void): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder();
    let isBegun = false;
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          if (!isBegun) {
            isBegun = true;
            onFirstPull();
            return controller.enqueue(encoder.encode(pulseFrame(this.position)));
          }
          const frames = await this.next();
          if (frames !== '') controller.enqueue(encoder.encode(frames));
          if (this.isEnded) {
            onEnd();
            controller.close();
          }
        },
        cancel: () => {
          this.end();
          onEnd();
        },
      },
      { highWaterMark: 0 },
    );
  }

  wake(isPulse: boolean): void {
    this.isPulseDue ||= isPulse;
    this.isWoken = true;
    this.wakeUp?.();
  }

  end(): void {
    this.isEnded = true;
    this.wake(false);
  }

  /** The next frames, as soon as there are some; empty when the stream is to end. */
  private async next(): Promise<string> {
    while (!this.isEnded) {
      this.isWoken = false;
      const frames = await this.step();
      if (frames === '') continue; // nothing in this stretch concerns this client
      if (frames !== null) return frames;
      if (this.isPulseDue) {
        this.isPulseDue = false;
        return pulseFrame(this.position);
      }
      await this.woken();
    }
    return '';
  }

  private async woken(): Promise<void> {
    if (this.isWoken) return;
    await new Promise<void>((resolve) => {
      this.wakeUp = resolve;
    });
    this.wakeUp = null;
  }

  /** Goes one stretch forward; null at the end of the feed. */
  private async step(): Promise<string | null> {
    const stretch = this.recent.after(this.position);
    if (stretch.kind === 'end') return null;
    if (stretch.kind === 'recent') {
      this.position = stretch.through;
      return stretch.entries
        .filter(({ change }) => isFollowed(change, this.filter))
        .map(({ frame }) => frame)
        .join('');
    }
    return this.readTable();
  }

  private async readTable(): Promise<string> {
    const read = await readChanges(this.db, this.position, this.filter, changesPerReading);
    if (this.position < read.droppedThrough) {
      this.isEnded = true;
      return endFrame(this.position);
    }
    this.position = read.through;
    return read.changes.map((change: Change) => changeFrame(change)).join('');
  }
}

function gone(after: number, newest: number): Refusal {
  const detail =
    after > newest
      ? `the feed has not come to position ${after}: it stands at ${newest}, so this is an older database than before; read the events anew and begin at ${newest}`
      : `not all changes after position ${after} are kept any more: read the events anew and begin at ${newest}`;
  return new Refusal({ name: 'position_gone', detail, current: { position: newest } });
}

function tooManyClients(): Refusal {
  const detail = `this server has ${mostClients} followers of changes already: try again later`;
  return new Refusal({ name: 'unavailable', detail, headers: { 'Retry-After': '60' } });
}
