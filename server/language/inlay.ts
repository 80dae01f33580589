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

/** Between two offsets: behind each schedule its next run, behind each replica its lag and drift. */
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
    const known = facts?.namespace(checked.name);
    for (const { device, path } of references) {
      const replica = known?.replicas?.[device];
      const at = checked.at(...path);
      if (known === undefined || replica === undefined || !at.exact) continue;
      const isKey = path[0] === 'primaries' && typeof path[1] === 'string';
      add((isKey ? at.key : at.value).end, replicaLabel(replica), seen(known.at, context.now().getTime()).trim());
    }
  }
  return hints;
}

function replicaLabel({
  lagSeconds,
  missing = 0,
  extra = 0,
  differs = 0,
}: {
  lagSeconds?: number;
  missing?: number;
  extra?: number;
  differs?: number;
}): string {
  const drift = [missing && `${missing} missing`, extra && `${extra} extra`, differs && `${differs} differ`].filter(
    Boolean,
  );
  const lag = lagSeconds ? `lag ${durationText(lagSeconds)}` : '';
  return [lag, ...drift].filter(Boolean).join(', ') || 'in sync';
}
