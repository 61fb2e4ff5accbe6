// A small world for the tests of the reports: one policy in the account prod, and whatever a test says is different.

import type { LeasesReport } from '../../src/domain/lease.ts';
import type { Change, ChangeDetail, Owner } from '../../src/domain/change.ts';
import { type DenyEdit, editDenies, noDenies, renderDenies } from '../../src/domain/denies.ts';
import type { Activation } from '../../src/domain/directory.ts';
import { denyPolicyName } from '../../src/domain/role.ts';
import { type ServicePlace, serviceKey } from '../../src/domain/ecs.ts';
import type {
  Admitted,
  HeldChange,
  HoldReason,
  Plan,
  PlannedRole,
  PlannedService,
} from '../../src/domain/plan.ts';
import type { ExecReadiness, ExecReason, SideDoor } from '../../src/domain/service-findings.ts';
import type { RoleWrite, ServiceWrite, Write } from '../../src/domain/write.ts';
import type { Commit, Lockout } from '../../src/domain/policy.ts';
import type { Clock } from '../../src/domain/ports.ts';
import { type TrustGrant, grantKey } from '../../src/domain/trust-grants.ts';
import { noShells } from '../../src/reconcile/end-shells.ts';
import { renderTrustGrants } from '../../src/domain/render-trust-grants.ts';
import type {
  ControllerEvent,
  HeldShell,
  Outcome,
  PoliciesReport,
  PollReport,
  ShellOutcome,
  SweepReport,
} from '../../src/reconcile/sweep-report.ts';

export const startMs = Date.UTC(2026, 10, 23, 3, 0, 0);
export const provider = 'arn:aws:iam::111122223333:saml-provider/entra';
export const audience = 'https://signin.aws.amazon.com/saml';
export const groupId = 'b0000000-0000-4000-8000-000000000001';

export const manualClock = (nowMs = startMs): Clock & { advance(ms: number): void } => ({
  now: () => nowMs,
  advance: (ms) => {
    nowMs += ms;
  },
});

/** `subOf('alice')` is an object id that is always the same for alice. */
export const subOf = (name: string): string =>
  `a0000000-0000-4000-8000-${Buffer.from(name).toString('hex').padStart(12, '0').slice(0, 12)}`;

export const admit = (name: string, via: readonly string[] = [groupId]): Admitted => ({
  sub: subOf(name),
  label: `${name}@contoso.com`,
  via,
  person: {
    id: subOf(name),
    userPrincipalName: `${name}@contoso.com`,
    mail: null,
    accountEnabled: true,
    userType: 'Member',
  },
  untilMs: undefined,
  activation: undefined,
});

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

export const activation: Activation = {
  requestId: 'c0000000-0000-4000-8000-000000000042',
  justification: 'payments are stuck',
  ticketNumber: 'INC-42',
  ticketSystem: 'ServiceNow',
  requestedAtMs: startMs - 60_000,
};

/** Admitted by an activation that ends then. */
export const activated = (name: string, untilMs: number): Admitted => ({
  ...admit(name),
  untilMs,
  activation,
});

export const personGrant = (name: string, untilMs?: number): TrustGrant => ({
  kind: 'person',
  provider,
  audience,
  sub: subOf(name),
  untilMs,
});

/** A document of denies, made by these steps. */
export const deniesOf = (...edits: readonly DenyEdit[]): string => {
  const document = renderDenies(editDenies(noDenies, edits), false);
  if (document === undefined) throw new Error('nothing is denied');
  return document;
};

/** Whoever is put out now is denied for a day and a quarter of an hour. */
export const putOut = (name: string, atMs = startMs): DenyEdit => ({
  kind: 'putOut',
  sub: subOf(name),
  how: 'left',
  atMs,
});

export const denyWrite = (
  before: string | undefined,
  after: string | undefined,
  ...changes: readonly Change[]
): RoleWrite => ({
  op: 'putDenies',
  policyName: denyPolicyName,
  before,
  after,
  edits: [],
  withSourceIdentity: false,
  serves: [],
  changes,
  effect: 'narrows',
});

const driftClasses: Readonly<Record<ChangeDetail['kind'], Change['driftClass']>> = {
  createRole: 'missing',
  setBoundary: 'boundary',
  grant: 'trust',
  revoke: 'trust',
  restateTrust: 'trust',
  tightenDenies: 'denies',
  liftDenies: 'denies',
  forgetDenies: 'denies',
  putPermissions: 'permissions',
  stripPolicy: 'extraPolicy',
  detachPolicy: 'extraPolicy',
  updateSettings: 'settings',
  tagRole: 'tags',
  deleteRole: 'orphaned',
  bindTaskRole: 'wrongTaskRole',
  enableExec: 'execNotEnabled',
  propagateTags: 'tagMissing',
  tagService: 'tagMissing',
  replaceTasks: 'execOnOldTasks',
  stopTasks: 'taskOverride',
};

