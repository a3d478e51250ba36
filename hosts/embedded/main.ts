// Imports nothing before the version is known: the SQLite library crashes an older Node instead of saying why.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 12)) {
  console.error(
    `Node 22.12 or newer is needed, this is ${process.versions.node}. "npm ci" installs the right one for "npm start".`,
  )
  process.exitCode = 1
} else {
  const { runHost } = await import('./command.ts')
  await runHost(process.argv.slice(2), process.env)
}

export {}
