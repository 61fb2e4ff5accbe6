// One account, one group, the real loop over in-memory ports: for tests that follow a controller through many sweeps.

import { mayAct } from '../../src/domain/access-evaluator.ts';
import { renderDocument } from '../../src/domain/statement.ts';
import { mayEnter } from '../../src/domain/trust-evaluator.ts';
import { parseTrustPolicy } from '../../src/domain/trust-policy.ts';
import type { DirectoryPort, IamPort, PolicySource } from '../../src/domain/ports.ts';
import type { AccessPolicy, ControllerConfig, PolicySet } from '../../src/domain/policy.ts';
import { present, type Reading } from '../../src/domain/reading.ts';
import { createDirectoryBook } from '../../src/reconcile/directory-book.ts';
import { createContestBook } from '../../src/reconcile/contest-book.ts';
import { createOthersBook } from '../../src/reconcile/others-book.ts';
import { createRevocationBook } from '../../src/reconcile/revocation-book.ts';
import { createShellMemory } from '../../src/reconcile/end-shells.ts';
import { type InMemoryShells, inMemoryShells } from '../aws/in-memory-shells.ts';
import { createEcsBook } from '../../src/reconcile/ecs-book.ts';
import { createPolicyBook } from '../../src/reconcile/policy-book.ts';
import { type SweepContext, sweep } from '../../src/reconcile/sweep.ts';
import type { SweepReport } from '../../src/reconcile/sweep-report.ts';
import { createWriteMemory } from '../../src/reconcile/write-memory.ts';
import type { SandboxUser } from '../../src/sandbox/world.ts';
import { type InMemoryIam, inMemoryIam } from '../aws/in-memory-iam.ts';
import { type ManualClock, manualClock } from '../aws/manual-clock.ts';
import {
  accessPolicy,
  account,
  controllerConfig,
  groupIds,
  oidcProvider,
  person,
  policySet,
  samlAudience,
  samlProvider,
} from '../builders.ts';
import { type InMemoryDirectory, inMemoryDirectory } from '../entra/in-memory-directory.ts';

export const userOf = (n: number): SandboxUser => ({
  id: person(n).id,
  userPrincipalName: `oncall-${n}@contoso.com`,
  displayName: `On-call ${n}`,
  mail: null,
  accountEnabled: true,
  userType: 'Member',
});

export interface Harness {
  readonly clock: ManualClock;
  readonly iam: InMemoryIam;
  readonly shells: InMemoryShells;
  readonly directory: InMemoryDirectory;
  /** By how much AWS's clock is ahead of ours. */
  setClockSkew(ms: number): void;
  /** What the source gives at the next load. */
  setPolicies(policies: Reading<PolicySet>): void;
  /** Loads, polls and sweeps once, as the controller would. */
  sweep(signal?: AbortSignal): Promise<SweepReport>;
  /** Forgets all that the process knew. */
  restart(): void;
}

export interface HarnessOptions {
  readonly members?: readonly number[];
  readonly policies?: readonly AccessPolicy[];
  readonly config?: ControllerConfig;
  readonly trustQuotaChars?: number;
  readonly ecsWrites?: boolean;
  /** Between the loop and the directory: a place for lagging reads. */
  readonly through?: (directory: DirectoryPort) => DirectoryPort;
  /** Between the loop and IAM: a place for a write budget. */
  readonly throughIam?: (iam: InMemoryIam, clock: ManualClock) => IamPort;
}

const neverAborted = new AbortController().signal;

