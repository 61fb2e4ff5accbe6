// What cannot be read narrows nothing and widens nothing, and the rest of the world goes on: one fault after another in
// one controller's life.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Fault, FaultEffect } from '../../src/sandbox/world.ts';
import { type Controller, type Rig, accounts, endAll, groups, startRig, users } from './harness.ts';

let rig: Rig;
let controller: Controller;
beforeAll(async () => {
  rig = await startRig();
  controller = await rig.startCalm();
});
afterAll(endAll);
// Also after a test that failed half-way, so that it spoils no other.
afterEach(() => {
  rig.sandbox.entra.clearFaults();
  rig.sandbox.aws.clearFaults();
});

const graph = (effect: FaultEffect, more: Partial<Fault> = {}): Fault => ({
  service: 'graph',
  operation: 'listMembers',
  effect,
  ...more,
});
const iamOfDev = (operation: string, effect: FaultEffect): Fault => ({
  service: 'iam',
  operation,
  accountId: accounts.dev,
  effect,
});
const denied: FaultEffect = { kind: 'error', status: 403, code: 'AccessDenied' };
const throttled: FaultEffect = { kind: 'error', status: 400, code: 'Throttling' };

/** What is scripted, and what the operator reads. */
type Case = readonly [name: string, fault: Fault, sentence: RegExp];

const entraCases: readonly Case[] = [
  [
    'members answer 403',
    graph({ kind: 'error', status: 403, code: 'Authorization_RequestDenied' }),
    /403.*Authorization_RequestDenied|GroupMember\.Read\.All/,
  ],
  [
    'members answer 429 and say when to come back',
    graph({ kind: 'error', status: 429, code: 'TooManyRequests', retryAfterSeconds: 60 }),
    /asking to wait 60 s/,
  ],
  [
    'members answer 429 and do not say when',
    graph({ kind: 'error', status: 429, code: 'TooManyRequests' }),
    /429|throttl/i,
  ],
  [
    'members answer 503',
    graph({ kind: 'error', status: 503, code: 'ServiceUnavailable' }),
    /503|ServiceUnavailable/,
  ],
  ['members come in half a body', graph({ kind: 'truncateBody' }), /no complete JSON/],
  ['members come without value', graph({ kind: 'noValue' }), /value/],
  ['pages of members go round in circles', graph({ kind: 'loopingNextLink' }), /page|link/],
  ['the connection breaks', graph({ kind: 'dropConnection' }), /graph could not be reached|connection/i],
  ['members never come', graph({ kind: 'hang' }, { operation: '*' }), /gave no answer .* within 2000 ms/],
];

const awsCases: readonly Case[] = [
  [
    'roles are throttled',
    iamOfDev('GetAccountAuthorizationDetails', throttled),
    /AWS throttles iam:GetAccountAuthorizationDetails on account dev/,
  ],
  [
    'roles are denied',
    iamOfDev('GetAccountAuthorizationDetails', denied),
    /iam:GetAccountAuthorizationDetails/,
  ],
  [
    'roles come in half a body',
    iamOfDev('GetAccountAuthorizationDetails', { kind: 'truncateBody' }),
    /account dev/,
  ],
  [
    'the list of roles fails',
    iamOfDev('ListRoles', { kind: 'error', status: 500, code: 'ServiceFailure' }),
    /iam:ListRoles/,
  ],
  ['the list of providers is denied', iamOfDev('ListSAMLProviders', denied), /iam:ListSAMLProviders/],
];

const state = (accountId: string): string =>
  JSON.stringify(rig.sandbox.aws.roles(accountId).filter(({ path }) => path === '/rolewarden/'));
const auditorIsMember = (): boolean =>
  rig.sandbox.entra.members(groups.paymentsOnCall).includes(users.auditor1);
/** Somebody comes or goes while it cannot be seen. */
const turnAround = (): void => {
  if (auditorIsMember()) rig.sandbox.entra.removeMember(groups.paymentsOnCall, users.auditor1);
  else rig.sandbox.entra.addMember(groups.paymentsOnCall, users.auditor1);
};
const caughtUp = async (accountId: string): Promise<boolean> =>
  (await rig.isAdmitted(users.auditor1, 'payments-debug', accountId)) === auditorIsMember();

const clear = async (): Promise<void> => {
  rig.sandbox.entra.clearFaults();
  rig.sandbox.aws.clearFaults();
  rig.nudge();
  await controller.until(
    'both accounts are as Entra says again',
    async () => (await caughtUp(accounts.dev)) && caughtUp(accounts.prod),
  );
  await controller.until(
    'nothing counts as unreadable any more',
    async () => (await controller.metric('rolewarden_unreadable')) === 0,
  );
};

