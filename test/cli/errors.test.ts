// What somebody reads who got it wrong: what is wrong, and what to do next. Every line of stderr, and the exit code.

import { readFileSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Controller, type Rig, endAll, startRig } from '../process/harness.ts';
import { runInProcess } from './run-in-process.ts';

const token = 'c0ffee00c0ffee00c0ffee00c0ffee00';

let rig: Rig;
let controller: Controller;
let others: Server;
beforeAll(async () => {
  rig = await startRig();
  controller = await rig.start({ ROLEWARDEN_API_TOKEN: token });
  await controller.until('it is ready', async () => (await controller.readiness()).ready);
  // Whatever else may listen where somebody thinks that a controller does.
  others = createServer(({ url = '' }, response) => {
    const status = Number(/^\/(\d{3})\//.exec(url)?.[1] ?? 200);
    response.writeHead(status, { 'Content-Type': 'text/html' }).end('<html>');
  });
  await new Promise<void>((resolve) => void others.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  others.close();
  await endAll();
});

type Environment = Readonly<Record<string, string>>;

/** A copy of the config in which one thing is different. */
const configWith = (name: string, from: string, to: string): string => {
  const file = join(rig.folder, `${name}.yaml`);
  const text = readFileSync(rig.config, 'utf8');
  if (!text.includes(from)) throw new Error(`the config does not say ${from}`);
  writeFileSync(file, text.replace(from, to));
  return file;
};

const without = (name: string): Environment =>
  Object.fromEntries(Object.entries(rig.environment).filter(([variable]) => variable !== name));

const othersUrl = (): string => `http://127.0.0.1:${(others.address() as AddressInfo).port}`;

const helpOf = (command: string): string => `(rolewarden ${command} --help tells more)\n`;

describe('a command line that cannot be', () => {
  it.for<[readonly string[], string]>([
    [['pln'], "error: unknown command 'pln'\n(Did you mean plan?)\n(rolewarden --help tells more)\n"],
    [
      ['plan', '--outptu', 'json'],
      `error: unknown option '--outptu'\n(Did you mean --output?)\n${helpOf('plan')}`,
    ],
    [
      ['plan', '--output', 'xml'],
      `error: option '-o, --output <how>' argument 'xml' is invalid. Allowed choices are text, json, markdown.\n${helpOf('plan')}`,
    ],
    [['plan', '--output'], `error: option '-o, --output <how>' argument missing\n${helpOf('plan')}`],
    [
      ['run', '--output', 'text'],
      `error: option '-o, --output <how>' argument 'text' is invalid. Allowed choices are journal, json.\n${helpOf('run')}`,
    ],
    [['demo', '--output', 'json'], `error: unknown option '--output'\n${helpOf('demo')}`],
    [['validate'], `error: missing required argument 'path'\n${helpOf('validate')}`],
    [['explain'], `error: required option '-w, --who <person>' not specified\n${helpOf('explain')}`],
    [
      ['get', 'one', 'two'],
      `error: too many arguments for 'get'. Expected 1 argument but got 2: one, two.\n${helpOf('get')}`,
    ],
    [
      ['ack', '--for', 'soon'],
      `error: option '--for <duration>' argument 'soon' is invalid. write a duration such as 24h or 30m.\n${helpOf('ack')}`,
    ],
    [
      ['sandbox', '--aws-port', 'x'],
      `error: option '--aws-port <port>' argument 'x' is invalid. a port is a whole number from 0 to 65535.\n${helpOf('sandbox')}`,
    ],
    [
      ['plan', '--spoke-role', 'arn:x:y'],
      `error: option '--spoke-role <name>' argument 'arn:x:y' is invalid. give the name of a role, not its ARN, of 1 to 64 letters, digits and +=,.@_-\n${helpOf('plan')}`,
    ],
    [
      ['plan', '--people', 'counts', '-o', 'json'],
      'rolewarden: --people counts is for text and markdown, as JSON names everybody: leave one of the two out\n',
    ],
    [
      ['plan', '--url', '--spoke-role', 'reader'],
      'rolewarden: --spoke-role (or ROLEWARDEN_SPOKE_ROLE) is for a plan that is made here; the controller at --url looks with roles of its own: leave one of the two out\n',
    ],
    [
      ['run', '--output', 'json'],
      'rolewarden: --output json is for run --once: without --once stdout has the journal, and `rolewarden get --output json` tells the status\n',
    ],
    [
      ['explain', '--who', 'x', '--policy', 'y', '--at', 'noon'],
      'rolewarden: at: "noon" is no moment; write one like 2026-01-31T18:00:00Z, or with an offset 2026-01-31T18:00+01:00\n',
    ],
    [
      ['get', '--url', 'localhost:9465'],
      'rolewarden: --url localhost:9465 is no address of a controller; write one like http://127.0.0.1:9465, which is spec.api of the ControllerConfig\n',
    ],
    [
      ['plan', '--config', 'nowhere.yaml'],
      'nowhere.yaml:1:1: error: the path does not exist; correct it, or create the file or folder [missingPath]\n\n1 error (0 documents in 1 file)\nrolewarden: nowhere.yaml holds no valid ControllerConfig; correct what is listed above, or name another file with --config\n',
    ],
  ])('%j', async ([args, stderr]) => {
    expect(await runInProcess(args)).toEqual({ code: 1, stdout: '', stderr });
  });
});

const advice =
  'does --url name the api address of a controller (spec.api of the ControllerConfig, port 9465 by default)?';
const commands: readonly (readonly [command: readonly string[], path: string, otherwise: string])[] = [
  [['get'], '/api/v1/status', ''],
  [['plan'], '/api/v1/plan', ' Without --url, live sources are asked'],
  [['explain', '--who', 'x', '--policy', 'y'], '/api/v1/explain', ' Without --url, live sources are asked'],
];

describe.for(commands)('%j --url', ([command, path, otherwise]) => {
  const ask = async (url: string, env: Environment = {}): Promise<string> => {
    const { code, stdout, stderr } = await runInProcess([...command, '--url', url], env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    return stderr;
  };

  it('where nothing listens', async () => {
    expect(await ask('http://127.0.0.1:1')).toBe(
      `rolewarden: no controller answers at http://127.0.0.1:1${path}; is \`rolewarden run\` running, and does --url name its api address (spec.api of the ControllerConfig)?${otherwise}\n`,
    );
  });

  it('where metrics are', async () => {
    const { metricsUrl } = controller;
    expect(await ask(metricsUrl)).toBe(
      `rolewarden: ${metricsUrl}${path} is not there; ${advice} A controller that is older than this command may not know it\n`,
    );
  });

  it('where something else answers', async () => {
    const url = othersUrl();
    expect(await ask(url)).toBe(`rolewarden: what answers at ${url}${path} is no controller; ${advice}\n`);
  });

  it('without the token, and with another', async () => {
    const where = `${controller.apiUrl}${path}`;
    expect(await ask(controller.apiUrl)).toBe(
      `rolewarden: ${where} answered 401; it asks for its token: set ROLEWARDEN_API_TOKEN to the one that the controller has\n`,
    );
    expect(await ask(controller.apiUrl, { ROLEWARDEN_API_TOKEN: `${token}x` })).toBe(
      `rolewarden: ${where} answered 401; it does not take the token in ROLEWARDEN_API_TOKEN: set that to the one that the controller has\n`,
    );
  });
});

describe('names that nobody has', () => {
  it.for<[readonly string[], string]>([
    [
      ['get', 'nope'],
      'no policy or binding is called nope; the controller knows audit-prod, payments-debug, platform-dev',
    ],
    [['plan', '--account', 'stage'], 'no account is called stage; there are dev, prod'],
    [['plan', '--account', 'dev', 'prd'], 'no account is called prd; did you mean prod?'],
    [
      ['explain', '--who', 'x', '--policy', 'nope'],
      'no policy is called nope; there are audit-prod, payments-debug, platform-dev',
    ],
    [
      ['explain', '--who', 'x', '--policy', 'payments-debug', '--account', 'stage'],
      'no account is called stage; there are dev, prod',
    ],
    [
      ['explain', '--who', 'x', '--policy', 'payments-debug', '--at', '2024-01-31T18:00:00Z'],
      'the moment is past, and what is known is of now: ask for a moment to come, or look for what was in the journal of the controller, and for who entered in CloudTrail',
    ],
  ])('%j, asked of a controller', async ([args, message]) => {
    const ended = await runInProcess([...args, '--url', controller.apiUrl], { ROLEWARDEN_API_TOKEN: token });
    expect(ended).toEqual({ code: 1, stdout: '', stderr: `rolewarden: ${message}\n` });
  });

  it.for<[readonly string[], string]>([
    [['plan', '--account', 'stage'], 'no account is called stage; there are dev, prod'],
    [
      ['explain', '--who', 'x', '--policy', 'nope'],
      'no policy is called nope; there are audit-prod, payments-debug, platform-dev',
    ],
    [
      ['ack', 'policy:dev/nope'],
      'nothing waits for an acknowledgement of policy:dev/nope; nothing waits at all',
    ],
  ])('%j, asked of live sources', async ([args, message]) => {
    const ended = await rig.run(args);
    expect(ended).toMatchObject({ code: 1, stdout: '', stderr: `rolewarden: ${message}\n` });
  });
});

describe('surroundings in which it cannot work', () => {
  const cases: readonly (readonly [
    what: string,
    args: () => readonly string[],
    env: () => Environment,
    message: () => string,
  ])[] = [
    [
      'no client id',
      () => ['plan'],
      () => without('AZURE_CLIENT_ID'),
      () => 'AZURE_CLIENT_ID is not set: set it to the client id of the registered application',
    ],
    [
      'no client secret',
      () => ['run', '--once'],
      () => without('AZURE_CLIENT_SECRET'),
      () => 'AZURE_CLIENT_SECRET is not set: set it to the value of a client secret of the application',
    ],
    [
      'another tenant',
      () => ['ack'],
      () => ({ ...rig.environment, AZURE_TENANT_ID: 'x' }),
      () =>
        'AZURE_TENANT_ID is x, but the configuration says tenant 0f0e0d0c-1111-4222-8333-444455556666: set both to the same tenant',
    ],
    [
      'no token for Git',
      () => [
        'plan',
        '--config',
        configWith(
          'git',
          '{ directory: policies, interval: 1s }',
          '{ git: { url: "http://127.0.0.1:1/x.git", ref: main, auth: { token: {} } } }',
        ),
      ],
      () => rig.environment,
      () => 'ROLEWARDEN_GIT_TOKEN is not set: set it to a token that may read the contents of the repository',
    ],
    [
      'an API that others reach, without a token',
      () => ['run', '--config', configWith('open', 'api: { address: 127.0.0.1', 'api: { address: 0.0.0.0')],
      () => rig.environment,
      () =>
        'spec.api.address 0.0.0.0 can be reached from other machines, and the API names people: set ROLEWARDEN_API_TOKEN to at least 32 random characters, such as `openssl rand -hex 32` prints, or keep spec.api.address on 127.0.0.1',
    ],
    [
      'a token that is easily guessed',
      () => ['run'],
      () => ({ ...rig.environment, ROLEWARDEN_API_TOKEN: 'secret' }),
      () =>
        'ROLEWARDEN_API_TOKEN has 6 characters; set it to at least 32 random characters, such as `openssl rand -hex 32` prints',
    ],
    [
      'a port that is in use',
      () => [
        'run',
        '--config',
        configWith('port', 'port: 0', `port: ${new URL(controller.metricsUrl).port}`),
      ],
      () => rig.environment,
      () =>
        `127.0.0.1 port ${new URL(controller.metricsUrl).port} is in use; stop what listens there (another controller?), or set spec.metrics.port in the ControllerConfig to a free port`,
    ],
    [
      'replicas, and nobody who holds a lease',
      () => [
        'run',
        '--once',
        '--config',
        configWith(
          'replicas',
          '  metrics: {',
          '  replicas: { shards: 1, lease: { table: leases, region: eu-west-1 } }\n  metrics: {',
        ),
      ],
      () => rig.environment,
      () =>
        'the config has spec.replicas, and run --once holds no lease: it would write beside the replicas; leave out --once, use `rolewarden plan` to look, or take spec.replicas out of the config that pipelines use',
    ],
  ];

  it.for(cases)('%s', async ([, args, env, message]) => {
    const ended = await runInProcess(args(), env());
    expect(ended).toEqual({ code: 1, stdout: '', stderr: `rolewarden: ${message()}\n` });
  });
});
