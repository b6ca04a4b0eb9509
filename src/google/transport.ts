import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { gaxios } from 'google-auth-library';

export type FetchImplementation = typeof fetch;

/**
 * How requests to `url` travel: one attempt, no time-out of the client's own, no redirect followed (a bearer token
 * goes to nobody else), JSON always parsed or left as text. Proxies named by the environment are the client's
 * business, but never for this machine itself: the client would send even loopback requests to them.
 */
export function transportTo(url: string, fetchImplementation?: FetchImplementation) {
  return {
    retry: false,
    redirect: 'manual',
    responseType: 'json',
    ...(isLoopback(url) ? { agent: directAgent(url) } : {}),
    ...(fetchImplementation === undefined ? {} : { fetchImplementation }),
  } as const satisfies gaxios.GaxiosOptions;
}

const directHttp = new HttpAgent({ keepAlive: true });
const directHttps = new HttpsAgent({ keepAlive: true });

function directAgent(url: string): HttpAgent {
  return new URL(url).protocol === 'https:' ? directHttps : directHttp;
}

/** Whether the URL names this machine: `localhost` and names under it, 127.0.0.0/8, ::1 (RFC 6761, RFC 1122). */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname) || /(^|\.)localhost$/.test(hostname);
}
