// What `rolewarden plan` prints.

import type { Plan } from '../domain/plan.ts';
import type { PollReport } from '../reconcile/sweep-report.ts';
import { namelessPlan } from './nameless-plan.ts';
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
  /** `text` and `markdown`: whether people are named, or only counted. Named unless it says otherwise. */
  readonly people?: 'names' | 'counts';
}

/** Plans of several accounts as one text that ends with a newline; accounts are sorted by name. */
export const renderPlan = (
  plans: readonly Plan[],
  format: 'text' | 'json' | 'markdown',
  options: RenderPlanOptions,
): string => {
  const shown = options.people === 'counts' ? plans.map(namelessPlan) : plans;
  switch (format) {
    case 'text':
      return renderPlanText(shown, options);
    case 'markdown':
      return renderPlanMarkdown(shown, options);
    case 'json':
      return renderPlanJson(plans, options.now, options.poll);
  }
};
