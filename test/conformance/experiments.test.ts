// Every experiment against the embedded clouds: it comes to a verdict, which is the one that they are built to give, and leaves
// nothing behind.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Verdict } from './run-experiments.ts';
import { experiments } from './experiments.ts';
import { type Clouds, startClouds } from './sandbox-clouds.ts';

let clouds: Clouds;
beforeAll(async () => {
  clouds = await startClouds();
});
afterAll(() => clouds.stop());

const root = join(import.meta.dirname, '../..');
const scripted = experiments.filter(({ run }) => run !== undefined);

/** Verdict and what was seen, for all but those that the embedded clouds answer as expected. */
const otherwise: Readonly<Record<string, readonly [Verdict, RegExp]>> = {
  'deny-by-saml-sub-after-login': ['could not be told', /^nobody was there/],
  // The embedded STS signs with a key of its own.
  'outbound-token-form': [
    'differs',
    /sub the ARN of the role, aud "api:\/\/AzureADTokenExchange", alg HS256$/,
  ],
  'spreading-time': ['reported', /bites after 0\.0 s \/ 0\.0 s \/ 0\.0 s, is over after/],
  'broken-delta-token': ['reported', /^410 resyncRequired: .*, Location https:/],
  'old-delta-token': [
    'could not be told',
    /^run it again in 8 days with ROLEWARDEN_CONFORMANCE_DELTA_LINK='https:/,
  ],
  // The stand-in takes any policy.
  'object-id-as-name-id-by-policy': ['differs', /^201: Graph takes the policy/],
  'pim-audit-names': ['could not be told', /^stopped by reading the audit log: 400/],
};

test.each(scripted.map((one) => [one.name, one] as const))('%s', async (name, experiment) => {
  const before = await clouds.things();
  const result = await clouds.run(experiment);
  const [verdict, observed] = otherwise[name] ?? ['as expected', /./];
  expect({ name, verdict: result.verdict, observed: result.observed }).toEqual({
    name,
    verdict,
    observed: expect.stringMatching(observed),
  });
  expect(result.leftovers).toEqual([]);
  expect(await clouds.things()).toEqual(before);
});

test('while IAM, STS and Graph hear of everything a quarter of a minute late, the verdicts are the same', async () => {
  clouds.aws.setStaleReads(15_000);
  clouds.graph.entra.setStaleReads(15_000);
  const before = await clouds.things();
  for (const experiment of scripted) {
    const { verdict, leftovers } = await clouds.run(experiment);
    const [expected] = otherwise[experiment.name] ?? ['as expected'];
    expect({ name: experiment.name, verdict, leftovers }).toEqual({
      name: experiment.name,
      verdict: expected,
      leftovers: [],
    });
  }
  clouds.aws.setStaleReads(0);
  clouds.graph.entra.setStaleReads(0);
  expect(await clouds.things()).toEqual(before);
});

describe('the list', () => {
  test('has each name once, short enough for what is named after it', () => {
    const names = experiments.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z0-9-]+$/.test(name))).toEqual([]);
  });

  test.each(experiments.map((one) => [one.name, one] as const))(
    '%s names a file that is there',
    (_name, { matters }) => {
      expect(existsSync(join(root, matters.file))).toBe(true);
    },
  );

  test('has a script or steps for each', () => {
    const both = experiments.filter(({ run, byHand }) => (run === undefined) === (byHand === undefined));
    expect(both.map(({ name }) => name)).toEqual([]);
  });
});
