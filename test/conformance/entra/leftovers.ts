// What earlier runs left in the tenant, found by its name; what is deleted and still kept, too.

import type { UndoStep } from '../undo.ts';
import type { AskGraph } from './entra-side.ts';
import { listOf, textOf } from './json.ts';
import { foundUndo, type Kind, succeeded } from './make.ts';

export const namePrefix = 'rolewarden-conformance-';

interface Found {
  readonly id: string;
  readonly name: string;
}

/** All pages. Of a collection that the application may not read, nothing of ours can be there. */
const list = async (graph: AskGraph, path: string): Promise<readonly Found[]> => {
  const found: Found[] = [];
  for (let next = path; next !== ''; ) {
    const answer = await graph('GET', next);
    if (answer.status === 403) return found;
    const { body } = succeeded(`reading ${path}`, answer);
    found.push(
      ...listOf(body, 'value').map((one) => ({ id: textOf(one, 'id'), name: textOf(one, 'displayName') })),
    );
    next = textOf(body, '@odata.nextLink');
  }
  return found.filter(({ name }) => name.startsWith(namePrefix));
};

const filter = `$filter=${encodeURIComponent(`startswith(displayName,'${namePrefix}')`)}&$select=id,displayName`;

/** Applications last, so that they go first and take their service principals along. */
const kinds: readonly { readonly kind: Kind; readonly query: string; readonly kept?: string }[] = [
  { kind: 'policies/claimsMappingPolicies', query: '' },
  { kind: 'users', query: `?${filter}`, kept: 'microsoft.graph.user' },
  { kind: 'groups', query: `?${filter}`, kept: 'microsoft.graph.group' },
  { kind: 'servicePrincipals', query: `?${filter}`, kept: 'microsoft.graph.servicePrincipal' },
  { kind: 'applications', query: `?${filter}`, kept: 'microsoft.graph.application' },
];

const url = 'https://graph.microsoft.com/v1.0';

const keptUndo = (graph: AskGraph, { id, name }: Found): UndoStep => ({
  what: `deleted ${name}`,
  command: `az rest --method DELETE --url ${url}/directory/deletedItems/${id}`,
  run: async () => {
    const answer = await graph('DELETE', `/directory/deletedItems/${id}`);
    if (answer.status !== 404) succeeded('deleting for good', answer);
  },
});

export const entraLeftovers = async (graph: AskGraph): Promise<readonly UndoStep[]> => {
  const steps: UndoStep[] = [];
  for (const { kind, query, kept } of kinds) {
    if (kept !== undefined)
      steps.push(
        ...(await list(graph, `/directory/deletedItems/${kept}?$select=id,displayName`)).map((one) =>
          keptUndo(graph, one),
        ),
      );
    for (const { id, name } of await list(graph, `/${kind}${query}`))
      steps.push(foundUndo(graph, kind, id, name));
  }
  return steps;
};
