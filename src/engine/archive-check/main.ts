/**
 * The checking process for archives that came from elsewhere: looks at one in full, says what it found, and ends. Its
 * parent kills it at the deadline, and the system when it takes more memory or time than it was given.
 */
import { openZip } from '../archives/zip/zip-reader.ts'
import { checkUp } from '../archiving/check-up.ts'
import { answerOnce } from '../limited/answering.ts'

await answerOnce((path: string) => checkUp(path, openZip))
