function sqlStateOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}

/**
 * Whether a statement failed because of the data in it, and so would fail again. SQLSTATE classes 22 (data exception)
 * and 23 (integrity constraint violation), PostgreSQL manual, appendix A; everything else is the database's state.
 */
export function isDataError(error: unknown): boolean {
  return /^2[23][0-9A-Z]{3}$/.test(sqlStateOf(error));
}

/**
 * Whether a statement met another one and does what it should when it is run again: it would have changed a month that is locked
 * meanwhile (`usage_refuse_locked` in the migrations), or it was chosen to end a deadlock.
 */
export function hasMetAnother(error: unknown): boolean {
  return ['GB002', '40P01'].includes(sqlStateOf(error));
}
