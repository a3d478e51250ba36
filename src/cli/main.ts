#!/usr/bin/env node
// Imports nothing before the version is known: the SQLite library crashes an older Node instead of saying why.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 12)) {
  console.error(`automate-backup needs Node 22.12 or newer, this is ${process.versions.node}.`)
  process.exitCode = 1
} else {
  const { runCommandLine } = await import('./command-line.ts')
  process.exitCode = await runCommandLine(process.argv.slice(2), process.env)
}

export {}
