/** The PostgreSQL channel that rings when an admin change was committed. */
export const CHANGE_CHANNEL = 'gateway_changes';
