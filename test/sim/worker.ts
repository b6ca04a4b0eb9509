/** One worker process: the production engine over production Google code, with every port the simulation's. */
import { asCalsyncError } from '../../src/core/error.ts';
import type { Google } from '../../src/core/ports.ts';
import { defaultEngineSettings, type Engine, type TurnReport } from '../../src/engine/engine.ts';
import { turn } from '../../src/engine/turn.ts';
import { createGoogle } from '../../src/google/gateway.ts';
import { Dice } from './dice.ts';
import type { Actor } from './scheduler.ts';
import type { Site, World } from './world.ts';

const rootUrl = 'https://calendar.test';

export interface Worker extends Actor {
  readonly site: Site;
  /** The calendar of the turn that it is in, null between turns. */
  turning: string | null;
  /** A connection broke under it: what it says of itself afterwards proves nothing. */
  shaken: boolean;
}

/** A fresh process: no token, no memory. */
export function startWorker(
  world: World,
  site: Site,
  name: string,
): { readonly worker: Worker; readonly engine: Engine } {
  const worker: Worker = { name, alive: true, site, turning: null, shaken: false };
  const clock = world.scheduler.clockOf(worker);
  const gateways = new Map<string, Google>();
  const googleOf = (account: string): Google => {
    const known = gateways.get(account);
    if (known !== undefined) return known;
    const made = createGoogle({
      account,
      credentials: { kind: 'refresh_token', refreshToken: world.refreshToken },
      endpoints: { rootUrl, tokenUrl: `${rootUrl}/token` },
      oauthClient: { id: 'simulation', secret: 'simulation' },
      clock,
      quota: { spend: () => Promise.resolve() },
      fetchImplementation: world.network.fetchOf(worker),
    });
    gateways.set(account, made);
    return made;
  };
  const engine: Engine = {
    db: site.connection.databaseOf(worker),
    clock,
    random: new Dice(`${world.seed} ${name}`),
    google: (account) => Promise.resolve(googleOf(account)),
    installation: site.database.installation,
    fingerprintSecret: site.database.fingerprintSecret,
    worker: name,
    settings: { ...defaultEngineSettings, concurrency: world.shape.concurrency },
  };
  return { worker, engine };
}

/** One turn, told in the story. Null where it threw, which a broken connection alone excuses. */
export async function takeTurn(
  world: World,
  worker: Worker,
  engine: Engine,
  calendar: string,
): Promise<TurnReport | null> {
  world.turns.begin(worker, calendar, world.scheduler.now());
  let ended: TurnReport | null = null;
  world.scheduler.say(worker.name, `begins a turn of ${world.nameOf(calendar)}`);
  try {
    const report = await turn(engine, calendar);
    ended = report;
    world.scheduler.say(worker.name, `ends it: ${report.state}${wordsOf(report)}`);
    if (report.error?.kind === 'invariant' && !worker.shaken)
      world.fail('invariant', report.error.message, report.error);
    return report;
  } catch (thrown) {
    const error = asCalsyncError(thrown);
    world.scheduler.say(worker.name, `breaks off: ${error.kind} ${error.reason ?? error.message}`);
    if (error.kind === 'invariant' && !worker.shaken) world.fail('invariant', error.message, thrown);
    return null;
  } finally {
    world.turns.end(worker, ended);
  }
}

function wordsOf({ counts, error }: TurnReport): string {
  const changes = Object.entries(counts).filter(
    ([name, count]) => count > 0 && name !== 'apiCalls' && name !== 'listCalls',
  );
  const words = changes.map(([name, count]) => ` ${name} ${count}`).join(',');
  return `${words}${error === null ? '' : ` (${error.kind} ${error.reason ?? ''})`}`;
}
