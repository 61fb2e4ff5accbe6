// The real loop over the real adapters against the sandbox, in which the spoke role may do what its documents allow and no
// more. Every permission that is asked for is kept.

import { openAccounts } from '../../src/aws/open-accounts.ts';
import { servicesToObserve } from '../../src/desired/resolve-services.ts';
import { type AccountNeeds, accountNeeds, questionsFor } from '../../src/doctor/needs.ts';
import type { AccountExamination } from '../../src/domain/examination.ts';
import type { AccessPolicy, Account, PolicySet, TaskRoleBinding } from '../../src/domain/policy.ts';
import { present } from '../../src/domain/reading.ts';
import { createContestBook } from '../../src/reconcile/contest-book.ts';
import { createDirectoryBook } from '../../src/reconcile/directory-book.ts';
import { createEcsBook } from '../../src/reconcile/ecs-book.ts';
import { createShellMemory } from '../../src/reconcile/end-shells.ts';
import { createManagedPolicyBook } from '../../src/reconcile/managed-policy-book.ts';
import { createOthersBook } from '../../src/reconcile/others-book.ts';
import { createPolicyBook } from '../../src/reconcile/policy-book.ts';
import { createRevocationBook } from '../../src/reconcile/revocation-book.ts';
import { planOnce } from '../../src/reconcile/run-once.ts';
import { sweep } from '../../src/reconcile/sweep.ts';
import { sweepServices } from '../../src/reconcile/sweep-services.ts';
import type { SweepReport } from '../../src/reconcile/sweep-report.ts';
import { createWriteMemory } from '../../src/reconcile/write-memory.ts';
import { type Asked, type AwsCloud, startAwsCloud } from '../../src/sandbox/aws/aws-cloud.ts';
import { type ManualClock, manualClock } from '../aws/manual-clock.ts';
import { account, controllerConfig, groupIds, person, policySet } from '../builders.ts';
import { type InMemoryDirectory, inMemoryDirectory } from '../entra/in-memory-directory.ts';
import { userOf } from '../reconcile/harness.ts';
import {
  boundaryArn,
  boundaryDocument,
  hubId,
  instance,
  readerArn,
  readerPolicies,
  region,
  spokeArn,
  spokeId,
  spokePolicies,
} from './deployed.ts';

const externalId = 'contoso-dev';
const startMs = Date.UTC(2026, 10, 23, 3);
const neverAborted = new AbortController().signal;

export const place = { accountId: spokeId, region };
export const oncall = groupIds.oncall;

const spoke = account({
  accountId: spokeId,
  spokeRole: { arn: spokeArn, externalId },
  permissionsBoundary: boundaryArn,
  regions: [region],
  ecsWrites: true,
});

const config = controllerConfig({ instance });

/** Of these policies in the account of the stage. */
export const stageNeeds = (policies: PolicySet, account: Account = spoke): AccountNeeds =>
  accountNeeds({ config, policies, account, services: servicesToObserve(policies, account), nowMs: startMs });

export interface Stage {
  readonly cloud: AwsCloud;
  readonly clock: ManualClock;
  readonly directory: InMemoryDirectory;
  /** What the policies say from now on. */
  setPolicies(policies: readonly AccessPolicy[], bindings?: readonly TaskRoleBinding[]): void;
  /** One round of both loops; throws when anything could not be read or written. */
  sweep(): Promise<void>;
  /** Rounds with a minute in between. */
  sweeps(count: number): Promise<void>;
  /** What `rolewarden plan` does, by the role that may only read. Throws as `sweep` does. */
  plan(): Promise<void>;
  /** Everything that was asked for up to now, oldest first. */
  readonly asked: readonly Asked[];
  /** What `rolewarden doctor` does, by one of the roles. */
  doctor(by: 'spoke' | 'reader', policies: PolicySet): Promise<AccountExamination>;
  stop(): Promise<void>;
}

const hubKey = { accessKeyId: 'AKIA999988887777HUB1', secretAccessKey: 'secret-of-the-hub' };

const spokeRole = (arn: string, policies: Readonly<Record<string, string>>) => ({
  name: arn.split('/').at(-1) ?? '',
  trustedAccountId: hubId,
  externalId,
  policies,
});

