/** The process beside the editor: what the editor's client starts. */
import { startLanguageServer } from './main.ts';

startLanguageServer();
