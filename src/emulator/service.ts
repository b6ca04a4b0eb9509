import { type Act, newAct } from './act.ts';
import { apiError } from './api-error.ts';
import { authorise, grantOf } from './auth.ts';
import { type Answer, type Call, emptyAnswer, errorAnswer, jsonAnswer, parseJsonBody } from './call.ts';
import { Faults, type Hit, listingFaults } from './faults.ts';
import { answerThrough } from './faulty-answer.ts';
import { applyFields } from './field-mask.ts';
import type { GrantRow, JsonObject } from './model.ts';
import { Quota, unitsOf } from './quota.ts';
import { RequestLog } from './request-log.ts';
import { type Matched, matchRoute } from './route-table.ts';
import type { State } from './state.ts';
import { TokenEndpoint } from './token-endpoint.ts';

const apiRoot = '/calendar/v3/';

/** The API and the token endpoint: every request through its faults, its answer, and into the log. */
export class Service {
  readonly state: State;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly tokens: TokenEndpoint;
  private readonly quota: Quota;
  private readonly sleep: (delayMs: number) => Promise<void>;

  constructor(state: State, clientSecret: string | undefined, sleep: (delayMs: number) => Promise<void>) {
    this.state = state;
    this.sleep = sleep;
    this.faults = new Faults(state);
    this.log = new RequestLog(state);
    this.quota = new Quota(state);
    this.tokens = new TokenEndpoint(state, clientSecret);
  }

  /** Rejects with ConnectionLost when a fault breaks the connection. */
  async answer(call: Call): Promise<Answer> {
    const method =
      call.method === 'POST' ? (call.header('x-http-method-override') ?? 'POST').toUpperCase() : call.method;
    const matched = call.path.startsWith(apiRoot) ? matchRoute(method, call.path.slice(apiRoot.length)) : undefined;
    const grant = matched === undefined ? undefined : grantOf(this.state, call.header('authorization'), call.query);
    const operation = matched?.route.operation ?? (call.path === '/token' ? 'oauth2.token' : 'unknown');
    const account = grant?.email;
    const hits = this.faults.hitsOn({ method, path: decodedPath(call.path), operation, account });
    const act = newAct(this.state, 'client', account ?? '', grant);
    let status = 0;
    try {
      const answer = await answerThrough(hits, this.sleep, () => this.apply(call, method, matched, grant, act, hits));
      status = answer.status;
      return answer;
    } finally {
      this.state.commit();
      const units = matched === undefined ? 0 : unitsOf(method);
      this.record(call, method, operation, account, units, status, hits, act);
    }
  }

  private apply(
    call: Call,
    method: string,
    matched: Matched | undefined,
    grant: GrantRow | undefined,
    act: Act,
    hits: readonly Hit[],
  ): Answer {
    try {
      if (matched !== undefined) return this.callRoute(call, method, matched, grant, act, hits);
      if (call.path === '/token' && method === 'POST') {
        const { status, body } = this.tokens.handle(call.body, call.header('authorization'));
        return jsonAnswer(status, body, { 'cache-control': 'no-store' });
      }
      throw apiError(call.path.startsWith(apiRoot) ? 'notEmulated' : 'notFound');
    } catch (thrown) {
      return errorAnswer(thrown);
    }
  }

  private callRoute(
    call: Call,
    method: string,
    { route, path }: Matched,
    grant: GrantRow | undefined,
    act: Act,
    hits: readonly Hit[],
  ): Answer {
    const { email } = authorise(grant, route.operation, route.scopes);
    this.quota.spend(call.query.get('quotaUser') ?? email, unitsOf(method));
    const body = route.run({
      act,
      path,
      query: call.query,
      body: () => parseJsonBody(call.body),
      ifMatch: call.header('if-match'),
      listing: listingFaults(hits),
    });
    return body === undefined ? emptyAnswer(204) : resourceAnswer(call, body);
  }

  private record(
    call: Call,
    method: string,
    operation: string,
    account: string | undefined,
    units: number,
    status: number,
    hits: readonly Hit[],
    act: Act,
  ): void {
    const { changes, mailings } = act;
    const sendUpdates = call.query.get('sendUpdates') ?? undefined;
    const faults = hits.map(({ id }) => id);
    const ifMatch = call.header('if-match');
    const asked = { actor: 'client', account, method, path: call.path, operation, ifMatch, sendUpdates } as const;
    this.log.add({ ...asked, atMs: this.state.now(), status, units, faults, changes }, mailings);
  }
}

/** The body cut by `fields`, or 304 when `If-None-Match` names the etag. */
function resourceAnswer(call: Call, body: JsonObject): Answer {
  const etag = typeof body.etag === 'string' ? body.etag : undefined;
  const none = call.header('if-none-match');
  if (call.method === 'GET' && etag !== undefined && none === etag) return emptyAnswer(304);
  const shown = applyFields(body, call.query.get('fields'));
  const headers = etag === undefined ? {} : { etag };
  const answer = jsonAnswer(200, shown, headers);
  return call.query.get('prettyPrint') === 'true' ? { ...answer, body: JSON.stringify(shown, null, 1) } : answer;
}

function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
