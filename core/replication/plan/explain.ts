import { namespaceTitle } from '../../names.ts';
import type { NamespacePlan, Step } from './plan.ts';

/** So many ids are named; the rest is counted. */
const NAMED = 5;

/**
 * A plan in lines for people: alarms first, then what would be done in its order, then what waits for a person. Ids come
 * from devices and are checked; texts of role records may hold more, so lines that go to a terminal are escaped there.
 */
export function explainPlan(plan: NamespacePlan): string[] {
  const lines = [
    ...plan.alarms.flatMap(({ device, text, remedy }) => [`ALARM ${device}: ${text}.`, `  ${remedy}.`]),
    ...plan.steps.map(explainStep),
    ...plan.conflicts.map(({ id, kind, reason }) => `conflict ${id} (${kind}): ${reason}`),
    ...plan.held.map(({ device, ids, reason }) => `held ${[device, named(ids)].filter(Boolean).join(' ')}: ${reason}`),
    ...Object.entries(plan.extra).map(([device, ids]) => `extra on ${device}, left alone: ${named(ids)}`),
  ];
  const what = lines.length === 0 ? 'nothing to do' : `${count(plan.steps.length, 'step')} to do`;
  return [
    `${namespaceTitle(plan.namespace)}, epoch ${plan.premises.epoch}: ${what}, ${plan.same} the same`,
    ...lines.map((line) => `  ${line}`),
  ];
}

/** A step in one line. */
export function explainStep(step: Step): string {
  switch (step.kind) {
    case 'establish':
      return `record on ${step.device} that ${step.primaries.join(' and ')} may make keys: epoch 1, the first`;
    case 'record':
      return `bring the role record of epoch ${step.epoch} to ${step.device}`;
    case 'lock':
      return `lock ${step.device}: archive at two places, then remove the N-Administrators ${named(step.users)}`;
    case 'clear-stand-ins':
      return `remove ${count(step.ids.length, 'stand-in')} on ${step.device} that a broken run left: ${named(step.ids)}`;
    case 'create':
      return `create ${count(step.ids.length, 'key')} on ${step.device} from ${step.from}: ${named(step.ids)}`;
    case 'update': {
      const ids = step.ids.map((id) => `${id} (${step.fields[id]?.join(', ')})`);
      return `update ${count(step.ids.length, 'key')} on ${step.device} from ${step.from}: ${named(ids)}`;
    }
    case 'replace':
      return `replace ${count(step.ids.length, 'key')} on ${step.device}, made anew on ${step.from}: ${named(step.ids)}`;
    case 'delete': {
      const ids = step.ids.map((id) => (step.moved?.[id] === undefined ? id : `${id} (moved to ${step.moved[id]})`));
      return `delete ${count(step.ids.length, 'key')} on ${step.device}, gone on ${step.from}: ${named(ids)}`;
    }
    case 'users': {
      const parts = (['create', 'replace', 'delete'] as const)
        .filter((part) => step[part].length > 0)
        .map((part) => `${part} ${named(step[part])}`);
      return `users on ${step.device} from ${step.from}: ${parts.join('; ')}`;
    }
  }
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

const named = (ids: readonly string[]): string =>
  `${ids.slice(0, NAMED).join(', ')}${ids.length > NAMED ? `, … (${ids.length})` : ''}`;
