/** Taking in a backup that lies elsewhere. */
export const englishUpload = {
  link: 'Upload a backup',
  title: 'Upload a backup',
  intro:
    'A plain SQLite file, for example one that was downloaded here before. It is checked in full before it is listed, and nothing of it is kept otherwise.',
  trust:
    'There is nothing to compare it with: it counts as checked, never as proven. Whether it is what somebody says it is, only you know.',
  file: 'File',
  limit: (size: string) => `At most ${size}.`,
  noLimit: 'Any size.',
  free: (size: string) => `${size} are free.`,
  database: 'Database',
  byName: 'By the name of the file',
  databaseDetail: 'Which one it is a backup of. When the name doesn’t tell, it is asked before a restore.',
  submit: 'Upload',
  cancel: 'Cancel the upload',
  sending: '{done} of {total} sent',
  waiting: 'The connection is gone. It goes on as soon as it is back.',
  stopped: 'The connection did not come back. Press “Upload” to go on where it stopped.',
  cancelled: 'The upload was cancelled. Nothing of it was kept.',
  none: 'Choose a file first.',
  progress: 'Progress of the upload',
  open: 'Begun and not finished',
  openDetail:
    'Choose the same file again to go on where it stopped. What is not finished by then is removed.',
  openAmount: (done: string, total: string) => `${done} of ${total}`,
  until: 'until',
  remove: (name: string) => `Remove ${name}`,
}
