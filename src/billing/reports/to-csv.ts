/** A spreadsheet runs a cell that begins like this as a formula; an apostrophe makes it text. */
const FORMULA = /^[=+\-@\t\r]/;
/** Amounts are text, and those of an adjustment may be below zero. */
const AMOUNT = /^-\d+(\.\d+)?$/;

function toCell(value: string | number | null): string {
  if (value === null) return '';
  const text = typeof value === 'string' && FORMULA.test(value) && !AMOUNT.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One line of CSV as RFC 4180 has it, with its line break. */
export function toCsvLine(values: readonly (string | number | null)[]): string {
  return `${values.map(toCell).join(',')}\r\n`;
}
