// Builders of the domain's words for tests: each gives a valid, ordinary one, and takes what a case is about as overrides.

import type {
  Assignment,
  DirectorySnapshot,
  Group,
  GroupKey,
  LastRead,
  OtherMember,
  Person,
  ServicePrincipal,
  UserStanding,
} from '../src/domain/directory.ts';
import type { ServicePlace } from '../src/domain/ecs.ts';
import type {
  AccessPolicy,
  Account,
  ControllerConfig,
  Federation,
  GroupSubject,
  Meta,
  OidcFederation,
  PolicySet,
  SamlFederation,
  ServicePrincipalSubject,
  SourceRef,
  TaskRoleBinding,
} from '../src/domain/policy.ts';
import { type Reading, present } from '../src/domain/reading.ts';

/** `uuid('a', 7)` is `a0000000-0000-4000-8000-000000000007`. */
export const uuid = (digit: string, n: number): string =>
  `${digit}0000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

export const groupIds = {
  oncall: uuid('b', 1),
  developers: uuid('b', 2),
  auditors: uuid('b', 3),
  empty: uuid('b', 4),
} as const;

export const tenantId = uuid('f', 1);
export const samlProvider = 'arn:aws:iam::111122223333:saml-provider/EntraID';
export const samlAudience = 'https://signin.aws.amazon.com/saml';
export const oidcIssuer = `sts.windows.net/${tenantId}/`;
export const oidcProvider = `arn:aws:iam::111122223333:oidc-provider/${oidcIssuer}`;

export const sourceRef = (file = 'policies.yaml', line = 1): SourceRef => ({ file, line });

export const meta = (name: string, overrides: Partial<Meta> = {}): Meta => ({
  name,
  labels: {},
  annotations: {},
  source: sourceRef(`${name}.yaml`),
  ...overrides,
});

export const account = (overrides: Partial<Account> = {}): Account => ({
  meta: meta('dev'),
  accountId: '111122223333',
  partition: 'aws',
  regions: ['eu-west-1'],
  spokeRole: undefined,
  permissionsBoundary: `arn:aws:iam::${overrides.accountId ?? '111122223333'}:policy/rolewarden-boundary`,
  taskRoleBoundaries: [],
  maxMode: 'enforce',
  ecsWrites: false,
  ...overrides,
});

export const samlFederation = (overrides: Partial<SamlFederation> = {}): SamlFederation => ({
  providerName: 'EntraID',
  applicationId: uuid('e', 1),
  nameId: 'objectId',
  audiences: [samlAudience],
  sendsSourceIdentity: false,
  sendsSessionTags: false,
  verification: 'verified',
  ...overrides,
});

export const oidcFederation = (overrides: Partial<OidcFederation> = {}): OidcFederation => ({
  issuer: oidcIssuer,
  tokenVersion: 1,
  audiences: ['api://rolewarden'],
  verification: 'verified',
  ...overrides,
});

/** SAML only; pass `oidc: oidcFederation()` for workloads. */
export const federation = (overrides: Partial<Federation> = {}): Federation => ({
  meta: meta('entra'),
  tenantId,
  saml: samlFederation(),
  oidc: undefined,
  ...overrides,
});

export const groupSubject = (
  id: string = groupIds.oncall,
  overrides: Partial<GroupSubject> = {},
): GroupSubject => ({
  id,
  displayName: undefined,
  nested: false,
  pim: false,
  expiresAtMs: undefined,
  source: sourceRef(),
  ...overrides,
});

export const servicePrincipalSubject = (
  id: string,
  overrides: Partial<ServicePrincipalSubject> = {},
): ServicePrincipalSubject => ({
  id,
  displayName: undefined,
  expiresAtMs: undefined,
  source: sourceRef(),
  ...overrides,
});

/** `role` may be given in part. */
export const accessPolicy = (
  overrides: Partial<Omit<AccessPolicy, 'role'>> & { readonly role?: Partial<AccessPolicy['role']> } = {},
): AccessPolicy => {
  const { role, ...rest } = overrides;
  return {
    meta: meta('payments-debug'),
    accounts: ['dev'],
    federation: 'entra',
    groups: [groupSubject()],
    servicePrincipals: [],
    ecs: [],
    cli: false,
    statements: [{ Effect: 'Allow', Action: 'ecs:DescribeTasks', Resource: '*' }],
    mode: 'enforce',
    suspend: false,
    prune: false,
    expiresAtMs: undefined,
    standing: 'allowed',
    breakGlass: undefined,
    onStale: 'hold',
    afterRevoke: 'keepTask',
    ...rest,
    role: {
      name: 'payments-debug',
      description: 'Debugging of payments',
      maxSessionSeconds: 3_600,
      admission: 'members',
      ownership: 'role',
      ...role,
    },
  };
};

export const servicePlace: ServicePlace = { region: 'eu-west-1', cluster: 'payments', service: 'api' };
export const taskRoleBoundary = 'arn:aws:iam::111122223333:policy/rolewarden-boundary';

/** Of the service `api` in the cluster `payments`: a role that is made, with Exec, and nothing is deployed. */
export const taskRoleBinding = (overrides: Partial<TaskRoleBinding> = {}): TaskRoleBinding => ({
  meta: meta('payments-api'),
  account: 'dev',
  place: servicePlace,
  taskRole: {
    kind: 'made',
    name: 'payments-api-task',
    statements: [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' }],
    boundary: taskRoleBoundary,
  },
  exec: true,
  rollout: 'notify',
  allowMutableTags: false,
  mode: 'enforce',
  suspend: false,
  ...overrides,
});

export const controllerConfig = (overrides: Partial<ControllerConfig> = {}): ControllerConfig => ({
  meta: meta('rolewarden'),
  instance: 'test',
  defaultMode: 'enforce',
  maxMode: 'enforce',
  policyOrigin: { kind: 'directory', path: '/policies' },
  policyIntervalMs: 30_000,
  entra: {
    tenantId,
    cloud: 'public',
    authorityHost: 'https://login.microsoftonline.com',
    graphEndpoint: 'https://graph.microsoft.com',
    credential: 'clientSecret',
    pollIntervalMs: 60_000,
    requestTimeoutMs: 10_000,
  },
  aws: { requestTimeoutMs: 10_000, writesPerSecond: 5, writeBurst: 20 },
  sweepSchedule: '*/15 * * * *',
  sweepTimeZone: 'UTC',
  safety: {
    breaker: { minimum: 3, percent: 30 },
    provenLeavers: { minimum: 20, percent: 10 },
    settleMs: 300_000,
    taskRoleSettleMs: 60_000,
    pruneAfterMs: 600_000,
    widening: { minimum: 50, factor: 3 },
    maxStalenessMs: 86_400_000,
    reentryDelayMs: 600_000,
  },
  replicas: undefined,
  metricsListener: { address: '127.0.0.1', port: 9464 },
  apiListener: { address: '127.0.0.1', port: 9465 },
  ...overrides,
});

/** Person `n` of the team: `a0000000-…-n`, oncall-n@contoso.com, an enabled member. */
export const person = (n: number, overrides: Partial<Person> = {}): Person => ({
  id: uuid('a', n),
  userPrincipalName: `oncall-${n}@contoso.com`,
  mail: `oncall-${n}@contoso.com`,
  accountEnabled: true,
  userType: 'Member',
  ...overrides,
});

/** What a look-up says of person `n`; without a number, of somebody of whom it tells no name. */
export const standing = (is: UserStanding['is'], n?: number): UserStanding =>
  n === undefined || is === 'notFound'
    ? { is, id: undefined, userPrincipalName: null }
    : { is, id: person(n).id, userPrincipalName: person(n).userPrincipalName };

export const people = (...numbers: readonly number[]): readonly Person[] => numbers.map((n) => person(n));

/** Its display name was not readable, unless the case says otherwise. */
export const group = (
  id: string,
  members: readonly Person[],
  others: readonly OtherMember[] = [],
  displayName: string | null = null,
): Group => ({ id, displayName, people: members, others });

/** Service principal `n`: object id `c0000000-…-n`, client id `d0000000-…-n`. */
export const servicePrincipal = (n: number, overrides: Partial<ServicePrincipal> = {}): ServicePrincipal => ({
  id: uuid('c', n),
  appId: uuid('d', n),
  displayName: `deployer-${n}`,
  accountEnabled: true,
  ...overrides,
});

export interface SnapshotParts {
  readonly groups?: Readonly<Record<GroupKey, Reading<Group> | Group>>;
  readonly servicePrincipals?: Readonly<Record<string, Reading<ServicePrincipal> | ServicePrincipal>>;
  /** By group id. */
  readonly assignments?: Readonly<Record<string, Reading<readonly Assignment[]> | readonly Assignment[]>>;
  readonly version?: number;
  readonly readAtMs?: number;
  readonly emptyPolls?: Readonly<Record<GroupKey, number>>;
  readonly lastRead?: Readonly<Record<GroupKey, LastRead>>;
  readonly unreadServicePrincipals?: Readonly<Record<string, number>>;
}

const readings = <T extends object>(
  given: Readonly<Record<string, Reading<T> | T>> = {},
): ReadonlyMap<string, Reading<T>> =>
  new Map(Object.entries(given).map(([key, one]) => [key, 'state' in one ? one : present(one)]));

/** What is not a reading yet is present. */
export const snapshotOf = (parts: SnapshotParts = {}): DirectorySnapshot => ({
  version: parts.version ?? 1,
  readAtMs: parts.readAtMs ?? Date.UTC(2026, 0, 1),
  groups: readings(parts.groups),
  servicePrincipals: readings(parts.servicePrincipals),
  assignments: new Map(
    Object.entries(parts.assignments ?? {}).map(([id, one]) => [id, 'state' in one ? one : present(one)]),
  ),
  emptyPolls: new Map(Object.entries(parts.emptyPolls ?? {})),
  lastRead: new Map(Object.entries(parts.lastRead ?? {})),
  unreadServicePrincipals: new Map(Object.entries(parts.unreadServicePrincipals ?? {})),
});

/** One complete load: the config, one account, one federation, one policy. */
export const policySet = (overrides: Partial<PolicySet> = {}): PolicySet => ({
  configs: [controllerConfig()],
  accounts: [account()],
  federations: [federation()],
  policies: [accessPolicy()],
  bindings: [],
  lockouts: [],
  problems: [],
  complete: true,
  revision: 'revision-1',
  commit: undefined,
  ...overrides,
});
