// One HTTP listener that starts or says why not, gives nobody for ever, and stops without cutting answers off.

import { createServer } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { AppError } from '../domain/errors.ts';
import type { Listener } from '../domain/policy.ts';

export interface RunningServer {
  readonly url: string;
  readonly stop: (graceMs?: number) => Promise<void>;
}

/** Whoever sends a request slowly, or never ends it, is hung up on. */
const limits = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
};
/** How long `stop` waits for requests and answers that come and go slowly. */
const defaultGraceMs = 2_000;

const startProblem = (error: NodeJS.ErrnoException, { address, port }: Listener, field: string): AppError => {
  const place = `${address} port ${port}`;
  const details = {
    resource: `${address}:${port}`,
    cause: error,
    ...(error.code === undefined ? {} : { code: error.code }),
  };
  const says: Readonly<Record<string, string>> = {
    EADDRINUSE: `${place} is in use; stop what listens there (another controller?), or set ${field}.port in the ControllerConfig to a free port`,
    EADDRNOTAVAIL: `${address} is no address of this machine; correct ${field}.address in the ControllerConfig`,
    EACCES: `this user may not listen on ${place}; set ${field}.port in the ControllerConfig to 1024 or more`,
  };
  const message =
    says[error.code ?? ''] ??
    `cannot listen on ${place}: ${error.message}; correct ${field} in the ControllerConfig`;
  return new AppError('invalid', message, details);
};

/** An address for a person or a program on this machine: a wildcard is reached by loopback. */
const urlOf = (address: string, port: number): string => {
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
};

/** `field` names the listener in the config, for messages. */
export const listen = async (app: Hono, listener: Listener, field: string): Promise<RunningServer> => {
  const server = createAdaptorServer({ fetch: app.fetch, createServer, serverOptions: limits });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(startProblem(error, listener, field)));
    server.listen(listener.port, listener.address, () => resolve());
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : listener.port;
  return {
    url: urlOf(listener.address, port),
    stop: (graceMs = defaultGraceMs) =>
      new Promise((resolve, reject) => {
        const cutOff = setTimeout(() => {
          if ('closeAllConnections' in server) server.closeAllConnections();
        }, graceMs);
        server.close((error) => {
          clearTimeout(cutOff);
          if (error === undefined) resolve();
          else reject(error);
        });
        if ('closeIdleConnections' in server) server.closeIdleConnections();
      }),
  };
};
