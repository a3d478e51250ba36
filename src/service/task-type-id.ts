/** The task type's name at the host; part of the plugin's promises. */
export const taskTypeId = 'backup'
/** The task type that proves old backups again and restores the newest for trial. */
export const drillTaskTypeId = 'verify-backups'
