// What people do once they are signed in: their sessions at the sandbox's STS, and their shells.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoCluster } from '../../src/sandbox/demo-world.ts';
import type { SessionCredentials } from '../../src/sandbox/enter.ts';
import { listTasks, openShell } from '../../src/sandbox/open-shell.ts';
import { type Rig, accounts, examples } from './harness.ts';

/** Signs in, and fails if STS refuses. */
export const signIn = async (
  { sandbox }: Rig,
  userId: string,
  roleName = 'payments-debug',
  accountId: string = accounts.dev,
): Promise<SessionCredentials> => {
  const { credentials, code } = await sandbox.enter({ userId, accountId, roleName });
  if (credentials === undefined) throw new Error(`${userId} is refused: ${code}`);
  return credentials;
};

/** What ECS says to a session that asks for the tasks of the cluster: `works`, `denied`, or something else. */
export const stateOf = async ({ sandbox }: Rig, session: SessionCredentials): Promise<string> => {
  const { code, message } = await listTasks(sandbox.aws.url, session, demoCluster);
  if (code === 'OK') return 'works';
  return message.includes('explicit deny') ? 'denied' : `${code}: ${message}`;
};

/** Opens a shell where the policy payments-debug gives one, and fails if ECS refuses. */
export const openShellOf = async ({ sandbox }: Rig, session: SessionCredentials): Promise<void> => {
  const place = { ...demoCluster, service: 'payments-api', container: 'api' };
  const { opened, message } = await openShell(sandbox.aws.url, session, place);
  if (!opened) throw new Error(`no shell: ${message}`);
};

/** Whose shells are open in dev, as object ids. */
export const ownersOfShells = ({ sandbox }: Rig): readonly string[] =>
  sandbox.aws.shells
    .list({ accountId: accounts.dev, region: demoCluster.region })
    .map(({ ownerArn }) => ownerArn.split('/').at(-1) ?? '');

/** The text of one of the example policies. */
export const example = (name: string): string => readFileSync(join(examples, 'policies', name), 'utf8');
