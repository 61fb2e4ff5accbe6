// What can be asked over HTTP. Only reading; nothing is cached; nothing on the metrics listener names a person.

import { type Context, Hono, type Next } from 'hono';
import { type ExplainSource, explainHandler } from './explain-route.ts';
import type { Metrics } from './metrics.ts';
import { withoutPeople } from './people-free.ts';
import type { Readiness, StatusDocument } from './status-document.ts';

export type MetricsSource = Pick<Metrics, 'text' | 'contentType'>;

export interface Liveness {
  readonly alive: boolean;
  /** What is wrong and what to do. */
  readonly reason: string;
}

export interface ApiSource {
  snapshot(): StatusDocument;
  readiness(): Readiness;
}

export type Route = readonly [
  path: string,
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

/** Told of what could not be answered; the asker learns only that. */
export type OnDefect = (error: Error) => void;

const routesOf = (
  title: string,
  routes: readonly Route[],
  guards: readonly (typeof readOnly)[],
  onDefect: OnDefect,
): Hono => {
  const app = new Hono();
  for (const guard of [readOnly, ...guards]) app.use(guard);
  const width = Math.max(...routes.map(([path]) => path.length));
  const index = routes.map(([path, meaning]) => `${path.padEnd(width)}  ${meaning}`);
  app.get('/', (context) => context.text([title, '', ...index, ''].join('\n')));
  for (const [path, , handler] of routes) app.get(path, handler);
  app.notFound((context) =>
    context.json(
      {
        error: `there is no ${withoutPeople(context.req.path)}`,
        paths: ['/', ...routes.map(([path]) => path)],
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

/** The status and explanations, which name people. */
export const apiRoutes = (
  status: ApiSource,
  isLoopback: boolean,
  onDefect: OnDefect,
  explain: ExplainSource | undefined,
): Hono =>
  routesOf(
    'Rolewarden: status (names people)',
    [
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
      ...(explain === undefined ? [] : [explainRoute(explain)]),
    ],
    isLoopback ? [localNamesOnly] : [],
    onDefect,
  );
