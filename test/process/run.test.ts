// The controller over the demo world: who may enter, what it reports, and that standing still writes nothing.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareText } from '../../src/domain/statement.ts';
import { type Controller, type Rig, accounts, endAll, groups, startRig, users } from './harness.ts';

let rig: Rig;
let controller: Controller;
beforeAll(async () => {
  rig = await startRig();
  controller = await rig.startCalm();
});
afterAll(endAll);

const dev = accounts.dev;
const prod = accounts.prod;

const trustOf = (accountId: string, name = 'payments-debug'): string =>
  rig.sandbox.aws.roles(accountId).find((role) => role.name === name)?.trustDocument ?? '';

describe('rolewarden run on the demo world', () => {
  it('admits the members in both accounts and refuses everybody else', async () => {
    const entries = [
      ['payments-debug', dev],
      ['payments-debug', prod],
      ['platform-dev', dev],
    ] as const;
    const mayEnter = (user: string): Promise<readonly boolean[]> =>
      Promise.all(entries.map(([role, account]) => rig.isAdmitted(user, role, account)));
    expect(await mayEnter(users.onCall1)).toEqual([true, true, false]);
    expect(await mayEnter(users.onCall2)).toEqual([true, true, false]);
    expect(await mayEnter(users.onCall3)).toEqual([true, true, false]);
    expect(await mayEnter(users.platform1)).toEqual([false, false, true]);
    expect(await mayEnter(users.auditor1)).toEqual([false, false, false]);
  });

  it('makes the roles that the policies ask for, owned and bounded, and none of an observed policy', () => {
    const made = [dev, prod].map((id) =>
      rig.sandbox.aws
        .roles(id)
        .filter(({ path }) => path === '/rolewarden/')
        .map(({ name, tags, permissionsBoundary, maxSessionSeconds }) => ({
          name,
          instance: tags['rolewarden:instance'],
          policy: tags['rolewarden:policy'],
          prune: tags['rolewarden:prune'],
          permissionsBoundary,
          maxSessionSeconds,
        })),
    );
    const boundary = (id: string) => `arn:aws:iam::${id}:policy/rolewarden-boundary`;
    const payments = { name: 'payments-debug', instance: 'demo', policy: 'payments-debug', prune: 'true' };
    const platform = { name: 'platform-dev', instance: 'demo', policy: 'platform-dev', prune: 'false' };
    expect(made).toEqual([
      [
        { ...payments, permissionsBoundary: boundary(dev), maxSessionSeconds: 3600 },
        { ...platform, permissionsBoundary: boundary(dev), maxSessionSeconds: 14_400 },
      ],
      [{ ...payments, permissionsBoundary: boundary(prod), maxSessionSeconds: 3600 }],
    ]);
  });

  it('says so on /healthz, /readyz and /metrics, and names nobody there', async () => {
    const health = await fetch(`${controller.metricsUrl}/healthz`);
    expect([health.status, await health.text()]).toEqual([200, 'ok\n']);
    expect(await controller.readiness()).toEqual({ status: 200, ready: true, reasons: [] });
    const text = await (await fetch(`${controller.metricsUrl}/metrics`)).text();
    expect(text).toContain('rolewarden_policy_ready{account="dev",policy="payments-debug",reason="Ready"} 1');
    expect(text).toContain(
      'rolewarden_policy_ready{account="prod",policy="payments-debug",reason="Ready"} 1',
    );
    expect(text).toContain(
      'rolewarden_policy_ready{account="prod",policy="audit-prod",reason="observeOnly"} 0',
    );
    expect(text).toContain('rolewarden_policy_subjects{account="dev",policy="platform-dev"} 3');
    expect(text).toContain('rolewarden_trust_policy_quota_chars{account="dev"} 2048');
    expect(text).toContain('rolewarden_unreadable{source="entra-groups"} 0');
    expect(text).not.toMatch(/contoso\.com|b1000000-/);
  });

  it('writes nothing and drifts nowhere while nothing changes, over many sweeps', async () => {
    await controller.sweeps(1);
    rig.sandbox.aws.requests.clear();
    const before = await controller.metric('rolewarden_changes_total');
    await controller.sweeps(3);
    expect(rig.awsWrites()).toEqual([]);
    expect(await controller.metric('rolewarden_changes_total')).toBe(before);
    const drift = (await controller.metrics()).filter(({ name }) => name === 'rolewarden_drift');
    // The observed policy is what is left: reported, not written.
    expect(new Set(drift.map(({ labels }) => labels['name']))).toEqual(new Set(['audit-prod']));
  });

  it('asks AWS for a sweep in bulk: no call per role', async () => {
    await controller.sweeps(1);
    rig.sandbox.aws.requests.clear();
    const clearedAtMs = Date.now();
    await controller.sweeps(2);
    await controller.until('services are swept, too', async () =>
      (await controller.status()).accounts.every(
        ({ lastServicesSweep: last }) => last !== null && Date.parse(last.startedAt) >= clearedAtMs,
      ),
    );
    const asked = new Set(rig.sandbox.aws.requests.list().map(({ operation }) => operation));
    // For some minutes after somebody was put out, her open shells are looked for.
    asked.delete('DescribeSessions');
    // Definitions and managed policies were read before, and do not change.
    expect([...asked].sort(compareText)).toEqual([
      'DescribeClusters',
      'DescribeServices',
      'DescribeTasks',
      'GetAccountAuthorizationDetails',
      'GetAccountSummary',
      'ListOpenIDConnectProviders',
      'ListRoles',
      'ListSAMLProviders',
      'ListTasks',
    ]);
  });

  it('lets in who joins, and puts out who leaves', async () => {
    rig.sandbox.entra.addMember(groups.paymentsOnCall, users.auditor1);
    await controller.until(
      'the newcomer is admitted in both accounts',
      async () =>
        (await rig.isAdmitted(users.auditor1)) && rig.isAdmitted(users.auditor1, 'payments-debug', prod),
    );
    rig.sandbox.entra.removeMember(groups.paymentsOnCall, users.auditor1);
    await controller.until(
      'the leaver is refused in both accounts',
      async () =>
        !(await rig.isAdmitted(users.auditor1)) &&
        !(await rig.isAdmitted(users.auditor1, 'payments-debug', prod)),
    );
    expect(await rig.isAdmitted(users.onCall1)).toBe(true);
  });

  it('takes a disabled person out of every trust policy, and lets her back in', async () => {
    rig.sandbox.entra.updateUser(users.onCall2, { accountEnabled: false });
    rig.nudge();
    await controller.until(
      'no trust policy names the disabled person',
      () => ![trustOf(dev), trustOf(prod)].some((document) => document.includes(users.onCall2)),
    );
    const revoked = await controller.journalLine(
      (line) => line['subject'] === users.onCall2 && line['kind'] === 'revoke',
    );
    expect(revoked).toMatchObject({ event: 'change', result: 'done', proof: 'accountDisabled' });
    rig.sandbox.entra.updateUser(users.onCall2, { accountEnabled: true });
    rig.nudge();
    await controller.until(
      'she is admitted again',
      async () =>
        (await rig.isAdmitted(users.onCall2)) && rig.isAdmitted(users.onCall2, 'payments-debug', prod),
    );
  });

  it('repairs a trust policy that was edited by hand, counts it, and tells who, what and why', async () => {
    await controller.sweeps(1); // what other tests began is counted
    const labels = { account: 'dev', kind: 'revoke', effect: 'narrows', result: 'done' };
    const count = async (): Promise<number> =>
      (await controller.metric('rolewarden_changes_total', labels)) ?? 0;
    const before = await count();
    rig.sandbox.aws.editRole(dev, 'payments-debug', (role) => {
      role.trustDocument = role.trustDocument.replace(users.onCall1, `${users.onCall1}","${users.platform2}`);
    });
    expect(await rig.isAdmitted(users.platform2)).toBe(true);
    await controller.until('the intruder is refused', async () => !(await rig.isAdmitted(users.platform2)));
    await controller.until('the repair is counted', async () => (await count()) === before + 1);
    const change = await controller.journalLine(
      (line) => line['account'] === 'dev' && line['subject'] === users.platform2,
    );
    expect(change).toMatchObject({
      event: 'change',
      role: 'payments-debug',
      policy: 'payments-debug',
      source: { file: 'policies/payments-debug.yaml', line: 3 },
      kind: 'revoke',
      effect: 'narrows',
      result: 'done',
      before: { kind: 'person', sub: users.platform2 },
      after: null,
      why: expect.stringContaining(users.platform2),
    });
    const write = await controller.journalLine(
      (line) =>
        line['account'] === 'dev' &&
        line['event'] === 'write' &&
        (line['changeIds'] as readonly unknown[]).includes(change['changeId']) &&
        JSON.stringify(line['before']).includes(users.platform2),
    );
    expect(write).toMatchObject({ op: 'updateTrust', result: 'done' });
    expect(JSON.stringify(write['after'])).not.toContain(users.platform2);
    expect(JSON.stringify(write['after'])).toContain(users.onCall1);
  });
});
