export const adminPath = '/settings/admin'
export const automatePath = `${adminPath}/automate`
export const loggingPath = `${adminPath}/logging`
export const dataPath = '/data'
