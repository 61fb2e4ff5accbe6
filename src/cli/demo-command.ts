// `npm start`: the sandbox, the real controller as a process of its own or two of it, and a story told in plain sentences.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AppError } from '../domain/errors.ts';
import { demoWorld } from '../sandbox/demo-world.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import { type ControllerProcess, createControllerProcess } from './demo/controller-process.ts';
import {
  examplePorts,
  type Pair,
  preparePair,
  type Replica,
  type Seat,
  together,
  urlOf,
} from './demo/pair.ts';
import { copyPolicies } from './demo/policy-folder.ts';
import { createWatch } from './demo/watch.ts';
import { createNarrator } from './demo-narrator.ts';
import { tellStory } from './demo-story.ts';
import type { Terminal } from './output.ts';
import { sandboxPorts } from './sandbox-ports.ts';

export interface DemoOptions {
  readonly rounds?: number;
  readonly showLogs?: boolean;
  /** Two controllers on leases. */
  readonly replicas?: boolean;
}

/** The examples of the checkout: two folders up from here, one up from the bundle. */
const exampleConfig = (): string => {
  const candidates = ['../../manifests/example/config.yaml', '../manifests/example/config.yaml'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const found = candidates.find((file) => existsSync(file));
  if (found === undefined)
    throw new AppError(
      'invalid',
      'the demo needs manifests/example of the Rolewarden checkout; run it from there with `npm start`',
    );
  return found;
};

/** Who runs, and where. */
interface Casting {
  readonly controller: ControllerProcess;
  readonly pair: Pair | undefined;
  readonly metricsUrls: readonly string[];
  readonly links: Readonly<Record<string, string>>;
}

type Begin = (
  seat: Pick<Seat, 'config' | 'metricsUrl'>,
  name: string,
  logPrefix: string,
) => ControllerProcess;

const alone = (begin: Begin, config: string): Casting => {
  const [metricsUrl, apiUrl] = [urlOf(examplePorts.metrics), urlOf(examplePorts.api)];
  return {
    controller: begin({ config, metricsUrl }, 'The controller', ''),
    pair: undefined,
    metricsUrls: [metricsUrl],
    links: {
      Metrics: `${metricsUrl}/metrics`,
      Health: `${metricsUrl}/healthz`,
      Readiness: `${metricsUrl}/readyz`,
      'Status page': `${apiUrl}/`,
    },
  };
};

const inPair = (begin: Begin, seats: readonly [Seat, Seat]): Casting => {
  const replicaOf = (seat: Seat): Replica => ({
    ...seat,
    ...begin(seat, `Replica ${seat.name}`, `${seat.name} `),
  });
  const pair: Pair = [replicaOf(seats[0]), replicaOf(seats[1])];
  return {
    controller: together(pair),
    pair,
    metricsUrls: pair.map(({ metricsUrl }) => metricsUrl),
    links: Object.fromEntries(
      pair.flatMap(({ name, metricsUrl, apiUrl }) => [
        [`Metrics of ${name}`, `${metricsUrl}/metrics`],
        [`Page of ${name}`, `${apiUrl}/`],
      ]),
    ),
  };
};

export const demoCommand = async (options: DemoOptions, terminal: Terminal): Promise<number> => {
  const narrator = createNarrator(terminal);
  narrator.title('Rolewarden demo: an embedded Entra ID and AWS, and the real controller between them');
  const policies = await copyPolicies(exampleConfig());
  const sandbox = await startSandbox({ world: demoWorld(), ports: sandboxPorts });
  const { environment } = sandbox;
  const showLogs = options.showLogs === true;
  const begin: Begin = ({ config, metricsUrl }, name, logPrefix) =>
    createControllerProcess({ name, config, environment, metricsUrl, showLogs, logPrefix, terminal });
  const isPair = options.replicas === true;
  let running: ControllerProcess | undefined;
  try {
    const { controller, pair, metricsUrls, links } = isPair
      ? inPair(begin, await preparePair(sandbox, policies))
      : alone(begin, policies.config);
    running = controller;
    const watch = createWatch({ sandbox, narrator, metricsUrls, signal: terminal.stopped });
    narrator.say(
      `${isPair ? 'Two replicas of the controller start' : 'The controller starts'}: two accounts (dev, prod), five groups, a copy of the policies in manifests/example/policies.`,
    );
    await controller.start();
    narrator.links({ ...links, 'Sandbox control': sandbox.controlUrl });
    await tellStory({ sandbox, narrator, controller, pair, policies, watch }, options.rounds ?? Infinity);
    return 0;
  } catch (error) {
    if (terminal.stopped.aborted) return 0;
    throw error;
  } finally {
    narrator.say(
      isPair
        ? 'The replicas finish what they are doing and stop.'
        : 'The controller finishes what it is doing and stops.',
    );
    await running?.stop();
    await sandbox.stop();
    await policies.remove();
    narrator.say('Done.');
  }
};
