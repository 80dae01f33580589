import { createFigures } from '../../core/replication/agent/figures.ts';
import { eventLine } from '../agent/event-line.ts';
import { parseAddress, serveWatch } from '../agent/http.ts';
import { lookAfter, type Print, printProblem } from '../agent/look-after.ts';
import type { Watch } from '../agent/watch.ts';
import { EXIT } from '../exit.ts';
import { usageProblem } from '../options.ts';
import { VERSION } from '../program.ts';
import { defineVerb } from '../verb.ts';

const LISTEN = '127.0.0.1:9464';

export const verb = defineVerb({
  about: [
    'The agent: looks after all namespaces of a manifest until it is stopped. Streams changes, synchronises and backs up by schedule, as the manifest says; namespaces that are paused are left alone. A site that is out of reach holds up nobody else, and catches up when it is back.',
    'Prints one line of JSON for each event on stdout, and serves /healthz, /readyz and Prometheus /metrics. A changed manifest takes effect within seconds; one with errors is told of, and the old one stays in force. The first SIGTERM or SIGINT lets what is on its way to a device end, gives leases back and exits with 0.',
  ],
  positionals: [{ name: 'MANIFEST', help: 'The manifest.' }],
  options: {
    listen: { value: 'HOST:PORT', help: `Where the endpoints listen. Default: ${LISTEN}, this machine only.` },
  },
  examples: [
    ['run site.nethsm.yaml', 'until Ctrl-C'],
    ['run site.nethsm.yaml --listen 0.0.0.0:9464', 'endpoints that the whole network sees, in a container'],
  ],
  async run(run, values, [file = '']) {
    const address = parseAddress(values.listen ?? LISTEN);
    if (address === undefined) throw usageProblem('run', '--listen is no HOST:PORT, like 127.0.0.1:9464');
    const print: Print = (activity) => {
      run.around.stdout.write(eventLine({ at: Date.now(), by: 'run', ...activity }));
    };
    const watch: Watch = { figures: createFigures(Date.now()), current: undefined, version: VERSION };
    const stop = new AbortController();
    try {
      const url = await serveWatch(watch, address, stop.signal);
      print({ kind: 'listen', level: 'info', text: `${url}/healthz, ${url}/readyz and ${url}/metrics` });
      await lookAfter(run, file, watch, print);
      return EXIT.done;
    } catch (error) {
      printProblem(print, error);
      throw error;
    } finally {
      stop.abort();
    }
  },
});
