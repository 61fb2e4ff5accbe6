// A deployment looks image tags up anew, so that a change of nothing but a role can ship another image. Only a digest
// names an image for good: whether a registry lets a tag be moved is nothing that ECS knows. [aws.md §5]

import type { TaskDefinition } from '../../domain/ecs.ts';
import { sortedUnique } from '../../domain/statement.ts';

const digest = /@sha256:[0-9a-f]{64}$/;

/** Images of a revision that nothing but a tag, or not even a tag, names. */
export const mutableImages = ({ containers }: TaskDefinition): readonly string[] =>
  sortedUnique(containers.map(({ image }) => image).filter((image) => !digest.test(image)));
