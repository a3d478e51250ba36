import { chmodSync } from 'node:fs'

// npm does this when it links the command for the first time, and not again after the next build.
chmodSync(new URL('../dist/src/cli/main.js', import.meta.url), 0o755)