const openCloud = (clock: ManualClock): Promise<AwsCloud> => {
  const nothing = { samlProviders: [], oidcProviders: [], managedPolicies: {}, spokeRoles: [] };
  return startAwsCloud({
    clock: () => clock.now(),
    accounts: [
      { accountId: hubId, ...hubKey, ...nothing },
      {
        accountId: spokeId,
        accessKeyId: 'AKIA111122223333DEV1',
        secretAccessKey: 'secret-of-the-spoke',
        ...nothing,
        samlProviders: ['EntraID'],
        managedPolicies: { 'rolewarden-boundary': boundaryDocument },
        spokeRoles: [spokeRole(spokeArn, spokePolicies()), spokeRole(readerArn, readerPolicies)],
      },
    ],
  });
};

const check = ({ result, message, outcomes, shells }: SweepReport): void => {
  const problems = [
    ...outcomes.filter((one) => one.result === 'failed').map((one) => one.message),
    ...shells.ended.filter((one) => one.result === 'failed').map((one) => one.message),
    ...(shells.problem === undefined ? [] : [shells.problem.message]),
    ...(result === 'ok' ? [] : [message]),
  ];
  if (problems.length > 0) throw new Error([...new Set(problems)].join('\n'));
};

export const startStage = async (members: readonly number[]): Promise<Stage> => {
  const clock = manualClock(startMs);
  const cloud = await openCloud(clock);
  const asked: Asked[] = [];
  cloud.onAsked((one) => void asked.push(one));
  const open = openAccounts({
    settings: { requestTimeoutMs: 20_000, writesPerSecond: 1_000, writeBurst: 1_000 },
    clock,
    sleep: clock.sleep,
    random: () => 0.5,
    endpoint: cloud.url,
    ownCredentials: async () => hubKey,
  });
  const directory = inMemoryDirectory({
    users: Array.from({ length: 9 }, (_, index) => userOf(index + 1)),
    groups: [{ id: oncall, displayName: 'On-call', members: members.map((n) => person(n).id) }],
    servicePrincipals: [],
  });
  let policies = policySet({ configs: [config], accounts: [spoke], policies: [] });
  const source = { load: async () => present(policies), watch: () => () => undefined };
  const aws = open(spoke);
  const books = {
    policyBook: createPolicyBook(source, clock),
    directory: createDirectoryBook(directory, clock),
    ecsBook: createEcsBook(),
    shellMemory: createShellMemory(),
    contestBook: createContestBook(),
    othersBook: createOthersBook(),
    managedPolicies: createManagedPolicyBook(aws.iam, clock),
    revocationBook: createRevocationBook(),
  };
  const memories = { access: createWriteMemory(), services: createWriteMemory() };
  const round = async (): Promise<void> => {
    await books.policyBook.load(neverAborted);
    const current = books.policyBook.current() ?? policies;
    await books.directory.poll(current, neverAborted);
    const context = {
      config,
      policies: current,
      account: spoke,
      ...aws,
      clockSkewMs: () => 0,
      ...books,
      clock,
      signal: neverAborted,
      stopping: neverAborted,
    };
    check(await sweepServices('schedule', { ...context, memory: memories.services }));
    check(await sweep('schedule', { ...context, memory: memories.access }));
  };
  return {
    cloud,
    clock,
    directory,
    asked,
    setPolicies: (next, bindings = []) => {
      policies = policySet({ configs: [config], accounts: [spoke], policies: next, bindings });
    },
    sweep: round,
    sweeps: async (count) => {
      for (let n = 0; n < count; n += 1) {
        await round();
        clock.advance(60_000);
      }
    },
    plan: async () => {
      const reader = { ...spoke, spokeRole: { arn: readerArn, externalId } };
      policies = { ...policies, accounts: [reader] };
      const { plans } = await planOnce({
        config,
        source,
        directory,
        openAccount: open,
        clock,
        signal: neverAborted,
      });
      policies = { ...policies, accounts: [spoke] };
      const unread = plans.flatMap(({ roles }) =>
        roles.flatMap(({ unknownBecause }) => unknownBecause ?? []),
      );
      if (unread.length > 0) throw new Error(unread.join('\n'));
    },
    doctor: (by, everything) => {
      const entered = by === 'spoke' ? spoke : { ...spoke, spokeRole: { arn: readerArn, externalId } };
      const questions = questionsFor(stageNeeds(everything, entered));
      return open.examine(entered, { ...questions, writes: by === 'spoke' }, neverAborted);
    },
    stop: async () => {
      open.close();
      await cloud.stop();
    },
  };
};
