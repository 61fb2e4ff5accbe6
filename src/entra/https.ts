// How requests reach Graph: Node's own HTTPS. What `fetch` reads survives in V8 until a full collection, since it hangs on weak
// references, and a request costs several times as much; both weigh in a controller that polls a thousand groups all day.

import { Agent, request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

export interface GraphRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Ends the request, and the reading of its answer. */
  readonly signal: AbortSignal;
}

export interface GraphAnswer {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** To be called once. @throws UnusableBody */
  readonly readText: () => Promise<string>;
}

/** Sends one request, and resolves when the headers of its answer are there. Redirects are not followed. */
export type SendToGraph = (request: GraphRequest) => Promise<GraphAnswer>;

/** All of it came, and it is nothing to go by. The message goes on after "the answer". */
export class UnusableBody extends Error {}

/** Twenty full pages of 999 members are some 6 MB; without a limit, an answer could fill the memory. */
const maxBodyBytes = 64 * 1024 * 1024;
const tooLarge = (maxBytes: number): UnusableBody => new UnusableBody(`is larger than ${maxBytes} bytes`);

/** Shorter than servers keep them (Node's own 5 s), so that no request goes out on one that the other side is just closing. */
const idleSocketMs = 4_000;

const unpack = promisify(gunzip);

const unpacked = async (packed: Buffer, maxBytes: number): Promise<Buffer> => {
  try {
    return await unpack(packed, { maxOutputLength: maxBytes });
  } catch (error) {
    throw error instanceof RangeError ? tooLarge(maxBytes) : new UnusableBody('is no complete gzip');
  }
};

const textOf = async (answer: IncomingMessage, maxBytes: number): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  return new TextDecoder().decode(
    answer.headers['content-encoding'] === 'gzip' ? await unpacked(body, maxBytes) : body,
  );
};

/** Connections are kept for the requests of one poll. */
export const sendOverHttps = (maxBytes: number = maxBodyBytes): SendToGraph => {
  const agent = new Agent({ keepAlive: true, timeout: idleSocketMs });
  return ({ url, method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const bytes = Buffer.from(body);
      const sent = httpsRequest(url, {
        agent,
        method,
        headers: { ...headers, 'accept-encoding': 'gzip', 'content-length': bytes.byteLength },
        signal,
      });
      sent.on('error', reject);
      sent.on('response', (answer) => {
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          readText: () => textOf(answer, maxBytes),
        });
      });
      sent.end(bytes);
    });
};
