// This replica in what `rolewarden get` prints, where replicas share the accounts.

import type { ReplicaStatus, StatusDocument } from './status-document.ts';
import { type Paint, visible } from './terminal.ts';
import { counted } from './words.ts';

/** What it does, and who else does. Names come as they are. */
export const replicaText = ({ shards, replicas, accounts, role }: ReplicaStatus, all: number): string => {
  const held = shards.filter(({ renewedSecondsAgo }) => renewedSecondsAgo !== null).length;
  if (role === 'active')
    return `holds ${held} of ${counted(shards.length, 'shard')} and looks after ${accounts.length} of ${counted(all, 'account')}; ${counted(replicas.length, 'replica')}`;
  const others = new Set(shards.flatMap(({ holder }) => holder ?? []));
  return others.size === 0
    ? 'on standby; nobody holds a shard'
    : `on standby; the accounts are looked after by ${[...others].join(', ')}`;
};

/** Nothing where a controller is alone. */
export const replicaLines = ({ replica, sources }: StatusDocument, style: Paint): readonly string[] =>
  replica === null
    ? []
    : [
        `replica   ${visible(`${replica.id} ${replicaText(replica, sources.policies.accounts)}`)}`,
        ...[replica.problem, replica.waitsBecause]
          .filter((text) => text !== '')
          .map((text) => `          ${style.red(visible(text))}`),
      ];

/** On standby, or with shards in which no account is: others read Entra for theirs. */
export const looksAfterNone = ({ replica, sources }: StatusDocument): boolean =>
  replica !== null && replica.accounts.length === 0 && sources.policies.accounts > 0;

/** Whether other replicas know what this one does not. */
export const knowsOnlyPart = ({ replica, sources }: StatusDocument): boolean =>
  replica !== null && replica.accounts.length < sources.policies.accounts;
