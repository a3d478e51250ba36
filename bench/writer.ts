/** An application in a process of its own, which says how it fared when asked. */
import { SteadyWriter } from './steady-writer.ts'

const [path = '', rate = '2000'] = process.argv.slice(2)
const writer = new SteadyWriter(path, Number(rate))
process.on('message', () => process.send?.(writer.take()))
process.on('disconnect', () => process.exit())
