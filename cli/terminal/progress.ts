import type { Progress } from '../../core/progress.ts';
import type { TextSink } from './streams.ts';
import { shorten } from './text.ts';

/** Shows progress; `end` clears the line. */
export interface ProgressDisplay {
  report(progress: Progress): void;
  end(): void;
}

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 10_000;
/** Work that ends before needs no line in a log. */
const PLAIN_PATIENCE_MS = 2_000;
/** A rate over less than this is a guess that jumps. */
const SETTLED_MS = 500;

const short = (n: number): string => Math.round(n).toLocaleString('en-GB');

/** `840 kB`, `12.3 MB`: decimal, as files are measured. */
export function bytes(n: number): string {
  if (n < 1000) return `${Math.round(n)} B`;
  const unit = ['kB', 'MB', 'GB', 'TB'];
  let value = n / 1000;
  let at = 0;
  while (value >= 1000 && at < unit.length - 1) {
    value /= 1000;
    at += 1;
  }
  return `${value.toFixed(value < 10 ? 1 : 0)} ${unit[at]}`;
}

/** `8 s`, `2 min 5 s`, `3 h 12 min`. */
export function duration(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return s % 60 === 0 ? `${s / 60} min` : `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

/** One line: phase, figures, rate and remaining time, as far as they can be known. */
export function progressLine(progress: Progress, sinceStartMs: number, doneAtStart: number): string {
  const figure = (n: number): string => (progress.unit === 'bytes' ? bytes(n) : short(n));
  const unit = progress.unit === 'bytes' ? '' : ` ${progress.unit}`;
  const parts = [
    progress.total === undefined
      ? `${figure(progress.done)}${unit}`
      : `${figure(progress.done)} of ${figure(progress.total)}${unit}`,
  ];
  if (progress.total !== undefined && progress.total > 0) {
    parts.push(`${Math.floor((100 * progress.done) / progress.total)}%`);
  }
  const rate = ((progress.done - doneAtStart) * 1000) / Math.max(1, sinceStartMs);
  if (sinceStartMs >= SETTLED_MS && rate > 0) {
    parts.push(`${rate < 10 && progress.unit !== 'bytes' ? rate.toFixed(1) : figure(rate)}/s`);
    const left = (progress.total ?? progress.done) - progress.done;
    if (left > 0) parts.push(`${duration((1000 * left) / rate)} left`);
  }
  return `${progress.phase}: ${parts.join(', ')}`;
}

/**
 * On a terminal one line that is drawn over itself; elsewhere a plain line once a phase takes long, and then every ten
 * seconds. `quiet` shows nothing unless the stream is a terminal: a program reads along.
 */
export function showProgress(sink: TextSink, options: { quiet: boolean; now?: () => number }): ProgressDisplay {
  const now = options.now ?? (() => performance.now());
  const tty = sink.isTTY === true;
  if (!tty && options.quiet) return { report() {}, end() {} };
  let phase: { name: string; started: number; doneAtStart: number; next: number } | undefined;
  let dirty = false;
  return {
    report(progress) {
      const at = now();
      if (phase?.name !== progress.phase) {
        const next = tty ? at : at + PLAIN_PATIENCE_MS;
        phase = { name: progress.phase, started: at, doneAtStart: progress.done, next };
      }
      const whole = tty && progress.done === progress.total;
      if (at < phase.next && !whole) return;
      phase.next = at + (tty ? REDRAW_MS : PLAIN_LINE_MS);
      const line = progressLine(progress, at - phase.started, phase.doneAtStart);
      sink.write(tty ? `\r\u001b[2K${shorten(line, (sink.columns || 80) - 1)}` : `${line}\n`);
      dirty = tty;
    },
    end() {
      if (dirty) sink.write('\r\u001b[2K');
      dirty = false;
      phase = undefined;
    },
  };
}
