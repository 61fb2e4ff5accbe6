// Problems for scripts: one JSON object whose shape stays.

import type { Problem } from '../domain/policy.ts';
import type { RenderOptions } from './render-options.ts';

export const renderJson = (problems: readonly Problem[], options: RenderOptions): string => {
  const count = (severity: Problem['severity']) => problems.filter((one) => one.severity === severity).length;
  const errors = count('error');
  const report = {
    schemaVersion: 1,
    tool: { name: 'rolewarden', version: options.version },
    valid: errors === 0,
    filesRead: options.filesRead,
    documentsRead: options.documentsRead,
    errors,
    warnings: count('warning'),
    problems: problems.map(({ severity, rule, file, line, column, path, message }) => ({
      severity,
      rule,
      file,
      line,
      column,
      path,
      message,
    })),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
};
