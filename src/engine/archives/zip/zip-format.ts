import type { ArchiveFormat } from '../../archive.ts'
import { failureFrom, reasonOf } from '../../failure.ts'
import { openZip } from './zip-reader.ts'
import { ZipWriter } from './zip-writer.ts'

/** ZIP as everybody's tools read it: deflated or stored, ZIP64 where it is needed, UTF-8 names, Unix modes and links. */
export const zipFormat: ArchiveFormat = {
  ending: '.zip',

  async create(path, options) {
    if (options.signal.aborted) throw reasonOf(options.signal)
    try {
      return new ZipWriter(path, options)
    } catch (error) {
      throw failureFrom(error, 'The archive could not be begun')
    }
  },

  open: openZip,
}
