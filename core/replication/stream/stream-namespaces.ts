import type { Namespace } from '../../names.ts';
import type { Context } from '../context.ts';
import type { Link } from '../journal/journal.ts';
import { devicesOf, type Policy } from '../policy.ts';
import type { Change, ChangeSource } from './change-source.ts';
import type { StreamEnv, StreamedDevice } from './env.ts';
import { createHourlyWrites } from './hourly.ts';
import type { LagMeter } from './lag.ts';
import { createMailbox, type Mailbox } from './mailbox.ts';
import { pollingSource } from './polling-source.ts';
import { createSealedReader } from './sealed-reader.ts';
import { streamNamespace } from './stream-namespace.ts';
import type { Letter } from './work.ts';
import { openLedger } from './write-ledger.ts';

/** What a stream leaves to its caller. */
export interface StreamHooks extends Pick<StreamEnv, 'compare' | 'onPass' | 'onComparison' | 'onFailure'> {
  /** The meter of a link, the same one each time. */
  meter(link: Link): LagMeter;
}

/**
 * Carries changes of namespaces as they happen, until the signal of the context fires. Each device is asked once for all
 * its namespaces, and each namespace goes its own way, so that a site that is down holds up nobody but itself.
 */
export async function streamNamespaces(
  ctx: Context & { signal: AbortSignal },
  policies: readonly Policy[],
  hooks: StreamHooks,
  source?: ChangeSource,
): Promise<void> {
  const names = [...new Set(policies.flatMap(devicesOf))];
  const devices = new Map(names.map((name) => [name, makeDevice(ctx, name)]));
  const boxes = new Map(policies.map(({ namespace }) => [namespace, createMailbox<Letter>()]));
  const stream: Stream = { policies, devices, boxes, uptimes: new Map() };
  const heard =
    source ??
    pollingSource(
      ctx,
      names.map((name) => polled(ctx, stream, name)),
    );
  const env: StreamEnv = {
    ctx,
    ...hooks,
    device: (name) => devices.get(name) as StreamedDevice,
    suspect: (device) => suspect(stream, device),
    quietAt: (device) => heard.quietAt(device),
  };
  const work = policies.map((policy) => streamNamespace(env, policy, boxes.get(policy.namespace) as Mailbox<Letter>));
  await Promise.all([dispatch(ctx, stream, heard), ...work]);
}

interface Stream {
  policies: readonly Policy[];
  devices: ReadonlyMap<string, StreamedDevice>;
  boxes: ReadonlyMap<Namespace, Mailbox<Letter>>;
  /** Of the node that was written to last, by device. */
  uptimes: Map<string, number | undefined>;
}

const makeDevice = (ctx: Context, name: string): StreamedDevice => ({
  reader: createSealedReader(ctx, ctx.session(name)),
  ledger: openLedger(),
  hourly: createHourlyWrites(),
});

/** A device is asked as often as the most urgent of its namespaces wants it. */
function polled(ctx: Context, { policies, devices }: Stream, name: string) {
  const lags = policies
    .filter((policy) => devicesOf(policy).includes(name))
    .map(({ replication }) => replication.maxLag)
    .filter((lag) => lag !== undefined);
  const maxLag = lags.length === 0 ? undefined : Math.min(...lags);
  return {
    session: ctx.session(name),
    pace: () => ({ maxLag, lastPass: devices.get(name)?.reader.lastPass() ?? 0 }),
  };
}

async function dispatch(ctx: Context & { signal: AbortSignal }, stream: Stream, source: ChangeSource): Promise<void> {
  while (!ctx.signal.aborted) {
    const changes = await source.next(ctx.signal).catch((error: unknown) => {
      if (ctx.signal.aborted) return [];
      throw error;
    });
    for (const change of changes) hear(stream, change);
  }
}

function hear(stream: Stream, change: Change): void {
  const { device, kind, since } = change;
  if (kind === 'back') send(stream, { kind: 'back', device });
  const ledger = stream.devices.get(device)?.ledger;
  if (kind === 'writes') {
    stream.uptimes.set(device, change.uptime);
    ledger?.wrote(change.writes, change.at, since);
  }
  send(stream, { kind: 'change', device, since });
  // Where no namespace has its primary, no listing is to come that would explain it.
  if ((ledger?.close() ?? 0) > 0) suspect(stream, device);
}

/** Tells the namespaces of a device of unexplained writes, unless they come at the hour of the operations counters. */
function suspect(stream: Stream, device: string): void {
  const uptime = stream.uptimes.get(device);
  if (uptime !== undefined && stream.devices.get(device)?.hourly.isLikely(uptime) === true) return;
  send(stream, { kind: 'suspicious', device, uptime });
}

function send({ policies, boxes }: Stream, letter: Letter): void {
  for (const policy of policies) {
    if (devicesOf(policy).includes(letter.device)) boxes.get(policy.namespace)?.put(letter);
  }
}
