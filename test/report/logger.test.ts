import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../../src/report/logger.ts';
import { readableLog } from './log-lines.ts';

describe('JSON lines', () => {
  it('have a level in words, a time and a sentence', () => {
    const { logger, entries } = readableLog();
    logger.warn({ account: 'prod' }, 'look at this');
    const [entry] = entries();
    expect(entry).toMatchObject({ level: 'warn', msg: 'look at this', account: 'prod' });
    expect(String(entry?.['time'])).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it('below the level are not written', () => {
    const { logger, entries } = readableLog('info');
    logger.debug('quiet');
    logger.info('loud');
    expect(entries().map(({ msg }) => msg)).toEqual(['loud']);
  });

  const secrets = [
    'authorization',
    'clientSecret',
    'token',
    'assertion',
    'accessKeyId',
    'secretAccessKey',
    'sessionToken',
  ];
  it.each(secrets)('never hold %s, however deep it sits', (name) => {
    const { logger, text } = readableLog();
    const deepest = { [name]: 'hunter2' };
    logger.info(deepest, 'here');
    logger.info({ a: deepest }, 'deeper');
    logger.info({ a: { b: { c: { d: deepest } } } }, 'deepest');
    logger.error({ err: Object.assign(new Error('x'), { config: { headers: deepest } }) }, 'in an error');
    expect(text()).not.toContain('hunter2');
    expect(text().match(/\(redacted\)/g)).toHaveLength(4);
  });
});

describe('lines for people', () => {
  const prettyLog = () => {
    const chunks: string[] = [];
    const destination = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        chunks.push(chunk.toString());
        done();
      },
    });
    return {
      logger: createLogger({ level: 'info', pretty: true, destination }),
      text: () => chunks.join(''),
    };
  };

  it('are the sentence, without the fields', () => {
    const { logger, text } = prettyLog();
    logger.info({ account: 'prod', written: 3 }, 'account prod: 3 writes done');
    expect(text()).toContain('account prod: 3 writes done');
    expect(text()).not.toContain('written');
  });

  it('show the stack of a defect', () => {
    const { logger, text } = prettyLog();
    logger.error({ err: new Error('it broke') }, 'unexpected');
    expect(text()).toContain('Error: it broke');
  });
});
