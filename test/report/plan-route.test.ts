// `/api/v1/plan` of a controller that has swept, over HTTP.

import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import type { Found } from '../../src/reconcile/controller.ts';
import type { ControllerEvent, PoliciesReport, PollReport } from '../../src/reconcile/sweep-report.ts';
import { type ReportServer, serveReports } from '../../src/report/http.ts';
import { createMetrics } from '../../src/report/metrics.ts';
import type { PlanAnswer, PlanSource } from '../../src/report/plan-route.ts';
import { createStatus } from '../../src/report/status.ts';
import * as world from './builders.ts';

const running: ReportServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map(({ stop }) => stop(1)));
});

const pollOf = (event: ControllerEvent): PollReport => {
  if (event.kind !== 'poll') throw new Error(`this is of ${event.kind}`);
  return event.report;
};

const policiesOf = (event: ControllerEvent): PoliciesReport => {
  if (event.kind !== 'policies') throw new Error(`this is of ${event.kind}`);
  return event.report;
};

const breaker = world.held(world.revoke('bob'), 'breaker');
const prod = world.sweepReport([world.role({ held: [breaker] })]);
const dev = world.sweepReport([world.applying(world.grant('alice'))], { account: 'dev' });
const services = world.sweepReport([], {
  scope: 'services',
  plan: world.plan([world.taskRole()], { services: [world.service()] }),
});

const found: Found = {
  policies: policiesOf(world.policies({ messages: ['a.yaml:1:1: no'], errors: 1 })),
  poll: pollOf(world.poll()),
  sweeps: [
    { access: prod, services },
    { access: dev, services: undefined },
  ],
  notSwept: ['stage'],
  accountsInAll: 7,
};

const start = async (planOf: PlanSource = () => found): Promise<(query?: string) => Promise<Response>> => {
  const clock = world.manualClock(world.startMs + 90_000);
  const server = await serveReports({
    metrics: createMetrics({ version: '1', maxStalenessMs: 86_400_000, clock }),
    status: createStatus({ instance: 'contoso', version: '1', clock }),
    metricsListener: { address: '127.0.0.1', port: 0 },
    apiListener: { address: '127.0.0.1', port: 0 },
    isAlive: () => ({ alive: true, reason: '' }),
    plan: { planOf, now: () => clock.now() },
  });
  running.push(server);
  return (query = '') => fetch(`${server.apiUrl}/api/v1/plan${query}`);
};

const answerOf = async (response: Promise<Response>): Promise<PlanAnswer> =>
  (await (await response).json()) as PlanAnswer;

describe('the plan of a running controller', () => {
  it('is JSON: what is left, when each account was swept, and what is not known', async () => {
    const answer = await answerOf((await start())());
    expect(answer).toMatchObject({
      schemaVersion: 1,
      summary: { accounts: 2, roles: 3, services: 1, apply: 0, hold: 1, inSync: 3, accountsUnread: 0 },
      controller: {
        policyProblems: ['a.yaml:1:1: no'],
        policyErrors: 1,
        entraProblem: '',
        notSwept: ['stage'],
        accounts: ['dev', 'prod', 'stage'],
        accountsInAll: 7,
      },
    });
    expect(answer.accounts?.map(({ account, sweptAt, roles }) => [account, sweptAt, roles.length])).toEqual([
      ['dev', '2026-11-23T03:00:01.500Z', 1],
      ['prod', '2026-11-23T03:00:01.500Z', 2],
    ]);
    expect(answer.accounts?.[1]?.roles[1]?.held[0]?.hold.reason).toBe('breaker');
  });

  it('is text as the command prints it, with its ages', async () => {
    const ask = await start();
    const { text } = await answerOf(ask('?output=text&verbose=true'));
    expect(text).toContain('Entra as of 2026-11-23 03:00 UTC, 90s ago');
    expect(text).toContain('breaker');
    expect(text).not.toContain('\u001b[');
    expect((await answerOf(ask('?output=text&color=true'))).text).toContain('\u001b[');
    expect((await answerOf(ask('?output=markdown'))).text).toContain('### Rolewarden plan');
    expect(text).toContain(world.subOf('bob'));
    const counts = await answerOf(ask('?output=text&people=counts'));
    expect(counts.text).toContain('breaker');
    expect(counts.text).not.toContain(world.subOf('bob'));
    expect(text?.trimEnd().split('\n').at(-1)).toBe(
      '3 roles and 1 service in 2 accounts: 0 to apply, 1 held, 3 in sync, 0 unknown (0 changes to apply, 1 held)',
    );
  });

  it('hands the names of accounts on', async () => {
    const asked: (readonly string[] | undefined)[] = [];
    const ask = await start((accounts) => {
      asked.push(accounts);
      return found;
    });
    await ask();
    await ask('?account=dev&account=prod&account=');
    expect(asked).toEqual([undefined, ['dev', 'prod']]);
  });

  it.for([
    ['?output=xml', 400, 'output is xml; it takes json, text, markdown'],
    ['?output=text&people=some', 400, 'people is some; it takes names, counts'],
    ['?people=counts', 400, 'people=counts is for text and markdown, as JSON names everybody'],
  ] as const)('%s is refused', async ([query, status, error]) => {
    const response = await (await start())(query);
    expect([response.status, await response.json()]).toEqual([status, { error }]);
  });

  it.for([
    ['invalid', 400],
    ['transient', 503],
  ] as const)('what is %s has the status %i', async ([kind, status]) => {
    const ask = await start(() => {
      throw new AppError(kind, 'no account is called x; there is dev');
    });
    const response = await ask('?account=x');
    expect([response.status, await response.json()]).toEqual([
      status,
      { error: 'no account is called x; there is dev' },
    ]);
  });

  it('is among what there is', async () => {
    const server = running[0] ?? (await start().then(() => running[0]));
    expect(await (await fetch(`${server?.apiUrl}/api/v1`)).text()).toContain('/api/v1/plan');
  });
});
