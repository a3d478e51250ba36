import { zipFormat } from '../../src/engine/archives/zip/zip-format.ts'
import { describeArchiveFormat } from './archive-format.ts'

describeArchiveFormat('zip', zipFormat)
