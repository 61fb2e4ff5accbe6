// How far AWS's clock is from ours, as the dates of its answers tell: what we write into documents by our clock, AWS
// evaluates by its own.

import type { Clock } from '../domain/ports.ts';

/** One answer of AWS, by our clock: when it was asked for, and when its head had come; milliseconds since the epoch. */
export interface DatedAnswer {
  readonly dateMs: number;
  readonly sentMs: number;
  readonly receivedMs: number;
}

/**
 * AWS's clock minus ours, in milliseconds. The header names the second in which AWS answered, and that was some time between
 * question and answer; of what this leaves possible, the skew nearest to none, so that slowness alone is never skew.
 */
export const skewOf = ({ dateMs, sentMs, receivedMs }: DatedAnswer): number => {
  const [least, most] = [dateMs - receivedMs, dateMs + 999 - sentMs];
  return least > 0 ? least : Math.min(0, most);
};

interface HttpHead {
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** As much of an SDK client as has to do with its answers; those of 4xx and 5xx are answers too. */
export interface HttpSender {
  readonly config: {
    readonly requestHandler: {
      handle: (request: never, options?: never) => Promise<{ readonly response: unknown }>;
    };
  };
}

const headersOf = (response: unknown): HttpHead['headers'] =>
  typeof response === 'object' && response !== null && 'headers' in response
    ? (response as HttpHead).headers
    : {};

/** Proxies and captive portals date their pages too, but only AWS gives a request id. */
const dateOf = (response: unknown): number => {
  const headers = Object.fromEntries(
    Object.entries(headersOf(response)).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const isAws = headers['x-amzn-requestid'] ?? headers['x-amz-request-id'];
  return isAws === undefined ? Number.NaN : Date.parse(headers['date'] ?? '');
};

export interface SkewMeter {
  /** Reads the dates of all answers to this client from now on. */
  watch(client: HttpSender): void;
  /** At the last answer; undefined until the first. */
  skewMs(): number | undefined;
}

export const skewMeter = (clock: Clock): SkewMeter => {
  let skewMs: number | undefined;
  return {
    watch: ({ config: { requestHandler: handler } }) => {
      const handle = handler.handle.bind(handler);
      handler.handle = async (request, options) => {
        const sentMs = clock.now();
        const result = await handle(request, options);
        const receivedMs = clock.now();
        const dateMs = dateOf(result.response);
        // A clock that was set back meanwhile measures nothing.
        if (!Number.isNaN(dateMs) && receivedMs >= sentMs) skewMs = skewOf({ dateMs, sentMs, receivedMs });
        return result;
      };
    },
    skewMs: () => skewMs,
  };
};
