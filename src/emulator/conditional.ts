import { apiError } from './api-error.ts';
import { quoted } from './render.ts';

/** 412 `conditionNotMet` unless the header is absent, `*`, or names the etag. */
export function checkEtag(etag: number, ifMatch: string | undefined): void {
  if (ifMatch === undefined || ifMatch === '*') return;
  if (!ifMatch.split(',').some((named) => named.trim() === quoted(etag))) throw apiError('conditionNotMet');
}
