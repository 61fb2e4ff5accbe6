// The sweep as `run` makes it, over the real adapters: Entra was polled before, every role is in sync, nothing is written.

import { openAccounts } from '../../src/aws/open-accounts.ts';
import { isEmptyPlan } from '../../src/domain/plan.ts';
import { present } from '../../src/domain/reading.ts';
import { entraCredential } from '../../src/entra/credential.ts';
import { openEntraDirectory } from '../../src/entra/entra-directory.ts';
import { createDirectoryBook } from '../../src/reconcile/directory-book.ts';
import { createContestBook } from '../../src/reconcile/contest-book.ts';
import { createOthersBook } from '../../src/reconcile/others-book.ts';
import { createRevocationBook } from '../../src/reconcile/revocation-book.ts';
import { createShellMemory } from '../../src/reconcile/end-shells.ts';
import { createEcsBook } from '../../src/reconcile/ecs-book.ts';
import { createPolicyBook } from '../../src/reconcile/policy-book.ts';
import { type SweepContext, sweep } from '../../src/reconcile/sweep.ts';
import type { PollReport, SweepReport } from '../../src/reconcile/sweep-report.ts';
import { createWriteMemory } from '../../src/reconcile/write-memory.ts';
import { type Cost, measured } from './measured.ts';
import { answerPeer } from './messages.ts';
import { type Size, configFor, sceneOf } from './scene.ts';

export type SweepQuestion =
  | { readonly kind: 'open'; readonly size: Size }
  | { readonly kind: 'poll' }
  | { readonly kind: 'run' };

export interface SweepAnswers {
  open: undefined;
  poll: Cost;
  run: Cost;
}

let context: SweepContext | undefined;

const opened = (): SweepContext => {
  if (context === undefined) throw new Error('nothing was opened');
  return context;
};

const open = async (size: Size): Promise<void> => {
  const { account, policies } = sceneOf(size);
  const config = configFor(process.env);
  const clock = { now: () => Date.now() };
  const credential = entraCredential(config.entra, process.env);
  const { signal } = new AbortController();
  const source = { load: () => Promise.resolve(present(policies)), watch: () => () => undefined };
  const policyBook = createPolicyBook(source, clock);
  await policyBook.load(signal);
  const aws = openAccounts({ settings: config.aws, clock })(account);
  context = {
    config,
    policies,
    account,
    iam: aws.iam,
    clockSkewMs: () => 0,
    shells: aws.shells,
    shellMemory: createShellMemory(),
    contestBook: createContestBook(),
    othersBook: createOthersBook(),
    revocationBook: createRevocationBook(),
    ecsBook: createEcsBook(),
    directory: createDirectoryBook(openEntraDirectory({ settings: config.entra, credential, clock }), clock),
    policyBook,
    memory: createWriteMemory(),
    clock,
    signal,
    stopping: signal,
  };
};

const checkPoll = (report: PollReport): void => {
  if (report.groups.present === opened().policies.policies.length && report.message === '') return;
  throw new Error(`the poll did not read every group: ${JSON.stringify(report)}`);
};

/** A sweep that found something to do would measure something else. */
const checkSweep = (report: SweepReport): void => {
  const { plan, outcomes } = report;
  const odd = plan.roles.find((role) => role.state !== 'inSync');
  const isNoOp = report.result === 'ok' && isEmptyPlan(plan) && outcomes.length === 0;
  if (isNoOp && plan.roles.length === opened().policies.policies.length) return;
  const what = odd === undefined ? report.message : JSON.stringify(odd, undefined, 1).slice(0, 2_000);
  throw new Error(`the sweep was no no-op: ${report.result}, ${plan.roles.length} roles; ${what}`);
};

const poll = async (): Promise<void> => {
  const { directory, policies, stopping } = opened();
  checkPoll((await directory.poll(policies, stopping)).report);
};

answerPeer(async (question: SweepQuestion) => {
  switch (question.kind) {
    case 'open':
      return await open(question.size);
    case 'poll':
      return await measured(poll);
    case 'run':
      return await measured(async () => checkSweep(await sweep('schedule', opened())));
  }
});
