/*
 * The production store on one real connection. To connect is to park; whoever is let go has the connection until it is given back, so a
 * transaction is one step and one statement is in flight in the whole simulation. Rows for which a statement asks no order come in one that
 * the seed draws: in Postgres it hangs on where rows happen to lie, so it would differ from run to run, and nothing may rest on it.
 */
import type { Pool, PoolClient, QueryConfig, QueryResult } from 'pg';
import { type Db, openDatabase } from '../../src/store/database.ts';
import type { Dice } from './dice.ts';
import type { DatabaseFault } from './faults.ts';
import type { Actor, Scheduler } from './scheduler.ts';

/** What a step did to the database. */
export interface Commit {
  readonly actor: Actor;
  readonly statements: readonly string[];
}

const never = new Promise<never>(() => undefined);

export interface ConnectionHooks {
  /** Asked once for each connection that is taken, in order. */
  faultOf(actor: Actor): DatabaseFault | null;
  /** The fault struck: the actor is to crash now. */
  crash(actor: Actor): void;
  /** The connection that the actor has changed something. */
  wrote(actor: Actor): void;
}

/** A statement and its rows, as far as they depend on the run alone. */
function traced(text: string, values: readonly unknown[], rows: readonly unknown[]): string {
  // The numbers of transactions go on from run to run, whatever happens in it.
  const isOfRun = !text.includes('pg_current_snapshot');
  // Up to where the sequencer need not look again depends on who else has a transaction open in the cluster.
  const isAskedByRun = !text.includes('position is null and id >');
  return `${text}\n${JSON.stringify(isAskedByRun ? values : values.length)}\n${JSON.stringify(isOfRun ? rows : rows.length)}\n`;
}

export class OneConnection {
  readonly client: PoolClient;
  /** Commits since the harness last looked. */
  commits: Commit[] = [];
  statements = 0;
  private readonly scheduler: Scheduler;
  private readonly hooks: ConnectionHooks;
  private readonly dice: Dice;
  private toldMs = Number.NaN;

  /** `dice` draws the order of rows for which no statement asks one. */
  constructor(client: PoolClient, scheduler: Scheduler, hooks: ConnectionHooks, dice: Dice) {
    this.client = client;
    this.scheduler = scheduler;
    this.hooks = hooks;
    this.dice = dice;
  }

  /** One statement of an actor, with its rows in their order. */
  async run(text: string, values: readonly unknown[]): Promise<QueryResult> {
    this.statements += 1;
    const result = await this.scheduler.during(() => this.client.query(prepared(text, values)));
    if (result.rows.length > 1 && !this.hasOrder(text)) result.rows = this.shuffled(result.rows);
    this.scheduler.trace.mix(traced(text, values, result.rows));
    return result;
  }

  private hasOrder(text: string): boolean {
    const known = ordered.get(text) ?? asksOrder(text);
    ordered.set(text, known);
    return known;
  }

  private shuffled<Row>(rows: readonly Row[]): Row[] {
    const named = rows.map((row) => ({ row, name: JSON.stringify(row) }));
    named.sort((a, b) => (a.name < b.name ? -1 : 1));
    return named
      .map(({ row }) => ({ row, place: this.dice.fraction() }))
      .sort((a, b) => a.place - b.place)
      .map(({ row }) => row);
  }

  /** The database as one actor sees it. */
  databaseOf(actor: Actor): Db {
    const pool = { connect: () => this.connect(actor), end: async () => undefined };
    return openDatabase(pool as unknown as Pool); // no cursor is ever asked for, and nobody listens
  }

