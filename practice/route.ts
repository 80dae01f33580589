import type { Answer } from './answer.ts';
import type { Call } from './call.ts';
import type { Health } from './node.ts';
import type { Role } from './users.ts';

/** One method of a resource. */
export interface Method {
  /** Who may; public when absent. */
  roles?: readonly Role[];
  /** Only for users outside any namespace. */
  rootOnly?: boolean;
  /** Changes the store: waits while a restore body is on its way. */
  writes?: boolean;
  run: (call: Call) => Answer | Promise<Answer>;
}

/** A resource: a path below `/api/v1` and its methods. */
export interface Route {
  path: RegExp;
  /** Content type of its answers; JSON when absent. */
  type?: string;
  /** In which states it answers; all when absent. */
  states?: readonly Health[];
  methods: Partial<Record<'GET' | 'PUT' | 'POST' | 'DELETE', Method>>;
}

export const OPERATIONAL = ['Operational'] as const;
export const ADMINISTRATOR = ['Administrator'] as const;
