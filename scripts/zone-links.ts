/**
 * Writes src/core/zone-links.ts from a JSON file of IANA links.
 * Usage: npx node scripts/zone-links.ts LINKS.json
 * The file holds `canonical_zones_debian` (names) and the link tables `links_debian_2026f` and
 * `upstream_backward_2025c` (alias → target), both taken from tzdata, which is in the public domain.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const linkTable = z.record(z.string(), z.string());
const linksFile = z.object({
  canonical_zones_debian: z.array(z.string()),
  links_debian_2026f: linkTable,
  upstream_backward_2025c: linkTable,
});

/** Not a place: tzdata's name for "no zone was set", which neither Google nor Intl accepts. */
const notZones = new Set(['Factory']);

const header = `/**
 * Time zones and their aliases: one line a zone, its IANA name first, then every other name of it.
 * Origin: IANA tzdata (upstream \`backward\` 2025c and the links of Debian's 2026f), public domain.
 * Made by scripts/zone-links.ts; do not edit by hand.
 */
export const zoneLinks = \`
`;

function main(path: string | undefined): void {
  if (path === undefined) throw new Error('usage: npx node scripts/zone-links.ts LINKS.json');
  const links = linksFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  const lines = aliasClasses(links).map((names) => names.join(' '));
  writeFileSync(new URL('../src/core/zone-links.ts', import.meta.url), `${header}${lines.join('\n')}\n\`;\n`);
}

/** Joins every alias with its target, over both tables; the name that upstream does not call an alias leads. */
function aliasClasses(links: z.infer<typeof linksFile>): string[][] {
  const parent = new Map<string, string>();
  const rootOf = (name: string): string => {
    const above = parent.get(name);
    return above === undefined || above === name ? name : rootOf(above);
  };
  const tables = [links.links_debian_2026f, links.upstream_backward_2025c];
  const pairs = tables.flatMap((table) => Object.entries(table));
  for (const name of [...links.canonical_zones_debian, ...pairs.flat()]) parent.set(name, name);
  for (const [alias, target] of pairs) parent.set(rootOf(alias), rootOf(target));

  const names = [...parent.keys()].filter((name) => !notZones.has(name));
  const classes = [...Map.groupBy(names, rootOf).values()];
  const isAlias = (name: string): boolean => name in links.upstream_backward_2025c || name in links.links_debian_2026f;
  const byRank = (a: string, b: string): number => Number(isAlias(a)) - Number(isAlias(b)) || compare(a, b);
  return classes.map((group) => group.sort(byRank)).sort(([a], [b]) => compare(a ?? '', b ?? ''));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

main(process.argv[2]);
