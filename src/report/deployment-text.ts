// What a change of a service does to what runs, in words: whether tasks are replaced, and whether the images may differ.

import type { Change } from '../domain/change.ts';
import { revisionName } from '../domain/ecs.ts';
import type { PlannedService } from '../domain/plan.ts';
import type { ChangeLine } from './change-line.ts';

const line = (what: string, happens: string, because: string): ChangeLine => ({
  sign: '~',
  what,
  isPerson: false,
  happens,
  because,
});

const imagesLine = ({ running }: PlannedService, tense: 'applied' | 'held'): ChangeLine => {
  const images = running?.mutableImages ?? [];
  const isApplied = tense === 'applied';
  return images.length === 0
    ? line('images', isApplied ? 'stay the same' : 'would stay the same', 'every one is named by its digest')
    : line(
        'images',
        isApplied ? 'may change' : 'could change',
        `a deployment looks tags up anew, and nothing but a tag names ${images.join(', ')}`,
      );
};

/** For changes that replace running tasks; nothing for others. */
export const deploymentLines = (
  service: PlannedService,
  changes: readonly Change[],
  tense: 'applied' | 'held',
): readonly ChangeLine[] => {
  const isBinding = changes.some(({ detail }) => detail.kind === 'bindTaskRole');
  const isReplacing = changes.some(({ detail }) => detail.kind === 'replaceTasks');
  const { running } = service;
  if (running === undefined || (!isBinding && !isReplacing)) return [];
  const revision = revisionName(running.arn);
  const how = isBinding
    ? `a copy of ${revision} with nothing but the role changed is registered and deployed`
    : `${revision} is deployed again`;
  return [
    line(
      'deployment',
      tense === 'applied' ? 'replaces the running tasks' : 'would replace the running tasks',
      how,
    ),
    imagesLine(service, tense),
  ];
};
