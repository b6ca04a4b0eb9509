/** An application at a door: it looks, thinks, asks, and asks again until it hears an answer. */
import { readNumbers } from '../../../src/store/desired.ts';
import type { Actor } from '../scheduler.ts';
import type { DoorDeedOf } from '../workload/door.ts';
import type { Site, World } from '../world.ts';
import { type Ask, eventOf, type Heard, keyOf, type Numbers, tagOf } from './ask.ts';
import { askByFunction } from './function-door.ts';
import { askOverHttp, readOverHttp } from './http-door.ts';
import { type Asked, beginToAsk, everythingAsked } from './said.ts';
import { askInSql } from './sql-door.ts';
import { askInTypescript } from './typescript-door.ts';

/** How long it waits before it asks again, in milliseconds; then it gives up. */
const patienceMs = [2_000, 15_000, 60_000, 300_000] as const;
const daysLaterMs = 2 * 86_400_000;

/** What lies on the wire is served by whichever process is there then. */
const wire: Actor = { name: 'wire', alive: true };

export async function askAtDoor(world: World, site: Site, actor: Actor, deed: DoorDeedOf): Promise<string> {
  const key = deed.kind === 'rehome' ? null : keyOf(deed.key);
  const seen = key === null || deed.names === 'nothing' ? null : await look(world, site, actor, deed, key);
  if (deed.thinksMs > 0) await world.scheduler.park(actor, 'thinks', deed.thinksMs);
  const asked = beginToAsk(world, site, askFor(world, deed, key, seen));
  let heard = await attempt(world, actor, asked);
  for (const waitMs of patienceMs) {
    if (heard.kind !== 'unknown') break;
    await world.scheduler.park(actor, 'waits before it asks again', waitMs);
    heard = await attempt(world, actor, asked);
  }
  if (deed.again === 'at_once' && isRepeatable(asked)) await attempt(world, actor, asked);
  return asked.heard.map(textOf).join(', then ');
}

/** Requests that come once more when nobody thinks of them: days later, with the key that they had. */
export async function repeatDaysLater(world: World): Promise<void> {
  const late = everythingAsked(world).filter((asked) => asked.ask.deed.again === 'days_later' && isRepeatable(asked));
  if (late.length === 0) return;
  await world.scheduler.park(wire, 'waits for days', daysLaterMs);
  for (const asked of late) {
    const heard = await send(world, wire, asked);
    asked.heard.push(heard);
    world.scheduler.say('wire', `${asked.ask.tag} once more: ${textOf(heard)}`);
  }
}

function isRepeatable({ ask: { deed } }: Asked): boolean {
  return deed.keyed && deed.door === 'http';
}

function askFor(world: World, deed: DoorDeedOf, key: string | null, seen: Ask['seen']): Ask {
  const tag = tagOf(deed.number);
  const calendar = deed.kind === 'put' ? (world.calendars[deed.calendar % world.calendars.length] ?? '') : '';
  const event = deed.kind === 'put' ? eventOf(deed.key, calendar, deed.guests, tag, deed.number) : {};
  return { deed, key, tag, seen, event };
}

async function look(
  world: World,
  site: Site,
  actor: Actor,
  deed: DoorDeedOf,
  key: string,
): Promise<Numbers | 'no_row' | null> {
  if (deed.door === 'http') return readOverHttp(world, site, actor, key);
  return (await readNumbers(site.connection.databaseOf(actor), [key])).get(key) ?? 'no_row';
}

/** One attempt, and what befalls it. */
async function attempt(world: World, actor: Actor, asked: Asked): Promise<Heard> {
  const mishap = world.mishapOfAttempt();
  if (mishap !== null) world.scheduler.say('fault', `${JSON.stringify(mishap)} on ${asked.ask.tag}`);
  const overHttp = asked.ask.deed.door === 'http';
  switch (mishap?.kind) {
    case 'lost':
      return hear(asked, { kind: 'unknown', why: 'lost on the way' });
    case 'late':
      if (overHttp) serveLater(world, asked, mishap.delayMs);
      return hear(asked, { kind: 'unknown', why: 'no answer' });
    case 'unheard':
      await send(world, actor, asked);
      asked.unheard += 1;
      return hear(asked, { kind: 'unknown', why: 'the answer was lost' });
    case 'database':
      actor.doom = mishap.fault;
      return hear(asked, await send(world, actor, asked, true));
    case 'twice':
      if (overHttp) serveLater(world, asked, mishap.delayMs);
      break;
    case undefined:
  }
  return hear(asked, await send(world, actor, asked));
}

function serveLater(world: World, asked: Asked, delayMs: number): void {
  asked.unheard += 1;
  void world.scheduler.park(wire, `brings ${asked.ask.tag} late`, delayMs).then(() => send(world, wire, asked));
}

function hear(asked: Asked, heard: Heard): Heard {
  asked.heard.push(heard);
  return heard;
}

/** To be told that nobody knows is only right where something broke. */
async function send(world: World, actor: Actor, { site, ask }: Asked, mayBreak = false): Promise<Heard> {
  const heard = await through(world, site, actor, ask);
  delete actor.doom;
  if (heard.kind === 'unknown' && !mayBreak) world.fail('door', `${ask.tag}: ${heard.why}, and nothing was broken`);
  return heard;
}

async function through(world: World, site: Site, actor: Actor, ask: Ask): Promise<Heard> {
  switch (ask.deed.door) {
    case 'http':
      return askOverHttp(world, site, actor, ask);
    case 'typescript':
      return askInTypescript(site.connection.databaseOf(actor), ask);
    case 'sql':
      return askInSql(site.connection.databaseOf(actor), ask);
    case 'function':
      return askByFunction(site.connection.databaseOf(actor), ask);
  }
}

function textOf(heard: Heard): string {
  if (heard.kind !== 'done') return `${heard.kind}: ${heard.why}`;
  const { did, numbers } = heard;
  return numbers === null ? did : `${did} ${numbers.generation}.${numbers.revision}`;
}
