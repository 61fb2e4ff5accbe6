// The AWS half of the embedded cloud: IAM, STS, ECS, the Session Manager and lease tables in DynamoDB for several accounts at
// one loopback address, with hands for tests and demos to script faults, to edit behind the controller's back, and to look at the truth.

import type { Fault, SandboxAccount, ServedRequest } from '../world.ts';
import type { Asked } from './authorize.ts';
import { type Account, type AccountSettings, buildRole, createAccount, iamArn } from './account-state.ts';
import { createCredentialStore } from './credentials.ts';
import { createDynamoDbHands, type DynamoDbHands } from './dynamodb/dynamodb-hands.ts';
import { createTableStore } from './dynamodb/table-store.ts';
import { type EcsHands, createEcsHands } from './ecs/ecs-hands.ts';
import { createEcsStore } from './ecs/ecs-store.ts';
import { createFaultScript } from './faults.ts';
import { type Delivery, type HttpSide, answerRequest, startHttpServer } from './http-server.ts';
import type { SandboxRole } from './role-store.ts';
import type { Mutation, Services } from './service.ts';
import type { IncomingRequest } from './sigv4.ts';
import { type AssertionInput, issueAssertion } from './sts/assertion.ts';
import { createTokenKey } from './sts/token-key.ts';
import { createSessionStore } from './ssm/session-store.ts';
import { createShellHands, type ShellHands } from './ssm/shell-hands.ts';
import { type WebIdentityClaims, issueToken } from './sts/web-identity-token.ts';
import { type WriteLimit, createWriteThrottle } from './write-throttle.ts';

export type { Asked } from './authorize.ts';
export type { SandboxRole } from './role-store.ts';
export type { Mutation } from './service.ts';
export type { EcsHands, EcsPlace } from './ecs/ecs-hands.ts';
export type { ServiceChange } from './ecs/ecs-edits.ts';
export type { SeedCluster, SeedService, SeedTask } from './ecs/ecs-seeds.ts';
export type { SandboxEcsService, SandboxEcsTask } from './ecs/ecs-views.ts';
export type { NewShell, SandboxShell, ShellHands } from './ssm/shell-hands.ts';
export type { AssertionInput } from './sts/assertion.ts';
export type { WriteLimit } from './write-throttle.ts';
export type { WebIdentityClaims } from './sts/web-identity-token.ts';

/** A draft of a role; what identifies it cannot be edited. */
export interface MutableSandboxRole {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly roleId: string;
  trustDocument: string;
  tags: Record<string, string>;
  permissionsBoundary?: string | undefined;
  inlinePolicies: Record<string, string>;
  attachedPolicyArns: string[];
  description: string;
  maxSessionSeconds: number;
  instanceProfileNames: string[];
}

export interface SeedRole {
  readonly name: string;
  /** `/` unless given. */
  readonly path?: string;
  /** JSON text; not checked. */
  readonly trustDocument: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly permissionsBoundary?: string | undefined;
  readonly inlinePolicies?: Readonly<Record<string, string>>;
  readonly attachedPolicyArns?: readonly string[];
  readonly description?: string;
  readonly maxSessionSeconds?: number;
  readonly instanceProfileNames?: readonly string[];
}

