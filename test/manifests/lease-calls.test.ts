// What the lease adapter really asks of DynamoDB, as the table sees it, against the document of the controller's own role: each
// call is allowed there, and nothing is allowed that no call needs.

import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { LeaseStore } from '../../src/domain/ports.ts';
import { openDynamoLeases } from '../../src/lease/dynamo-leases.ts';
import { type Dynalite, keys, startDynalite } from '../lease/dynalite.ts';
import { leaseRecord } from '../lease/leases-contract.ts';
import { controllerPolicy, hubId, leaseTableArn, partition, region } from './deployed.ts';
import { type Case, isAllowed, requestOf } from './requests.ts';

const signal = new AbortController().signal;
const table = leaseTableArn.split('/').at(-1) ?? '';
const seen: Case[] = [];

/** Passes everything on, and notes what was asked of which table. */
const startWitness = async (dynalite: Dynalite) => {
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const action = `dynamodb:${String(incoming.headers['x-amz-target']).split('.').at(-1)}`;
      const { TableName: name } = JSON.parse(body.toString('utf8')) as { readonly TableName: string };
      const resource = `arn:${partition}:dynamodb:${region}:${hubId}:table/${name}`;
      seen.push({ name: `${action} on ${resource}`, action, resource });
      const { method, headers } = incoming;
      request(dynalite.url, { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      }).end(body);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
};

let dynalite: Dynalite;
let witness: Awaited<ReturnType<typeof startWitness>>;
let store: LeaseStore & { close(): void };
beforeAll(async () => {
  dynalite = await startDynalite();
  await dynalite.createTable(table);
  witness = await startWitness(dynalite);
  for (const [name, value] of Object.entries({ ...keys, AWS_ENDPOINT_URL_DYNAMODB: witness.url }))
    vi.stubEnv(name, value);
  const options = { instance: 'contoso-main', table, region, requestTimeoutMs: 20_000, onRequest: () => {} };
  store = await openDynamoLeases(options);
});
afterAll(async () => {
  store.close();
  vi.unstubAllEnvs();
  await witness.stop();
  await dynalite.stop();
});

it('every call on leases is allowed to the controller, and no other on tables is', async () => {
  const first = leaseRecord();
  const next = { ...first, beat: first.beat + 1 };
  expect(await store.replace(undefined, first, signal)).toBe(true);
  expect(await store.replace(first, next, signal)).toBe(true);
  expect((await store.read(signal)).state).toBe('present');
  expect(await store.remove(next, signal)).toBe(true);

  expect(seen.filter((one) => !isAllowed([controllerPolicy], requestOf(one)))).toEqual([]);
  const { Statement: statements } = JSON.parse(controllerPolicy) as {
    readonly Statement: readonly { readonly Action: string | readonly string[] }[];
  };
  const given = statements.flatMap(({ Action }) => Action).filter((one) => one.startsWith('dynamodb:'));
  expect(given.sort()).toEqual([...new Set(seen.map(({ action }) => action))].sort());
});
