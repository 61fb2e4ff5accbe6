// The same policy document as AWS might return it: other order, scalars for lists of one, other spelling of condition keys, other Sids.

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const shuffled = <T>(items: readonly T[], next: () => number): T[] => {
  const left = [...items];
  const out: T[] = [];
  while (left.length > 0) out.push(...left.splice(next() % left.length, 1));
  return out;
};

const listOrScalar = (value: Json, next: () => number): Json => {
  const list = Array.isArray(value) ? shuffled(value, next) : [value];
  return list.length === 1 && next() % 2 === 0 ? (list[0] ?? null) : list;
};

const entriesOf = (value: Json): [string, Json][] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
const respelledKey = (key: string, next: () => number): string =>
  next() % 2 === 0 && key.startsWith('saml:') ? key.toUpperCase() : key;

const respelledStatement = (statement: Json, next: () => number): Json =>
  Object.fromEntries(
    shuffled(entriesOf(statement), next).map(([field, value]): [string, Json] => {
      if (field === 'Condition') {
        return [
          field,
          Object.fromEntries(
            shuffled(entriesOf(value), next).map(([operator, keys]) => [
              operator,
              Object.fromEntries(
                shuffled(entriesOf(keys), next).map(([key, values]) => [
                  respelledKey(key, next),
                  listOrScalar(values, next),
                ]),
              ),
            ]),
          ),
        ];
      }
      if (field === 'Principal')
        return [
          field,
          Object.fromEntries(entriesOf(value).map(([type, ids]) => [type, listOrScalar(ids, next)])),
        ];
      if (field === 'Action' || field === 'Resource') return [field, listOrScalar(value, next)];
      return [field, value];
    }),
  );

/** Random choices come from the stream, so that a failure can be replayed. */
export const respelled = (document: string, stream: Iterator<number>): string => {
  const next = (): number => stream.next().value as number;
  const parsed = JSON.parse(document) as { Version: string; Statement: Json[] };
  const statements = shuffled(parsed.Statement, next).map((statement) => respelledStatement(statement, next));
  const written = {
    Statement: statements.length === 1 && next() % 2 === 0 ? (statements[0] ?? null) : statements,
    Version: parsed.Version,
  };
  return next() % 2 === 0 ? JSON.stringify(written) : JSON.stringify(written, null, 2);
};