export interface AwsCloud {
  /** http://127.0.0.1:PORT */
  readonly url: string;
  /** Adds a scripted fault; returns how to remove it. Faults of services that are not here never act. */
  addFault(fault: Fault): () => void;
  clearFaults(): void;
  /** Reads after a write are stale for this long (per role, per write); 0 = off (default), and all writes are seen at once. */
  setStaleReads(ms: number): void;
  /** IAM tells that a role was used only this long after; 0 = at once (default), where AWS takes hours. */
  setRoleUseLag(ms: number): void;
  /** IAM throttles the writes of each account beyond this; undefined = it takes any number (default). */
  setWriteLimit(limit: WriteLimit | undefined): void;
  /** Added to every answer, in ms of real time. */
  setLatency(ms: number): void;
  /** The whole cloud's clock is this far ahead of the one it was given, in ms; negative: behind. */
  setClockSkew(ms: number): void;
  /** The most that a page of roles, or of items in DynamoDB, holds, however many are asked for, as IAM reserves for itself; 1,000 unless set. */
  setPageSize(items: number): void;
  /** A request and what becomes of it, without the network, for those who keep time themselves. */
  answer(request: IncomingRequest): Delivery;
  /** Status 0: the request was never performed nor answered. */
  readonly requests: { list(): readonly ServedRequest[]; clear(): void };
  /** The true state now, regardless of staleness, sorted by name. */
  roles(accountId: string): readonly SandboxRole[];
  /** Out-of-band edits, as a person with the console would make; nothing is validated. Throws when there is no such role. */
  editRole(accountId: string, roleName: string, edit: (role: MutableSandboxRole) => void): void;
  /** Deletes a role with all that hangs on it, as a person with the console would. Throws when there is no such role. */
  removeRole(accountId: string, roleName: string): void;
  /** Creates a role that seems to have been there always, unvalidated and fast. Throws when the name is taken. */
  seedRole(accountId: string, role: SeedRole): void;
  /**
   * Called after every applied change of IAM, ECS, SSM and DynamoDB, synchronously; operations are API actions, `editRole`,
   * `removeRole`, `seedRole` and the edits of `ecs`. What ECS does by itself over time is not told, nor what people open and
   * close. Must not throw. Returns how to unsubscribe.
   */
  onMutation(listener: (event: Mutation) => void): () => void;
  /**
   * Called for every permission that a signed request asks for, before it is performed, synchronously, also where the
   * caller may do everything. Must not throw. Returns how to unsubscribe.
   */
  onAsked(listener: (asked: Asked) => void): () => void;
  /** A SAML response (base64) for a user of the tenant, as Entra would issue it. */
  issueAssertion(input: AssertionInput): string;
  /** A token for a workload of the tenant, as Entra would issue it. */
  issueWebIdentityToken(claims: WebIdentityClaims): string;
  /** Clusters, services and tasks, per account and region. */
  readonly ecs: EcsHands;
  /** Tables, per account and region. */
  readonly dynamodb: DynamoDbHands;
  /** Open sessions of the Session Manager, ECS Exec's among them. */
  readonly shells: ShellHands;
  stop(): Promise<void>;
}

export interface AwsCloudOptions {
  readonly accounts: readonly SandboxAccount[];
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** 0 or absent: a free port. */
  readonly port?: number;
  /** The tenant's SAML issuer, which the accounts' SAML providers then insist on; absent: they take any. */
  readonly issuer?: string;
  /** In the metadata of these providers, DER in base64. */
  readonly signingCertificate?: string;
}

const editedRole = (role: SandboxRole, edit: (role: MutableSandboxRole) => void): SandboxRole => {
  const draft: MutableSandboxRole = {
    ...structuredClone(role),
    tags: { ...role.tags },
    inlinePolicies: { ...role.inlinePolicies },
    attachedPolicyArns: [...role.attachedPolicyArns],
    instanceProfileNames: [...role.instanceProfileNames],
  };
  edit(draft);
  return { ...role, ...draft };
};

interface Accounts {
  readonly byId: ReadonlyMap<string, Account>;
  get(accountId: string): Account;
}

type Lags = Pick<AccountSettings, 'staleMs' | 'useLagMs'>;

const openAccounts = (options: AwsCloudOptions, clock: () => number, lags: Lags): Accounts => {
  const byId = new Map(
    options.accounts.map((world) => [
      world.accountId,
      createAccount(world, {
        clock,
        ...lags,
        issuer: options.issuer,
        signingCertificate: options.signingCertificate,
      }),
    ]),
  );
  return {
    byId,
    get(accountId) {
      const account = byId.get(accountId);
      if (account === undefined) throw new Error(`the sandbox has no account ${accountId}`);
      return account;
    },
  };
};

const administratorKeys = (options: AwsCloudOptions, accounts: Accounts): Services['credentials'] => {
  const credentials = createCredentialStore();
  for (const world of options.accounts) {
    const { accountId } = world;
    credentials.addUserKey(world.accessKeyId, world.secretAccessKey, {
      accountId,
      arn: iamArn(accountId, 'user/administrator'),
      userId: accounts.get(accountId).newId('AIDA'),
      roleArn: undefined,
    });
  }
  return credentials;
};

