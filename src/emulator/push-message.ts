import type { ChannelRow } from './model.ts';

/** One POST to a channel's address, without a body (API facts §6.2). */
export interface PushMessage {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type ResourceState = 'sync' | 'exists' | 'not_exists';

const userAgent = 'APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)';

/** The headers as Google documents them and a recording shows them. */
export function messageOf(channel: ChannelRow, state: ResourceState, messageNumber: number): PushMessage {
  return {
    url: channel.address,
    headers: {
      'content-type': 'application/json; utf-8',
      'user-agent': userAgent,
      'x-goog-channel-id': channel.id,
      ...(channel.token === undefined ? {} : { 'x-goog-channel-token': channel.token }),
      'x-goog-channel-expiration': new Date(channel.expiresAtMs).toUTCString(),
      'x-goog-resource-id': channel.resourceId,
      'x-goog-resource-uri': channel.resourceUri,
      'x-goog-resource-state': state,
      'x-goog-message-number': String(messageNumber),
    },
  };
}
