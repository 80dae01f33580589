import { type InlayHint, InlayHintKind } from 'vscode-languageserver';
import { text } from '../../schemas/checked-entry.ts';
import { nextRuns } from '../../schemas/cron.ts';
import { checkedEntries } from '../../schemas/document-rule.ts';
import { durationText } from '../../schemas/duration.ts';
import { viewOf } from '../../schemas/entries.ts';
import { positionAt } from '../../schemas/tree/lines.ts';
import type { LanguageContext, ManifestFile } from './context.ts';
import { clockText } from './cron-words.ts';
import { seen } from './diagnostics/live-rule.ts';
import type { ManifestFacts, ReplicaFacts } from './live-facts.ts';

/** Between two offsets: behind each schedule its next run, behind each device its role, lag and drift, or why that is not known. */
export function inlayHints(file: ManifestFile, from: number, to: number, context: LanguageContext): InlayHint[] {
  const { document, uri } = file;
  const facts = context.facts.of(uri);
  const hints: InlayHint[] = [];
  for (const { item, checked, references } of checkedEntries(document, viewOf(document), 'users')) {
    if (item.end < from || item.start > to) continue;
    const add = (end: number, label: string, tooltip?: string) =>
      hints.push({
        position: positionAt(document.lines, item.start + end),
        label,
        kind: InlayHintKind.Parameter,
        paddingLeft: true,
        ...(tooltip !== undefined && { tooltip }),
      });
    for (const block of ['replication', 'backups']) {
      const schedule = text(checked, block, 'schedule');
      const at = checked.at(block, 'schedule');
      if (schedule === undefined || !at.exact) continue;
      const zone = text(checked, block, 'timeZone') ?? 'UTC';
      const [next] = nextRuns(schedule, zone, context.now(), 1);
      if (next !== undefined) add(at.value.end, `next ${clockText(next, zone)}`);
    }
    if (facts === undefined) continue;
    for (const { device, path } of references) {
      const hint = deviceHint(facts, checked.name, device, path[0] === 'primary');
      const at = checked.at(...path);
      if (hint === undefined || !at.exact) continue;
      const isKey = path[0] === 'primaries' && typeof path[1] === 'string';
      add((isKey ? at.key : at.value).end, hint.label, seen(hint.at, context.now().getTime()).trim());
    }
  }
  return hints;
}

const STATES = { Locked: 'locked', Unprovisioned: 'unprovisioned', Failed: 'failed', unreachable: 'out of reach' };

/** How a device stands in a namespace, and when that was seen; undefined while nobody looked. */
function deviceHint(
  facts: ManifestFacts,
  namespace: string,
  device: string,
  isNamedPrimary: boolean,
): { label: string; at: number } | undefined {
  const own = facts.device(device);
  if (own !== undefined && own.state !== 'Operational') return { label: STATES[own.state], at: own.at };
  const known = facts.namespace(namespace);
  if (known === undefined) return undefined;
  const { at, primary, epoch, paused, replicas } = known;
  if (device === primary) return { label: epoch === undefined ? 'primary' : `primary, epoch ${epoch}`, at };
  const replica = replicas?.[device];
  if (replica === undefined) return undefined;
  const other = primary === undefined ? undefined : facts.device(primary);
  const isCut = other !== undefined && other.state !== 'Operational';
  const parts = [
    isNamedPrimary && primary !== undefined && 'replica',
    paused === true && 'paused',
    isCut ? 'not compared' : replicaLabel(replica),
  ];
  return { label: parts.filter((part) => part !== false).join(', '), at };
}

function replicaLabel({ lagSeconds, missing = 0, extra = 0, differs = 0 }: ReplicaFacts): string {
  const drift = [
    missing && `${missing} missing`,
    extra && `${extra} extra`,
    differs && (differs === 1 ? '1 differs' : `${differs} differ`),
  ].filter(Boolean);
  const lag = lagSeconds ? `lag ${durationText(lagSeconds)}` : '';
  return [lag, ...drift].filter(Boolean).join(', ') || 'in sync';
}
