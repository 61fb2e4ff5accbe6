// The demo world as if it had been deployed: its spoke roles may do what the documents of a deployment allow, and beside each stands
// the role that may only read.

import { demoWorld } from '../../src/sandbox/demo-world.ts';
import type { SandboxAccount, SandboxWorld } from '../../src/sandbox/world.ts';
import { settings } from './deployed.ts';
import { renderTemplate } from './templates.ts';

const instance = 'demo';
export const readerName = 'rolewarden-plan-reader';

const documentsFor = (accountId: string): Readonly<Record<string, string>> => {
  const role = (name: string): string => `arn:aws:iam::${accountId}:role/${name}`;
  const render = (name: string, change: Readonly<Record<string, string | readonly string[]>>): string =>
    renderTemplate(`${name}.json.tftpl`, { ...settings[`${name}.json.tftpl`], ...change });
  return {
    read: render('spoke-read', {}),
    write: render('spoke-write', {
      account_id: accountId,
      instance,
      boundary_arns: [`arn:aws:iam::${accountId}:policy/rolewarden-boundary`],
    }),
    never: render('spoke-never', { instance, own_role_arns: [role('rolewarden-spoke'), role(readerName)] }),
    'ecs-writes': render('spoke-ecs-writes', {
      account_id: accountId,
      passable_role_arns: [role('rolewarden/*')],
    }),
  };
};

const deployed = (account: SandboxAccount): SandboxAccount => {
  const documents = documentsFor(account.accountId);
  const { read = '' } = documents;
  return {
    ...account,
    spokeRoles: account.spokeRoles.flatMap((spoke) => [
      { ...spoke, policies: documents },
      { ...spoke, name: readerName, policies: { read } },
    ]),
  };
};

export const deployedDemo = (): SandboxWorld => {
  const world = demoWorld();
  return { ...world, accounts: world.accounts.map(deployed) };
};
