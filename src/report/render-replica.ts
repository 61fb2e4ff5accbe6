// This replica in what `rolewarden get` prints, where replicas share the accounts.

import type { ReplicaStatus, StatusDocument } from './status-document.ts';
import { type Paint, visible } from './terminal.ts';
import { counted } from './words.ts';

const holding = ({ shards, replicas, accounts, role }: ReplicaStatus, all: number): string => {
  const held = shards.filter(({ renewedSecondsAgo }) => renewedSecondsAgo !== null).length;
  if (role === 'active')
    return `holds ${held} of ${counted(shards.length, 'shard')} and looks after ${accounts.length} of ${counted(all, 'account')}; ${counted(replicas.length, 'replica')}`;
  const others = new Set(shards.flatMap(({ holder }) => (holder === null ? [] : [visible(holder)])));
  return others.size === 0
    ? 'on standby; nobody holds a shard'
    : `on standby; the accounts are looked after by ${[...others].join(', ')}`;
};

/** Nothing where a controller is alone. */
export const replicaLines = ({ replica, sources }: StatusDocument, style: Paint): readonly string[] =>
  replica === null
    ? []
    : [
        `replica   ${visible(replica.id)} ${holding(replica, sources.policies.accounts)}`,
        ...[replica.problem, replica.waitsBecause]
          .filter((text) => text !== '')
          .map((text) => `          ${style.red(visible(text))}`),
      ];

/** Whether other replicas know what this one does not. */
export const knowsOnlyPart = ({ replica, sources }: StatusDocument): boolean =>
  replica !== null && replica.accounts.length < sources.policies.accounts;
