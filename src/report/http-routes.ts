// What can be asked over HTTP. Only reading; nothing is cached; nothing on the metrics listener names a person.

import { type Context, Hono, type Next } from 'hono';
import { type OnRefused, tokenGuard } from './api-token.ts';
import { type ExplainSource, explainHandler } from './explain-route.ts';
import type { Metrics } from './metrics.ts';
import { type PlanSource, planHandler } from './plan-route.ts';
import { type PageSource, pageRoutes } from './page/routes.ts';
import { withoutPeople } from './people-free.ts';
import type { RecentJournal } from './recent-journal.ts';
import type { Readiness } from './status-document.ts';

export type MetricsSource = Pick<Metrics, 'text' | 'contentType'>;

export interface Liveness {
  readonly alive: boolean;
  /** What is wrong and what to do. */
  readonly reason: string;
}

export interface ApiSource extends PageSource {
  readiness(): Readiness;
}

export type Route = readonly [
  path: string,
  /** Empty: it is not listed. */
  meaning: string,
  handler: (context: Context) => Response | Promise<Response>,
];

const readOnly = async (context: Context, next: Next): Promise<Response | void> => {
  context.header('Cache-Control', 'no-store');
  context.header('X-Content-Type-Options', 'nosniff');
  if (context.req.method !== 'GET' && context.req.method !== 'HEAD')
    return context.json({ error: `only GET and HEAD are answered, not ${context.req.method}` }, 405, {
      Allow: 'GET, HEAD',
    });
  await next();
};

/**
 * A page on the web can make a name of its own point to 127.0.0.1 and so read what listens there (DNS rebinding); but the
 * browser then sends that name as Host.
 */
const localNamesOnly = async (context: Context, next: Next): Promise<Response | void> => {
  const host = (context.req.header('Host') ?? '').toLowerCase().replace(/:\d+$/, '');
  if (!['localhost', '127.0.0.1', '[::1]'].includes(host) && !/^127(\.\d{1,3}){3}$/.test(host))
    return context.json({ error: 'this listener answers to localhost, 127.0.0.1 and [::1] only' }, 403);
  await next();
};

/**
 * Whatever a name smuggles into a page: it loads nothing from elsewhere, runs nothing but our script, sends nothing anywhere,
 * and stands in no frame.
 */
const pageHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Frame-Options': 'DENY',
};

const asPage = async (context: Context, next: Next): Promise<void> => {
  for (const [name, value] of Object.entries(pageHeaders)) context.header(name, value);
  await next();
};

/** Told of what could not be answered; the asker learns only that. */
export type OnDefect = (error: Error) => void;

type Guard = (context: Context, next: Next) => Promise<Response | void>;

/** What there is stands at `indexPath`. */
const routesOf = (
  indexPath: string,
  title: string,
  routes: readonly Route[],
  guards: readonly Guard[],
  onDefect: OnDefect,
): Hono => {
  const app = new Hono();
  for (const guard of [readOnly, ...guards]) app.use(guard);
  const listed = routes.filter(([, meaning]) => meaning !== '');
  const width = Math.max(...listed.map(([path]) => path.length));
  const index = listed.map(([path, meaning]) => `${path.padEnd(width)}  ${meaning}`);
  app.get(indexPath, (context) => context.text([title, '', ...index, ''].join('\n')));
  for (const [path, , handler] of routes) app.get(path, handler);
  app.notFound((context) =>
    context.json(
      {
        error: `there is no ${withoutPeople(context.req.path)}`,
        paths: [indexPath, ...listed.map(([path]) => path)],
      },
      404,
    ),
  );
  app.onError((error, context) => {
    onDefect(error);
    return context.json({ error: 'this could not be answered; the log of the controller says more' }, 500);
  });
  return app;
};

/** Metrics and probes. */
export const metricsRoutes = (sources: {
  readonly metrics: MetricsSource;
  readonly status: ApiSource;
  readonly isAlive: () => Liveness;
  readonly onDefect: OnDefect;
}): Hono => {
  const { metrics, status, isAlive, onDefect } = sources;
  return routesOf(
    '/',
    'Rolewarden: metrics and probes',
    [
      [
        '/metrics',
        'Prometheus metrics',
        async (context) => context.body(await metrics.text(), 200, { 'Content-Type': metrics.contentType }),
      ],
      [
        '/healthz',
        '200 while the controller works, 503 when it should be restarted',
        (context) => {
          const { alive, reason } = isAlive();
          return alive ? context.text('ok\n') : context.text(`${withoutPeople(reason)}\n`, 503);
        },
      ],
      [
        '/readyz',
        '200 once policies, Entra and every account were read, else 503 and what is missing',
        (context) => {
          const { ready, reasons } = status.readiness();
          return context.json({ ready, reasons: reasons.map(withoutPeople) }, ready ? 200 : 503);
        },
      ],
    ],
    [],
    onDefect,
  );
};

const explainRoute = (explain: ExplainSource): Route => [
  '/api/v1/explain',
  'why somebody can or cannot enter: ?who=&policy=, and if wanted &account=&at=',
  explainHandler(explain),
];

const planRoute = ({ planOf, now }: PlanRouteOptions): Route => [
  '/api/v1/plan',
  'what the last sweeps left to be done: if wanted ?account=NAME, more than once, and &output=text or markdown',
  planHandler(planOf, now),
];

export interface PlanRouteOptions {
  readonly planOf: PlanSource;
  readonly now: () => number;
}

export interface ApiOptions {
  readonly status: ApiSource;
  /** Nobody else reaches the listener than who is on this machine. */
  readonly isLoopback: boolean;
  /** Who asks has to have it; undefined, on loopback only: nobody has to. */
  readonly token: string | undefined;
  readonly onRefused: OnRefused;
  readonly onDefect: OnDefect;
  readonly explain: ExplainSource | undefined;
  readonly plan: PlanRouteOptions | undefined;
  readonly journal: RecentJournal | undefined;
}

/**
 * The status page, the status and explanations, which name people. Behind another address any Host is answered to: a load
 * balancer has a name of its own, and whoever points a name of hers here has no token.
 */
export const apiRoutes = (options: ApiOptions): Hono => {
  const { status, isLoopback, token, onRefused, onDefect, explain, plan, journal } = options;
  return routesOf(
    '/api/v1',
    'Rolewarden: status (names people)',
    [
      ...pageRoutes(status, journal).map(({ path, meaning, handler }): Route => [path, meaning, handler]),
      ['/api/v1/status', 'everything, as JSON', (context) => context.json(status.snapshot())],
      [
        '/api/v1/policies/:name',
        'one policy, as JSON',
        (context) => {
          const name = context.req.param('name') ?? '';
          const { policies } = status.snapshot();
          const policy = policies.find((one) => one.name === name);
          return policy === undefined
            ? context.json(
                { error: `no policy is called ${name}`, policies: policies.map((one) => one.name) },
                404,
              )
            : context.json(policy);
        },
      ],
      ...(plan === undefined ? [] : [planRoute(plan)]),
      ...(explain === undefined ? [] : [explainRoute(explain)]),
    ],
    [
      asPage,
      ...(isLoopback ? [localNamesOnly] : []),
      ...(token === undefined ? [] : [tokenGuard(token, onRefused)]),
    ],
    onDefect,
  );
};
