import { Problem } from '../../../core/problem.ts';
import type { WorkOptions } from '../../../core/progress.ts';
import type { Engine } from '../engine/engine.ts';
import type { PreviewParams } from '../protocol.ts';
import { preview } from './preview.ts';

/** Refuses a command when what it would do is another thing than the person saw. */
export async function requireSame(
  engine: Engine,
  params: PreviewParams,
  premise: string,
  options: WorkOptions,
): Promise<void> {
  const now = await preview(engine, params, options);
  if (now.problem !== undefined) {
    const { kind, place, cause, remedy } = now.problem;
    throw new Problem({ kind, place, cause, remedy });
  }
  if (now.premise === premise) return;
  throw new Problem({
    kind: 'refused',
    place: params.command,
    cause: 'something changed since you looked, so it would do another thing than you saw; nothing was done',
    remedy: 'Start it again, and look at what it would change now',
  });
}

/** The same for a command that needs a name typed. */
export async function requireTyped(
  engine: Engine,
  params: PreviewParams & { params: { typed?: string; premise?: string } },
  wanted: string,
  options: WorkOptions,
): Promise<void> {
  if (params.params.typed !== wanted) {
    throw new Problem({
      kind: 'refused',
      place: params.command,
      cause: `the name ${JSON.stringify(wanted)} was not typed`,
      remedy: 'Start it again, and type the name to say that it is meant',
    });
  }
  await requireSame(engine, params, params.params.premise ?? '', options);
}
