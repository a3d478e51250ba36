/** The task type's name at the host; part of the plugin's promises. */
export const taskTypeId = 'backup'
