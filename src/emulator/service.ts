import { roleOn } from './access.ts';
import { type Act, newAct, putRow } from './act.ts';
import { apiError } from './api-error.ts';
import { authorise, grantOf } from './auth.ts';
import { type Answer, type Call, emptyAnswer, errorAnswer, jsonAnswer, parseJsonBody } from './call.ts';
import { Faults, type Hit, listingFaults } from './faults.ts';
import { answerThrough } from './faulty-answer.ts';
import { applyFields } from './field-mask.ts';
import type { GrantRow, JsonObject } from './model.ts';
import { insufficientScopes } from './newer-errors.ts';
import { Push, type PushOptions } from './push.ts';
import { Quota, unitsOf } from './quota.ts';
import { RequestLog } from './request-log.ts';
import { type Matched, matchRoute } from './route-table.ts';
import { roleWithin } from './scope-reach.ts';
import { answerSignIn, signInOperation } from './sign-in.ts';
import type { State } from './state.ts';
import { TokenEndpoint } from './token-endpoint.ts';

const apiRoot = '/calendar/v3/';
const batchRoot = '/batch/';

/** The API and the token endpoint: every request through its faults, its answer, and into the log. */
export class Service {
  readonly state: State;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly tokens: TokenEndpoint;
  readonly push: Push;
  private readonly quota: Quota;
  private readonly sleep: (delayMs: number) => Promise<void>;

  constructor(
    state: State,
    clientSecret: string | undefined,
    sleep: (delayMs: number) => Promise<void>,
    pushing: PushOptions,
  ) {
    this.state = state;
    this.sleep = sleep;
    this.faults = new Faults(state);
    this.push = new Push(state, this.faults, pushing);
    state.onChanged = (collections) => this.push.tell(collections);
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
    const operation = matched?.route.operation ?? signInOperation(call.path) ?? 'unknown';
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
      const signIn = answerSignIn(this.state, this.tokens, call);
      if (signIn !== undefined) return signIn;
      throw apiError(call.path.startsWith(apiRoot) || call.path.startsWith(batchRoot) ? 'notEmulated' : 'notFound');
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
    const caller = authorise(grant, route.operation, route.scopes);
    const { email } = caller;
    const payer = grant?.serviceAccount ?? email;
    this.quota.spend(call.query.get('quotaUser') ?? call.header('x-goog-quota-user') ?? payer, unitsOf(method));
    this.checkReach({ route, path }, caller);
    const { calendarId, eventId } = path;
    if (method !== 'GET' && calendarId !== undefined) this.quota.spendOn(calendarId === 'primary' ? email : calendarId);
    if (method !== 'GET' && calendarId !== undefined && eventId !== undefined)
      this.touch(hits, email, calendarId, eventId);
    const body = route.run({
      act,
      path,
      query: call.query,
      body: () => parseJsonBody(call.body),
      ifMatch: call.header('if-match'),
      listing: listingFaults(hits),
      reach: (role, { row }) => roleWithin(role, row, caller, route.scopes),
      greet: (channel) => this.push.greet(channel),
    });
    return body === undefined ? emptyAnswer(204) : resourceAnswer(call, body);
  }

  /** 403 when the scopes do not reach the calendar at all; how far they reach is for the method to ask. */
  private checkReach({ path, route: { scopes, operation } }: Matched, caller: GrantRow): void {
    const { calendarId } = path;
    const calendar = this.state.calendars.get(calendarId === 'primary' ? caller.email : (calendarId ?? ''));
    const role = roleOn(calendar, caller.email);
    if (calendar === undefined || role === 'none') return;
    if (roleWithin(role, calendar.row, caller, scopes) === 'none') {
      throw insufficientScopes(operation);
    }
  }

  /** The fault `touch_event`: somebody else's change lands just before this write is looked at. */
  private touch(hits: readonly Hit[], email: string, calendarId: string, eventId: string): void {
    if (!hits.some(({ action }) => action.kind === 'touch_event')) return;
    const calendar = this.state.calendars.get(calendarId === 'primary' ? email : calendarId);
    const row = calendar?.events.get(eventId);
    if (calendar === undefined || row === undefined) return;
    const act = newAct(this.state, 'person', calendar.row.dataOwner);
    putRow(act, calendar, { ...row, updatedMs: this.state.now() });
    const who = { actor: 'person', account: act.email, method: 'PERSON', operation: 'people.touch' } as const;
    const nothing = { status: 200, units: 0, ifMatch: undefined, sendUpdates: undefined, faults: [] };
    const path = `${calendar.row.id}/${eventId}`;
    this.log.add({ ...who, ...nothing, path, atMs: this.state.now(), changes: act.changes }, []);
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
