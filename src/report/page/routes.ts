// The status page: rendered here, from what the API tells as JSON. Nothing of it comes from anywhere else, and nothing of it
// can change anything.

import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import type { RecentEntry, RecentJournal } from '../recent-journal.ts';
import type { RoleDocuments } from '../role-documents.ts';
import type { PolicyStatus, StatusDocument } from '../status-document.ts';
import { accountView } from './account-view.ts';
import { type Asset, assets } from './assets.ts';
import { readFilter } from './filter.ts';
import { type View, renderPage } from './layout.ts';
import { knowsOnlyPart } from '../render-replica.ts';
import { missingView } from './missing-view.ts';
import { overview } from './overview.ts';
import { policyView } from './policy-view.ts';

export interface PageSource {
  snapshot(): StatusDocument;
  /** Of the roles of one policy. */
  documents(policy: string): readonly RoleDocuments[];
}

export interface PageRoute {
  readonly path: string;
  /** For the list of what there is; empty: it is not on it. */
  readonly meaning: string;
  readonly handler: (context: Context) => Response | Promise<Response>;
}

/** What there is to see may change every second by the mere passing of time; that is no change. */
const withoutTimes = (page: string): string =>
  page.replace(/(<time\b[^>]*>)[^<]*/g, '$1').replace(/ data-now="[^"]*"/, '');

const tagOf = (page: string): string =>
  `"${createHash('sha256').update(withoutTimes(page)).digest('base64url').slice(0, 24)}"`;

const answer = (context: Context, view: View, status: StatusDocument, code: 200 | 404 = 200): Response => {
  const page = renderPage(view, status);
  const tag = tagOf(page);
  context.header('ETag', tag);
  return context.req.header('If-None-Match') === tag ? context.body(null, 304) : context.html(page, code);
};

const assetRoute = ({ path, type, text }: Asset): PageRoute => ({
  path,
  meaning: '',
  handler: (context) =>
    context.body(text, 200, {
      'Content-Type': type,
      'Cache-Control': 'private, max-age=31536000, immutable',
    }),
});

/** Entries of the policy, and what became of shells in its roles. */
const concerns = ({ name, accounts }: PolicyStatus): ((entry: RecentEntry) => boolean) => {
  const roles = new Set(accounts.map(({ account, role }) => `${account}/${role}`));
  return (entry) =>
    entry.policy === name || (entry.event === 'shell' && roles.has(`${entry.account}/${entry.object}`));
};

export const pageRoutes = (source: PageSource, journal: RecentJournal | undefined): readonly PageRoute[] => [
  {
    path: '/',
    meaning: 'the status page',
    handler: (context) => {
      const status = source.snapshot();
      const filter = readFilter({ q: context.req.query('q'), state: context.req.query('state') });
      return answer(context, overview(status, filter), status);
    },
  },
  {
    path: '/policies/:name',
    meaning: 'one policy, on the page',
    handler: (context) => {
      const name = context.req.param('name') ?? '';
      const status = source.snapshot();
      const policy = status.policies.find((one) => one.name === name);
      if (policy === undefined)
        return answer(context, missingView('policy', name, knowsOnlyPart(status)), status, 404);
      const documents = source.documents(name);
      const entries = journal?.entries(concerns(policy)) ?? [];
      return answer(context, policyView({ status, policy, documents, journal: entries }), status);
    },
  },
  {
    path: '/accounts/:name',
    meaning: 'one account, on the page',
    handler: (context) => {
      const name = context.req.param('name') ?? '';
      const status = source.snapshot();
      const account = status.accounts.find((one) => one.name === name);
      return account === undefined
        ? answer(context, missingView('account', name, knowsOnlyPart(status)), status, 404)
        : answer(context, accountView(status, account), status);
    },
  },
  ...Object.values(assets).map(assetRoute),
];
