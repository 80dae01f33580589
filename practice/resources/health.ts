import { createHash } from 'node:crypto';
import { type Answer, empty, json } from '../answer.ts';
import { reportMetrics } from '../metrics.ts';
import { OPERATIONAL, type Route } from '../route.ts';

/** A fixed answer has the MD5 of its text as ETag (recordings 01 and 11). */
export function fixed(body: unknown): Answer {
  const etag = createHash('md5').update(JSON.stringify(body)).digest('hex');
  return json(body, 200, { etag: `"${etag}"` });
}

export const HEALTH: readonly Route[] = [
  { path: /^\/info$/, methods: { GET: { run: () => fixed({ vendor: 'Nitrokey GmbH', product: 'NetHSM' }) } } },
  { path: /^\/health\/alive$/, states: ['Locked', 'Unprovisioned'], methods: { GET: { run: () => empty(200) } } },
  { path: /^\/health\/ready$/, states: OPERATIONAL, methods: { GET: { run: () => empty(200) } } },
  { path: /^\/health\/state$/, methods: { GET: { run: ({ node }) => json({ state: node.health }) } } },
  {
    path: /^\/metrics$/,
    states: OPERATIONAL,
    methods: {
      GET: {
        roles: ['Metrics'],
        run: ({ node }) => json(reportMetrics(node.metrics, Math.floor((node.machine.now() - node.bootedAt) / 1000))),
      },
    },
  },
];