  /** A question of the harness, which takes no step. */
  async ask<Row>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    const { rows } = await this.scheduler.during(() => this.client.query(prepared(text, values)));
    return rows as Row[]; // the caller names the row that it asks for
  }

  private async connect(actor: Actor): Promise<PoolClient> {
    await this.scheduler.park(actor, 'asks the database');
    const isDoomed = actor.doom !== undefined;
    const fault = this.hooks.faultOf(actor);
    if (fault === 'not_committed') {
      this.hooks.crash(actor);
      return never;
    }
    this.scheduler.hold();
    await this.tellTime();
    return new Session(this, this.scheduler, actor, { fault, isDoomed }, this.hooks) as unknown as PoolClient; // all that Kysely asks of one
  }

  /** The database's clock is the simulation's: `calsync.now()` of the template reads this setting. */
  private async tellTime(): Promise<void> {
    const nowMs = this.scheduler.now();
    if (nowMs === this.toldMs) return;
    this.toldMs = nowMs;
    await this.scheduler.during(() =>
      this.client.query("select set_config('simulation.now', $1, false)", [new Date(nowMs).toISOString()]),
    );
  }
}

/** Of each statement met so far, whether it asks an order. */
const ordered = new Map<string, boolean>();

/** Names of statements that are prepared on first use: a run asks the same few hundred again and again. */
const names = new Map<string, string>();

function prepared(text: string, values: readonly unknown[]): QueryConfig {
  const name = names.get(text) ?? `s${names.size + 1}`;
  names.set(text, name);
  return { name, text, values: [...values] };
}

/**
 * Whether the statement itself asks an order: what a subquery asks is the subquery's alone, and a statement that changes rows gives them
 * back as it came upon them.
 */
export function asksOrder(text: string): boolean {
  let own = text.replaceAll(/'[^']*'/g, "''");
  for (let before = ''; before !== own; ) {
    before = own;
    own = own.replaceAll(/\([^()]*\)/g, ' ');
  }
  return /\border\s+by\b/.test(own) && !/\breturning\b/.test(own);
}

const opens = /^(?:begin|start transaction)/;
const changes =
  /\b(?:insert into|update|delete from)\s|\bcalsync\.(?:write_decided|put_event|add_attendee|remove_attendee|cancel_event)\b/;

/** The connection while one actor has it. */
class Session {
  private readonly one: OneConnection;
  private readonly scheduler: Scheduler;
  private readonly actor: Actor;
  private readonly fault: DatabaseFault | null;
  /** The fault is meant for a write: it waits for the one that comes. */
  private readonly isDoomed: boolean;
  private readonly hooks: ConnectionHooks;
  private readonly texts: string[] = [];
  private open = false;

  constructor(
    one: OneConnection,
    scheduler: Scheduler,
    actor: Actor,
    { fault, isDoomed }: { readonly fault: DatabaseFault | null; readonly isDoomed: boolean },
    hooks: ConnectionHooks,
  ) {
    this.one = one;
    this.scheduler = scheduler;
    this.actor = actor;
    this.fault = fault;
    this.isDoomed = isDoomed;
    this.hooks = hooks;
  }

  async query(text: string, values: readonly unknown[] = []): Promise<unknown> {
    if (this.fault === 'commit_lost') {
      if (text === 'commit') return this.failBeforeCommit();
      if (!this.open && changes.test(text)) throw new Error('Connection terminated unexpectedly'); // a transaction of one statement
    }
    const result = await this.one.run(text, values);
    if (opens.test(text)) this.open = true;
    else if (text === 'rollback') this.open = false;
    else if (text !== 'commit') this.texts.push(text);
    const committed = text === 'commit' || (!this.open && text !== 'rollback');
    if (!committed) return result;
    this.open = false;
    const wrote = this.texts.some((statement) => changes.test(statement));
    if (wrote) this.hooks.wrote(this.actor);
    this.one.commits.push({ actor: this.actor, statements: [...this.texts] });
    if (this.isDoomed && !wrote) {
      this.actor.doom = this.fault === 'commit_lost' ? 'commit_lost' : 'commit_unknown';
      return result;
    }
    return this.fault === null ? result : this.failAfterCommit(this.fault);
  }

  release(): void {
    this.scheduler.release();
  }

  private async failBeforeCommit(): Promise<never> {
    await this.one.run('rollback', []);
    this.open = false;
    throw new Error('Connection terminated unexpectedly');
  }

  private failAfterCommit(fault: DatabaseFault): Promise<never> {
    if (fault === 'commit_unknown') throw new Error('Connection terminated unexpectedly');
    this.hooks.crash(this.actor);
    this.scheduler.release();
    return never;
  }
}
