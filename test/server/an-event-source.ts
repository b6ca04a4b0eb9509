/** A client of server-sent events on a real socket, that can be cut at any byte and comes back with its last id. */
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { adminToken } from './a-server.ts';

export interface Received {
  readonly id: string;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into documents as a client would
  readonly data: any;
}

export class EventSourceClient {
  readonly received: Received[] = [];
  /** The last id that a whole block carried. */
  lastEventId: string | null = null;
  status = 0;
  comments = 0;
  private readonly origin: string;
  private readonly path: string;
  private call: ClientRequest | null = null;
  private answer: IncomingMessage | null = null;
  private rest = '';

  constructor(origin: string, path = '/v1/changes') {
    this.origin = origin;
    this.path = path;
  }

  /** Connects, as a browser does again: with the last id it has. */
  async connect(): Promise<this> {
    this.rest = '';
    const headers = {
      authorization: `Bearer ${adminToken}`,
      ...(this.lastEventId === null ? {} : { 'last-event-id': this.lastEventId }),
    };
    this.call = request(`${this.origin}${this.path}`, { headers, agent: false });
    this.call.on('error', () => undefined); // cut
    this.call.end();
    const [answer] = (await once(this.call, 'response')) as [IncomingMessage];
    this.answer = answer;
    this.status = answer.statusCode ?? 0;
    answer.setEncoding('utf8');
    answer.on('error', () => undefined);
    answer.on('data', (text: string) => this.take(text));
    return this;
  }

  get ended(): Promise<void> {
    const { answer } = this;
    if (answer === null || answer.readableEnded || answer.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      answer.once('end', resolve);
      answer.once('close', resolve);
    });
  }

  /** The connection breaks, wherever in a block that is. */
  cut(): void {
    this.call?.destroy();
  }

  pause(): void {
    this.answer?.pause();
  }

  resume(): void {
    this.answer?.resume();
  }

  async until(isReached: (client: this) => boolean, limitMs = 20_000): Promise<void> {
    const end = Date.now() + limitMs;
    while (!isReached(this)) {
      if (Date.now() > end)
        throw new Error(`not reached: ${this.received.length} received, last id ${this.lastEventId}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  private take(text: string): void {
    this.rest += text;
    for (let end = this.rest.indexOf('\n\n'); end >= 0; end = this.rest.indexOf('\n\n')) {
      this.block(this.rest.slice(0, end));
      this.rest = this.rest.slice(end + 2);
    }
  }

  private block(text: string): void {
    const fields = text.split('\n').map((line): readonly [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trimStart()];
    });
    const of = (name: string) => fields.find(([field]) => field === name)?.[1];
    this.comments += fields.filter(([field]) => field === '').length;
    const id = of('id');
    if (id !== undefined) this.lastEventId = id;
    const data = of('data');
    if (data !== undefined)
      this.received.push({ id: id ?? '', event: of('event') ?? 'message', data: JSON.parse(data) });
  }
}