export const startHarness = (options: HarnessOptions = {}): Harness => {
  const clock = manualClock(Date.UTC(2026, 0, 1));
  const config = options.config ?? controllerConfig();
  const own = account({ ecsWrites: options.ecsWrites ?? false });
  const iam = inMemoryIam({
    account: own,
    clock,
    trustQuotaChars: options.trustQuotaChars ?? 8_192,
    samlProviderArns: [samlProvider],
    oidcProviderArns: [oidcProvider],
  });
  const directory = inMemoryDirectory({
    users: Array.from({ length: 20 }, (_, index) => userOf(index + 1)),
    groups: [
      {
        id: groupIds.oncall,
        displayName: 'Payments On-call',
        members: (options.members ?? []).map((n) => person(n).id),
      },
    ],
    servicePrincipals: [],
  });
  let policies: Reading<PolicySet> = present(
    policySet({ configs: [config], accounts: [own], policies: options.policies ?? [accessPolicy()] }),
  );
  const source: PolicySource = { load: () => Promise.resolve(policies), watch: () => () => undefined };
  const port = options.through?.(directory) ?? directory;
  const begin = () => ({
    policyBook: createPolicyBook(source, clock),
    directory: createDirectoryBook(port, clock),
    memory: createWriteMemory(),
    ecsBook: createEcsBook(),
    shellMemory: createShellMemory(),
    contestBook: createContestBook(),
    othersBook: createOthersBook(),
    revocationBook: createRevocationBook(),
  });
  const shells = inMemoryShells({ account: own, clock });
  let process = begin();
  let clockSkewMs = 0;
  return {
    clock,
    iam,
    shells,
    directory,
    setClockSkew: (ms) => {
      clockSkewMs = ms;
    },
    setPolicies: (next) => {
      policies = next;
    },
    restart: () => {
      process = begin();
    },
    sweep: async (signal = neverAborted) => {
      await process.policyBook.load(signal);
      const current = process.policyBook.current();
      if (current === undefined) throw new Error('no policies were ever loaded');
      await process.directory.poll(current, signal);
      const context: SweepContext = {
        config,
        policies: current,
        account: own,
        iam: options.throughIam?.(iam, clock) ?? iam,
        clockSkewMs: () => clockSkewMs,
        shells,
        ...process,
        clock,
        signal,
        stopping: signal,
      };
      return sweep('schedule', context);
    },
  };
};

/** Would STS let this person into this role now? */
export const mayPersonEnter = (trustDocument: string, n: number, atMs: number): boolean => {
  const parsed = parseTrustPolicy(trustDocument);
  if (!parsed.ok) return false;
  const context = new Map([
    ['saml:aud', [samlAudience]],
    ['saml:sub', [person(n).id]],
  ]);
  return (
    mayEnter(parsed.policy, {
      action: 'sts:AssumeRoleWithSAML',
      principal: { type: 'Federated', id: samlProvider },
      context,
      atMs,
    }).decision === 'allowed'
  );
};

/** Would a session of this person, begun then, be denied everything in this role now? */
export const isDenied = (
  { iam, clock }: Harness,
  n: number,
  issuedAtMs: number,
  roleName = 'payments-debug',
): boolean => {
  const policies = (iam.roles.get(roleName)?.inlinePolicies ?? []).map(({ document }) => document);
  const context = new Map([
    ['saml:sub', [person(n).id]],
    ['aws:tokenissuetime', [new Date(issuedAtMs).toISOString()]],
  ]);
  const verdict = mayAct(
    {
      policies: [...policies, renderDocument([{ Effect: 'Allow', Action: '*', Resource: '*' }])],
      boundary: undefined,
    },
    { action: 'sts:GetCallerIdentity', resource: '*', context, atMs: clock.now(), openWorld: false },
  );
  return verdict.decision === 'denied';
};

export const admittedIn = (harness: Harness, roleName = 'payments-debug'): readonly number[] => {
  const role = harness.iam.roles.get(roleName);
  if (role === undefined) return [];
  return Array.from({ length: 20 }, (_, index) => index + 1).filter((n) =>
    mayPersonEnter(role.trustDocument, n, harness.clock.now()),
  );
};

/** Writes since the calls were last emptied. */
export const writesOf = (harness: Harness): readonly string[] =>
  harness.iam.calls
    .map(({ operation }) => operation)
    .filter((operation) => operation !== 'observe' && !operation.startsWith('read'));
