import { BackupError } from '../engine/errors.ts'
import type { Actor } from '../host/contract.ts'

export function notFound(): BackupError {
  return new BackupError('not-found', 'There is no such upload.', {
    hint: 'It may be finished, cancelled, or older than 24 hours. Look at the list, or upload the file again.',
  })
}

export function tooLong(size: number, left: number): BackupError {
  return new BackupError('upload-too-large', `${size} bytes were sent, and only ${left} are missing.`, {
    hint: 'Send what was announced.',
    details: { size, max: left },
  })
}

export function wrongOffset(offset: number): BackupError {
  return new BackupError('wrong-offset', `The upload has ${offset} bytes.`, {
    hint: 'It is whole already.',
    details: { offset },
  })
}

export function beingChecked(): BackupError {
  return new BackupError('upload-locked', 'The upload is whole and is being checked.', {
    hint: 'Cancel its run instead, or delete the backup afterwards.',
  })
}

export function cancelledBy({ name }: Actor): BackupError {
  return new BackupError('cancelled', `Cancelled by ${name}.`, {
    hint: 'Upload the file again when you are ready.',
    details: { by: name },
  })
}

export function wentAway(): BackupError {
  return new BackupError('cancelled', 'The upload ended before the file was whole.', {
    hint: 'Nothing of it was kept. Upload the file again.',
  })
}

export function interrupted(): BackupError {
  return new BackupError('interrupted', 'The upload was interrupted: the application ended before it did.', {
    hint: 'Nothing of it was kept. Upload the file again.',
  })
}
