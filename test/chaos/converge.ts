// A calm world after whatever happened: nothing fails any more, and two sweeps later everything is as it should be, but for
// what is held for a reason that is there.

import type { SweepReport } from '../../src/reconcile/sweep-report.ts';
import type { PlannedRole } from '../../src/domain/plan.ts';
import { tagKeys } from '../../src/domain/role.ts';
import { renderAcknowledgement } from '../../src/domain/acknowledgement.ts';
import { pollIntervalMs } from './controller-process.ts';
import { settledByPeople, unjustifiedHold } from './invariants/holds.ts';
import { differenceFromIntent } from './invariants/intent.ts';
import { type AccountName, accountIds, accountNames, instance } from './scene.ts';
import { heal } from './steps/faults.ts';
import { sweepAll } from './steps/time.ts';
import { settleMs, type Trial, Violation } from './trial.ts';
import { policyNames, policyOfRole, roleNameOf } from './will.ts';

const lastReport = (trial: Trial, account: AccountName): SweepReport | undefined =>
  trial.reports.get(account)?.at(-1);

const heldIn = (trial: Trial) =>
  accountNames.flatMap((account) => lastReport(trial, account)?.plan.roles.flatMap(({ held }) => held) ?? []);

/** Waits for what a healthy world still needs: two polls, the end of back-offs, and IAM's lag after edits by hand and
 * lost answers. */
const calmDown = async (trial: Trial): Promise<void> => {
  heal(trial);
  trial.disarm();
  await trial.restartIfDead();
  await trial.timeline.pass(2.3 * pollIntervalMs);
  const editedAtMs = trial.records.lastEditAtMs();
  const left = editedAtMs === undefined ? 0 : editedAtMs + settleMs + 10_000 - trial.timeline.now();
  const isBackingOff = accountNames.some((name) => lastReport(trial, name)?.result !== 'ok');
  const isUncertain = heldIn(trial).some(({ hold }) => hold.reason === 'writeUncertain');
  const isWaiting =
    heldIn(trial).some(({ hold }) => hold.reason === 'recentlyOut' || hold.reason === 'contested') ||
    isLockoutOver(trial);
  await trial.timeline.pass(
    Math.max(0, left, isBackingOff || isUncertain ? settleMs : 0, isWaiting ? longestWaitMs : 0),
  );
};

/** Nobody has looked yet whether whoever it named may come back by now. */
const isLockoutOver = ({ git, cloudsNow }: Trial): boolean =>
  git.will().lockouts.some(({ untilMs }) => untilMs > cloudsNow() - longestWaitMs && untilMs <= cloudsNow());

/** Whoever lost access lately stays out for ten minutes; who rewrites trust policies is waited for, at most an hour. */
const longestWaitMs = 61 * 60_000;

const settledRole = (trial: Trial, account: AccountName, role: PlannedRole): string | undefined => {
  const place = { account, roleName: role.name };
  if (role.state === 'apply') return `is still to be changed: ${role.apply.map(({ id }) => id).join(', ')}`;
  if (role.state === 'hold') return unjustifiedHold(trial, place, role);
  return differenceFromIntent(trial, place, role.state === 'unknown');
};

/** What is not as it should be, role by role. */
const unsettled = (trial: Trial): readonly string[] =>
  accountNames.flatMap((account) => {
    const report = lastReport(trial, account);
    if (report === undefined) return [`nothing was reported of ${account}`];
    if (report.result !== 'ok') return [`the sweep of ${account} is ${report.result}: ${report.message}`];
    if (report.outcomes.length > 0)
      return [
        `the sweep of ${account} still writes: ${report.outcomes.map(({ write }) => write.op).join(', ')}`,
      ];
    const planned = new Map(report.plan.roles.map((role) => [role.name, role]));
    const inPlan = report.plan.roles.flatMap((role) => {
      const found = settledRole(trial, account, role);
      return found === undefined ? [] : [`${role.name} in ${account} ${found}`];
    });
    const unplanned = policyNames
      .map(roleNameOf)
      .filter((roleName) => !planned.has(roleName))
      .flatMap((roleName) => {
        const isOurs = trial.clouds.aws
          .roles(accountIds[account])
          .some(({ name, tags }) => name === roleName && tags[tagKeys.instance] === instance);
        const found = differenceFromIntent(trial, { account, roleName }, !isOurs);
        return found === undefined ? [] : [`${roleName} in ${account} ${found}`];
      });
    return [...inPlan, ...unplanned];
  });