export const policyOwner = (name: string): Owner => ({ kind: 'AccessPolicy', name });

export const change = (detail: ChangeDetail, other: Partial<Change> = {}): Change => ({
  id: `payments/payments-exec/${detail.kind}${'grant' in detail ? grantKey(detail.grant) : ''}`,
  object: 'Role',
  name: 'payments-exec',
  owner: policyOwner('payments'),
  source: { file: 'policies/payments.yaml', line: 3 },
  effect: 'none',
  driftClass: driftClasses[detail.kind],
  why: 'it differs from the policy',
  detail,
  ...other,
});

export const grant = (name: string, other: Partial<Change> = {}): Change =>
  change(
    { kind: 'grant', grant: personGrant(name), before: undefined },
    { effect: 'widens', why: `${name}@contoso.com is a member of ${groupId}`, ...other },
  );

export const revoke = (name: string, other: Partial<Change> = {}): Change =>
  change(
    { kind: 'revoke', grant: personGrant(name), after: undefined, proof: undefined },
    { effect: 'narrows', why: `${subOf(name)} is in no group of the policy`, ...other },
  );

export const held = (one: Change, reason: HoldReason, message = `held as ${reason}`): HeldChange => ({
  change: one,
  hold: { reason, message, untilMs: undefined },
});

export const trustOf = (...names: readonly string[]): string =>
  renderTrustGrants(
    {
      grants: new Map(names.map((name) => [grantKey(personGrant(name)), personGrant(name)])),
      foreignDenies: [],
    },
    [provider],
  );

export const trustWrite = (before: string, after: string, ...changes: readonly Change[]): RoleWrite => ({
  op: 'updateTrust',
  before,
  after,
  providers: [provider],
  sharedBy: undefined,
  changes,
  effect: changes[0]?.effect ?? 'none',
});

/** A role whose state follows from what is to be applied and what is held. */
export const role = (other: Partial<PlannedRole> = {}): PlannedRole => ({
  object: 'Role',
  name: 'payments-exec',
  owner: policyOwner('payments'),
  source: { file: 'policies/payments.yaml', line: 3 },
  state: (other.apply?.length ?? 0) > 0 ? 'apply' : (other.held?.length ?? 0) > 0 ? 'hold' : 'inSync',
  unknownBecause: undefined,
  apply: [],
  writes: [],
  held: [],
  afterRevoke: 'keepTask',
  shellsHold: undefined,
  isSettling: false,
  warnings: [],
  trustChars: 512,
  appRoleValue: `arn:aws:iam::111122223333:role/rolewarden/payments-exec,${provider}`,
  admitted: () => [admit('alice')],
  breakGlass: new Set(),
  names: new Map(),
  ends: new Map(),
  closesAtMs: undefined,
  groupNames: {},
  permissionsChars: undefined,
  denies: undefined,
  lastUsedAtMs: undefined,
  trust: undefined,
  trustInSync: () => undefined,
  ...other,
});

/** A role with changes to apply, and the one write that carries them out. */
export const applying = (...changes: readonly Change[]): PlannedRole => {
  const [first] = changes;
  const name = first?.name ?? 'payments-exec';
  return role({
    name,
    owner: first?.owner,
    apply: changes,
    writes: [trustWrite(trustOf('zoe'), trustOf('alice'), ...changes)],
  });
};

export const unknownRole = (because: string, other: Partial<PlannedRole> = {}): PlannedRole =>
  role({ state: 'unknown', unknownBecause: because, trustChars: 0, ...other });

export const place: ServicePlace = { region: 'eu-west-1', cluster: 'payments', service: 'api' };
export const bindingOwner = (name = 'payments-api'): Owner => ({ kind: 'TaskRoleBinding', name });
export const revisionArn = (number: number, family = 'api'): string =>
  `arn:aws:ecs:eu-west-1:111122223333:task-definition/${family}:${number}`;
export const taskRoleArn = (name: string): string => `arn:aws:iam::111122223333:role/${name}`;
export const wantedTaskRole = taskRoleArn('rolewarden/payments-api-task');

/** A change of the service `api`. */
export const serviceChange = (detail: ChangeDetail, other: Partial<Change> = {}): Change =>
  change(detail, {
    id: `payments-api/${serviceKey(place)}/${detail.kind}`,
    object: 'Service',
    name: serviceKey(place),
    owner: bindingOwner(),
    source: { file: 'policies/payments-api.yaml', line: 5 },
    effect: 'widens',
    why: 'the service differs from the binding',
    ...other,
  });

