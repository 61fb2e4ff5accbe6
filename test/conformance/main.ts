// `npm run conformance`: asks a throwaway account and a throwaway tenant what their documentation leaves open.

import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { paint } from '../../src/report/terminal.ts';
import { type Arguments, chosen, readArguments } from './arguments.ts';
import { askAtTerminal } from './ask-human.ts';
import { awsLeftovers } from './aws/leftovers.ts';
import { openWebSocket } from './aws/open-channel.ts';
import { Refusal } from './confirm.ts';
import { entraLeftovers } from './entra/leftovers.ts';
import type { Context, Experiment, Need } from './experiment.ts';
import { experiments } from './experiments.ts';
import { describeAll, needs, usage } from './explain.ts';
import { messageOf } from './message.ts';
import { openAccount, openTenant, type Waits } from './open-clouds.ts';
import {
  exitCodeOf,
  renderJson,
  renderLeftovers,
  renderResult,
  renderSummary,
  type Report,
} from './render-results.ts';
import { runExperiments } from './run-experiments.ts';
import { readSettings, type Settings, variables } from './settings.ts';
import { openUndo, type Undo } from './undo.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const tell = (text: string): void => void process.stderr.write(`${text}\n`);

const interruption = new AbortController();
const { signal } = interruption;
const waits: Waits = { signal, sleep: (ms) => wait(ms, undefined, { signal }) };
const steadySleep = (ms: number): Promise<void> => wait(ms);
let current: Undo | undefined;

/** The first time all is undone; the second time there is only left to say how. */
const interrupt = (): void => {
  if (signal.aborted) {
    for (const { command } of current?.pending() ?? [])
      tell(`left behind, or perhaps so; undo by\n  ${command}`);
    process.exit(130);
  }
  tell('interrupted: what was made is undone; once more leaves it and says how');
  interruption.abort();
};
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, interrupt);

const open = async ({ account, tenant }: Settings) => ({
  aws: account === undefined ? undefined : await openAccount(account, waits),
  entra: tenant === undefined ? undefined : await openTenant(tenant, process.env, waits),
});
type Clouds = Awaited<ReturnType<typeof open>>;

/** Why a need is not met. */
const missingIn = (
  { aws, entra }: Clouds,
  { subnet }: Settings,
): Readonly<Record<Need, string | undefined>> => ({
  aws: aws === undefined ? `${variables.account} is not set` : undefined,
  tenant: entra === undefined ? `${variables.tenant} is not set` : undefined,
  subnet: subnet === undefined ? `${variables.subnet} is not set` : undefined,
  human: process.stdin.isTTY ? undefined : 'nobody sits at this terminal',
  endpoint: 'it needs an address that Graph can reach',
  'second tenant': 'it needs a second tenant',
});

/** What is not there is not reached: experiments that need it are skipped. */
const absent = (what: string): never => {
  throw new Error(`${what} is used without being needed`);
};

const run = async (
  list: readonly Experiment[],
  settings: Settings,
  { output }: Arguments,
): Promise<number> => {
  const clouds = await open(settings);
  const id = randomBytes(4).toString('hex');
  const missing = missingIn(clouds, settings);
  const color = paint(output === 'text' && process.stdout.isTTY && process.env['NO_COLOR'] === undefined);
  const width = Math.min(120, process.stdout.columns ?? 100);
  tell(`run ${id}: account ${clouds.aws?.accountId ?? 'none'}, tenant ${clouds.entra?.tenantId ?? 'none'}`);
  const contextFor = (undo: Undo, prefix: string): Context => ({
    prefix,
    get aws() {
      return clouds.aws ?? absent('the account');
    },
    get entra() {
      return clouds.entra ?? absent('the tenant');
    },
    undo,
    patience: { now: Date.now, sleep: waits.sleep },
    askHuman: askAtTerminal(signal),
    openChannel: openWebSocket,
    subnet: settings.subnet ?? '',
    deltaLink: settings.deltaLink,
  });
  const results = await runExperiments(list, {
    missing: (need) => missing[need],
    contextFor,
    prefix: `rolewarden-conformance-${id}`,
    sleep: steadySleep,
    signal,
    began: ({ name }, undo) => {
      current = undo;
      tell(`… ${name}`);
    },
    ended: (result) => {
      if (output === 'text') say(`${renderResult(result, color, width)}\n`);
    },
  });
  const report: Report = { run: id, account: clouds.aws?.accountId, tenant: clouds.entra?.tenantId, results };
  say(output === 'json' ? renderJson(report) : renderSummary(report));
  return signal.aborted ? 130 : exitCodeOf(report);
};

const clean = async (settings: Settings): Promise<number> => {
  const { aws, entra } = await open(settings);
  const undo = openUndo({ sleep: steadySleep });
  current = undo;
  const steps = [
    ...(aws === undefined ? [] : await awsLeftovers(aws.steadfast)),
    ...(entra === undefined ? [] : await entraLeftovers(entra.steadfast)),
  ];
  for (const step of steps) undo.add(step);
  const left = await undo.all();
  say(`${steps.length} looked at\n${renderLeftovers(left)}`);
  return left.length === 0 ? 0 : 1;
};

const refuse = (sentence: string): number => {
  tell(sentence);
  return 2;
};

const main = async (): Promise<number> => {
  const given = readArguments(process.argv.slice(2));
  if (typeof given === 'string') return refuse(`${given}\n\n${usage}`);
  if (given.does === 'help') {
    say(`${usage}\n\n${needs}`);
    return 0;
  }
  const list = chosen(experiments, given.only);
  if (typeof list === 'string') return refuse(list);
  const isByHand = given.only.length > 0 && list.every(({ byHand }) => byHand !== undefined);
  if (given.does === 'list' || isByHand) {
    say(describeAll(list));
    return 0;
  }
  const { settings, problems } = readSettings(process.env);
  if (problems.length > 0) return refuse(problems.join('\n'));
  if (settings.account === undefined && settings.tenant === undefined)
    return refuse(
      `neither ${variables.account} nor ${variables.tenant} is set: nothing was touched\n\n${usage}\n\n${needs}`,
    );
  return await (given.does === 'clean' ? clean(settings) : run(list, settings, given));
};

try {
  process.exitCode = await main();
} catch (error) {
  tell(messageOf(error));
  process.exitCode = error instanceof Refusal ? 2 : 1;
}
