/** A program that writes plain SQL in a transaction of its own: it enrols a guest and states a room, both or neither. */
import pg from 'pg';
import type { TestConnection } from '../support/postgres.ts';
import type { Acknowledged, Change, Client } from './change.ts';

const statements: readonly ((change: Change) => readonly [string, readonly unknown[]])[] = [
  () => ['begin', []],
  ({ name }) => ["select set_config('calsync.actor', $1, true)", [name]],
  ({ name, shared }) => [
    'insert into calsync.desired_attendee (key, address) values ($1, $2) on conflict do nothing',
    [shared, `${name}@example.com`],
  ],
  ({ name, shared }) => [
    "update calsync.desired_event set labels = labels || jsonb_build_object($2::text, 'x') where key = $1 returning revision",
    [shared, name],
  ],
  () => ['commit', []],
];

const kinds: readonly string[] = ['attendee_added', 'updated'];

/** Clients that take turns on a few connections; one that is cut is replaced. */
export function sqlClients(connection: TestConnection, connections: number): Client & { close(): Promise<void> } {
  const pool = new pg.Pool({ ...connection, max: connections });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined)); // a cut connection says so when it is used next
  return {
    kinds,
    async attempt(change, isFirst) {
      const client = await pool.connect();
      let broken = true;
      try {
        const done = await writeBoth(client, change, change.isCut && isFirst);
        broken = false;
        return done;
      } finally {
        client.release(broken);
      }
    },
    close: () => pool.end(),
  };
}

async function writeBoth(client: pg.PoolClient, change: Change, isCut: boolean): Promise<Acknowledged> {
  const cutBehind = isCut ? Math.floor(change.cutAt * statements.length) : null;
  let revision = 0;
  for (const [place, statement] of statements.entries()) {
    const [text, values] = statement(change);
    const answer = client.query<{ revision: string }>(text, [...values]);
    // The statement is on its way, and nobody will hear how it ended.
    if (place === cutBehind) cut(client);
    const { rows } = await answer;
    if (rows[0]?.revision !== undefined) revision = Number(rows[0].revision);
  }
  return {
    change,
    key: change.shared,
    revision,
    kinds,
    value: change.name,
  };
}

function cut(client: pg.PoolClient): void {
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } }; // no public way to break a connection
  setImmediate(() => connection.stream.destroy());
}
