/**
 * Whether a statement failed because of the data in it, and so would fail again. SQLSTATE classes 22 (data exception)
 * and 23 (integrity constraint violation), PostgreSQL manual, appendix A; everything else is the database's state.
 */
export function isDataError(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^2[23][0-9A-Z]{3}$/.test(error.code)
  );
}
