import { type Route, routes } from './routes.ts';

export interface Matched {
  readonly route: Route;
  readonly path: Readonly<Record<string, string>>;
}

interface Entry {
  readonly route: Route;
  readonly segments: readonly string[];
}

const byShape = new Map<string, Entry[]>();
for (const route of routes) {
  const segments = route.path.split('/');
  const key = shapeOf(route.method, segments.length);
  byShape.set(key, [...(byShape.get(key) ?? []), { route, segments }]);
}

/**
 * The route of a path below `/calendar/v3/`, its parts decoded; undefined when nothing is emulated there. Fixed words
 * win over parameters: `events/import` is no event.
 */
export function matchRoute(method: string, path: string): Matched | undefined {
  const parts = path.split('/').map(decode);
  const candidates = byShape.get(shapeOf(method, parts.length)) ?? [];
  for (const { route, segments } of candidates) {
    const values: Record<string, string> = {};
    const fits = segments.every((segment, index) => {
      const part = parts[index];
      if (part === undefined || part === '') return false;
      if (segment.startsWith(':')) values[segment.slice(1)] = part;
      return segment.startsWith(':') || segment === part;
    });
    if (fits) return { route, path: values };
  }
  return undefined;
}

function shapeOf(method: string, parts: number): string {
  return `${method} ${parts}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
