// Where in a document a value stands: `spec.subjects.groups[2].id`.

export type FieldPath = readonly (string | number)[];

const plainKey = /^[A-Za-z_$][\w$-]*$/;

/** The path as people write it; keys with dots or slashes stand in brackets. */
export const formatPath = (path: FieldPath): string =>
  path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      if (!plainKey.test(part)) return `[${JSON.stringify(part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join('');

/** A JSON pointer (`/spec/groups/2`) followed through the value it points into, so that list indexes become numbers. */
export const parsePointer = (pointer: string, root: unknown): FieldPath => {
  let value = root;
  return pointer
    .split('/')
    .slice(1)
    .map((part) => {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      const step = Array.isArray(value) ? Number(key) : key;
      value = childOf(value, step);
      return step;
    });
};

/** The value under a key or index, own properties only; undefined when there is none. */
export const childOf = (value: unknown, step: string | number): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, step)
    ? (value as Readonly<Record<string | number, unknown>>)[step]
    : undefined;
