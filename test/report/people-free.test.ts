import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ControllerEvent } from '../../src/reconcile/sweep-report.ts';
import { createLogReporter } from '../../src/report/logs.ts';
import { createMetrics } from '../../src/report/metrics.ts';
import { withoutPeople } from '../../src/report/people-free.ts';
import { createStatus } from '../../src/report/status.ts';
import * as world from './builders.ts';
import { readableLog } from './log-lines.ts';

describe('text without people', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['alice@contoso.com is in', '(a person) is in'],
    ['guest@fabrikam.example is in', '(a person) is in'],
    ["o'neil@contoso.com", '(a person)'],
    ['guest_fabrikam.com#EXT#@contoso.onmicrosoft.com, bob@contoso.com', '(a person), (a person)'],
    ['subjects=alice@contoso.com,bob@contoso.com"', 'subjects=(a person),(a person)"'],
    [
      'person|arn:aws:iam::1:saml-provider/x|alice@contoso.com',
      'person|arn:aws:iam::1:saml-provider/x|(a person)',
    ],
    [
      'group b0000000-0000-4000-8000-000000000001 is empty',
      'group b0000000-0000-4000-8000-000000000001 is empty',
    ],
  ];
  it.each(cases)('%s', (text, expected) => {
    expect(withoutPeople(text)).toBe(expected);
  });
});

const name = fc.stringMatching(/^[a-z0-9.'_#-]{1,12}$/).map((local) => `person.${local}`);
const sentence = (who: string) =>
  fc.constantFrom(
    `${who}@contoso.com is in group x in the second read`,
    `whether ${who}@contoso.com is enabled could not be read`,
    `commit: "scope=x subjects=${who}@contoso.com,${who}@contoso.com"`,
    `user '${who}@contoso.com' (${who}@contoso.com) failed`,
  );

/** People everywhere where the domain has them: trusted by user principal name, in messages, reasons and warnings. */
const anyEvent: fc.Arbitrary<ControllerEvent> = name.chain((who) =>
  sentence(who).chain((message) => {
    const upn = `${who}@contoso.com`;
    const admitted = () => [{ ...world.admit(who), sub: upn }];
    const detail = {
      kind: 'grant',
      grant: { ...world.personGrant(who), sub: upn },
      before: undefined,
    } as const;
    const grant = world.change(detail, { effect: 'widens', why: message, id: `trust/person|${upn}` });
    const held = world.role({
      admitted,
      held: [world.held(grant, 'standingUnknown', message)],
      warnings: [message],
    });
    const applying = { ...world.applying(grant), admitted, warnings: [message] };
    const failed = applying.writes.map((write) =>
      world.outcome(write, { result: 'failed', errorCode: 'Denied', message }),
    );
    return fc.constantFrom<ControllerEvent>(
      world.sweep([held]),
      world.sweep([applying]),
      world.sweep([applying], { outcomes: failed }),
      world.sweep([world.unknownRole(message, { admitted })]),
      world.unreadableSweep([world.unknownRole(message, { admitted })], { message }),
      world.poll({ groups: { present: 0, absent: 0, unreadable: 1 }, message }),
      world.unreadablePolicies(message),
      world.policies({ warnings: 1, messages: [message] }),
    );
  }),
);

describe('whatever happens', () => {
  it('metrics, readiness and the log name nobody', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvent, { minLength: 1, maxLength: 6 }), async (events) => {
        const clock = world.manualClock();
        const metrics = createMetrics({ version: '1.2.3', maxStalenessMs: 86_400_000, clock });
        const status = createStatus({ instance: 'contoso-main', version: '1.2.3', clock });
        const log = readableLog();
        const logs = createLogReporter(log.logger);
        for (const event of events) for (const reporter of [metrics, status, logs]) reporter.observe(event);
        const said = [await metrics.text(), JSON.stringify(status.readiness()), log.text()].join('\n');
        expect(said).not.toMatch(/@contoso|person\.[a-z0-9]/);
      }),
    );
  });
});
