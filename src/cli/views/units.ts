/** `2026-11-30 09:05 UTC`; `never` for what has not happened. */
export function formatInstant(instant: Date | null): string {
  if (instant === null) return 'never';
  return `${instant.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

export function formatBytes(byteCount: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = byteCount < 1 ? 0 : Math.min(Math.floor(Math.log2(byteCount) / 10), units.length - 1);
  const amount = byteCount / 1024 ** power;
  return `${power === 0 ? amount : amount.toFixed(1)} ${units[power]}`;
}

/** `1 event`, `3 events`. */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
