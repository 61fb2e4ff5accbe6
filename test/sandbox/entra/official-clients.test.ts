// Microsoft's own clients against the sandbox: if they are content, the wire is right.

import tls from 'node:tls';
import { ClientAssertionCredential, ClientSecretCredential } from '@azure/identity';
import { Client, type ClientOptions, GraphError, PageIterator } from '@microsoft/microsoft-graph-client';
import type { Group, User } from '@microsoft/microsoft-graph-types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { demoIds, demoWorld } from '../../../src/sandbox/demo-world.ts';
import { type EntraCloud, startEntraCloud } from '../../../src/sandbox/entra/entra-cloud.ts';
import { encodeToken } from '../../../src/sandbox/entra/paging.ts';

const world = demoWorld();
const [application = { clientId: '', clientSecret: '' }] = world.applications;
const scope = 'https://graph.microsoft.com/.default';
const trustedBefore = tls.getCACertificates('default');
let entra: EntraCloud;

beforeAll(async () => {
  entra = await startEntraCloud({ world });
  tls.setDefaultCACertificates([...trustedBefore, entra.caCertificatePem]);
});

afterAll(async () => {
  tls.setDefaultCACertificates([...trustedBefore]);
  await entra.stop();
});

const authority = () => ({
  authorityHost: entra.url,
  disableInstanceDiscovery: true,
  retryOptions: { maxRetries: 0 },
});

const secretCredential = (secret = application.clientSecret) =>
  new ClientSecretCredential(world.tenantId, application.clientId, secret, authority());

const graph = (): Client => {
  const credential = secretCredential();
  const options: ClientOptions = {
    baseUrl: entra.url,
    defaultVersion: 'v1.0',
    customHosts: new Set(['localhost']),
    authProvider: { getAccessToken: async () => (await credential.getToken(scope)).token },
  };
  return Client.initWithMiddleware(options);
};

test('the identity client gets a token with its secret and caches it', async () => {
  const credential = secretCredential();
  entra.requests.clear();
  const first = await credential.getToken(scope);
  const second = await credential.getToken(scope);
  expect(second.token).toBe(first.token);
  expect(entra.requests.list().map(({ operation }) => operation)).toEqual(['openidConfiguration', 'token']);
});

test('the identity client tells what was wrong with the secret', async () => {
  await expect(secretCredential('wrong').getToken(scope)).rejects.toThrow(/AADSTS7000215/);
});

test('the identity client gets a token with a federated assertion', async () => {
  const claims = {
    aud: 'api://AzureADTokenExchange',
    iss: 'https://issuer.example',
    sub: 'arn:aws:iam::999988887777:role/controller',
    exp: Math.floor(Date.now() / 1_000) + 300,
  };
  const assertion = `${encodeToken({ alg: 'RS256' })}.${encodeToken(claims)}.c2ln`;
  const credential = new ClientAssertionCredential(
    world.tenantId,
    application.clientId,
    async () => assertion,
    authority(),
  );
  expect((await credential.getToken(scope)).token).not.toBe('');
});

test('the Graph client reads a group and its members page by page', async () => {
  const client = graph();
  const group: Group = await client
    .api(`/groups/${demoIds.groups.paymentsOnCall}`)
    .select('id,displayName')
    .get();
  expect(group.displayName).toBe('Payments On-call');
  const first = await client.api(`/groups/${group.id}/members`).select('id,userPrincipalName').top(1).get();
  const names = new Set<string | null | undefined>();
  await new PageIterator(client, first, (user: User) => {
    names.add(user.userPrincipalName);
    return true;
  }).iterate();
  expect(names).toEqual(new Set(['oncall-1@contoso.com', 'oncall-2@contoso.com', 'oncall-3@contoso.com']));
});

test('the Graph client sends a batch and finds each answer by its id', async () => {
  const requests = [demoIds.groups.paymentsOnCall, demoIds.groups.auditors].map((id) => ({
    id,
    method: 'GET',
    url: `/groups/${id}/transitiveMembers?$select=id`,
  }));
  const { responses } = await graph().api('/$batch').post({ requests });
  const counts = responses.map((answer: { id: string; body: { value: unknown[] } }) => [
    answer.id,
    answer.body.value.length,
  ]);
  expect(Object.fromEntries(counts)).toEqual({
    [demoIds.groups.paymentsOnCall]: 3,
    [demoIds.groups.auditors]: 2,
  });
});

test('the Graph client surfaces errors with code, status and headers', async () => {
  const remove = entra.addFault({
    service: 'graph',
    operation: 'getUser',
    effect: { kind: 'error', status: 400, code: 'Request_BadRequest', message: 'scripted' },
  });
  const failure: unknown = await graph()
    .api(`/users/${demoIds.users.onCall1}`)
    .get()
    .catch((error: unknown) => error);
  remove();
  expect(failure).toBeInstanceOf(GraphError);
  expect(failure).toMatchObject({ statusCode: 400, code: 'Request_BadRequest', message: 'scripted' });
});

test('the Graph client retries a 429 by itself', async () => {
  entra.requests.clear();
  const remove = entra.addFault({
    service: 'graph',
    operation: 'getUser',
    times: 1,
    effect: { kind: 'error', status: 429, code: 'TooManyRequests', retryAfterSeconds: 0 },
  });
  const user: User = await graph().api(`/users/${demoIds.users.onCall1}`).get();
  remove();
  expect(user.id).toBe(demoIds.users.onCall1);
  const statuses = entra.requests
    .list()
    .filter(({ service }) => service === 'graph')
    .map(({ status }) => status);
  expect(statuses).toEqual([429, 200]);
});
