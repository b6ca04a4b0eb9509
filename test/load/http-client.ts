/** A program that speaks HTTP over a socket: it changes one field of a shared event, with an Idempotency-Key, and is cut off at times. */
import { Agent, request } from 'node:http';
import type { Acknowledged, Change, Client } from './change.ts';

interface Answer {
  readonly status: number;
  readonly body: { readonly revision?: number; readonly detail?: string };
}

const kinds: readonly string[] = ['updated'];

export function httpClients(origin: string, token: string, sockets: number): Client & { close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: sockets });
  const door = { agent, origin, token };
  return {
    kinds,
    async attempt(change, isFirst): Promise<Acknowledged> {
      // Before it comes again, somebody else writes the same field: done twice, it would undo that.
      if (!isFirst) await patch({ ...door, name: `between ${change.name}`, actor: 'setup' }, change);
      const isCut = change.isCut && isFirst;
      const { status, body } = await patch({ ...door, name: change.name, actor: change.name }, change, isCut);
      if (status !== 200 || body.revision === undefined) throw new Error(`${status}: ${body.detail ?? ''}`);
      return { change, key: change.shared, revision: body.revision, kinds, value: change.name };
    },
    close: () => agent.destroy(),
  };
}

const mostCutDelayMs = 20;

interface Patch {
  readonly agent: Agent;
  readonly origin: string;
  readonly token: string;
  /** What is written, and the key under which it is done once. */
  readonly name: string;
  readonly actor: string;
}

function patch(asked: Patch, change: Change, isCut = false): Promise<Answer> {
  const { agent, origin, token, name, actor } = asked;
  const body = JSON.stringify({ location: name });
  return new Promise((resolve, reject) => {
    const sent = request(`${origin}/v1/events/${encodeURIComponent(change.shared)}`, {
      agent,
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/merge-patch+json',
        'content-length': Buffer.byteLength(body),
        'idempotency-key': name.replaceAll(' ', '-'),
        'x-actor': actor,
      },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
    });
    // Somewhere between the first byte that goes out and the last one that comes back.
    if (isCut) sent.on('finish', () => setTimeout(() => sent.destroy(), change.cutAt * mostCutDelayMs));
    sent.end(body);
  });
}
