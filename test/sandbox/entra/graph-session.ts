// A small tenant with a clock that stands still, and a client of few words to talk to it.

import tls from 'node:tls';
import { afterAll, beforeEach } from 'vitest';
import { type EntraCloud, startEntraCloud } from '../../../src/sandbox/entra/entra-cloud.ts';
import type { SandboxUser, SandboxWorld } from '../../../src/sandbox/world.ts';

const uuid = (family: string, number: number) =>
  `${family}0000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

export const ids = {
  tenant: uuid('e', 0),
  client: uuid('f', 0),
  user: (number: number) => uuid('b', number),
  /** Users 1, 2 and 3, the group `child` and the service principal. */
  parent: uuid('a', 1),
  /** Users 3 and 4, and `parent` again. */
  child: uuid('a', 2),
  empty: uuid('a', 3),
  /** Users 1 to 250. */
  big: uuid('a', 4),
  principal: uuid('c', 1),
  principalApp: uuid('d', 1),
  nobody: uuid('9', 9),
};

export const clientSecret = 'a-secret-of-this-test';

const user = (number: number): SandboxUser => ({
  id: ids.user(number),
  userPrincipalName: `person-${number}@contoso.com`,
  displayName: `Person ${number}`,
  mail: null,
  accountEnabled: number !== 2,
  userType: number === 3 ? 'Guest' : 'Member',
});

const numbers = Array.from({ length: 250 }, (_, index) => index + 1);

export const world: SandboxWorld = {
  tenantId: ids.tenant,
  applications: [{ clientId: ids.client, clientSecret }],
  users: numbers.map(user),
  groups: [
    {
      id: ids.parent,
      displayName: "Parent's & Co #1",
      members: [ids.user(1), ids.user(2), ids.user(3), ids.child, ids.principal],
    },
    { id: ids.child, displayName: 'Child', members: [ids.user(3), ids.user(4), ids.parent] },
    { id: ids.empty, displayName: 'Empty', members: [] },
    { id: ids.big, displayName: 'Big', members: numbers.map(ids.user) },
  ],
  servicePrincipals: [
    { id: ids.principal, appId: ids.principalApp, displayName: 'Pipeline', accountEnabled: true },
  ],
  accounts: [],
};

/** As much of an answer as tests look at. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: GraphJson;
}

export interface GraphItem {
  readonly id: string;
  readonly [name: string]: unknown;
}

export interface GraphJson {
  readonly value: readonly GraphItem[];
  readonly responses: readonly {
    readonly id: string;
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: GraphJson;
  }[];
  readonly error: { readonly code: string; readonly message: string };
  readonly '@odata.nextLink'?: string;
  readonly '@odata.deltaLink'?: string;
  readonly '@odata.count'?: number;
  readonly [name: string]: unknown;
}

export interface Session {
  cloud: EntraCloud;
  /** Milliseconds since the epoch; tests move it. */
  nowMs: number;
  token: string;
  /** `path` is absolute or relative to `/v1.0`. */
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
  /** Follows next links to the end; gives all items. */
  all(path: string): Promise<GraphItem[]>;
  signIn(form?: Record<string, string>, tenant?: string): Promise<Answer>;
}

export const advanced = { ConsistencyLevel: 'eventual' };

const read = async (response: Response): Promise<Answer> => {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : {} };
};

const makeClient = (cloud: EntraCloud): Omit<Session, 'nowMs'> => ({
  cloud,
  token: '',
  async get(this: Session, path: string, headers: Record<string, string> = {}) {
    const url = path.startsWith('https:') ? path : `${cloud.url}/v1.0${path}`;
    return read(await fetch(url, { headers: { authorization: `Bearer ${this.token}`, ...headers } }));
  },
  async post(this: Session, path: string, body: unknown) {
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' };
    const text = JSON.stringify(body);
    return read(await fetch(`${cloud.url}/v1.0${path}`, { method: 'POST', headers, body: text }));
  },
  async all(this: Session, path: string) {
    const items: GraphItem[] = [];
    for (let next: string | undefined = path; next !== undefined; ) {
      const { json }: Answer = await this.get(next);
      items.push(...json.value);
      next = json['@odata.nextLink'];
    }
    return items;
  },
  async signIn(form: Record<string, string> = {}, tenant = ids.tenant) {
    const body = new URLSearchParams({
      client_id: ids.client,
      client_secret: clientSecret,
      grant_type: 'client_credentials',
      scope: 'https://graph.microsoft.com/.default',
      ...form,
    });
    return read(await fetch(`${cloud.url}/${tenant}/oauth2/v2.0/token`, { method: 'POST', body }));
  },
});

/** A fresh cloud for each test of the file, signed in. Node trusts its certificate for as long as the test runs. */
export const useGraph = (): Session => {
  const trusted = tls.getCACertificates('default');
  const session = {} as Session;
  beforeEach(async () => {
    session.nowMs = Date.parse('2026-03-02T09:00:00Z');
    const cloud = await startEntraCloud({ world, clock: () => session.nowMs });
    tls.setDefaultCACertificates([...trusted, cloud.caCertificatePem]);
    Object.assign(session, makeClient(cloud));
    session.token = String((await session.signIn()).json['access_token']);
    cloud.requests.clear();
    return () => cloud.stop();
  });
  afterAll(() => tls.setDefaultCACertificates([...trusted]));
  return session;
};