export const bindChange = (other: Partial<Change> = {}): Change =>
  serviceChange(
    {
      kind: 'bindTaskRole',
      revision: revisionArn(7),
      before: taskRoleArn('old-task'),
      after: wantedTaskRole,
    },
    { effect: 'mixed', why: 'it runs api:7 with the role old-task, not with payments-api-task', ...other },
  );

/** A service whose state follows from what is to be applied and what is held. */
export const service = (other: Partial<PlannedService> = {}): PlannedService => {
  const at = other.place ?? place;
  return {
    object: 'Service',
    name: serviceKey(at),
    owner: bindingOwner(),
    source: { file: 'policies/payments-api.yaml', line: 5 },
    state: (other.apply?.length ?? 0) > 0 ? 'apply' : (other.held?.length ?? 0) > 0 ? 'hold' : 'inSync',
    unknownBecause: undefined,
    apply: [],
    writes: [],
    held: [],
    isSettling: false,
    warnings: [],
    place: at,
    rollout: 'deploy',
    wantedTaskRoleArn: wantedTaskRole,
    running: { arn: revisionArn(7), taskRoleArn: taskRoleArn('old-task'), mutableImages: [] },
    seen: undefined,
    deploys: (other.apply ?? []).some(({ detail }) => detail.kind === 'bindTaskRole'),
    ...other,
  };
};

export const updateWrite = (...changes: readonly Change[]): ServiceWrite => ({
  op: 'updateService',
  revision: 'copy',
  settings: {},
  changes,
  effect: changes[0]?.effect ?? 'none',
});

export const execReadiness = (
  reason: ExecReason = 'Ready',
  other: Partial<ExecReadiness> = {},
): ExecReadiness => ({
  place,
  policies: ['payments'],
  reason,
  messages: reason === 'Ready' ? [] : [`no shell opens: ${reason}`],
  warnings: [],
  ...other,
});

export const sideDoor = (other: Partial<SideDoor> = {}): SideDoor => ({
  place,
  kind: 'executeCommand',
  roleArn: taskRoleArn('admin'),
  statement: 'inline policy all, statement Everything',
  message: `${taskRoleArn('admin')} may ecs:ExecuteCommand, and so open a shell in its containers (inline policy all, statement Everything)`,
  ...other,
});

/** The task role that is made for the binding. */
export const taskRole = (other: Partial<PlannedRole> = {}): PlannedRole =>
  role({
    name: 'payments-api-task',
    owner: bindingOwner(),
    admitted: () => [],
    appRoleValue: undefined,
    ...other,
  });

export const plan = (roles: readonly PlannedRole[], other: Partial<Plan> = {}): Plan => ({
  account: 'prod',
  accountId: '111122223333',
  atMs: startMs,
  roles,
  services: [],
  execReadiness: [],
  sideDoors: [],
  wakeAtMs: undefined,
  questions: { groups: [], assignments: [], standings: [], managedPolicyArns: [] },
  trustQuotaChars: 2_048,
  ...other,
});

export const outcome = (write: Write, other: Partial<Outcome> = {}): Outcome => ({
  write,
  object: 'Role',
  name: write.changes[0]?.name ?? 'payments-exec',
  result: 'done',
  carriedOut: (other.result ?? 'done') === 'done' ? write.changes : [],
  written: undefined,
  errorKind: undefined,
  errorCode: undefined,
  message: '',
  atMs: startMs + 1_000,
  ...other,
});

const resultOf = (outcomes: readonly Outcome[]): Pick<SweepReport, 'result' | 'errorKind' | 'message'> => {
  const bad = outcomes.filter(({ result }) => result !== 'done');
  return bad.length === 0
    ? { result: 'ok', errorKind: undefined, message: '' }
    : {
        result: 'incomplete',
        errorKind: bad[0]?.errorKind,
        message: `${bad.length} of ${outcomes.length} writes did not go through: ${bad[0]?.message ?? ''}`,
      };
};

/** A sweep that carries out everything that its roles have to apply, unless `outcomes` says otherwise. */
export const sweepReport = (
  roles: readonly PlannedRole[],
  other: Partial<SweepReport> & { readonly atMs?: number } = {},
): SweepReport => {
  const { atMs = startMs, ...rest } = other;
  const account = other.account ?? 'prod';
  const outcomes =
    other.outcomes ??
    roles.flatMap((one) => one.writes.map((write) => outcome(write, { atMs: atMs + 1_000 })));
  return {
    account,
    accountId: '111122223333',
    scope: 'access',
    trigger: 'schedule',
    startedAtMs: atMs,
    durationMs: 1_500,
    ...resultOf(outcomes),
    plan: plan(roles, { account, atMs }),
    outcomes,
    membersReadAtMs: atMs - 4_000,
    policyRevision: 'rev-1',
    policyCommit: undefined,
    clockSkewMs: 0,
    shells: noShells,
    ...rest,
  };
};

