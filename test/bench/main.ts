// `npm run bench`: measures, prints, and writes docs/benchmark.md. `--quick` measures less and writes nothing; so do names of
// parts, which measure just these: sweeps, poll, changes, leavers, scrapes.

import { writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { type Built, buildProcesses } from './build.ts';
import type { Figures, ScrapeFigures, SweepFigures } from './figures.ts';
import { verdictsOn } from './limits.ts';
import { measureChanges, measureLeavers, measurePoll, measureScrapes, measureSweeps } from './measure.ts';
import { render } from './render.ts';
import { nodeFlags } from './runtime.ts';

const parts = ['sweeps', 'poll', 'changes', 'leavers', 'scrapes'] as const;
const { values: options, positionals: asked } = parseArgs({
  options: { quick: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = asked.filter((name) => !parts.some((part) => part === name));
if (unknown.length > 0) throw new Error(`${unknown.join(', ')}: choose among ${parts.join(', ')}`);
const isAsked = (part: (typeof parts)[number]): boolean => asked.length === 0 || asked.includes(part);

const plan = options.quick
  ? {
      sizes: [100, 1_000],
      rounds: 2,
      warmRuns: 3,
      changes: 1,
      leavers: { people: 1_000, roles: 50 },
      scrapes: [1_000],
    }
  : {
      sizes: [100, 1_000, 5_000],
      rounds: 5,
      warmRuns: 6,
      changes: 3,
      leavers: { people: 1_000, roles: 200 },
      scrapes: [1_000, 5_000],
    };
const groups = 1_000;
const pollIntervalMs = 5_000;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

const scrapeCounts = { sweeps: 5, scrapes: 4 };

const measureAll = async (built: Built): Promise<Figures> => {
  const sweeps: SweepFigures[] = [];
  for (const roles of isAsked('sweeps') ? plan.sizes : [])
    sweeps.push(await measureSweeps(built, roles, plan, say));
  const scrapes: ScrapeFigures[] = [];
  for (const policies of isAsked('scrapes') ? plan.scrapes : [])
    for (const isFirstDay of [false, true])
      scrapes.push(await measureScrapes(built, { policies, isFirstDay }, scrapeCounts, say));
  return {
    sweeps,
    scrapes,
    poll: isAsked('poll') ? await measurePoll(built, groups, say) : undefined,
    changes: isAsked('changes') ? await measureChanges(built, groups, plan.changes, pollIntervalMs, say) : [],
    leavers: isAsked('leavers') ? await measureLeavers(built, plan.leavers, pollIntervalMs, say) : undefined,
  };
};

const measureBuilt = async (): Promise<Figures> => {
  const built = await buildProcesses(tmpdir());
  try {
    return await measureAll(built);
  } finally {
    await built.remove();
  }
};

const figures = await measureBuilt();
const verdicts = verdictsOn(figures);
const report = render(figures, verdicts, {
  nodeVersion: process.versions.node,
  cores: availableParallelism(),
  nodeFlags,
  rounds: plan.rounds,
  warmRuns: plan.warmRuns,
});
process.stdout.write(report);
if (!options.quick && asked.length === 0)
  await writeFile(new URL('../../docs/benchmark.md', import.meta.url), report);

const missed = verdicts.filter(({ isKept }) => !isKept);
for (const { what, limit, found } of missed) say(`missed: ${what} is ${found}, allowed is ${limit}`);
process.exitCode = missed.length === 0 ? 0 : 1;
