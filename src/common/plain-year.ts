/** Whether ISO 8601 and PostgreSQL write the moment alike: before and after these years they do not. */
export function hasPlainYear(moment: Date): boolean {
  const year = moment.getUTCFullYear();
  return year >= 1 && year <= 9999;
}
