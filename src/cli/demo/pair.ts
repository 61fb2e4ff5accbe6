// Two replicas of the controller on leases in the sandbox's DynamoDB, as the README's "In pairs" has them: each with ports
// of its own, and one of them at work.

import { demoIds } from '../../sandbox/demo-world.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { ControllerProcess } from './controller-process.ts';
import type { PolicyFolder } from './policy-folder.ts';

/** What a replica that has gone silent keeps its shard for: short, so that a story fits a minute. */
export const leaseSeconds = 5;
const table = 'rolewarden-leases';

export interface Ports {
  readonly metrics: number;
  readonly api: number;
}

/** Where the config of the examples listens. */
export const examplePorts: Ports = { metrics: 9464, api: 9465 };

export const urlOf = (port: number): string => `http://127.0.0.1:${port}`;

export interface Seat {
  readonly name: string;
  readonly config: string;
  readonly metricsUrl: string;
  readonly apiUrl: string;
}

export interface Replica extends Seat, ControllerProcess {}

export type Pair = readonly [Replica, Replica];

const replicaConfig = (text: string, { metrics, api }: Ports): string =>
  `${text.trimEnd()}
  replicas:
    shards: 1
    lease: { table: ${table}, duration: ${leaseSeconds}s }
`
    .replace(`port: ${examplePorts.metrics}`, `port: ${metrics}`)
    .replace(`port: ${examplePorts.api}`, `port: ${api}`);

/** The lease table, and two configs on the same policies. */
export const preparePair = async (
  sandbox: Sandbox,
  policies: PolicyFolder,
): Promise<readonly [Seat, Seat]> => {
  const region = sandbox.environment['AWS_REGION'] ?? '';
  sandbox.aws.dynamodb.seedTable({ accountId: demoIds.accounts.hub, region }, { name: table, key: 'id' });
  const take = async (name: string, ports: Ports): Promise<Seat> => {
    const config = await policies.addConfig(`replica-${name}.yaml`, (text) => replicaConfig(text, ports));
    return { name, config, metricsUrl: urlOf(ports.metrics), apiUrl: urlOf(ports.api) };
  };
  return [await take('A', examplePorts), await take('B', { metrics: 9466, api: 9467 })];
};

/** Both, as if they were one. */
export const together = ([first, second]: Pair): ControllerProcess => {
  const both = async (act: (replica: Replica) => Promise<void>): Promise<void> => {
    await Promise.all([act(first), act(second)]);
  };
  return {
    // The second finds a table in which the first is, and stands by.
    start: async () => {
      await first.start();
      await second.start();
    },
    kill: () => both((replica) => replica.kill()),
    stop: () => both((replica) => replica.stop()),
    print: (args) => first.print(args),
  };
};
