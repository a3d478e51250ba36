import { cpSync } from 'node:fs'

// What Node-RED looks for beside the compiled nodes: the editor's part of each, and its texts.
const folder = (root) => new URL(`../${root}hosts/node-red/`, import.meta.url)
cpSync(folder(''), folder('dist/'), {
  recursive: true,
  filter: (path) => !/\.tsx?$/.test(path),
})
