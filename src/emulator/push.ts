import { createHash } from 'node:crypto';
import { isLive } from './channels.ts';
import type { Faults, Hit } from './faults.ts';
import type { ChannelRow } from './model.ts';
import { messageOf, type PushMessage, type ResourceState } from './push-message.ts';
import type { State } from './state.ts';

/** How a message ended. `lost` never left, by a fault; `refused` is final; `dropped` came after the last retry. */
export type PushOutcome = 'waiting' | 'delivered' | 'refused' | 'dropped' | 'lost';

export interface PushRecord {
  readonly atMs: number;
  readonly channelId: string;
  readonly messageNumber: number;
  readonly resourceState: ResourceState;
  readonly forged: boolean;
  readonly attempts: number;
  /** Of the last attempt; 0 when nobody answered. */
  readonly status: number;
  readonly outcome: PushOutcome;
}

export interface Forgery {
  readonly channelId: string;
  /** Sent instead of the channel's; `null` leaves the header out. */
  readonly token?: string | null;
  readonly resourceId?: string;
  readonly resourceState?: ResourceState;
  readonly messageNumber?: number;
  /** Where to send it when the channel is none of ours. */
  readonly address?: string;
}

export interface PushOptions {
  /** Sends one message and gives the receiver's status; rejects when nobody answers. */
  readonly deliver: (message: PushMessage) => Promise<number>;
  readonly sleep: (delayMs: number) => Promise<void>;
}

const successes: readonly number[] = [102, 200, 201, 202, 204];
const retried: readonly number[] = [0, 500, 502, 503, 504];
const firstRetryMs = 1000;
/** Messages of one channel under way; what changes meanwhile is told by one more message afterwards. */
const underWayPerChannel = 8;
const keptRecords = 10_000;

/**
 * Tells channels that their collection changed: `sync` first, then one message per change with rising, gapped
 * numbers. 500, 502, 503, 504 and silence are tried again with doubling waits, then dropped (API facts §6.2).
 */
export class Push {
  private readonly state: State;
  private readonly faults: Faults;
  private readonly options: PushOptions;
  private readonly underWay = new Map<string, number>();
  private readonly owed = new Set<string>();
  private closed = false;
  private readonly held = new Map<string, (() => Promise<void>)[]>();
  private readonly running = new Set<Promise<void>>();
  private records: PushRecord[] = [];

  constructor(state: State, faults: Faults, options: PushOptions) {
    this.state = state;
    this.faults = faults;
    this.options = options;
  }

  /** The first message of a new channel; it may arrive before the answer of the watch. */
  greet(channel: ChannelRow): void {
    this.send(channel, 'sync');
  }

  /** One message for each live channel on the collections. */
  tell(collections: ReadonlySet<string>): void {
    for (const collection of collections) {
      for (const id of this.state.channelIdsOn(collection)) {
        const channel = this.state.channels.get(id);
        if (channel === undefined || !isLive(this.state, channel)) continue;
        if ((this.underWay.get(id) ?? 0) >= underWayPerChannel) this.owed.add(id);
        else this.send(channel, 'exists');
      }
    }
  }

  /** A message that Google did not send. */
  forge(forgery: Forgery): void {
    const known = this.state.channels.get(forgery.channelId);
    const channel: ChannelRow = known ?? strangeChannel(forgery, this.state.now());
    const number = forgery.messageNumber ?? channel.messageNumber + 1;
    const { token, ...rest } = channel;
    const shown = forgery.token === undefined ? token : (forgery.token ?? undefined);
    const sent = { ...rest, ...(shown === undefined ? {} : { token: shown }) };
    const message = messageOf(
      { ...sent, address: forgery.address ?? sent.address, resourceId: forgery.resourceId ?? sent.resourceId },
      forgery.resourceState ?? 'exists',
      number,
    );
    this.run(() => this.attempt(message, this.note(channel.id, number, forgery.resourceState ?? 'exists', true)));
  }

  channels(): (ChannelRow & { readonly live: boolean })[] {
    return [...this.state.channels.values()].map((row) => ({ ...row, live: isLive(this.state, row) }));
  }

  /** Messages in the order in which they were due, the last 10,000. */
  messages(): readonly PushRecord[] {
    return this.records.map((record) => ({ ...record }));
  }

  /** No message goes out any more, and none is tried again. */
  close(): void {
    this.closed = true;
  }

  /** When every message that is under way, late and tried-again ones included, has ended. Held ones do not count. */
  async settled(): Promise<void> {
    while (this.running.size > 0) await Promise.allSettled([...this.running]);
  }

