// Every way to take one word out of a set of IAM documents, so that it can be seen whether anybody misses it.

import { asList, isJsonObject, type Json, type JsonObject, sidOf } from '../../src/domain/statement.ts';

export interface Alteration {
  /** `write MakeRoles without iam:CreateRole`. */
  readonly name: string;
  /** The whole set, with the one word missing. */
  readonly documents: readonly string[];
  /**
   * `less`: the documents may allow less than before, as without an Allow or a part of one, or with a Deny that knows no
   * bounds. `more`: they may allow more.
   */
  readonly allows: 'less' | 'more';
}

interface Change {
  readonly what: string;
  readonly allows: Alteration['allows'];
  /** undefined: the whole statement goes. */
  readonly statement: JsonObject | undefined;
}

/** The documents of deployments have nothing but texts in their lists. */
const textsIn = (value: Json | undefined): readonly string[] =>
  asList(value).filter((one) => typeof one === 'string');
const isAllow = (statement: JsonObject): boolean => statement['Effect'] === 'Allow';

/** Of a list, each with one item less; of a single value nothing, since the whole then goes. */
const shortened = (statement: JsonObject, field: 'Action' | 'Resource'): readonly Change[] => {
  const list = textsIn(statement[field]);
  if (list.length < 2) return [];
  return list.map((item) => ({
    what: `without ${item}`,
    allows: isAllow(statement) ? 'less' : 'more',
    statement: { ...statement, [field]: list.filter((one) => one !== item) },
  }));
};

const onEverything = (statement: JsonObject): readonly Change[] =>
  statement['Resource'] === '*'
    ? []
    : [
        {
          what: 'on everything',
          allows: isAllow(statement) ? 'more' : 'less',
          statement: { ...statement, Resource: '*' },
        },
      ];

/** Without one key of the conditions; and of lists of values, with one value less. */
const loosened = (statement: JsonObject): readonly Change[] => {
  const conditions = statement['Condition'];
  if (!isJsonObject(conditions)) return [];
  return Object.entries(conditions).flatMap(([operator, keys]) =>
    Object.entries(isJsonObject(keys) ? keys : {}).flatMap(([key, value]): readonly Change[] => {
      const { [operator]: _operator, ...otherOperators } = conditions;
      const { [key]: _key, ...otherKeys } = keys as JsonObject;
      const rest =
        Object.keys(otherKeys).length === 0 ? otherOperators : { ...conditions, [operator]: otherKeys };
      const { Condition: _condition, ...bare } = statement;
      const values = textsIn(value);
      return [
        {
          what: `without ${operator} ${key}`,
          allows: isAllow(statement) ? 'more' : 'less',
          statement: Object.keys(rest).length === 0 ? bare : { ...bare, Condition: rest },
        },
        ...(values.length < 2
          ? []
          : values.map((one): Change => {
              const fewer = { [key]: values.filter((other) => other !== one) };
              const condition = { ...conditions, [operator]: { ...otherKeys, ...fewer } };
              // Of a negated operator, a value less lets the condition match more.
              const matchesLess = !operator.includes('Not');
              return {
                what: `without ${operator} ${key} ${one}`,
                allows: isAllow(statement) === matchesLess ? 'less' : 'more',
                statement: { ...statement, Condition: condition },
              };
            })),
      ];
    }),
  );
};

const changesOf = (statement: JsonObject): readonly Change[] => [
  { what: 'gone', allows: isAllow(statement) ? 'less' : 'more', statement: undefined },
  ...shortened(statement, 'Action'),
  ...shortened(statement, 'Resource'),
  ...onEverything(statement),
  ...loosened(statement),
];

const statementsOf = (document: string): readonly JsonObject[] =>
  (JSON.parse(document) as { readonly Statement: readonly JsonObject[] }).Statement;

const documentOf = (statements: readonly JsonObject[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

/** `documents`: by the name that alterations are told by. */
export const alterationsOf = (documents: Readonly<Record<string, string>>): readonly Alteration[] =>
  Object.entries(documents).flatMap(([name, document]) => {
    const others = Object.entries(documents).flatMap(([other, text]) => (other === name ? [] : [text]));
    const statements = statementsOf(document);
    return statements.flatMap((statement, index) =>
      changesOf(statement).map(({ what, allows, statement: changed }) => ({
        name: `${name} ${sidOf(statement) || index} ${what}`,
        allows,
        documents: [
          ...others,
          documentOf(statements.toSpliced(index, 1, ...(changed === undefined ? [] : [changed]))),
        ],
      })),
    );
  });

/** Every action that the documents name, sorted. */
export const actionsIn = (documents: readonly string[], effect: 'Allow' | 'Deny'): readonly string[] =>
  [
    ...new Set(
      documents.flatMap((document) =>
        statementsOf(document)
          .filter((statement) => statement['Effect'] === effect)
          .flatMap((statement) => textsIn(statement['Action'])),
      ),
    ),
  ].sort();
