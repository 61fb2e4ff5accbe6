import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { type ReportServer, type ServeOptions, serveReports } from '../../src/report/http.ts';
import { createMetrics } from '../../src/report/metrics.ts';
import { createStatus } from '../../src/report/status.ts';
import * as world from './builders.ts';

const running: ReportServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map(({ stop }) => stop(1)));
});

const loopback = { address: '127.0.0.1', port: 0 };
const token = 'c0ffee00c0ffee00c0ffee00c0ffee00';

const start = async (other: Partial<ServeOptions> = {}) => {
  const clock = world.manualClock();
  const metrics = createMetrics({ version: '1.2.3', maxStalenessMs: 86_400_000, clock });
  const status = createStatus({ instance: 'contoso-main', version: '1.2.3', clock });
  const server = await serveReports({
    metrics,
    status,
    metricsListener: loopback,
    apiListener: loopback,
    isAlive: () => ({ alive: true, reason: '' }),
    ...other,
  });
  const observe = (...events: Parameters<typeof status.observe>[0][]): void => {
    for (const event of events) for (const reporter of [metrics, status]) reporter.observe(event);
  };
  const started = { ...server, observe };
  running.push(started);
  return started;
};

/** `fetch` does not let anybody choose the Host header. */
const askAs = (url: string, headers: Readonly<Record<string, string>>): Promise<number> =>
  new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });

/** The overview, for whoever has the token. */
const pageOf = async (apiUrl: string): Promise<string> =>
  (await fetch(apiUrl, { headers: { Authorization: `Bearer ${token}` } })).text();

/** A promise and how to keep it. */
const deferred = () => {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((keep) => {
    resolve = keep;
  });
  return { promise, resolve: () => resolve() };
};

describe('the metrics listener', () => {
  it('serves what Prometheus asks for', async () => {
    const { metricsUrl, observe } = await start();
    observe(world.sweep([world.role()]));
    const response = await fetch(`${metricsUrl}/metrics`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await response.text()).toContain(
      'rolewarden_policy_ready{account="prod",policy="payments",reason="Ready"} 1',
    );
  });

  it('is healthy while the controller works, and says why it is not', async () => {
    const answers = [
      { alive: true, reason: '' },
      { alive: false, reason: 'a sweep hangs; restart' },
    ];
    const { metricsUrl } = await start({ isAlive: () => answers.shift() ?? { alive: true, reason: '' } });
    const [good, bad] = [await fetch(`${metricsUrl}/healthz`), await fetch(`${metricsUrl}/healthz`)];
    expect([good.status, await good.text()]).toEqual([200, 'ok\n']);
    expect([bad.status, await bad.text()]).toEqual([503, 'a sweep hangs; restart\n']);
  });

  it('is ready once everything was read', async () => {
    const { metricsUrl, observe } = await start();
    const early = await fetch(`${metricsUrl}/readyz`);
    expect(early.status).toBe(503);
    expect(await early.json()).toMatchObject({
      ready: false,
      reasons: [expect.stringContaining('policies'), expect.any(String)],
    });
    observe(world.policies(), world.poll(), world.sweep([]));
    const late = await fetch(`${metricsUrl}/readyz`);
    expect(late.status).toBe(200);
    expect(await late.json()).toEqual({ ready: true, reasons: [] });
  });

  it('serves no status, which names people', async () => {
    const { metricsUrl } = await start();
    expect((await fetch(`${metricsUrl}/api/v1/status`)).status).toBe(404);
  });
});