  private send(channel: ChannelRow, resourceState: ResourceState): void {
    if (this.closed) return;
    const number = resourceState === 'sync' ? 1 : channel.messageNumber + 1 + gapAfter(channel);
    this.state.saveChannel({ ...channel, messageNumber: number });
    this.state.commit();
    const target = { method: 'POST', path: channel.address, operation: 'push', account: channel.email };
    const hits = this.faults.hitsOn(target);
    const message = messageOf(channel, resourceState, number);
    const record = this.note(channel.id, number, resourceState, false);
    this.underWay.set(channel.id, (this.underWay.get(channel.id) ?? 0) + 1);
    this.run(async () => {
      try {
        await this.throughFaults(hits, message, record);
      } finally {
        this.finish(channel.id);
      }
    });
  }

  private async throughFaults(hits: readonly Hit[], message: PushMessage, record: PushRecord): Promise<void> {
    let copies = 1;
    for (const { action } of hits) {
      if (action.kind === 'push_lost') return this.end(record, { outcome: 'lost' });
      if (action.kind === 'push_late') await this.options.sleep(action.delayMs);
      if (action.kind === 'push_doubled') copies += 1;
      if (action.kind === 'push_forged') await this.attempt(withToken(message, action.token), record);
      if (action.kind === 'push_reordered') {
        const waiting = this.held.get(record.channelId) ?? [];
        this.held.set(record.channelId, [...waiting, () => this.attempt(message, record)]);
        return;
      }
    }
    for (let copy = 0; copy < copies; copy += 1) await this.attempt(message, record);
    // What was held back goes out behind the message that overtook it.
    const overtaken = this.held.get(record.channelId) ?? [];
    this.held.delete(record.channelId);
    for (const late of overtaken) await late();
  }

  private async attempt(message: PushMessage, record: PushRecord): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const status = await this.options.deliver(message).catch(() => 0);
      const ended = { attempts: record.attempts + attempt, status };
      if (successes.includes(status)) return this.end(record, { ...ended, outcome: 'delivered' });
      if (!retried.includes(status)) return this.end(record, { ...ended, outcome: 'refused' });
      if (this.closed || attempt >= this.state.limits.pushAttempts)
        return this.end(record, { ...ended, outcome: 'dropped' });
      await this.options.sleep(firstRetryMs * 2 ** (attempt - 1));
    }
  }

  private finish(channelId: string): void {
    this.underWay.set(channelId, (this.underWay.get(channelId) ?? 1) - 1);
    const channel = this.state.channels.get(channelId);
    if (!this.owed.delete(channelId) || channel === undefined || !isLive(this.state, channel)) return;
    this.send(channel, 'exists');
  }

  private run(work: () => Promise<void>): void {
    const running = Promise.resolve().then(work);
    this.running.add(running);
    const ended = (): boolean => this.running.delete(running);
    void running.then(ended, ended);
  }

  private note(channelId: string, messageNumber: number, resourceState: ResourceState, forged: boolean): PushRecord {
    const due = { atMs: this.state.now(), channelId, messageNumber, resourceState, forged };
    const record: PushRecord = { ...due, attempts: 0, status: 0, outcome: 'waiting' };
    this.records.push(record);
    if (this.records.length > keptRecords * 1.25) this.records = this.records.slice(-keptRecords);
    return record;
  }

  private end(record: PushRecord, ended: Partial<PushRecord>): void {
    Object.assign(record, ended);
  }
}

/** Numbers rise but are not consecutive (§6.2). From the channel alone, so that messages never move other ids. */
function gapAfter({ id, messageNumber }: ChannelRow): number {
  return createHash('sha256').update(`${id} ${messageNumber}`).digest().readUInt8(0) % 10;
}

function withToken(message: PushMessage, token: string | undefined): PushMessage {
  const { 'x-goog-channel-token': _, ...headers } = message.headers;
  return { ...message, headers: token === undefined ? headers : { ...headers, 'x-goog-channel-token': token } };
}

function strangeChannel({ channelId, address = '' }: Forgery, nowMs: number): ChannelRow {
  const nobody = { email: '', collection: 'events', of: '', resourceId: 'forged', resourceUri: 'forged' } as const;
  return { id: channelId, ...nobody, address, expiresAtMs: nowMs + 3_600_000, stopped: false, messageNumber: 0 };
}

const deliveryTimeoutMs = 10_000;

/** A real POST; its timer does not keep the process alive. */
export async function deliverOverHttp({ url, headers }: PushMessage): Promise<number> {
  const signal = AbortSignal.timeout(deliveryTimeoutMs);
  const response = await fetch(url, { method: 'POST', headers, redirect: 'manual', signal });
  await response.body?.cancel();
  return response.status;
}
