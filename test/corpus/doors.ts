/** The ways in, each as a function from an event to what it says: nothing, or the fields that it names. */
import { DatabaseError, type Pool } from 'pg';
import { CalsyncError } from '../../src/core/error.ts';
import { parseEventSpec } from '../../src/core/event-spec.ts';
import { putEvents } from '../../src/write/put.ts';
import { calsync } from '../cli/a-world.ts';
import type { AServer } from '../server/a-server.ts';
import { ada } from '../support/specs.ts';
import { columnsOfEvent, type StatedColumns } from './event-columns.ts';

/** Empty: accepted. `null`: the event cannot be said through this door at all. */
export type Verdict = readonly string[] | null;

export interface EntryDoor {
  readonly name: string;
  /** Whether it names fields only as far as a column goes: `recurrence` for `recurrence[1]`. */
  readonly namesColumns: boolean;
  tell(event: Readonly<Record<string, unknown>>): Promise<Verdict>;
}

export function entryDoors(server: AServer, home: string): readonly EntryDoor[] {
  return [
    { name: 'TypeScript', namesColumns: false, tell: (event) => throughTypeScript(server, event) },
    { name: 'put_event', namesColumns: false, tell: (event) => throughPutEvent(server.pool, JSON.stringify(event)) },
    { name: 'SQL', namesColumns: true, tell: (event) => throughInsert(server.pool, event) },
    { name: 'HTTP', namesColumns: false, tell: (event) => throughHttp(server, event) },
    { name: 'CLI', namesColumns: false, tell: (event) => throughCli(server.url, home, JSON.stringify(event)) },
  ];
}

async function throughTypeScript({ db }: AServer, event: unknown): Promise<Verdict> {
  const parsed = parseEventSpec(event);
  if (!parsed.ok) return parsed.problems.map(({ path }) => path);
  try {
    const result = await putEvents(db, [parsed.spec], ada);
    return result.kind === 'written' ? [] : result.problems.map(({ field }) => field ?? '');
  } catch (thrown) {
    if (!(thrown instanceof CalsyncError)) throw thrown;
    return [`let through to the database: ${thrown.reason}`];
  }
}

async function throughPutEvent(pool: Pool, text: string): Promise<Verdict> {
  return fieldsOf(
    pool.query('select calsync.put_event($1)', [text]),
    ({ column, code }) => column ?? `SQLSTATE ${code}`,
  );
}

async function throughInsert(pool: Pool, event: Readonly<Record<string, unknown>>): Promise<Verdict> {
  const stated = columnsOfEvent(event);
  if (stated === null) return null;
  const { rows } = await pool.query<{ rule: string; field: string | null }>(
    `select rule, calsync.field_of(rule) as field from unnest($1::text[]) as named (rule)`,
    [await fieldsOf(insertRows(pool, stated), ({ constraint, column }) => constraint ?? `column ${column}`)],
  );
  return rows.map(({ rule, field }) => field ?? rule.replace(/^column /, ''));
}

async function insertRows(pool: Pool, { event, attendees }: StatedColumns): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const names = Object.keys(event);
    const places = names.map((_, index) => `$${index + 1}`);
    await client.query(
      `insert into calsync.desired_event (${names.join(', ')}) values (${places.join(', ')})`,
      Object.values(event),
    );
    await client.query(
      `insert into calsync.desired_attendee (key, address, display_name, optional)
         select $1, email, "displayName", coalesce(optional, false)
           from jsonb_to_recordset($2) as stated (email text, "displayName" text, optional boolean)`,
      [event.key, JSON.stringify(attendees)],
    );
    await client.query('commit');
  } catch (thrown) {
    await client.query('rollback');
    throw thrown;
  } finally {
    client.release();
  }
}

async function fieldsOf(done: Promise<unknown>, fieldOf: (error: DatabaseError) => string): Promise<readonly string[]> {
  try {
    await done;
    return [];
  } catch (thrown) {
    if (!(thrown instanceof DatabaseError)) throw thrown;
    return [fieldOf(thrown)];
  }
}

/** A key stands in the path, so that one which is missing, no text that can be encoded, or a step of the path cannot be said. */
async function throughHttp(server: AServer, event: Readonly<Record<string, unknown>>): Promise<Verdict> {
  if (typeof event.key !== 'string' || !event.key.isWellFormed()) return null;
  if (['', '.', '..'].includes(event.key)) return null;
  const answered = await server.send('PUT', `/v1/events/${encodeURIComponent(event.key)}`, event);
  if (answered.status < 300) return [];
  if (answered.status >= 500) throw new Error(`HTTP answers ${answered.status}`);
  return answered.body.errors.map(({ field }: { readonly field: string }) => field);
}

async function throughCli(url: string, home: string, text: string): Promise<Verdict> {
  const ran = await calsync(['put', '--json'], { DATABASE_URL: url, CALSYNC_HOME: home }, text);
  if (ran.code === 0) return [];
  if (ran.stdout !== '')
    return JSON.parse(ran.stdout).problems.map(({ field }: { readonly field: string | null }) => field ?? '');
  return [...ran.stderr.matchAll(told)].map(([, field = '']) => field);
}

/** A line about a field: its path, in which only an odd name stands in quotes, then what is wrong with it. */
const told =
  /^ {2}([\w-]+(?:\[\d+\]|\.[\w-]+)*(?:\."[^\n]*?")?|"[^\n]*?") (?="|is |has |must |names |needs |holds |would |goes |cannot |[A-Z\d])/gm;
