import { CalsyncError, type ErrorKind } from '../core/error.ts';
import type { Clock, QuotaPacer } from '../core/ports.ts';
import type { AccessToken } from './access-token.ts';
import { type Classified, classify } from './classify.ts';
import { withDeadline } from './deadline.ts';
import { readFailure } from './failure.ts';
import { type Operation, quotaUnits } from './operation.ts';

/** One request that was sent to Google and how it ended, for metrics. Holds nothing of its content. */
export interface GoogleCall {
  readonly account: string;
  readonly operation: Operation;
  readonly units: number;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly result: 'done' | 'absent' | ErrorKind;
  readonly status?: number;
  readonly reason?: string;
}

/** What Google's client is given for one request, besides its parameters. */
interface CallOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

type Answer<T> =
  | { readonly kind: 'answered'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'done' };

/** One call: `send` hands it to the client, `read` checks the answer's shape (`malformedAnswer`) and gives its value. */
interface Call<T> {
  readonly operation: Operation;
  readonly headers?: Readonly<Record<string, string>>;
  readonly send: (options: CallOptions) => Promise<{ readonly data: unknown }>;
  readonly read: (data: unknown) => T;
}

export type Caller = <T>(call: Call<T>) => Promise<Answer<T>>;

interface CallerOptions {
  readonly account: string;
  readonly clock: Clock;
  readonly quota: QuotaPacer;
  readonly token: AccessToken;
  readonly callTimeoutMs: number;
  readonly onCall?: ((call: GoogleCall) => void) | undefined;
}

type Attempt<T> = { readonly kind: 'answered'; readonly value: T } | Classified;

/**
 * Makes calls as one account: quota first (a long wait must not age the token), then the token, then one request
 * under the time-out. A 401 leads to one forced refresh and one more request, which is safe for writes too: what is
 * refused at the door was not carried out. There are no other retries here.
 */
export function createCaller(options: CallerOptions): Caller {
  const { account, clock, quota, token, callTimeoutMs, onCall } = options;

  const request = async <T>(call: Call<T>, accessToken: string): Promise<Attempt<T>> => {
    const headers = { ...call.headers, Authorization: `Bearer ${accessToken}` };
    try {
      const response = await withDeadline(clock, callTimeoutMs, (signal) => call.send({ headers, signal }));
      return { kind: 'answered', value: call.read(response.data) };
    } catch (thrown) {
      return classify(readFailure(thrown, clock.now()), call.operation);
    }
  };
  const attempt = async <T>(call: Call<T>, accessToken: string): Promise<Attempt<T>> => {
    const { operation } = call;
    const startedAtMs = clock.now();
    const result = await request(call, accessToken);
    const durationMs = clock.now() - startedAtMs;
    onCall?.({ account, operation, units: quotaUnits(operation), startedAtMs, durationMs, ...report(result) });
    return result;
  };

  return async (call) => {
    const units = quotaUnits(call.operation);
    await quota.spend(account, units);
    const accessToken = await token.current();
    let result = await attempt(call, accessToken);
    if (result.kind === 'error' && result.error.status === 401) {
      await quota.spend(account, units);
      result = await attempt(call, await token.renew(accessToken));
    }
    if (result.kind === 'error') throw result.error;
    return result;
  };
}

function report(result: Attempt<unknown>): Pick<GoogleCall, 'result' | 'status' | 'reason'> {
  switch (result.kind) {
    case 'answered':
    case 'done':
      return { result: 'done' };
    case 'absent':
      return { result: 'absent' };
    case 'error': {
      const { kind, status, reason } = result.error;
      return { result: kind, ...(status === undefined ? {} : { status }), ...(reason === undefined ? {} : { reason }) };
    }
  }
}

/** The value of a call for which the table knows no other good end. */
export function expectValue<T>(answer: Answer<T>, operation: Operation): T {
  if (answer.kind === 'answered') return answer.value;
  throw new CalsyncError('invariant', `${operation} cannot end as ${answer.kind}`);
}
