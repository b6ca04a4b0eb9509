/*
 * The production store on one real connection. To connect is to park; whoever is let go has the connection until it is given back, so a
 * transaction is one step and one statement is in flight in the whole simulation.
 */
import type { Pool, PoolClient } from 'pg';
import { type Db, openDatabase } from '../../src/store/database.ts';
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

export class OneConnection {
  readonly client: PoolClient;
  /** Commits since the harness last looked. */
  commits: Commit[] = [];
  statements = 0;
  private readonly scheduler: Scheduler;
  private readonly hooks: ConnectionHooks;
  private toldMs = Number.NaN;

  constructor(client: PoolClient, scheduler: Scheduler, hooks: ConnectionHooks) {
    this.client = client;
    this.scheduler = scheduler;
    this.hooks = hooks;
  }

  /** The database as one actor sees it. */
  databaseOf(actor: Actor): Db {
    const pool = { connect: () => this.connect(actor), end: async () => undefined };
    return openDatabase(pool as unknown as Pool); // no cursor is ever asked for, and nobody listens
  }

  /** A question of the harness, which takes no step. */
  async ask<Row>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    const { rows } = await this.scheduler.during(() => this.client.query(text, [...values]));
    return rows as Row[]; // the caller names the row that it asks for
  }

  private async connect(actor: Actor): Promise<PoolClient> {
    await this.scheduler.park(actor, 'asks the database');
    const fault = this.hooks.faultOf(actor);
    if (fault === 'not_committed') {
      this.hooks.crash(actor);
      return never;
    }
    this.scheduler.hold();
    await this.tellTime();
    return new Session(this, this.scheduler, actor, fault, this.hooks) as unknown as PoolClient; // all that Kysely asks of one
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

const changes = /\b(?:insert into|update|delete from)\s/;

/** The connection while one actor has it. */
class Session {
  private readonly one: OneConnection;
  private readonly scheduler: Scheduler;
  private readonly actor: Actor;
  private readonly fault: DatabaseFault | null;
  private readonly hooks: ConnectionHooks;
  private readonly texts: string[] = [];
  private open = false;

  constructor(
    one: OneConnection,
    scheduler: Scheduler,
    actor: Actor,
    fault: DatabaseFault | null,
    hooks: ConnectionHooks,
  ) {
    this.one = one;
    this.scheduler = scheduler;
    this.actor = actor;
    this.fault = fault;
    this.hooks = hooks;
  }

  async query(text: string, values: readonly unknown[] = []): Promise<unknown> {
    this.one.statements += 1;
    const result = await this.scheduler.during(() => this.one.client.query(text, [...values]));
    this.scheduler.trace.mix(`${text}\n${JSON.stringify(values)}\n${JSON.stringify(result.rows)}\n`);
    if (text === 'begin') this.open = true;
    else if (text === 'rollback') this.open = false;
    else if (text !== 'commit') this.texts.push(text);
    const committed = text === 'commit' || (!this.open && text !== 'rollback');
    if (!committed) return result;
    this.open = false;
    if (this.texts.some((statement) => changes.test(statement))) this.hooks.wrote(this.actor);
    this.one.commits.push({ actor: this.actor, statements: [...this.texts] });
    return this.fault === null ? result : this.failAfterCommit(this.fault);
  }

  release(): void {
    this.scheduler.release();
  }

  private failAfterCommit(fault: DatabaseFault): Promise<never> {
    if (fault === 'commit_unknown') throw new Error('Connection terminated unexpectedly');
    this.hooks.crash(this.actor);
    this.scheduler.release();
    return never;
  }
}
