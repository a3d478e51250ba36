import { controls } from './controls.ts'
import { layout } from './layout.ts'
import { lists } from './lists.ts'
import { media } from './media.ts'
import { pictures } from './pictures.ts'
import { status } from './status.ts'
import { system } from './system.ts'
import { tokens } from './tokens.ts'

/** One file for the browser. `media` comes last: it overrules what comes before. */
export const stylesheet = [tokens, layout, controls, status, pictures, lists, system, media].join('\n')
