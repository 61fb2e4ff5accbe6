// ECS services: how each stands to its binding, and whether shells would open in it.

import { revisionName } from '../../domain/ecs.ts';
import { roleOf } from '../render-services.ts';
import type { ServiceStatus } from '../status-document.ts';
import { counted } from '../words.ts';
import { type Markup, type Part, markup, sentence } from './markup.ts';
import { accountLink, lasting, none, state, table } from './parts.ts';

export const serviceName = ({ service, region, cluster }: ServiceStatus): Markup =>
  markup`${service} <span class="id">${region}/${cluster}</span>`;

const bindingText = ({ binding }: ServiceStatus): Part =>
  binding === null
    ? none()
    : [
        binding.name,
        ' ',
        state(binding.state, binding.state),
        binding.state !== 'ready' &&
          markup` <code>${binding.reason}</code><p>${sentence(binding.message)}</p>`,
      ];

/** Whether shells would open; if not, what to do. */
export const shellsText = ({ exec }: ServiceStatus, nowMs: number): Part => {
  if (exec === null) return none('no policy opens any');
  const { status, reason, message, since } = exec.condition;
  const look = status === 'True' ? 'ready' : status === 'Unknown' ? 'unknown' : 'failed';
  return [
    state(status === 'True' ? 'would open' : status === 'Unknown' ? 'not known' : 'would not open', look),
    status !== 'True' &&
      markup` <code>${reason}</code> <span class="soft">${lasting(since, nowMs)}</span><p>${sentence(message)}</p>`,
    exec.warnings.map((warning) => markup`<p>${sentence(warning)}</p>`),
  ];
};

const taskRoleText = ({ binding }: ServiceStatus): Part => {
  if (binding === null) return none('not known');
  const [runs, wanted] = [roleOf(binding.taskRoleArn), roleOf(binding.wantedTaskRoleArn)];
  return [
    runs === wanted ? runs : markup`${runs}, should be ${wanted}`,
    binding.revision !== null && markup` <span class="soft">${revisionName(binding.revision)}</span>`,
  ];
};

const doorsText = ({ binding }: ServiceStatus): Part => {
  const doors = binding?.sideDoors ?? [];
  return doors.length === 0
    ? none('none found')
    : markup`<details><summary>${counted(doors.length, 'other way')}</summary><ul>${doors.map(({ message }) => markup`<li>${message}</li>`)}</ul></details>`;
};

export const serviceTable = (heading: string, services: readonly ServiceStatus[], nowMs: number): Markup =>
  table(
    heading,
    [
      { title: 'Service', look: 'name' },
      { title: 'Account', look: 'short' },
      { title: 'Binding', look: 'text' },
      { title: 'Task role', look: 'name' },
      { title: 'Shells', look: 'text' },
      { title: 'Side doors', look: 'short' },
    ],
    services.map((one) => ({
      cells: [
        serviceName(one),
        accountLink(one.account),
        bindingText(one),
        taskRoleText(one),
        shellsText(one, nowMs),
        doorsText(one),
      ],
    })),
  );
