import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    sequence: { shuffle: true },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // The machine of CI may have other work: what waited too long there is tried once more.
    retry: process.env['CI'] === undefined ? 0 : 1,
    reporters: ['default', ['json', { outputFile: '.test-report.json' }]],
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text', 'json-summary'] },
  },
});
