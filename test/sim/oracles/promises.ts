/**
 * I3 at the doors: what an application was told is so. An acknowledged write is in the history as it was asked for, a refused one left
 * nothing, one that names a version rests on exactly that one, and one with an Idempotency-Key was done once and answered alike.
 */
import { guestOf, patchedText } from '../door/ask.ts';
import { type Asked, everythingAsked } from '../door/said.ts';
import type { World } from '../world.ts';
import { changedColumns, type HistoryRow, historyOf, isOfGuest, isOfTable } from './history-rows.ts';
import type { Oracle } from './oracle.ts';

export const promises: Oracle = {
  async atRest(world) {
    // A table from a backup has lost what was written since, and says so: that is the business of its hold.
    if (world.restored) return;
    for (const site of world.sites) {
      const history = await historyOf(site);
      for (const asked of everythingAsked(world))
        if (asked.site === site) checkPromise(world, asked, rowsOf(history, asked), history);
    }
  },
};

/** What was written in the name of this one request. */
function rowsOf(history: readonly HistoryRow[], { ask }: Asked): readonly HistoryRow[] {
  return history.filter(({ actor }) => actor.includes(ask.tag));
}

function checkPromise(world: World, asked: Asked, rows: readonly HistoryRow[], history: readonly HistoryRow[]): void {
  const { ask, heard, unheard } = asked;
  const what = `${ask.tag} (${ask.deed.kind} ${ask.key ?? ''} by ${ask.deed.door})`;
  const fail = (message: string): void => world.fail('I3', `${what}: ${message}`);
  const done = heard.filter((answer) => answer.kind === 'done');
  const mayBeDone = unheard > 0 || heard.some((answer) => answer.kind === 'unknown');
  if (done.length === 0 && !mayBeDone && rows.length > 0) fail('refused, and yet it changed something');
  for (const { did, numbers } of done) {
    if (numbers === null || did === 'unchanged') continue;
    if (!rows.some(({ key, revision }) => key === ask.key && revision === numbers.revision))
      fail(`answered revision ${numbers.revision}, and the history has nothing of it there`);
  }
  checkContent(asked, rows, fail);
  if (ask.deed.kind === 'go_back') checkVersionPut(ask.deed.generation, rows, history, fail);
  checkVersion(asked, rows, fail);
  if (ask.deed.keyed && ask.deed.door === 'http') checkOnce(asked, rows, fail);
}

type Fail = (message: string) => void;

/** What it wrote is what it was asked to write, and nothing else. */
function checkContent({ ask }: Asked, rows: readonly HistoryRow[], fail: Fail): void {
  const { deed, tag } = ask;
  for (const row of rows) {
    switch (deed.kind) {
      case 'put':
        if (!isOfGuest(row) && row.after?.summary !== ask.event.summary) fail('another title than was put');
        break;
      case 'patch': {
        const others = changedColumns(row).filter((column) => column !== deed.field);
        if (row.after?.[deed.field] !== patchedText(deed.field, tag)) fail(`its ${deed.field} is not what was stated`);
        if (others.length > 0) fail(`a patch of the ${deed.field} changed ${others.join(', ')}`);
        break;
      }
      case 'cancel':
        if (row.kind !== 'cancelled') fail(`a cancellation is written down as ${row.kind}`);
        break;
      case 'enrol':
        if (!isOfGuest(row)) fail('a guest who comes is written down as a change of the event');
        else if (row.after?.address !== guestOf(deed.guest) || row.after?.display_name !== tag)
          fail('another guest was added');
        break;
      case 'leave':
        if (row.kind !== 'attendee_removed' || row.before?.address !== guestOf(deed.guest))
          fail('another guest was taken off');
        break;
      case 'restore':
      case 'go_back':
      case 'invite_person':
      case 'rehome':
        break;
    }
  }
}

function isOfEvent(row: HistoryRow): boolean {
  return isOfTable(row) && !isOfGuest(row);
}

/** An earlier version is put back as it last was under its generation, as a new one. */
function checkVersionPut(
  generation: number,
  rows: readonly HistoryRow[],
  history: readonly HistoryRow[],
  fail: Fail,
): void {
  const put = rows.filter((row) => !isOfGuest(row)).at(-1);
  if (put === undefined) return;
  const wanted = history.filter(
    (row) =>
      row.key === put.key && row.generation === generation && row.after !== null && isOfEvent(row) && row.id < put.id,
  );
  const unlike = changedColumns({ ...put, before: wanted.at(-1)?.after ?? null });
  if (unlike.length > 0) fail(`generation ${generation} was put back with another ${unlike.join(', ')}`);
}

const onTopOfAnything: ReadonlySet<string> = new Set(['restore', 'go_back', 'invite_person']);

/** The change that names a generation is made to exactly that one. */
function checkVersion({ ask: { seen, deed } }: Asked, rows: readonly HistoryRow[], fail: Fail): void {
  if (seen === null || onTopOfAnything.has(deed.kind)) return;
  if (deed.door !== 'http' && (deed.kind === 'enrol' || deed.kind === 'leave')) return;
  for (const row of rows) {
    const generation = isOfGuest(row) ? row.generation : Number(row.before?.generation ?? 0);
    const wasSeen = seen === 'no_row' ? null : seen.generation;
    if (isOfGuest(row) && deed.kind === 'put') continue;
    if (wasSeen !== null && generation !== wasSeen) fail(`named generation ${wasSeen}, and changed ${generation}`);
    if (wasSeen === null && deed.kind === 'put' && deed.door === 'http' && row.kind !== 'inserted')
      fail('was to create only, and changed what was there');
  }
}

/** However often the request came, it was carried out once, and every answer but the first is the first one again. */
function checkOnce({ heard }: Asked, rows: readonly HistoryRow[], fail: Fail): void {
  const names = rows.map(
    ({ key, kind, after, before }) => `${key} ${kind} ${String((after ?? before)?.normal_address ?? '')}`,
  );
  if (new Set(names).size < names.length) fail(`was carried out more than once: ${names.join(', ')}`);
  const answers = new Set(heard.flatMap((answer) => (answer.kind === 'done' ? [answer.whole] : [])));
  if (answers.size > 1) fail(`was answered in different ways: ${[...answers].join(' and ')}`);
}
