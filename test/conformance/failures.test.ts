// Whatever goes wrong in the middle of an experiment: nothing of it stays behind, or the very command that removes it is told.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Fault, FaultEffect, ServedRequest } from '../../src/sandbox/world.ts';
import { awsLeftovers } from './aws/leftovers.ts';
import { openAws } from './aws/aws-side.ts';
import { entraLeftovers } from './entra/leftovers.ts';
import { experiments } from './experiments.ts';
import type { Fate } from './graph-stand-in.ts';
import type { Context } from './experiment.ts';
import { accountId, type Clouds, keys, prefix, region, startClouds } from './sandbox-clouds.ts';
import { openUndo } from './undo.ts';

let clouds: Clouds;
let before: readonly string[];
beforeAll(async () => {
  clouds = await startClouds();
  before = await clouds.things();
});
afterAll(() => clouds.stop());
afterEach(() => {
  clouds.aws.clearFaults();
  clouds.graph.decideFate = () => 'served';
});

/** These make the same things in the same order as others do. */
const alike = new Set([
  'saml-sub-beside-source-identity',
  'saml-aud-on-source-identity',
  'trust-white-space',
  'exec-tags-are-per-resource',
  'exec-cluster-allow-does-not-reach-tasks',
  'pim-audit-names',
]);
const scripted = experiments.filter(({ name, run }) => run !== undefined && !alike.has(name));
const cases = scripted.map((one) => [one.name, one] as const);

/** Positions of the first of each kind, and of writes the last as well. */
const edges = (kinds: readonly string[]): readonly number[] => {
  const all = [...new Set(kinds)].flatMap((kind) =>
    /^(GET|\w+ (Get|List|Describe|Assume))/.test(kind)
      ? [kinds.indexOf(kind)]
      : [kinds.indexOf(kind), kinds.lastIndexOf(kind)],
  );
  return [...new Set(all)];
};

/** The requests that an experiment makes when nothing goes wrong. */
const course = async (experiment: (typeof scripted)[number]) => {
  clouds.aws.requests.clear();
  clouds.graph.requests.clear();
  await clouds.run(experiment);
  return { aws: clouds.aws.requests.list(), graph: clouds.graph.requests.list() };
};

/** A fault that meets the request at this position, and only it. */
const faultAt = (requests: readonly ServedRequest[], position: number, effect: FaultEffect): Fault => {
  const service = requests[position]?.service ?? 'iam';
  const skip = requests.slice(0, position).filter((one) => one.service === service).length;
  return { service, operation: '*', skip, times: 1, effect };
};

/** A read fails; a write is done, and nobody learns of it. */
const misfortuneOf = ({ operation }: Pick<ServedRequest, 'operation'>): FaultEffect =>
  /^(Get|List|Describe|Assume)/.test(operation)
    ? { kind: 'error', status: 500, code: 'InternalFailure' }
    : { kind: 'applyThenDrop' };

describe('one request fails', () => {
  test.each(cases)('%s leaves nothing in AWS', async (_name, experiment) => {
    const { aws } = await course(experiment);
    for (const position of edges(aws.map(({ service, operation }) => `${service} ${operation}`))) {
      const met = aws[position] ?? { operation: '' };
      clouds.aws.addFault(faultAt(aws, position, misfortuneOf(met)));
      const { leftovers } = await clouds.run(experiment);
      clouds.aws.clearFaults();
      expect({ met, leftovers }).toEqual({ met, leftovers: [] });
      expect(await clouds.things()).toEqual(before);
    }
  });

  test.each(cases)('%s leaves nothing in Entra', async (_name, experiment) => {
    const { graph } = await course(experiment);
    for (const position of edges(graph))
      for (const fate of ['refused', 'lost'] as const satisfies readonly Fate[]) {
        clouds.graph.requests.clear();
        clouds.graph.decideFate = (request) => (request === position ? fate : 'served');
        const { leftovers } = await clouds.run(experiment);
        expect(await clouds.things()).toEqual(before);
        // Whether a creation was done that was answered by a 503 nobody can know.
        const isUnsure = fate === 'refused' && /^POST \/[a-zA-Z/]+$/.test(graph[position] ?? '');
        expect({ position, leftovers: isUnsure ? [] : leftovers }).toEqual({ position, leftovers: [] });
        for (const { why } of leftovers) expect(why).toMatch(/whether it was made is not known/);
      }
  });
});

/** Aborts when the n-th thing of AWS is written, or the n-th request comes to Graph. */
const interruptAt = (n: number): AbortController => {
  const interruption = new AbortController();
  let written = 0;
  const stop = clouds.aws.onMutation(() => {
    if (written++ === n) interruption.abort();
  });
  interruption.signal.addEventListener('abort', stop);
  clouds.graph.requests.clear();
  clouds.graph.decideFate = (request) => {
    if (request === n) interruption.abort();
    return 'served';
  };
  return interruption;
};

