#!/usr/bin/env node
import { runProgram } from './program.ts';
import { processSurroundings } from './terminal/streams.ts';

// A reader that went away (`| head`) is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
});

process.exitCode = await runProgram(process.argv.slice(2), processSurroundings());
