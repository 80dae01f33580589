import type { Session } from '../../../core/device/session.ts';
import type { WorkOptions } from '../../../core/progress.ts';
import type { NamespacePlan, Step } from '../../../core/replication/plan/plan.ts';
import { keysText } from './inventory-text.ts';

/** Keys whose content is written out; of more only the ids. */
const MOST_READ = 200;

/** Keys as a plan finds them on a device and as it would leave them; `from` holds what they become. */
interface Change {
  ids: readonly string[];
  from: string;
  isThere: boolean;
  stays: boolean;
}

/**
 * A plan as two texts to compare: what its devices hold of what it touches, before and after. Only what would change is
 * in them. The content of up to some hundred keys is written out.
 */
export async function planTexts(
  plan: NamespacePlan,
  session: (device: string) => Session,
  options: WorkOptions,
): Promise<{ before: string; after: string }> {
  const devices = [...new Set(plan.steps.map(({ device }) => device))].sort();
  const before: string[] = [];
  const after: string[] = [];
  for (const device of devices) {
    const steps = plan.steps.filter((step) => step.device === device);
    before.push(`# ${device}`, '');
    after.push(`# ${device}`, '');
    for (const line of steps.flatMap(adminLines)) {
      if (line.was !== undefined) before.push(line.was);
      if (line.becomes !== undefined) after.push(line.becomes);
    }
    for (const change of steps.map(changeOf).filter((change) => change !== undefined)) {
      const texts = (name: string): Promise<string[]> => textsOf(plan, session(name), change.ids, options);
      if (change.isThere) before.push(...(await texts(device)));
      if (change.stays) after.push(...(await texts(change.from)));
    }
    before.push('');
    after.push('');
  }
  const left = leftLines(plan);
  return { before: [...before, ...left].join('\n'), after: [...after, ...left].join('\n') };
}

async function textsOf(
  { namespace }: NamespacePlan,
  session: Session,
  ids: readonly string[],
  options: WorkOptions,
): Promise<string[]> {
  const written = await keysText(session, namespace, ids.slice(0, MOST_READ), options);
  return [...written.map((text) => text.trimEnd()), ...ids.slice(MOST_READ).map((id) => `${id}:`)];
}

function changeOf(step: Step): Change | undefined {
  switch (step.kind) {
    case 'create':
      return { ids: step.ids, from: step.from, isThere: false, stays: true };
    case 'update':
    case 'replace':
      return { ids: step.ids, from: step.from, isThere: true, stays: true };
    case 'delete':
      return { ids: step.ids, from: step.from, isThere: true, stays: false };
    default:
      return undefined;
  }
}

/** What changes besides keys, a line each. */
function adminLines(step: Step): { was?: string; becomes?: string }[] {
  switch (step.kind) {
    case 'establish':
      return [{ becomes: `role record: epoch 1, primary ${step.primaries.join(', ')}` }];
    case 'record':
      return [{ was: 'role record: older or none', becomes: `role record: epoch ${step.epoch}` }];
    case 'lock':
      return step.users.map((user) => ({ was: `N-Administrator ${user}` }));
    case 'users':
      return [
        ...step.create.map((user) => ({ becomes: `Operator ${user}` })),
        ...step.replace.map((user) => ({
          was: `Operator ${user}: as it is here`,
          becomes: `Operator ${user}: as on ${step.from}`,
        })),
        ...step.delete.map((user) => ({ was: `Operator ${user}` })),
      ];
    case 'clear-stand-ins':
      return step.ids.map((id) => ({ was: `${id}: stand-in` }));
    default:
      return [];
  }
}

/** What the plan leaves to a person: the same on both sides. */
function leftLines({ conflicts, held, alarms }: NamespacePlan): string[] {
  const lines = [
    ...alarms.map(({ device, text, remedy }) => `# alarm on ${device}: ${text}. ${remedy}.`),
    ...conflicts.map(({ id, reason }) => `# conflict, left alone: ${id}: ${reason}`),
    ...held.map(({ device, ids, reason }) => `# held on ${device}: ${ids.slice(0, 20).join(', ')}: ${reason}`),
  ];
  return lines.length === 0 ? [] : [...lines, ''];
}
