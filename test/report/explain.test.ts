// Explanations as text, as a document, and over the API.

import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import type { Explanation, Link } from '../../src/domain/explanation.ts';
import type { AskedExplanation, ExplainSource } from '../../src/report/explain-route.ts';
import { type ExplanationDocument, explanationDocument } from '../../src/report/explanation-document.ts';
import { type ReportServer, serveReports } from '../../src/report/http.ts';
import { createMetrics } from '../../src/report/metrics.ts';
import { renderExplanation } from '../../src/report/render-explanation.ts';
import { createStatus } from '../../src/report/status.ts';
import * as world from './builders.ts';

const link = (name: Link['name'], state: Link['state'], sentence: string, fix?: string): Link => ({
  name,
  state,
  sentence,
  fix,
});

const explanation = (overrides: Partial<Explanation> = {}): Explanation => ({
  account: 'dev',
  accountId: '111122223333',
  policy: 'payments-debug',
  role: 'payments-debug',
  who: 'oncall-1@contoso.com',
  personId: 'a0000000-0000-4000-8000-000000000001',
  atMs: world.startMs,
  nowMs: world.startMs,
  membersReadAtMs: world.startMs - 90_000,
  links: [
    link('policy', 'ok', 'in force'),
    link('group', 'stops', 'she is in no group of the policy', 'add her to "Payments On-call"'),
    link('user', 'unknown', 'could not be read'),
    link('earlierSessions', 'info', 'a session of hers goes on'),
  ],
  verdict: 'mayNotEnter',
  conclusion: 'oncall-1@contoso.com may not enter',
  fix: 'add her to "Payments On-call"',
  ...overrides,
});

const question = { who: 'oncall-1@contoso.com', policy: 'payments-debug' };
const textOf = (...explanations: readonly Explanation[]): string =>
  renderExplanation(explanationDocument(explanations, question), 'text', {
    color: false,
    now: new Date(world.startMs),
  });

describe('an explanation on a terminal', () => {
  it('is a checklist that ends with the one thing to do', () => {
    expect(textOf(explanation())).toBe(`Entra was read 90s ago
oncall-1@contoso.com · payments-debug (role payments-debug) · dev (111122223333)
  ✓  policy         in force
  ✗  group          she is in no group of the policy
  ?  user           could not be read
  ·  older session  a session of hers goes on

oncall-1@contoso.com may not enter
→ add her to "Payments On-call"
`);
  });

  it('has a block for each account, and the moment where it is not now', () => {
    const text = textOf(
      explanation({ verdict: 'mayEnter', fix: undefined, atMs: world.startMs + 3_600_000 }),
      explanation({ account: 'prod' }),
    );
    expect(text).toContain('dev (111122223333) · at 2026-11-23T04:00:00.000Z');
    expect(text.match(/^→ .*$/gm)).toEqual(['→ nothing to do', '→ add her to "Payments On-call"']);
  });

  it('breaks long sentences under themselves, and no word of them', () => {
    const arn = `arn:${'x'.repeat(150)}`;
    const text = textOf(
      explanation({ links: [link('trust', 'ok', `${'many words '.repeat(12)}${arn} end`)] }),
    );
    expect(text).toContain(`\n${' '.repeat(19)}${arn}\n`);
    expect(text).toMatch(/\n {19}end\n/);
  });

  it('does not let what people wrote steer the terminal', () => {
    const text = textOf(explanation({ conclusion: 'activated: \u001B[2Jgone', fix: '\u202Etxt' }));
    for (const character of ['\u001B', '\u202E']) expect(text).not.toContain(character);
  });

  it('of a policy for no account says so', () => {
    expect(textOf()).toBe('the policy payments-debug is for no account\n');
  });

  it('as JSON is the document', () => {
    const document = explanationDocument([explanation()], question);
    const json = renderExplanation(document, 'json', { color: false, now: new Date(0) });
    expect(JSON.parse(json)).toEqual(document);
    expect(document).toMatchObject({
      schemaVersion: 1,
      who: 'oncall-1@contoso.com',
      membersReadAt: '2026-11-23T02:58:30.000Z',
      accounts: [{ verdict: 'mayNotEnter', links: [{ name: 'policy', fix: null }, {}, {}, {}] }],
    });
  });
});

const running: ReportServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map(({ stop }) => stop(1)));
});

const start = async (explain?: ExplainSource): Promise<string> => {
  const clock = world.manualClock();
  const loopback = { address: '127.0.0.1', port: 0 };
  const server = await serveReports({
    metrics: createMetrics({ version: '1.2.3', maxStalenessMs: 86_400_000, clock }),
    status: createStatus({ instance: 'contoso-main', version: '1.2.3', clock }),
    metricsListener: loopback,
    apiListener: loopback,
    isAlive: () => ({ alive: true, reason: '' }),
    ...(explain === undefined ? {} : { explain }),
  });
  running.push(server);
  return server.apiUrl;
};

describe('/api/v1/explain', () => {
  it('passes the question on, and answers the document', async () => {
    const asked: AskedExplanation[] = [];
    const url = await start((one) => {
      asked.push(one);
      return Promise.resolve([explanation()]);
    });
    const query = new URLSearchParams({
      who: 'auditor_fabrikam.com#EXT#@contoso.onmicrosoft.com',
      policy: 'payments-debug',
      at: '2026-01-31T18:00:00+01:00',
      account: '',
    });
    const response = await fetch(`${url}/api/v1/explain?${query.toString()}`);
    expect(response.status).toBe(200);
    const document = (await response.json()) as ExplanationDocument;
    expect(document).toEqual(explanationDocument([explanation()], question));
    expect(asked).toEqual([
      {
        who: 'auditor_fabrikam.com#EXT#@contoso.onmicrosoft.com',
        policy: 'payments-debug',
        account: undefined,
        at: '2026-01-31T18:00:00+01:00',
      },
    ]);
  });

  const failing =
    (error: Error): ExplainSource =>
    () =>
      Promise.reject(error);
  it.each<[string, string, ExplainSource, number, string]>([
    ['nobody', 'policy=payments-debug', failing(new Error('not asked')), 400, 'who is missing'],
    ['nothing', 'who=oncall-1@contoso.com', failing(new Error('not asked')), 400, 'policy is missing'],
    [
      'what makes no sense',
      'who=x&policy=y',
      failing(new AppError('invalid', 'no policy is called y')),
      400,
      'no policy is called y',
    ],
    ['too early', 'who=x&policy=y', failing(new AppError('transient', 'ask again')), 503, 'ask again'],
    ['and a defect keeps it to itself', 'who=x&policy=y', failing(new Error('secret')), 500, 'the log'],
  ])('asked about %s says so', async (_, query, explain, status, message) => {
    const response = await fetch(`${await start(explain)}/api/v1/explain?${query}`);
    expect(response.status).toBe(status);
    expect(((await response.json()) as { readonly error: string }).error).toContain(message);
  });

  it('is on the list of what there is, and only where somebody answers it', async () => {
    const apiUrl = await start(() => Promise.resolve([]));
    expect(await (await fetch(`${apiUrl}/api/v1`)).text()).toContain('/api/v1/explain');
    expect((await fetch(`${await start()}/api/v1/explain?who=x&policy=y`)).status).toBe(404);
  });
});
