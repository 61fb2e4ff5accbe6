// ECS services in what `rolewarden get` prints: a table of their own, and their side doors.

import { revisionName } from '../domain/ecs.ts';
import type { RoleState, ServiceStatus, StatusDocument } from './status-document.ts';
import { type Cell, type Paint, alignColumns, visible } from './terminal.ts';
import { counted } from './words.ts';

export const stateColor = (state: RoleState, style: Paint): ((text: string) => string) =>
  state === 'ready' ? style.green : state === 'held' ? style.yellow : style.red;

/** `payments-api in dev` */
export const serviceLabel = ({ service, account }: ServiceStatus): string => `${service} in ${account}`;

export const roleOf = (arn: string | null): string =>
  arn === null ? '-' : arn.slice(arn.lastIndexOf('/') + 1);

const execCell = ({ exec }: ServiceStatus, style: Paint): Cell => {
  if (exec === null) return { text: '-' };
  const { reason, status } = exec.condition;
  return { text: reason, style: status === 'True' ? style.green : style.red };
};

const row = (status: ServiceStatus, style: Paint): readonly Cell[] => {
  const { binding } = status;
  return [
    { text: visible(status.service) },
    { text: visible(`${status.region}/${status.cluster}`) },
    { text: visible(status.account) },
    { text: visible(binding?.name ?? '-') },
    binding === null ? { text: '-' } : { text: binding.state, style: stateColor(binding.state, style) },
    { text: binding?.reason ?? '-' },
    { text: visible(binding?.revision == null ? '-' : revisionName(binding.revision)) },
    { text: visible(roleOf(binding?.taskRoleArn ?? null)) },
    execCell(status, style),
    { text: binding === null ? '-' : String(binding.sideDoors.length) },
  ];
};

const head = [
  'SERVICE',
  'CLUSTER',
  'ACCOUNT',
  'BINDING',
  'STATE',
  'REASON',
  'REVISION',
  'TASK-ROLE',
  'SHELLS',
  'SIDE-DOORS',
];

export const serviceTable = ({ services }: StatusDocument, style: Paint): readonly string[] =>
  services.length === 0
    ? []
    : [
        ...alignColumns([
          head.map((text) => ({ text, style: style.bold })),
          ...services.map((one) => row(one, style)),
        ]),
        '',
      ];

/** Each side door in a sentence; without `wide` only how many there are. */
export const doorLines = ({ services }: StatusDocument, wide: boolean, style: Paint): readonly string[] => {
  const bound = services.flatMap(({ binding, ...place }) =>
    (binding?.sideDoors ?? []).map(
      ({ message }) => `  ${visible(`${place.account}/${place.service}`)}: ${visible(message)}`,
    ),
  );
  if (bound.length === 0) return [];
  return wide
    ? [style.bold('Side doors'), ...bound, '']
    : [
        `${style.bold('Side doors')}: ${counted(bound.length, 'other way')} to these services; --wide lists them`,
        '',
      ];
};
