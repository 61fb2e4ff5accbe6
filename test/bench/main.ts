// `npm run bench`: measures, prints, and writes docs/benchmark.md. `--quick` measures less and writes nothing. Names of parts
// measure just these; the page is written only where a whole half of it was measured: one account, or many.

import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { type Built, buildProcesses } from './build.ts';
import type { Figures, ScrapeFigures, SweepFigures } from './figures.ts';
import type { FleetFigures } from './fleet-figures.ts';
import { verdictsOnFleet } from './fleet-limits.ts';
import { renderFleet } from './fleet-render.ts';
import { verdictsOn } from './limits.ts';
import { measureChanges, measureLeavers, measurePoll, measureScrapes, measureSweeps } from './measure.ts';
import { measureIdle, measureReplicas, measureStarts } from './measure-fleet.ts';
import { render } from './render.ts';
import { nodeFlags } from './runtime.ts';

const parts = ['sweeps', 'poll', 'changes', 'leavers', 'scrapes'] as const;
const fleetParts = ['idle', 'start', 'replicas'] as const;
type Part = (typeof parts)[number] | (typeof fleetParts)[number];
const all: readonly Part[] = [...parts, ...fleetParts];

const { values: options, positionals: asked } = parseArgs({
  options: { quick: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = asked.filter((name) => !all.some((part) => part === name));
if (unknown.length > 0) throw new Error(`${unknown.join(', ')}: choose among ${all.join(', ')}`);
const isAsked = (part: Part): boolean => asked.length === 0 || asked.includes(part);

const plan = options.quick
  ? {
      sizes: [100, 1_000],
      rounds: 2,
      warmRuns: 3,
      changes: 1,
      leavers: { people: 1_000, roles: 50 },
      scrapes: [1_000],
      idle: { pollsMs: 60_000, sweepsMs: 60_000 },
      starts: 1,
      replicas: { sets: 1_000, kills: 1 },
    }
  : {
      sizes: [100, 1_000, 5_000],
      rounds: 5,
      warmRuns: 6,
      changes: 3,
      leavers: { people: 1_000, roles: 200 },
      scrapes: [1_000, 5_000],
      idle: { pollsMs: 120_000, sweepsMs: 60_000 },
      starts: 5,
      replicas: { sets: 1_000, kills: 3 },
    };
const groups = 1_000;
const pollIntervalMs = 5_000;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

const scrapeCounts = { sweeps: 5, scrapes: 4 };

const measureAccount = async (built: Built): Promise<Figures> => {
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

const measureFleet = async (built: Built): Promise<FleetFigures> => ({
  idle: isAsked('idle') ? await measureIdle(built, plan.idle, say) : undefined,
  starts: isAsked('start') ? await measureStarts(built, plan.starts, say) : [],
  replicas: isAsked('replicas') ? await measureReplicas(built, plan.replicas, say) : undefined,
});

const measureBuilt = async (): Promise<{ readonly figures: Figures; readonly fleet: FleetFigures }> => {
  const built = await buildProcesses(tmpdir());
  try {
    return { figures: await measureAccount(built), fleet: await measureFleet(built) };
  } finally {
    await built.remove();
  }
};

/** A busy machine takes more time, and more CPU time, for the same. */
const when = `Measured on ${new Date().toISOString().slice(0, 10)}; load of the machine before: ${(loadavg()[0] ?? 0).toFixed(1)}.`;

const { figures, fleet } = await measureBuilt();
const accountVerdicts = verdictsOn(figures);
const fleetVerdicts = verdictsOnFleet(fleet);
const accountReport = render(figures, accountVerdicts, {
  nodeVersion: process.versions.node,
  cores: availableParallelism(),
  nodeFlags,
  rounds: plan.rounds,
  warmRuns: plan.warmRuns,
  when,
});
const fleetReport = renderFleet(fleet, fleetVerdicts, when);

const page = new URL('../../docs/benchmark.md', import.meta.url);
const halves = (await readFile(page, 'utf8')).split(/^(?=## Many accounts$)/m);
const isWhole = (of: readonly Part[]): boolean => !options.quick && of.every(isAsked);
const written = [
  isWhole(parts) ? `${accountReport}\n` : halves[0],
  isWhole(fleetParts) ? fleetReport : (halves[1] ?? ''),
].join('');
process.stdout.write(
  [parts.some(isAsked) ? accountReport : '', fleetParts.some(isAsked) ? fleetReport : ''].join('\n'),
);
await writeFile(page, written);

const missed = [...accountVerdicts, ...fleetVerdicts].filter(({ isKept }) => !isKept);
for (const { what, limit, found } of missed) say(`missed: ${what} is ${found}, allowed is ${limit}`);
process.exitCode = missed.length === 0 ? 0 : 1;