describe('the API listener', () => {
  it('serves the status, and one policy of it', async () => {
    const { apiUrl, observe } = await start();
    observe(world.sweep([world.role()]));
    const status = (await (await fetch(`${apiUrl}/api/v1/status`)).json()) as {
      readonly policies: readonly unknown[];
    };
    expect(status.policies).toHaveLength(1);
    expect(await (await fetch(`${apiUrl}/api/v1/policies/payments`)).json()).toEqual(status.policies[0]);
  });

  it('says which policies there are when it knows none of that name', async () => {
    const { apiUrl, observe } = await start();
    observe(world.sweep([world.role()]));
    const response = await fetch(`${apiUrl}/api/v1/policies/paymnets`);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ error: 'no policy is called paymnets', policies: ['payments'] });
  });

  const hosts: readonly (readonly [string, number])[] = [
    ['localhost:9465', 200],
    ['127.0.0.1:9465', 200],
    ['127.0.0.1', 200],
    ['[::1]:9465', 200],
    ['attacker.example', 403],
    ['127.0.0.1.attacker.example:9465', 403],
    ['localhost.attacker.example', 403],
  ];
  it.each(hosts)('answers somebody who calls it %s with %i', async (host, expected) => {
    const { apiUrl } = await start();
    expect(await askAs(`${apiUrl}/api/v1/status`, { Host: host })).toBe(expected);
  });

  it('answers to any name when it was opened to others, who need the token', async () => {
    const { apiUrl } = await start({ apiListener: { address: '0.0.0.0', port: 0 }, apiToken: token });
    const asked = { Host: 'rolewarden.contoso.com', Authorization: `Bearer ${token}` };
    expect(await askAs(`${apiUrl}/api/v1/status`, asked)).toBe(200);
  });

  it('is not opened to others without a token', async () => {
    const opened = await start({ apiListener: { address: '0.0.0.0', port: 0 } }).catch(
      (error: unknown) => error,
    );
    expect(opened).toMatchObject({ kind: 'invalid', message: expect.stringContaining('needs a token') });
  });

  it('lists what it serves, the page first', async () => {
    const { apiUrl } = await start();
    const lines = (await (await fetch(`${apiUrl}/api/v1`)).text()).trimEnd().split('\n').slice(2);
    expect(lines.map((line) => line.split(' ')[0])).toEqual([
      '/',
      '/policies/:name',
      '/accounts/:name',
      '/api/v1/status',
      '/api/v1/policies/:name',
    ]);
  });

  it('lets a page load nothing from elsewhere, send nothing anywhere and stand in no frame', async () => {
    const { apiUrl } = await start();
    for (const path of ['/', '/api/v1/status', '/nowhere']) {
      const { headers } = await fetch(`${apiUrl}${path}`);
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

describe('the token of the API', () => {
  const cases: readonly (readonly [string, string | undefined, number])[] = [
    ['nothing', undefined, 401],
    ['it, as a bearer', `Bearer ${token}`, 200],
    ['it, as a bearer in small letters', `bearer ${token}`, 200],
    ['another, as a bearer', `Bearer ${token.replace('c', 'd')}`, 401],
    ['a part of it', `Bearer ${token.slice(0, -1)}`, 401],
    ['more than it', `Bearer ${token}0`, 401],
    ['an empty bearer', 'Bearer ', 401],
    ['it without a scheme', token, 401],
    ['it under another scheme', `Digest ${token}`, 401],
    ['it as the password of anybody', basic('anybody', token), 200],
    ['it as the password of nobody', basic('', token), 200],
    ['it as the user', basic(token, ''), 401],
    ['another password', basic('anybody', 'c0ffee'), 401],
    ['a password with a colon', basic('anybody', `x:${token}`), 401],
    ['no base64', 'Basic ***', 401],
  ];
  it.each(cases)('given %s', async (_name, authorization, expected) => {
    const { apiUrl } = await start({ apiToken: token });
    const response = await fetch(`${apiUrl}/api/v1/status`, {
      headers: authorization === undefined ? {} : { Authorization: authorization },
    });
    expect(response.status).toBe(expected);
    const text = await response.text();
    if (expected === 401) expect(text).toContain('ROLEWARDEN_API_TOKEN');
    expect(text).not.toContain(token);
  });

  it('is asked for on every path, also of what is not there; a browser asks its user', async () => {
    const { apiUrl } = await start({ apiToken: token });
    const assets = [...(await pageOf(apiUrl)).matchAll(/"(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? '');
    expect(assets).toHaveLength(2);
    const paths = ['/', `/?token=${token}`, '/policies/payments', '/accounts/prod', '/api/v1', '/nowhere'];
    for (const path of [...paths, ...assets]) {
      const response = await fetch(`${apiUrl}${path}`);
      expect([path, response.status]).toEqual([path, 401]);
      expect(response.headers.get('www-authenticate')).toBe('Basic realm="Rolewarden", charset="UTF-8"');
    }
  });

  it('is not asked for where metrics and probes are', async () => {
    const { metricsUrl } = await start({ apiToken: token });
    expect((await fetch(`${metricsUrl}/metrics`)).status).toBe(200);
  });

  it('helps nobody who calls this machine by a name of hers', async () => {
    const { apiUrl } = await start({ apiToken: token });
    const asked = { Host: 'attacker.example', Authorization: `Bearer ${token}` };
    expect(await askAs(`${apiUrl}/`, asked)).toBe(403);
  });

  it('counts who is refused, without telling who', async () => {
    const refusals: string[] = [];
    const { apiUrl } = await start({ apiToken: token, onRefused: (reason) => refusals.push(reason) });
    await fetch(`${apiUrl}/`);
    await fetch(`${apiUrl}/`, { headers: { Authorization: basic('oncall-1@contoso.com', 'guess') } });
    await fetch(`${apiUrl}/`, { headers: { Authorization: basic('oncall-1@contoso.com', token) } });
    expect(refusals).toEqual(['noToken', 'wrongToken']);
  });
});

describe('both listeners', () => {
  const both = async (): Promise<readonly string[]> => {
    const { metricsUrl, apiUrl } = await start();
    return [metricsUrl, apiUrl];
  };

  it('list what they serve', async () => {
    const [metrics = '', api = ''] = await both();
    expect(await (await fetch(metrics)).text()).toContain('/readyz');
    expect(await (await fetch(`${api}/api/v1`)).text()).toContain('/api/v1/status');
  });

  it('answer HEAD, and nothing that could write', async () => {
    for (const url of await both()) {
      expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
        const response = await fetch(url, { method });
        expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
      }
    }
  });

  it('say what there is instead of an unknown path', async () => {
    const [metrics = ''] = await both();
    const response = await fetch(`${metrics}/metric`);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: 'there is no /metric',
      paths: ['/', '/metrics', '/healthz', '/readyz'],
    });
  });

  it('let nothing be cached or guessed, errors neither', async () => {
    for (const url of await both()) {
      for (const path of ['/', '/nowhere']) {
        const { headers } = await fetch(`${url}${path}`);
        expect(headers.get('cache-control')).toBe('no-store');
        expect(headers.get('x-content-type-options')).toBe('nosniff');
      }
    }
  });

  it('keep a defect to themselves and to the log', async () => {
    const defects: string[] = [];
    const { metricsUrl } = await start({
      metrics: { text: () => Promise.reject(new Error('secret detail')), contentType: 'text/plain' },
      onDefect: (error) => defects.push(error.message),
    });
    const response = await fetch(`${metricsUrl}/metrics`);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret detail');
    expect(defects).toEqual(['secret detail']);
  });
});

describe('starting and stopping', () => {
  it('on a port that is in use says which, and what to do; and leaves nothing listening', async () => {
    const taken = { address: '127.0.0.1', port: Number(new URL((await start()).apiUrl).port) };
    const other = await start();
    const free = { address: '127.0.0.1', port: Number(new URL(other.metricsUrl).port) };
    running.splice(running.indexOf(other), 1);
    await other.stop();
    const clash = await start({ metricsListener: free, apiListener: taken }).catch((error: unknown) => error);
    expect(clash).toBeInstanceOf(AppError);
    expect(clash).toMatchObject({
      kind: 'invalid',
      code: 'EADDRINUSE',
      message: `127.0.0.1 port ${taken.port} is in use; stop what listens there (another controller?), or set spec.api.port in the ControllerConfig to a free port`,
    });
    expect((await start({ metricsListener: free })).metricsUrl).toBe(`http://127.0.0.1:${free.port}`);
  });

  it('on an address of another machine says so', async () => {
    const failed = await start({ metricsListener: { address: '203.0.113.7', port: 0 } }).catch(
      (error: unknown) => error,
    );
    expect(failed).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('correct spec.metrics.address'),
    });
  });

  it('stops listening, and waits for the answer under way', async () => {
    let answer = (_text: string): void => undefined;
    const asked = deferred();
    const { metricsUrl, stop } = await start({
      metrics: {
        text: () => {
          asked.resolve();
          return new Promise((resolve) => {
            answer = resolve;
          });
        },
        contentType: 'text/plain',
      },
    });
    running.length = 0;
    const response = fetch(`${metricsUrl}/metrics`);
    await asked.promise;
    const stopped = stop();
    answer('the last words');
    expect(await (await response).text()).toBe('the last words');
    await stopped;
    await expect(fetch(metricsUrl)).rejects.toThrow('fetch failed');
  });

  it('stops although somebody holds a connection open', async () => {
    const { metricsUrl, stop } = await start();
    running.length = 0;
    const socket = connect(Number(new URL(metricsUrl).port), '127.0.0.1');
    const connected = deferred();
    const closed = deferred();
    socket.once('connect', () => connected.resolve());
    socket.once('close', () => closed.resolve());
    socket.on('error', () => undefined); // hung up on: a reset is as good as an end
    await connected.promise;
    socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    await stop(1);
    await closed.promise;
  });
});
