/** Path and query of a request, as they were sent: nothing decoded, so that an encoded slash stays a part of its key. */
export interface Target {
  readonly path: string;
  /** Path and query. */
  readonly whole: string;
}

export function targetOf({ url }: Request): Target {
  const start = url.indexOf('/', url.indexOf('://') + 3);
  const whole = start === -1 ? '/' : url.slice(start).replace(/#.*$/s, '');
  const mark = whole.indexOf('?');
  return { path: mark === -1 ? whole : whole.slice(0, mark), whole };
}

/** Whether the path is percent-encoded UTF-8 throughout. */
export function isDecodable({ path }: Target): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
