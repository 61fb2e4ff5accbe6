// Requests to Graph over real TLS, to a server that answers as each case says.

import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { groupKey } from '../../src/domain/directory.ts';
import { openEntraDirectory } from '../../src/entra/entra-directory.ts';
import { type GraphAnswer, type GraphRequest, sendOverHttps, UnusableBody } from '../../src/entra/https.ts';
import { makeLoopbackCertificate } from '../../src/sandbox/certificate.ts';
import { problemOf, uuid } from './contoso.ts';
import { manualTime, settingsFor } from './graph-harness.ts';

type Handle = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

let handle: Handle;
let origin: string;
let connections = 0;
const { certificatePem: cert, privateKeyPem: key, caCertificatePem } = await makeLoopbackCertificate();
const server = createServer({ cert, key }, (request, response) => void handle(request, response));

beforeAll(async () => {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), caCertificatePem]);
  server.on('secureConnection', () => (connections += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `https://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});
beforeEach(() => {
  connections = 0;
});

const maxBytes = 100_000;
const ask = (change: Partial<GraphRequest> = {}, send = sendOverHttps(maxBytes)): Promise<GraphAnswer> =>
  send({
    url: `${origin}/v1.0/$batch`,
    method: 'POST',
    headers: { Authorization: 'Bearer token' },
    body: '{"of":"Ünal"}',
    signal: new AbortController().signal,
    ...change,
  });

const answerWith =
  (body: Buffer | string, headers: Record<string, string> = {}, status = 200): Handle =>
  (request, response) => {
    request.resume();
    response.writeHead(status, headers).end(body);
  };

describe('a request', () => {
  it('goes out as it is, and says that it takes gzip', async () => {
    let seen: unknown;
    handle = async (request, response) => {
      const chunks = await request.toArray();
      const { authorization, 'accept-encoding': encodings } = request.headers;
      const body = Buffer.concat(chunks as Buffer[]).toString();
      seen = { method: request.method, url: request.url, authorization, encodings, body };
      response.end('{}');
    };
    await (await ask()).readText();
    expect(seen).toEqual({
      method: 'POST',
      url: '/v1.0/$batch',
      authorization: 'Bearer token',
      encodings: 'gzip',
      body: '{"of":"Ünal"}',
    });
  });

  it('goes over the connection of the one before', async () => {
    handle = answerWith('{}');
    const send = sendOverHttps();
    for (let number = 0; number < 3; number += 1) await (await ask({}, send)).readText();
    expect(connections).toBe(1);
  });

  it('does not follow a redirect, which would take the token elsewhere', async () => {
    handle = answerWith('', { location: `${origin}/elsewhere` }, 302);
    expect((await ask()).status).toBe(302);
    expect(connections).toBe(1);
  });

  it('fails where nobody listens', async () => {
    await expect(ask({ url: 'https://localhost:1/' })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('takes its connection with it when it is aborted', async () => {
    const arrived = new Promise<IncomingMessage>((resolve) => (handle = resolve));
    const stop = new AbortController();
    const asked = ask({ signal: stop.signal });
    const { socket } = await arrived;
    const closed = once(socket, 'close');
    stop.abort(new Error('stopping'));
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    await closed;
  });
});

describe('an answer', () => {
  const text = JSON.stringify({ value: Array.from({ length: 900 }, (_, n) => `Şule ${n}`) });

  it.each<[string, Buffer | string, Record<string, string>]>([
    ['plain', text, {}],
    ['packed', gzipSync(text), { 'content-encoding': 'gzip' }],
    ['with a byte order mark', `\uFEFF${text}`, {}],
  ])('is read when it comes %s', async (_how, body, headers) => {
    handle = answerWith(body, { ...headers, 'Retry-After': '7' });
    const answer = await ask();
    expect([answer.status, answer.headers['retry-after'], await answer.readText()]).toEqual([200, '7', text]);
  });

  const zeros = Buffer.alloc(maxBytes + 1);
  it.each<[string, Buffer, Record<string, string>, string]>([
    ['is too large', zeros, {}, 'is larger than 100000 bytes'],
    ['unpacks to too much', gzipSync(zeros), { 'content-encoding': 'gzip' }, 'is larger than 100000 bytes'],
    ['is half a gzip', gzipSync(text).subarray(0, 90), { 'content-encoding': 'gzip' }, 'is no complete gzip'],
    ['is no gzip', Buffer.from(text), { 'content-encoding': 'gzip' }, 'is no complete gzip'],
  ])('that %s is of no use', async (_what, body, headers, message) => {
    handle = answerWith(body, headers);
    const reading = (await ask()).readText();
    await expect(reading).rejects.toBeInstanceOf(UnusableBody);
    await expect(reading).rejects.toThrow(message);
  });

  it('of no use makes what was asked for unreadable, after some tries', async () => {
    handle = answerWith('half', { 'content-encoding': 'gzip' });
    const time = manualTime();
    const told: string[] = [];
    const directory = openEntraDirectory({
      settings: settingsFor(origin),
      credential: {
        getToken: async () => ({ token: 'token', expiresOnTimestamp: time.clock.now() + 3_600_000 }),
      },
      clock: time.clock,
      sleep: time.sleep,
      onRequest: ({ operation, code }) => told.push(`${operation} ${code}`),
    });
    const id = uuid('b', 1);
    const readings = await directory.readGroups([{ id, nested: true }], new AbortController().signal);
    expect(problemOf(readings.get(groupKey({ id, nested: true })))).toMatchObject({
      kind: 'transient',
      message: "graph's answer for a batch of reads is no complete gzip",
    });
    expect(told).toEqual(Array.from({ length: 4 }, () => 'batch 200'));
  });

  it('that breaks off is an error of the connection', async () => {
    handle = (_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"value":[');
      setTimeout(() => response.destroy(), 20);
    };
    await expect((await ask()).readText()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});
