const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `30m` in seconds; undefined when it is no duration. */
export function seconds(duration: string): number | undefined {
  const match = /^([1-9][0-9]*)(s|m|h|d)$/.exec(duration);
  return match === null ? undefined : Number(match[1]) * SECONDS[match[2] as keyof typeof SECONDS];
}

/** Seconds as people write them: `90m`, `2h`; rounded up to whole seconds. */
export function durationText(total: number): string {
  const whole = Math.ceil(total);
  for (const unit of ['d', 'h', 'm'] as const) {
    if (whole >= SECONDS[unit] && whole % SECONDS[unit] === 0) return `${whole / SECONDS[unit]}${unit}`;
  }
  return `${whole}s`;
}
