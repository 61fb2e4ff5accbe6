// TLS on loopback: reads requests whole, and gives each answer the transport that faults and latency ask for.

import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoopbackCertificate } from '../certificate.ts';
import type { Transport } from './scripted-faults.ts';

export interface HttpRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly transport: Transport;
}

export interface HttpsServer {
  /** `https://localhost:PORT` */
  readonly origin: string;
  /** Ends open connections, hanging ones too, and waits until the port is free. */
  readonly stop: () => Promise<void>;
}

const readBody = async (message: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

const flatHeaders = (message: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));

const send = (response: ServerResponse, answer: HttpAnswer, nowMs: number): void => {
  const { fate } = answer.transport;
  if (fate === 'hang') return;
  if (fate === 'dropConnection') {
    response.destroy();
    return;
  }
  // Half a body with the length of half a body: the exchange looks complete to HTTP and only parsing shows the damage.
  const body = fate === 'truncateBody' ? answer.body.slice(0, answer.body.length / 2) : answer.body;
  response.writeHead(answer.status, {
    Date: new Date(nowMs).toUTCString(),
    ...answer.headers,
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
};

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

/** Serves `handle` on 127.0.0.1. `latencyMs` is asked for each request and is real time; `clock` dates the answers. Port 0: any free one. */
export const startHttpsServer = async (options: {
  readonly certificate: LoopbackCertificate;
  readonly port: number;
  readonly latencyMs: () => number;
  readonly clock: () => number;
  readonly handle: (request: HttpRequest) => HttpAnswer;
}): Promise<HttpsServer> => {
  const stopping = new AbortController();
  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const body = await readBody(message);
      const { method = 'GET', url = '/' } = message;
      const answer = options.handle({ method, url, headers: flatHeaders(message), body });
      const waitMs = options.latencyMs() + answer.transport.delayMs;
      if (waitMs > 0) await sleep(waitMs, undefined, { signal: stopping.signal });
      send(response, answer, options.clock());
    } catch {
      // The peer went away, or the server is stopping while the answer waits; a broken handler looks like a lost connection.
      response.destroy();
    }
  };
  const { certificatePem: cert, privateKeyPem: key } = options.certificate;
  const server = createServer({ cert, key }, (message, response) => void serve(message, response));
  const port = await listen(server, options.port);
  return {
    origin: `https://localhost:${port}`,
    stop: async () => {
      stopping.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
};
