// `rolewarden sandbox`: the embedded cloud alone, for any AWS or Graph client.

import { demoCluster, demoWorld } from '../sandbox/demo-world.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import { type Terminal, untilStopped } from './output.ts';

export interface SandboxCommandOptions {
  readonly awsPort: number;
  readonly entraPort: number;
  readonly controlPort: number;
  readonly output: 'text' | 'json';
}

const shellQuoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** `export …` lines, for `eval`; or one object. */
const environmentText = (
  environment: Readonly<Record<string, string>>,
  output: SandboxCommandOptions['output'],
): string =>
  output === 'json'
    ? `${JSON.stringify(environment, null, 2)}\n`
    : Object.entries(environment)
        .map(([name, value]) => `export ${name}=${shellQuoted(value)}\n`)
        .join('');

/** Prints the environment for clients on stdout, and everything for reading on stderr. */
export const sandboxCommand = async (options: SandboxCommandOptions, terminal: Terminal): Promise<number> => {
  const world = demoWorld();
  const sandbox = await startSandbox({
    world,
    ports: { aws: options.awsPort, entra: options.entraPort, control: options.controlPort },
  });
  terminal.out(environmentText(sandbox.environment, options.output));
  terminal.err(`
AWS                   ${sandbox.aws.url}
Entra and Graph       ${sandbox.entra.url}
Control API           ${sandbox.controlUrl}   (GET / lists what it can do)

What is on stdout is the environment for any client, as the hub account ${world.accounts[0]?.accountId ?? ''}. For example, in another shell:
  aws --endpoint-url ${sandbox.aws.url} sts get-caller-identity
  aws --endpoint-url ${sandbox.aws.url} --profile 111122223333 iam list-roles
  aws --endpoint-url ${sandbox.aws.url} --profile 111122223333 --region ${demoCluster.region} ecs list-services --cluster ${demoCluster.cluster}
  aws --endpoint-url ${sandbox.aws.url} --profile 111122223333 --region ${demoCluster.region} ecs describe-services --cluster ${demoCluster.cluster} --services payments-api
  rolewarden run --config manifests/example/config.yaml

Ctrl-C ends it.
`);
  await untilStopped(terminal);
  await sandbox.stop();
  return 0;
};
