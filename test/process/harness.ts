// A world of its own for each test: the sandbox, a folder with config and policies, and the real controller over HTTP.

import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { StatusDocument, SweepStatus } from '../../src/report/status-document.ts';
import { demoIds, demoWorld } from '../../src/sandbox/demo-world.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import type { SandboxWorld, ServedRequest } from '../../src/sandbox/world.ts';
import { type Sample, parseExposition } from '../report/exposition.ts';
import { type Child, type Ending, killAll, runProgram, startProgram, until } from './child.ts';

export const { users, groups, accounts } = demoIds;
export const examples = resolve(import.meta.dirname, '../../manifests/example');

/** One line of the journal, or of the log; what is in it depends on the line. */
export type Line = Readonly<Record<string, unknown>>;

export interface Controller extends Child {
  readonly metricsUrl: string;
  readonly apiUrl: string;
  metrics(): Promise<readonly Sample[]>;
  /** The sum of all samples of a metric that carry these labels; undefined: there is none. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number | undefined>;
  status(): Promise<StatusDocument>;
  readiness(): Promise<{
    readonly status: number;
    readonly ready: boolean;
    readonly reasons: readonly string[];
  }>;
  journal(): readonly Line[];
  /** The newest line of the journal that is meant, waited for: it comes through a pipe, later than what it tells of. */
  journalLine(isMeant: (line: Line) => boolean): Promise<Line>;
  log(): readonly Line[];
  until(what: string, condition: () => boolean | Promise<boolean>): Promise<void>;
  /** Waits until `count` sweeps of every account have begun and ended from now on. */
  sweeps(count: number): Promise<void>;
  /** Waits until `count` polls of Entra have begun and ended from now on; hurried along by a policy file that changes. */
  polls(count: number): Promise<void>;
}

export interface Rig {
  readonly sandbox: Sandbox;
  readonly folder: string;
  readonly config: string;
  readonly policies: string;
  /** Of every process. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs a command to its end with the sandbox in its environment. */
  run(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Ending>;
  spawn(args: readonly string[]): Child;
  /** Starts `rolewarden run`; resolves once it listens. Many at once on a busy machine need more patience. */
  start(environment?: Readonly<Record<string, string>>, patienceMs?: number): Promise<Controller>;
  /** Starts it and waits until it is ready and has nothing to write. */
  startCalm(): Promise<Controller>;
  isAdmitted(userId: string, roleName?: string, accountId?: string): Promise<boolean>;
  /** Requests at the AWS side that change something. */
  awsWrites(): readonly ServedRequest[];
  /** Makes the policies read as changed, though they say the same. */
  nudge(): void;
  stop(): Promise<void>;
}

export interface RigOptions {
  readonly world?: SandboxWorld;
  /** More lines of the config's spec, indented by two. */
  readonly spec?: string;
  /** More fields of the config's `safety`, in flow style. */
  readonly safety?: string;
  /** File names to text; absent: the example policies of payments-debug and of the platform team. */
  readonly policies?: Readonly<Record<string, string>>;
  /** The config's `policies`, in flow style; absent: the folder, looked at each second. */
  readonly origin?: string;
  /** More variables for every process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether the example's task role bindings are among them: most tests are about people, and count writes. */
  readonly bindings?: true;
}

const configText = (
  { entra }: Sandbox,
  { spec = '', safety = '', origin = '{ directory: policies, interval: 1s }' }: RigOptions,
): string => `apiVersion: rolewarden/v1alpha1
kind: ControllerConfig
metadata:
  name: test
spec:
  instance: demo
  defaultMode: enforce
  policies: ${origin}
  entra:
    tenantId: ${demoIds.tenantId}
    cloud: custom
    authorityHost: ${entra.url}
    graphEndpoint: ${entra.url}
    pollInterval: 5s
    requestTimeout: 2s
  aws: { requestTimeout: 2s, writesPerSecond: 100, writeBurst: 100 }
  safety: { taskRoleSettle: 0s, reentryDelay: 0s, ${safety} }
  sweep: { schedule: "*/2 * * * * *" }
  metrics: { address: 127.0.0.1, port: 0 }
  api: { address: 127.0.0.1, port: 0 }
${spec}`;

const linesOf = (text: string): readonly Line[] =>
  text
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);

