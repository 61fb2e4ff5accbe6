// What `rolewarden plan` prints.

import type { Plan } from '../domain/plan.ts';
import type { PollReport } from '../reconcile/sweep-report.ts';
import { renderPlanJson } from './plan-json.ts';
import { renderPlanMarkdown } from './plan-markdown.ts';
import { renderPlanText } from './plan-text.ts';

export interface RenderPlanOptions {
  /** `text` only. */
  readonly color: boolean;
  readonly now: Date;
  /** `text` only: everybody, every line of every document, and the roles in sync. */
  readonly verbose?: boolean;
  /** The poll of Entra that the plans rest on. */
  readonly poll?: PollReport;
}

/** Plans of several accounts as one text that ends with a newline; accounts are sorted by name. */
export const renderPlan = (
  plans: readonly Plan[],
  format: 'text' | 'json' | 'markdown',
  options: RenderPlanOptions,
): string => {
  switch (format) {
    case 'text':
      return renderPlanText(plans, options);
    case 'markdown':
      return renderPlanMarkdown(plans, options.poll);
    case 'json':
      return renderPlanJson(plans, options.now, options.poll);
  }
};
