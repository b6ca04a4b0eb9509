import { type Breaker, probeWaitMs, signOf, silenceText } from '../core/breaker.ts';
import { asCalsyncError, CalsyncError } from '../core/error.ts';
import {
  type BreakerScope,
  claimProbe,
  noteAnswer,
  noteSilence,
  openForAll,
  readBreakers,
  returnProbe,
  scopeOf,
} from '../store/breaker.ts';
import { forgetSilence } from '../store/dirty.ts';
import type { Lease } from '../store/lease.ts';
import type { Engine } from './engine.ts';

/** Reason of the error in place of a call that is not made because Google is silent. */
export const breakerOpen = 'breaker_open';

/** What a turn is told instead of a call. */
function silence(breaker: Breaker): CalsyncError {
  return new CalsyncError('transient', silenceText(breaker), { reason: breakerOpen });
}

/**
 * The breaker as one turn meets it. While it is open no call is made; a turn that has the probe makes one call, and more only once Google
 * has answered that. Postgres is asked once when the turn begins, and told of every silence and of the first answer after one.
 */
export class TurnBreaker {
  private readonly engine: Engine;
  private readonly account: string;
  private readonly prober: string;
  /** The probe that this turn has, until Google answers it. */
  private probing: BreakerScope | null = null;
  /** Some breaker counts failures, so an answer is news. */
  private counts: boolean;
  private refusal: CalsyncError | null = null;
  /** The one call of a probe. */
  private probe: Promise<void> | null = null;

  private constructor(engine: Engine, lease: Lease, account: string, counts: boolean) {
    this.engine = engine;
    this.account = account;
    // A lease and not a process: one process works on several calendars at once.
    this.prober = `${lease.calendar}/${lease.epoch}`;
    this.counts = counts;
  }

  /**
   * `counts` as `readGate` gives it. Throws `transient`, reason `breaker_open`, while Google is silent and this turn is not the one that
   * tries.
   */
  static async enter(engine: Engine, lease: Lease, account: string, counts: boolean): Promise<TurnBreaker> {
    const breaker = new TurnBreaker(engine, lease, account, counts);
    if (!counts) return breaker;
    const shut = shutOf(await readBreakers(engine.db, ['google', scopeOf(account)]), account);
    if (shut !== null) await breaker.tryProbe(...shut);
    return breaker;
  }

  private async tryProbe(scope: BreakerScope, shut: Breaker): Promise<void> {
    if (!(await claimProbe(this.engine.db, scope, this.prober))) throw silence(shut);
    this.probing = scope;
  }

  /** Makes a call, unless the breaker is open. */
  async call<Result>(send: () => Promise<Result>): Promise<Result> {
    while (this.probing !== null && this.probe !== null) await this.probe;
    if (this.refusal !== null) throw this.refusal;
    const sent = this.judge(send);
    if (this.probing !== null)
      this.probe = sent.then(ignore, ignore).finally(() => {
        this.probe = null;
      });
    return sent;
  }

  /** The end of the call is told as it is, also when the breaker cannot be told of it: it says what became of the event. */
  private async judge<Result>(send: () => Promise<Result>): Promise<Result> {
    let result: Result;
    try {
      result = await send();
    } catch (thrown) {
      const error = asCalsyncError(thrown);
      const sign = signOf(error);
      if (sign === 'silent') await this.unheard(error).catch(ignore);
      if (sign === 'alive') await this.heard().catch(ignore);
      throw thrown;
    }
    await this.heard().catch(ignore);
    return result;
  }

  private async heard(): Promise<void> {
    if (!this.counts) return;
    this.counts = false;
    this.probing = null;
    this.refusal = null;
    try {
      if (await noteAnswer(this.engine.db, this.account)) await forgetSilence(this.engine.db, this.account);
    } catch (thrown) {
      this.counts = true;
      throw thrown;
    }
  }

  private async unheard(error: CalsyncError): Promise<void> {
    const { db, random } = this.engine;
    this.counts = true;
    const met = {
      reason: error.reason ?? `status_${error.status ?? 'none'}`,
      by: this.prober,
      fraction: random.fraction(),
      retryAfterMs: error.retryAfterMs ?? 0,
    };
    if (this.probing === 'google') this.refuse((await noteSilence(db, 'google', met)).now);
    const { before, now } = await noteSilence(db, scopeOf(this.account), met);
    if (now.state !== 'closed') this.refuse(now);
    if (before.state === 'closed' && now.state === 'open') await openForAll(db, probeWaitMs(0, random.fraction(), 0));
  }

  private refuse(breaker: Breaker): void {
    this.refusal = silence(breaker);
    this.probing = null;
  }

  /** At the end of the turn: a probe in which nothing was asked goes back. */
  async leave(): Promise<void> {
    if (this.probing !== null) await returnProbe(this.engine.db, this.probing, this.prober);
  }
}

/** That for all of Google stands before an account's own: its probe tries both. */
function shutOf(known: ReadonlyMap<BreakerScope, Breaker>, account: string): readonly [BreakerScope, Breaker] | null {
  for (const scope of ['google', scopeOf(account)] as const) {
    const breaker = known.get(scope);
    if (breaker !== undefined && breaker.state !== 'closed') return [scope, breaker];
  }
  return null;
}

function ignore(): void {}