const twoSweepsSettle = async (trial: Trial): Promise<void> => {
  await calmDown(trial);
  // The third only looks whether the two have settled everything.
  for (let sweep = 0; sweep < 3; sweep += 1) await sweepAll(trial);
  trial.check();
  const [first] = unsettled(trial);
  if (first !== undefined) throw new Violation(`two sweeps of a calm world settle everything: ${first}`);
};

/** What would end the holds that somebody can acknowledge. */
export const acknowledgementsIn = (trial: Trial, forMs: number): readonly string[] =>
  heldIn(trial).flatMap(({ hold: { acknowledgeable } }) =>
    acknowledgeable === undefined
      ? []
      : [renderAcknowledgement(acknowledgeable.scope, acknowledgeable.subjects, trial.cloudsNow() + forMs)],
  );

const acknowledgedForMs = 24 * 3_600_000;

/** People do what only people can: repair files, put tags back, and say that large removals are meant. */
const peopleSettle = (trial: Trial): void => {
  const { clouds, git } = trial;
  const will = git.will();
  for (const account of accountNames)
    for (const { name, tags } of clouds.aws.roles(accountIds[account]))
      if (policyOfRole(name) !== undefined && tags[tagKeys.instance] === undefined)
        trial.byHand(() => {
          clouds.aws.editRole(accountIds[account], name, (role) => {
            role.tags[tagKeys.instance] = instance;
          });
        });
  git.commit({
    policies: {
      payments: repaired(will.policies.payments),
      platform: repaired(will.policies.platform),
      audit: repaired(will.policies.audit),
    },
    acknowledged: [...new Set([...will.acknowledged, ...acknowledgementsIn(trial, acknowledgedForMs)])],
    lockouts: will.lockouts,
    isVerified: true,
  });
};

const repaired = <P extends { readonly file: string }>(policy: P): P =>
  policy.file === 'broken' ? { ...policy, file: 'good' } : policy;

/** Repairing a file or a tag may bring to light what only then can be acknowledged. */
const mostRounds = 4;

/** Roles that only time keeps are gone after it. */
const prunedInTime = async (trial: Trial): Promise<void> => {
  if (!heldIn(trial).some(({ hold }) => hold.reason === 'awaitingPrune')) return;
  await trial.timeline.pass(pruneAfterMs);
  await sweepAll(trial);
  trial.check();
  const left = heldIn(trial).find(({ hold }) => hold.reason === 'awaitingPrune');
  if (left !== undefined) throw new Violation(`${left.change.name} is still there: ${left.hold.message}`);
};

/** Of the settings, and a load of the policies more. */
const pruneAfterMs = 11 * 60_000;

export const converges = async (trial: Trial): Promise<void> => {
  trial.records.note('== from here on all is well');
  await twoSweepsSettle(trial);
  for (let round = 0; round < mostRounds; round += 1) {
    if (!heldIn(trial).some(({ hold }) => settledByPeople.has(hold.reason))) {
      await prunedInTime(trial);
      return;
    }
    trial.records.note('== people settle what only people can');
    peopleSettle(trial);
    await twoSweepsSettle(trial);
  }
  const left = heldIn(trial).find(({ hold }) => settledByPeople.has(hold.reason));
  if (left !== undefined)
    throw new Violation(`people settled everything, and yet ${left.change.id} is held: ${left.hold.message}`);
};
