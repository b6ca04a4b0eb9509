import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../app.ts';
import { readConfig } from '../../config.ts';
import { removeHome } from '../../sandbox/remove.ts';
import type { Context } from '../context.ts';
import { GoogleSide } from '../demo/google-side.ts';
import { Story } from '../demo/story.ts';
import { summaryTable } from '../demo/summary.ts';
import { type RunLine, Terminal } from '../demo/terminal.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

/** Far above what the demo spends in a minute: the emulator grants it, and calsync is told so. */
const unitsPerMinute = 600_000;

/** Runs the whole story in a home of its own, which is gone afterwards. Answers 0 only if every step held. */
export async function demo(
  context: Context,
  options: { readonly fast: boolean; readonly runLine: RunLine },
): Promise<ExitCode> {
  const { output, world, app } = context;
  const directory = mkdtempSync(join(tmpdir(), 'calsync-demo-'));
  const home = join(directory, 'home');
  const environment = demoEnvironment(world.environment, home);
  const own = createApp(readConfig(environment));
  try {
    const startedAt = app.clock.now();
    output.result(
      output.paint.bold('calsync demo: one term of a university, from its timetable to Google Calendar, and kept so'),
    );
    output.result(
      'Everything here is real but Google: PostgreSQL, Google’s own client library over HTTP, a timetable as it was published.',
    );
    await own.database();
    const { sandbox } = await own.googleAccess();
    if (sandbox === null) return exitCodes.failed;
    output.result(
      `PostgreSQL and the Google Calendar emulator are up (${((app.clock.now() - startedAt) / 1_000).toFixed(1)} s).`,
    );
    const google = new GoogleSide(sandbox.origin, sandbox.secret);
    await google.grantQuota(unitsPerMinute);
    const terminal = new Terminal(world, output, environment, options.runLine);
    const story = new Story({ terminal, google, clock: app.clock, directory, fast: options.fast });
    await story.tell();
    output.result(summaryTable(story.results, output.paint));
    return story.results.every(({ held }) => held) ? exitCodes.done : exitCodes.failed;
  } finally {
    await own.close();
    await removeHome(home, app.clock);
    rmSync(directory, { recursive: true, force: true });
  }
}

function demoEnvironment(environment: Context['world']['environment'], home: string): Context['world']['environment'] {
  const kept = Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^(CALSYNC_|GOOGLE_|DATABASE_URL|SMTP_URL|LOG_LEVEL)/.test(name)),
  );
  return {
    ...kept,
    CALSYNC_SANDBOX: '1',
    CALSYNC_HOME: home,
    LOG_LEVEL: 'warn',
    CALSYNC_QUOTA_PROJECT_PER_MINUTE: String(unitsPerMinute),
    CALSYNC_QUOTA_USER_PER_MINUTE: String(unitsPerMinute),
  };
}
