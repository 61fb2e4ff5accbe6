// `npm start`: the sandbox, the real controller as a process of its own, and a story told in plain sentences.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AppError } from '../domain/errors.ts';
import { demoWorld } from '../sandbox/demo-world.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import { createControllerProcess } from './demo/controller-process.ts';
import { copyPolicies } from './demo/policy-folder.ts';
import { createWatch } from './demo/watch.ts';
import { createNarrator } from './demo-narrator.ts';
import { tellStory } from './demo-story.ts';
import type { Terminal } from './output.ts';
import { sandboxPorts } from './sandbox-ports.ts';

export interface DemoOptions {
  readonly rounds?: number;
  readonly showLogs?: boolean;
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
const metricsUrl = 'http://127.0.0.1:9464';
const apiUrl = 'http://127.0.0.1:9465';

export const demoCommand = async (options: DemoOptions, terminal: Terminal): Promise<number> => {
  const narrator = createNarrator(terminal);
  narrator.title('Rolewarden demo: an embedded Entra ID and AWS, and the real controller between them');
  const policies = await copyPolicies(exampleConfig());
  const sandbox = await startSandbox({ world: demoWorld(), ports: sandboxPorts });
  const controller = createControllerProcess({
    config: policies.config,
    environment: sandbox.environment,
    metricsUrl,
    showLogs: options.showLogs === true,
    terminal,
  });
  const watch = createWatch({ sandbox, narrator, metricsUrl, signal: terminal.stopped });
  try {
    narrator.say(
      'The controller starts: two accounts (dev, prod), five groups, a copy of the policies in manifests/example/policies.',
    );
    await controller.start();
    narrator.links({
      Metrics: `${metricsUrl}/metrics`,
      Health: `${metricsUrl}/healthz`,
      Readiness: `${metricsUrl}/readyz`,
      'Status page': `${apiUrl}/`,
      'Sandbox control': sandbox.controlUrl,
    });
    await tellStory({ sandbox, narrator, controller, policies, watch }, options.rounds ?? Infinity);
    return 0;
  } catch (error) {
    if (terminal.stopped.aborted) return 0;
    throw error;
  } finally {
    narrator.say('The controller finishes what it is doing and stops.');
    await controller.stop();
    await sandbox.stop();
    await policies.remove();
    narrator.say('Done.');
  }
};