type RoleHands = Pick<AwsCloud, 'roles' | 'editRole' | 'removeRole' | 'seedRole'>;

/** The ways around the API. */
const roleHands = (
  accounts: Accounts,
  clock: () => number,
  notify: (mutation: Mutation) => void,
): RoleHands => ({
  roles: (accountId) => accounts.get(accountId).roles.all(),
  editRole(accountId, roleName, edit) {
    const { roles } = accounts.get(accountId);
    const role = roles.current(roleName);
    if (role === undefined) throw new Error(`account ${accountId} of the sandbox has no role ${roleName}`);
    roles.put(editedRole(role, edit));
    notify({ service: 'iam', accountId, operation: 'editRole', resource: role.name });
  },
  removeRole(accountId, roleName) {
    const { roles } = accounts.get(accountId);
    const role = roles.current(roleName);
    if (role === undefined) throw new Error(`account ${accountId} of the sandbox has no role ${roleName}`);
    roles.remove(role.name);
    notify({ service: 'iam', accountId, operation: 'removeRole', resource: role.name });
  },
  seedRole(accountId, seed) {
    const account = accounts.get(accountId);
    if (account.roles.current(seed.name) !== undefined) {
      throw new Error(`account ${accountId} of the sandbox already has a role ${seed.name}`);
    }
    account.roles.seed(buildRole(account, { ...seed, path: seed.path ?? '/', createdAtMs: clock() }));
    notify({ service: 'iam', accountId, operation: 'seedRole', resource: seed.name });
  },
});

/** Starts the AWS half of the sandbox on loopback; resolves when it listens. */
export const startAwsCloud = async (options: AwsCloudOptions): Promise<AwsCloud> => {
  const base = options.clock ?? (() => Date.now());
  let skewMs = 0;
  const clock = (): number => base() + skewMs;
  let staleMs = 0;
  let useLagMs = 0;
  let latencyMs = 0;
  let served: ServedRequest[] = [];
  const faults = createFaultScript();
  const throttle = createWriteThrottle(clock);
  const listeners = new Set<(event: Mutation) => void>();
  const notify = (mutation: Mutation): void => {
    for (const listener of listeners) listener(mutation);
  };
  const askers = new Set<(asked: Asked) => void>();
  const accounts = openAccounts(options, clock, { staleMs: () => staleMs, useLagMs: () => useLagMs });
  const credentials = administratorKeys(options, accounts);
  const tokenKey = createTokenKey();
  const ecs = createEcsStore();
  const sessions = createSessionStore();
  const tables = createTableStore();
  const services: Services = {
    accounts: accounts.byId,
    credentials,
    tokenKey,
    ownCertificate: options.signingCertificate,
    ecs,
    sessions,
    tables,
    clock,
    onMutation: notify,
    asked: (asked) => {
      for (const listener of askers) listener(asked);
    },
  };
  const side: HttpSide = {
    services,
    faults,
    throttle,
    latencyMs: () => latencyMs,
    served: (request) => void served.push(request),
  };
  const server = await startHttpServer(side, options.port ?? 0);
  return {
    url: server.url,
    addFault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    setStaleReads: (ms) => void (staleMs = ms),
    setRoleUseLag: (ms) => void (useLagMs = ms),
    setWriteLimit: (limit) => throttle.setLimit(limit),
    setLatency: (ms) => void (latencyMs = ms),
    setClockSkew: (ms) => void (skewMs = ms),
    setPageSize: (items) => {
      for (const account of accounts.byId.values()) account.mostOnPage = items;
    },
    answer: (request) => answerRequest(side, request),
    requests: { list: () => [...served], clear: () => void (served = []) },
    ...roleHands(accounts, clock, notify),
    onMutation(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onAsked(listener) {
      askers.add(listener);
      return () => askers.delete(listener);
    },
    issueAssertion: (input) => issueAssertion(input, clock(), tokenKey),
    issueWebIdentityToken: (claims) => issueToken(claims, clock(), tokenKey),
    ecs: createEcsHands(ecs, clock, notify),
    dynamodb: createDynamoDbHands(tables, clock),
    shells: createShellHands(sessions, ecs, clock),
    stop: () => server.stop(),
  };
};
