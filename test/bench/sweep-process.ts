// The sweep as `run` makes it, over the real adapters: Entra was polled before, every role is in sync, nothing is written.

import { isEmptyPlan } from '../../src/domain/plan.ts';
import { type SweepContext, sweep } from '../../src/reconcile/sweep.ts';
import type { PollReport, SweepReport } from '../../src/reconcile/sweep-report.ts';
import { type Cost, measured } from './measured.ts';
import { answerPeer } from './messages.ts';
import type { Size } from './scene.ts';
import { openContext } from './sweep-context.ts';

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
      context = await openContext(question.size);
      return undefined;
    case 'poll':
      return await measured(poll);
    case 'run':
      return await measured(async () => checkSweep(await sweep('schedule', opened())));
  }
});
