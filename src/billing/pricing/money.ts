/**
 * Money is a bigint of pico-USD (1e-12 USD): a price of a millionth of a cent per million tokens is still whole, so
 * no step of a bill is rounded. One USD per million tokens is 1,000,000 pico-USD per token.
 */
const PICO_DIGITS = 12;
const PER_MILLION_DIGITS = 6;

/** Reads a decimal such as `0.00875`. Throws a RangeError when it is negative, malformed or too fine to be kept. */
function toScaled(decimal: string, digits: number): bigint {
  const [, whole, fraction = ''] = /^(\d{1,12})(?:\.(\d+))?$/.exec(decimal) ?? [];
  if (whole === undefined || fraction.length > digits) {
    throw new RangeError(`${decimal} is not an amount with at most ${digits} decimal places.`);
  }
  return BigInt(whole + fraction.padEnd(digits, '0'));
}

function toDecimal(scaled: bigint, digits: number): string {
  const text = (scaled < 0n ? -scaled : scaled).toString().padStart(digits + 1, '0');
  const fraction = text.slice(-digits).replace(/0+$/, '');
  return `${scaled < 0n ? '-' : ''}${text.slice(0, -digits)}${fraction && '.'}${fraction}`;
}

/** USD per million tokens, as lists have it, to pico-USD per token. */
export function toPicoUsdPerToken(usdPerMillion: string): bigint {
  return toScaled(usdPerMillion, PER_MILLION_DIGITS);
}

/** Pico-USD per token to USD per million tokens. */
export function toUsdPerMillion(picoUsdPerToken: bigint): string {
  return toDecimal(picoUsdPerToken, PER_MILLION_DIGITS);
}

/** An amount in USD to pico-USD. */
export function toPicoUsd(usd: string): bigint {
  return toScaled(usd, PICO_DIGITS);
}

/** Pico-USD to an exact decimal in USD, without trailing zeros. */
export function toUsd(picoUsd: bigint): string {
  return toDecimal(picoUsd, PICO_DIGITS);
}
