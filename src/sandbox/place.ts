import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CalsyncError } from '../core/error.ts';
import { type Home, outsideOf, shortEnough } from './home.ts';
import { isTraversableByAll, type SystemUser } from './system-user.ts';

/** Where the data and the socket of a home's PostgreSQL are. */
export interface Place {
  readonly dataDirectory: string;
  readonly socketDirectory: string;
}

/** Decided when the data is made and kept in the home: later changes of modes must not make it look elsewhere. */
type DataPlace =
  | { readonly kind: 'home' }
  | { readonly kind: 'outside'; readonly home: string; readonly directory: string };

const socketName = '.s.PGSQL.5432';

/**
 * Data lives in the home, unless PostgreSQL runs as another user who cannot get there (root in a private directory).
 * Throws `usage` when data that was made before is out of reach.
 */
export function choosePlace(home: Home, user: SystemUser | null): Place {
  const reachable = user === null || isTraversableByAll(home.directory);
  const place = knownPlace(home) ?? remember(home, newPlace(home, reachable));
  switch (place.kind) {
    case 'home':
      if (!reachable) throw unreachable(home, user.name);
      return { dataDirectory: join(home.directory, 'postgres'), socketDirectory: socketDirectory(home) };
    case 'outside':
      if (place.home !== home.directory) throw moved(place, home);
      return { dataDirectory: join(place.directory, 'postgres'), socketDirectory: join(place.directory, 'socket') };
  }
}

/** Where the data is, without deciding anything; null when there is none yet. */
export function findDataDirectory(home: Home): string | null {
  const place = knownPlace(home);
  if (place === null) return null;
  return join(place.kind === 'home' ? home.directory : place.directory, 'postgres');
}

function newPlace(home: Home, reachable: boolean): DataPlace {
  if (reachable) return { kind: 'home' };
  return { kind: 'outside', home: home.directory, directory: outsideOf(home.directory) };
}

function socketDirectory(home: Home): string {
  const inside = join(home.directory, 'socket');
  return shortEnough(join(inside, socketName)) === null ? join(outsideOf(home.directory), 'socket') : inside;
}

function knownPlace(home: Home): DataPlace | null {
  const file = placeFile(home);
  if (!existsSync(file)) return null;
  return JSON.parse(readFileSync(file, 'utf8')) as DataPlace; // written by `remember`
}

function remember(home: Home, place: DataPlace): DataPlace {
  writeFileSync(placeFile(home), `${JSON.stringify(place)}\n`);
  return place;
}

function placeFile(home: Home): string {
  return join(home.directory, 'place.json');
}

function unreachable(home: Home, name: string): CalsyncError {
  return new CalsyncError(
    'usage',
    `PostgreSQL runs as "${name}" here, who cannot get to its data in ${home.directory}. Give others the right to pass through (chmod o+x) on it and the directories above.`,
    { reason: 'home_unreachable' },
  );
}

function moved(place: { readonly home: string; readonly directory: string }, home: Home): CalsyncError {
  return new CalsyncError(
    'usage',
    `The home ${home.directory} was at ${place.home} before, and its data is in ${place.directory}. Move it back, or remove ${placeFile(home)} to begin with an empty database.`,
    { reason: 'home_moved' },
  );
}
