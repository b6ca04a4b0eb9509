import { type DestinationStream, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import type { LogLevel } from '../config.ts';
import { wantsColour } from '../config.ts';
import type { World } from './world.ts';

/** JSON lines on stderr; on a terminal the same for people. Nothing secret and no event text goes in here. */
export function createLog(level: LogLevel, world: World): Logger {
  const options = { level, base: null };
  if (world.stderr.isTTY !== true) return pino(options, lineWriter(world));
  const colorize = wantsColour(world.environment);
  return pino(
    options,
    pretty({ destination: world.stderr, colorize, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' }),
  );
}

function lineWriter({ stderr }: World): DestinationStream {
  return { write: (line) => void stderr.write(line) };
}
