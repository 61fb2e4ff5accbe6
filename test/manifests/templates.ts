// The IAM documents of manifests/deploy as Terraform renders them: `templatefile` with nothing but plain variables in it.

import { readFileSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';

export const manifests = resolve(import.meta.dirname, '../../manifests');
export const policyFolder = resolve(manifests, 'deploy/policies');

export const templateNames: readonly string[] = readdirSync(policyFolder).sort();

const placeholder = /\$\{([^}]*)\}/g;

export const templateText = (name: string): string => readFileSync(resolve(policyFolder, name), 'utf8');

/** What a template must be given. */
export const variablesOf = (name: string): readonly string[] =>
  [...new Set([...templateText(name).matchAll(placeholder)].map((match) => match[1] ?? ''))].sort();

/** Lists go in as JSON, as the modules give them by `jsonencode`. */
export type Variables = Readonly<Record<string, string | readonly string[]>>;

/** As strict as Terraform: a variable that is missing, or one too many, is an error. Answers JSON text. */
export const renderTemplate = (name: string, variables: Variables): string => {
  const wanted = variablesOf(name);
  const given = Object.keys(variables).sort();
  if (JSON.stringify(wanted) !== JSON.stringify(given))
    throw new Error(`${name} takes ${wanted.join(', ')}, and was given ${given.join(', ')}`);
  return templateText(name).replace(placeholder, (_, variable: string) => {
    const value = variables[variable] ?? '';
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
};
