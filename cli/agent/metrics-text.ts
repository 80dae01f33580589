import { type Namespace, namespaceTitle, ROOT } from '../../core/names.ts';
import { devicesOf, type Policy } from '../../core/replication/policy.ts';
import { lagNow } from '../../core/replication/stream/lag.ts';
import { linksOf } from '../../core/replication/sync.ts';
import type { Watch } from './watch.ts';

type Labels = Record<string, string>;
type Sample = [labels: Labels, value: number | undefined];

/** The root has a name that no namespace can have. */
const nameOf = (namespace: Namespace): string => (namespace === ROOT ? '(root)' : namespaceTitle(namespace));
const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);

function family(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string {
  const lines = samples.flatMap(([labels, value]) => {
    if (value === undefined) return [];
    const text = Object.entries(labels).map(([label, content]) => `${label}="${escaped(content)}"`);
    return [`nethsm_replication_${name}${text.length === 0 ? '' : `{${text.join(',')}}`} ${value}`];
  });
  if (lines.length === 0) return '';
  return [`# HELP nethsm_replication_${name} ${help}`, `# TYPE nethsm_replication_${name} ${type}`, ...lines, ''].join(
    '\n',
  );
}

/** What an agent knows of itself, in the text format of Prometheus. */
export function metricsText(watch: Watch, now: number): string {
  const { figures, version } = watch;
  const namespaces = [...figures.namespaces].map(([namespace, own]) => ({
    labels: { namespace: nameOf(namespace) },
    own,
  }));
  const by = (value: (own: (typeof namespaces)[number]['own']) => number | undefined): Sample[] =>
    namespaces.map(({ labels, own }) => [labels, value(own)]);
  return [
    family('info', 'gauge', 'The program.', [[{ version }, 1]]),
    family('start_time_seconds', 'gauge', 'When the agent started.', [[{}, seconds(figures.startedAt)]]),
    family(
      'last_success_timestamp_seconds',
      'gauge',
      'When a namespace was last compared or carried on to its end.',
      by((own) => seconds(own.lastSuccessAt)),
    ),
    family(
      'last_backup_timestamp_seconds',
      'gauge',
      'When a sealed archive of a namespace was last written and verified.',
      by((own) => seconds(own.lastBackupAt)),
    ),
    family(
      'keys_moved_total',
      'counter',
      'Keys that were read back on a device after a change of ours.',
      by((own) => own.keysMoved),
    ),
    family(
      'conflicts',
      'gauge',
      'Keys that two devices hold differently and a person must decide on.',
      by((own) => own.conflicts),
    ),
    family(
      'held',
      'gauge',
      'Keys for which something is not done though the manifest would have it.',
      by((own) => own.held),
    ),
    family(
      'alarms',
      'gauge',
      'Alarms of the last comparison.',
      by((own) => own.alarms),
    ),
    family(
      'stopped',
      'gauge',
      'Whether a namespace is stopped by a problem.',
      by((own) => (own.problem === undefined ? 0 : 1)),
    ),
    family(
      'device_resting',
      'gauge',
      'Whether a device refuses our passphrase, or is not the one that was confirmed: it rests until a person mends that.',
      (watch.current?.policies ?? []).flatMap((policy): Sample[] => {
        const resting = figures.namespaces.get(policy.namespace)?.resting ?? [];
        const namespace = nameOf(policy.namespace);
        return devicesOf(policy).map((device) => [{ namespace, device }, resting.includes(device) ? 1 : 0]);
      }),
    ),
    family(
      'runs_total',
      'counter',
      'Comparisons by how they ended.',
      namespaces.flatMap(({ labels, own }): Sample[] => [
        [{ ...labels, result: 'ok' }, own.runs.ok],
        [{ ...labels, result: 'failed' }, own.runs.failed],
      ]),
    ),
    family(
      'errors_total',
      'counter',
      'Problems by their kind.',
      namespaces.flatMap(({ labels, own }) =>
        [...own.errors].map(([kind, count]): Sample => [{ ...labels, kind }, count]),
      ),
    ),
    ...linkFamilies(watch, now),
  ].join('');
}

function linkFamilies({ figures, current }: Watch, now: number): string[] {
  const policies = current?.policies ?? [];
  const journal = current?.ctx.journal;
  const away = new Map(
    [...new Set(policies.flatMap(devicesOf))].map((device) => [device, journal?.unreachableSince(device)]),
  );
  const links = policies.flatMap((policy) => linksOf(policy).map((link) => ({ policy, link })));
  const measured = links.map(({ policy, link }) => {
    const meter = figures.links.get(JSON.stringify([link.namespace, link.left, link.right]))?.meter;
    const labels = { namespace: nameOf(link.namespace), left: link.left, right: link.right };
    const inSyncAt = meter?.inSyncAt ?? journal?.lastRun(link)?.inSyncAt;
    const isBlind = [link.left, link.right].some((device) => away.get(device) !== undefined);
    const isStopped = figures.namespaces.get(link.namespace)?.problem !== undefined;
    const waiting = meter === undefined ? 0 : lagNow(meter, now);
    // A stream that runs knows that nothing is missing; otherwise the age of the last time at which that was known.
    const knows = policy.replication.mode === 'streaming' && !isBlind && !isStopped && meter?.inSyncAt !== undefined;
    const lag = knows ? waiting : inSyncAt === undefined ? undefined : Math.max(waiting, now - inSyncAt);
    return { labels, lag, inSyncAt, figures: meter?.figures(), maxLag: policy.replication.maxLag };
  });
  return [
    family(
      'lag_seconds',
      'gauge',
      'Age of the oldest change that may not have arrived.',
      measured.map(({ labels, lag }) => [labels, seconds(lag)]),
    ),
    family(
      'max_lag_seconds',
      'gauge',
      'What the manifest allows.',
      measured.map(({ labels, maxLag }) => [labels, seconds(maxLag)]),
    ),
    family(
      'in_sync_timestamp_seconds',
      'gauge',
      'When both devices were last known to hold the same.',
      measured.map(({ labels, inSyncAt }) => [labels, seconds(inSyncAt)]),
    ),
    family(
      'arrival_seconds',
      'gauge',
      'How long the last changes took at most, by share of them.',
      measured.flatMap(({ labels, figures: lags }): Sample[] => [
        [{ ...labels, quantile: '0.5' }, seconds(lags?.p50)],
        [{ ...labels, quantile: '0.95' }, seconds(lags?.p95)],
      ]),
    ),
    family(
      'arrivals_total',
      'counter',
      'Changes that a stream carried.',
      measured.map(({ labels, figures: lags }) => [labels, lags?.changes ?? 0]),
    ),
    family(
      'paused',
      'gauge',
      'Whether a person paused a namespace.',
      policies.map(({ namespace }: Policy) => [
        { namespace: nameOf(namespace) },
        journal?.paused(namespace) === undefined ? 0 : 1,
      ]),
    ),
    family(
      'device_reachable',
      'gauge',
      'Whether a device answers.',
      [...away].map(([device, since]) => [{ device }, since === undefined ? 1 : 0]),
    ),
  ];
}
