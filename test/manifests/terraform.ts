// Terraform, where it is installed and has a mirror of the AWS provider; without one it would ask the network.

import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manifests } from './templates.ts';

export interface Outcome {
  readonly exitCode: number;
  readonly output: string;
}

export const runTerraform = (
  args: readonly string[],
  cwd: string,
  more: NodeJS.ProcessEnv = {},
  input = '',
): Promise<Outcome> => {
  const env = { ...process.env, TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1', ...more };
  return new Promise((resolve) => {
    const child = execFile('terraform', [...args], { env, cwd, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 127;
      resolve({ exitCode, output: `${stdout}${stderr}` });
    });
    child.stdin?.on('error', () => undefined).end(input);
  });
};

/** Why Terraform cannot be asked; undefined: it can. */
export const noTerraform = async (): Promise<string | undefined> =>
  (await runTerraform(['version'], manifests)).exitCode === 0 ? undefined : 'Terraform is not installed';

/** Why it cannot know what the AWS provider knows. */
export const noProvider = async (): Promise<string | undefined> => {
  const config = process.env['TF_CLI_CONFIG_FILE'];
  const missing = 'TF_CLI_CONFIG_FILE names no file with a mirror that holds the AWS provider';
  return (await noTerraform()) ?? (config !== undefined && existsSync(config) ? undefined : missing);
};

/** A copy of the manifests, so that nothing that Terraform writes stays; `remove` takes it away. */
export const copyManifests = (): { readonly folder: string; remove(): void } => {
  const parent = mkdtempSync(join(tmpdir(), 'rolewarden-terraform-'));
  const folder = join(parent, 'manifests');
  cpSync(manifests, folder, { recursive: true });
  return { folder, remove: () => rmSync(parent, { recursive: true, force: true }) };
};
