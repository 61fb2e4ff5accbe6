// Two policies that would make the same role in the same account.

import type { AccessPolicy } from '../domain/policy.ts';
import { addressOf, type Finding, finding, type Placed } from './source-document.ts';
import { counted, quote } from './words.ts';

/**
 * Reported on the later policy in the order of files. Both stay usable: which one runs is decided by the tag on the role,
 * so that a newcomer takes nothing over. IAM compares role names without regard to case.
 */
export const roleNameClashes = (policies: readonly Placed<AccessPolicy>[]): readonly Finding[] => {
  const owners = new Map<string, Placed<AccessPolicy>>();
  return policies.flatMap((placed) => {
    const clashes = new Map<Placed<AccessPolicy>, string[]>();
    for (const account of placed.object.accounts) {
      const key = `${account}/${placed.object.role.name.toLowerCase()}`;
      const owner = owners.get(key);
      if (owner === undefined) owners.set(key, placed);
      else clashes.set(owner, [...(clashes.get(owner) ?? []), account]);
    }
    return [...clashes].map(([owner, accounts]) => clash(placed, owner, accounts));
  });
};

const clash = (
  { document, object: policy }: Placed<AccessPolicy>,
  owner: Placed<AccessPolicy>,
  accounts: readonly string[],
): Finding => {
  const where = addressOf(owner.document, []);
  const more = accounts.length === 1 ? '' : ` and ${counted(accounts.length - 1, 'other account')}`;
  const message = `the role ${quote(policy.role.name)} in ${accounts[0]}${more} is already that of the AccessPolicy ${quote(owner.object.meta.name)} in ${where}; rename one of the roles, until then the policy that owns it in AWS keeps it`;
  return finding(document, 'roleNameClash', ['spec', 'role', 'name'], message);
};