export const sweep = (
  roles: readonly PlannedRole[],
  other: Partial<SweepReport> & { readonly atMs?: number } = {},
): ControllerEvent => ({ kind: 'sweep', report: sweepReport(roles, other) });

/** A sweep of the other loop: task roles, services, shells and side doors. */
export const servicesSweep = (
  part: Partial<Pick<Plan, 'roles' | 'services' | 'execReadiness' | 'sideDoors'>> = {},
  other: Partial<SweepReport> & { readonly atMs?: number } = {},
): ControllerEvent => {
  const { account = 'prod', atMs = startMs } = other;
  const writes = [...(part.roles ?? []), ...(part.services ?? [])].flatMap((one) =>
    one.writes.map((write) => outcome(write, { object: one.object, name: one.name, atMs: atMs + 1_000 })),
  );
  return {
    kind: 'sweep',
    report: sweepReport([], {
      scope: 'services',
      membersReadAtMs: undefined,
      plan: plan(part.roles ?? [], { account, atMs, ...part }),
      outcomes: writes,
      ...other,
    }),
  };
};

/** The account could not be observed: all that is known of its roles comes from the policies. */
export const unreadableSweep = (
  roles: readonly PlannedRole[],
  other: Partial<SweepReport> & { readonly atMs?: number } = {},
): ControllerEvent => {
  const { account = 'prod', atMs = startMs } = other;
  return sweep(roles, {
    result: 'unreadable',
    message: 'access denied: allow sts:AssumeRole',
    outcomes: [],
    plan: plan(roles, { account, atMs, trustQuotaChars: 0 }),
    ...other,
  });
};

export const poll = (other: Partial<PollReport> = {}): ControllerEvent => ({
  kind: 'poll',
  report: {
    atMs: startMs,
    durationMs: 300,
    groups: { present: 1, absent: 0, unreadable: 0 },
    servicePrincipals: { present: 0, absent: 0, unreadable: 0 },
    assignments: { present: 0, absent: 0, unreadable: 0 },
    clockSkewMs: 0,
    message: '',
    ...other,
  },
});

export const lockout = (name: string, other: Partial<Lockout> = {}): Lockout => ({
  meta: { name, labels: {}, annotations: {}, source: { file: `${name}.yaml`, line: 1 } },
  person: subOf(name),
  userPrincipalName: undefined,
  untilMs: startMs + 3 * dayMs,
  reason: 'laptop stolen, INC-77',
  ...other,
});

/** Commit `n`: its id is forty times that digit. */
export const commit = (n: number, other: Partial<Commit> = {}): Commit => ({
  id: String(n).repeat(40),
  parents: [],
  committedAtMs: startMs - 3_600_000,
  ...other,
});

export const policies = (other: Partial<PoliciesReport> = {}): ControllerEvent => ({
  kind: 'policies',
  report: {
    atMs: startMs,
    revision: 'rev-1',
    commit: undefined,
    isComplete: true,
    policies: 1,
    bindings: 0,
    lockouts: [],
    accounts: 1,
    errors: 0,
    warnings: 0,
    messages: [],
    ...other,
  },
});

/** Those that this controller looks after. */
export const accounts = (...names: readonly string[]): ControllerEvent => ({
  kind: 'accounts',
  accounts: names,
});

/** One shard, held by another replica. */
export const leases = (other: Partial<LeasesReport> = {}): ControllerEvent => ({
  kind: 'leases',
  report: {
    atMs: startMs,
    replica: 'ip-10-0-0-1.aa',
    shards: [{ shard: 0, holder: 'ip-10-0-0-2.bb', fence: 7, renewedMsAgo: undefined }],
    replicas: ['ip-10-0-0-1.aa', 'ip-10-0-0-2.bb'],
    readAtMs: startMs,
    problem: '',
    waitsBecause: '',
    ...other,
  },
});

/** A load that could not be read. */
export const unreadablePolicies = (message: string): ControllerEvent =>
  policies({ revision: undefined, commit: undefined, isComplete: false, errors: 1, messages: [message] });

export const heldShell = (name: string): HeldShell => {
  const { session, roleName, sub } = endedShell(name);
  return {
    session,
    roleName,
    sub,
    hold: { reason: 'observeOnly', message: 'the mode is observe', untilMs: undefined },
  };
};

export const endedShell = (name: string, other: Partial<ShellOutcome> = {}): ShellOutcome => ({
  session: {
    id: 'ecs-execute-command-1',
    region: 'eu-west-1',
    cluster: 'payments',
    taskId: 'a'.repeat(32),
    ownerArn: `arn:aws:sts::111122223333:assumed-role/payments-exec/${name}@contoso.com`,
    startedAtMs: startMs,
  },
  roleName: 'payments-exec',
  sub: subOf(name),
  result: 'done',
  stoppedTask: false,
  message: '',
  atMs: startMs,
  ...other,
});
