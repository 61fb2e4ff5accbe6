// A crash at every single request of a sweep that creates, updates, revokes and deletes: before the request sets out, and after it
// was performed but not answered. The next process finishes the work, nobody is forgotten, and no invariant is broken.
//
// test/reconcile/crash.test.ts rolls histories of one role over in-memory adapters, and test/process/kill.test.ts kills the real
// process at its writes; here it is every request, reads and sign-ins among them, of the whole stack over two accounts.

import { describe, expect, it } from 'vitest';
import { converges } from './converge.ts';
import { accountIds, accountNames, groupIds, personId } from './scene.ts';
import type { Fuse } from './countdowns.ts';
import { startTrial } from './start-trial.ts';
import type { Trial } from './trial.ts';
import { firstWill, policyOfRole, type Will } from './will.ts';

const { payments, platform, audit } = firstWill.policies;

const before: Will = {
  ...firstWill,
  policies: {
    payments,
    platform: { ...platform, groups: [{ name: 'platform', nested: false }] },
    audit: { ...audit, file: 'removed' },
  },
};
const withoutPlatform: Will = {
  ...before,
  policies: { ...before.policies, platform: { ...before.policies.platform, file: 'removed' } },
};
const after: Will = {
  ...before,
  policies: { ...withoutPlatform.policies, payments: { ...payments, action: 'logs:GetLogEvents' }, audit },
};

/** Right before the sweep: one role is closed and may be deleted by now, and Entra has changed. */
const prepare = async (trial: Trial): Promise<void> => {
  trial.git.commit(withoutPlatform);
  await trial.timeline.pass(610_000);
  const { entra } = trial.clouds;
  entra.addMember(groupIds.oncall, personId(5));
  entra.removeMember(groupIds.oncall, personId(1));
  entra.updateUser(personId(2), { accountEnabled: false });
  trial.model.look();
};

/** All of the roles that matters, but not what differs by chance. */
const rolesOf = ({ clouds }: Trial): unknown =>
  accountNames.map((name) =>
    clouds.aws
      .roles(accountIds[name])
      .filter((role) => policyOfRole(role.name) !== undefined)
      .map(({ createdAtMs: _created, roleId: _id, ...role }) => role),
  );

interface Run {
  readonly requests: number;
  readonly wasKilled: boolean;
  readonly roles: unknown;
  readonly writes: readonly string[];
}

const run = async (fuse: Fuse | undefined): Promise<Run> => {
  const trial = await startTrial({ seed: 1, will: before });
  try {
    await prepare(trial);
    const began = trial.records.lines().length;
    trial.setFuse(fuse);
    trial.git.commit(after);
    await trial.timeline.settle();
    const crossed = trial.records
      .lines()
      .slice(began)
      .filter((line) => / (?:iam|sts|graph|token) /.test(line));
    const wasKilled = trial.process().life.aborted;
    await trial.restartIfDead();
    trial.check();
    await converges(trial);
    const writes = crossed.flatMap(
      (line) => /iam ((?:Create|Update|Put|Delete)\w+ \S+):/.exec(line)?.[1] ?? [],
    );
    return { requests: crossed.length, wasKilled, roles: rolesOf(trial), writes };
  } finally {
    await trial.end();
  }
};

describe('a crash at every request of one sweep', () => {
  const unharmed = run(undefined);

  it('is a sweep with creates, updates, revocations and deletes', async () => {
    const { writes } = await unharmed;
    expect([...new Set(writes)].sort()).toEqual([
      'CreateRole audit-role',
      'DeleteRole platform-role',
      'DeleteRolePolicy platform-role',
      'PutRolePolicy audit-role',
      'PutRolePolicy payments-role',
      'UpdateAssumeRolePolicy audit-role',
      'UpdateAssumeRolePolicy payments-role',
    ]);
  });

  const thirds = [0, 1, 2];
  it.each((['before', 'after'] as const).flatMap((moment) => thirds.map((third) => ({ moment, third }))))(
    '$moment the request, every third one from $third on',
    async ({ moment, third }) => {
      const goal = await unharmed;
      expect(goal.requests).toBeGreaterThan(30);
      for (let left = 1 + third; left <= goal.requests; left += thirds.length) {
        const harmed = await run({ left, of: 'requests', moment });
        expect({ left, wasKilled: harmed.wasKilled, roles: harmed.roles }).toEqual({
          left,
          wasKilled: true,
          roles: goal.roles,
        });
      }
    },
  );
});