test.each(cases)('%s leaves nothing when it is interrupted', async (_name, experiment) => {
  for (const n of [0, 1, 3, 5]) {
    const interruption = interruptAt(n);
    const { observed, leftovers } = await clouds.run(experiment, { interruption });
    // Later ones may meet the undoing, which goes on.
    if (n === 0 && interruption.signal.aborted) expect(observed).toBe('interrupted');
    expect({ n, leftovers }).toEqual({ n, leftovers: [] });
    expect(await clouds.things()).toEqual(before);
  }
});

test('what was made a moment ago goes, too, while IAM still does not list it', async () => {
  clouds.aws.setStaleReads(60_000);
  for (const n of [1, 2, 3, 4, 5]) {
    const interruption = interruptAt(n);
    const experiment = scripted.find(({ name }) => name === 'boundary-key-on-trust-write');
    const { leftovers } =
      experiment === undefined ? { leftovers: ['none'] } : await clouds.run(experiment, { interruption });
    expect({ n, leftovers }).toEqual({ n, leftovers: [] });
    expect(await clouds.things()).toEqual(before);
  }
  clouds.aws.setStaleReads(0);
});

/** As `--clean` does it. */
const clean = async () => {
  const never = new AbortController().signal;
  const { steadfast } = openAws({
    accountId,
    partition: 'aws',
    region,
    credentials: keys,
    endpoint: clouds.aws.url,
    maxAttempts: 1,
    signal: never,
  });
  const sleep = (ms: number): Promise<void> => clouds.clock.sleep(ms, never);
  const undo = openUndo({ sleep });
  let graph: Context['entra']['graph'] | undefined;
  await clouds.run({
    ...experimentThat((context) => {
      graph = context.entra.steadfast;
    }),
  });
  const steps = [
    ...(await awsLeftovers(steadfast)),
    ...(graph === undefined ? [] : await entraLeftovers(graph)),
  ];
  for (const step of steps) undo.add(step);
  return await undo.all();
};

const experimentThat = (does: (context: Context) => void) => ({
  name: 'none',
  claim: '',
  source: '',
  matters: { file: '', how: '' },
  needs: [],
  expected: '',
  makes: '',
  run: async (context: Context) => {
    does(context);
    return { what: '', isAsExpected: true } as const;
  },
});

test.each(cases)(
  '%s tells the command for everything that it cannot undo, and --clean undoes it',
  async (_name, experiment) => {
    const { aws, graph } = await course(experiment);
    const from = Math.floor(aws.length / 2);
    for (const service of ['iam', 'ecs', 'sts'] as const) {
      const skip = aws.slice(0, from).filter((one) => one.service === service).length;
      clouds.aws.addFault({
        service,
        operation: '*',
        skip,
        effect: { kind: 'error', status: 500, code: 'InternalFailure' },
      });
    }
    clouds.graph.requests.clear();
    clouds.graph.decideFate = (request) => (request < graph.length / 2 ? 'served' : 'refused');
    const { leftovers } = await clouds.run(experiment);
    clouds.aws.clearFaults();
    clouds.graph.decideFate = () => 'served';
    const left = (await clouds.things()).filter((thing) => !before.includes(thing));
    const told = leftovers.map(({ what, command }) => `${what} ${command}`).join('\n');
    const names = left.map((thing) => thing.replace(/:\d+$/, '').split(/[ /]/).at(-1) ?? '');
    for (const name of names) expect(told).toContain(name);
    for (const { command } of leftovers) expect(command).toMatch(/^(aws |az |for p in |rm -r |none: )/);
    expect(await clean()).toEqual([]);
    expect(await clouds.things()).toEqual(before);
  },
);

test('--clean leaves alone what is not of conformance', async () => {
  const other = {
    trustDocument: '{"Version":"2012-10-17","Statement":[]}',
    path: '/rolewarden-conformance/',
  };
  clouds.aws.seedRole(accountId, { name: 'somebody-elses', ...other });
  clouds.aws.seedRole(accountId, { name: `${prefix}-x`, ...other, path: '/' });
  const id = crypto.randomUUID();
  clouds.graph.entra.addGroup({ id, displayName: 'rolewarden', members: [] });
  const there = await clouds.things();
  expect(await clean()).toEqual([]);
  expect(await clouds.things()).toEqual(there);
  for (const name of ['somebody-elses', `${prefix}-x`]) clouds.aws.removeRole(accountId, name);
  clouds.graph.entra.deleteGroup(id);
});