const everyoneElseIsIn = async (accountId: string): Promise<void> => {
  for (const user of [users.onCall1, users.onCall2, users.onCall3])
    expect(await rig.isAdmitted(user, 'payments-debug', accountId)).toBe(true);
};

describe('while Entra cannot be read', () => {
  it.for(entraCases)('%s: nobody comes and nobody goes', async ([, fault, sentence]) => {
    const before = [state(accounts.dev), state(accounts.prod)];
    rig.sandbox.entra.addFault(fault);
    turnAround();
    rig.sandbox.aws.requests.clear();
    // Where nobody answers, one poll takes its whole time.
    await controller.polls(fault.effect.kind === 'hang' ? 1 : 2);
    await controller.sweeps(1);
    const { entra } = (await controller.status()).sources;
    expect(entra.groups.unreadable).toBeGreaterThan(0);
    expect(entra.message).toMatch(sentence);
    // Held because it could not be read, not because it would be too many.
    const held = (reason: string) => controller.metric('rolewarden_changes_held', { account: 'dev', reason });
    expect(await held('unreadable')).toBeGreaterThanOrEqual(3);
    expect(await held('breaker')).toBeUndefined();
    expect(rig.awsWrites()).toEqual([]);
    expect([state(accounts.dev), state(accounts.prod)]).toEqual(before);
    await everyoneElseIsIn(accounts.dev);
    expect((await fetch(`${controller.metricsUrl}/healthz`)).status).toBe(200);
    await clear();
  });

  it('a group that is read as empty once empties no role', async () => {
    rig.sandbox.aws.requests.clear();
    rig.sandbox.entra.addFault(
      graph({ kind: 'emptyPage' }, { resource: groups.platformEngineers, times: 1 }),
    );
    await controller.polls(1);
    await controller.sweeps(2);
    expect(rig.awsWrites()).toEqual([]);
    expect(await rig.isAdmitted(users.platform1, 'platform-dev')).toBe(true);
    await clear();
  });

  it('members without properties are not let in, and members known before stay in', async () => {
    const joins = !auditorIsMember();
    rig.sandbox.entra.addFault(graph({ kind: 'nullProperties' }));
    if (joins) turnAround();
    await controller.polls(2);
    await controller.sweeps(1);
    expect(await rig.isAdmitted(users.auditor1)).toBe(!joins);
    await everyoneElseIsIn(accounts.dev);
    await everyoneElseIsIn(accounts.prod);
    if (joins) {
      const reasons = await controller.metric('rolewarden_changes_held', { reason: 'standingUnknown' });
      expect(reasons).toBe(2);
    }
    await clear();
  });
});

const untilDevIsUnreadable = async (sentence: RegExp): Promise<void> => {
  await controller.until('the sweep of dev fails', async () => {
    const dev = (await controller.status()).accounts.find(({ name }) => name === 'dev');
    return dev?.lastSweep.result === 'unreadable' && sentence.test(dev.lastSweep.message);
  });
};

/** What is to hold in dev, and that prod goes on. */
const expectOnlyProdGoesOn = async (sentence: RegExp, before: string): Promise<void> => {
  await untilDevIsUnreadable(sentence);
  await controller.until('prod goes on', () => caughtUp(accounts.prod));
  await controller.polls(1);
  await controller.sweeps(1);
  expect(state(accounts.dev)).toBe(before);
  expect(rig.awsWrites().filter(({ accountId }) => accountId === accounts.dev)).toEqual([]);
  expect(await controller.metric('rolewarden_unreadable', { source: 'aws:dev' })).toBe(1);
  expect(
    await controller.metric('rolewarden_policy_ready', {
      account: 'dev',
      policy: 'payments-debug',
      reason: 'Unknown',
    }),
  ).toBe(0);
  await everyoneElseIsIn(accounts.dev);
};

describe('while one account cannot be read', () => {
  it.for(awsCases)(
    '%s: nothing is written there, and the other account goes on',
    async ([, fault, sentence]) => {
      const before = state(accounts.dev);
      rig.sandbox.aws.requests.clear();
      rig.sandbox.aws.addFault(fault);
      turnAround();
      await controller.polls(1);
      await expectOnlyProdGoesOn(sentence, before);
      await clear();
    },
  );

  it('the spoke role refuses us (wrong external id): nothing is written there, and the other account goes on', async () => {
    const file = join(rig.policies, 'accounts.yaml');
    const right = readFileSync(file, 'utf8');
    const before = state(accounts.dev);
    rig.sandbox.aws.requests.clear();
    writeFileSync(file, right.replace('externalId: rolewarden-dev', 'externalId: something-else'));
    turnAround();
    await expectOnlyProdGoesOn(/rolewarden-spoke.*external/i, before);
    writeFileSync(file, right);
    await clear();
  });
});