const hasLabels = (sample: Sample, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(labels).every(([name, value]) => sample.labels[name] === value);

const listen = async (
  child: Child,
  patienceMs: number | undefined,
): Promise<{ readonly metrics: string; readonly api: string }> => {
  const started = (): Line | undefined =>
    linesOf(child.stderr()).find((line) => typeof line['metrics'] === 'string');
  await until(
    'the controller says where it listens',
    () => {
      if (!child.isRunning()) throw new Error(`the controller ended:\n${child.stderr()}`);
      return started() !== undefined;
    },
    child.stderr,
    patienceMs,
  );
  return { metrics: String(started()?.['metrics']), api: String(started()?.['api']) };
};

/** `headers`: what its API asks for. */
const controllerOf = async (
  child: Child,
  nudge: () => void,
  headers: Readonly<Record<string, string>>,
  patienceMs?: number,
): Promise<Controller> => {
  const { metrics: metricsUrl, api: apiUrl } = await listen(child, patienceMs);
  const metrics = async () => parseExposition(await (await fetch(`${metricsUrl}/metrics`)).text());
  const status = async () =>
    (await (await fetch(`${apiUrl}/api/v1/status`, { headers })).json()) as StatusDocument;
  const untilTrue: Controller['until'] = (what, condition) => until(what, condition, child.stderr);
  return {
    ...child,
    metricsUrl,
    apiUrl,
    metrics,
    metric: async (name, labels = {}) => {
      const found = (await metrics()).filter((one) => one.name === name && hasLabels(one, labels));
      return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
    },
    status,
    readiness: async () => {
      const response = await fetch(`${metricsUrl}/readyz`);
      const body = (await response.json()) as { ready: boolean; reasons: string[] };
      return { status: response.status, ...body };
    },
    journal: () => linesOf(child.stdout()),
    journalLine: async (isMeant) => {
      const found = (): Line | undefined => linesOf(child.stdout()).findLast(isMeant);
      await untilTrue('the journal has the line', () => found() !== undefined);
      return found() ?? {};
    },
    log: () => linesOf(child.stderr()),
    until: untilTrue,
    sweeps: async (count) => {
      for (let n = 0; n < count; n += 1) {
        const askedAtMs = Date.now();
        await untilTrue('every account is swept again', async () =>
          (await status()).accounts.every(({ lastSweep }) => Date.parse(lastSweep.startedAt) >= askedAtMs),
        );
      }
    },
    polls: async (count) => {
      for (let n = 0; n < count; n += 1) {
        const askedAtMs = Date.now();
        nudge();
        await untilTrue('Entra is polled again', async () => {
          const { triedAt } = (await status()).sources.entra;
          return triedAt !== null && Date.parse(triedAt) >= askedAtMs;
        });
      }
    },
  };
};

const isWrite = ({ operation }: ServedRequest): boolean =>
  !/^(?:Get|List|Describe|AssumeRole|Simulate)/.test(operation);

const didNothing = ({ result, writes }: SweepStatus): boolean =>
  result === 'ok' && writes.done + writes.failed + writes.dropped === 0;

/** The last sweeps wrote nothing, and nothing is on its way. */
const isCalm = ({ accounts: all, services }: StatusDocument): boolean =>
  all.every(
    ({ lastSweep, lastServicesSweep }) =>
      didNothing(lastSweep) && (lastServicesSweep === null || didNothing(lastServicesSweep)),
  ) &&
  services.every(({ binding }) => binding === null || !/^(?:deploying|roleSettling)$/.test(binding.reason));

/** Everything that can be ended; killed by `endAll`. */
const rigs = new Set<Rig>();

export const startRig = async (options: RigOptions = {}): Promise<Rig> => {
  const sandbox = await startSandbox({ world: options.world ?? demoWorld() });
  const folder = mkdtempSync(join(tmpdir(), 'rolewarden-process-'));
  const config = join(folder, 'config.yaml');
  const policies = join(folder, 'policies');
  writeFileSync(config, configText(sandbox, options));
  cpSync(join(examples, 'policies'), policies, { recursive: true });
  for (const name of ['payments-incident.yaml', 'support.yaml']) rmSync(join(policies, name));
  if (options.bindings !== true) rmSync(join(policies, 'payments-api.yaml'));
  if (options.policies !== undefined) {
    rmSync(policies, { recursive: true });
    cpSync(join(examples, 'policies', 'accounts.yaml'), join(policies, 'accounts.yaml'));
    cpSync(join(examples, 'policies', 'federation.yaml'), join(policies, 'federation.yaml'));
    for (const [name, text] of Object.entries(options.policies)) writeFileSync(join(policies, name), text);
  }
  let nudges = 0;
  const nudge = (): void => {
    nudges += 1;
    writeFileSync(join(policies, 'nudge.yaml'), `# ${nudges}\n`);
  };
  const environment = { ...sandbox.environment, ROLEWARDEN_CONFIG: config, ...options.environment };
  const rig: Rig = {
    sandbox,
    folder,
    config,
    policies,
    environment,
    run: (args, more = {}) => runProgram(args, { ...environment, ...more }, folder),
    spawn: (args) => startProgram(args, environment, folder),
    start: (more = {}, patienceMs) => {
      const own: Readonly<Record<string, string>> = { ...environment, ...more };
      const token = own['ROLEWARDEN_API_TOKEN'];
      return controllerOf(
        startProgram(['run', '--config', config], own, folder),
        nudge,
        token === undefined ? {} : { Authorization: `Bearer ${token}` },
        patienceMs,
      );
    },
    startCalm: async () => {
      const controller = await rig.start();
      await controller.until('the controller is ready', async () => (await controller.readiness()).ready);
      await controller.until('nothing is left to write', async () => isCalm(await controller.status()));
      return controller;
    },
    isAdmitted: async (userId, roleName = 'payments-debug', accountId = accounts.dev) =>
      (await sandbox.enter({ userId, accountId, roleName })).admitted,
    awsWrites: () => sandbox.aws.requests.list().filter(isWrite),
    nudge,
    stop: async () => {
      rigs.delete(rig);
      await sandbox.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  rigs.add(rig);
  return rig;
};

/** For `afterEach` or `afterAll`: no process, no port and no folder stays behind. */
export const endAll = async (): Promise<void> => {
  await killAll();
  await Promise.all([...rigs].map((rig) => rig.stop()));
};
