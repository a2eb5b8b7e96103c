/** What the sample has of one row. */
export interface SampleRow {
  usagetype: string;
  usd: string;
  unit?: string;
  attributes?: Record<string, string>;
}

function product(service: string, { usagetype, attributes }: SampleRow) {
  return { attributes: { servicecode: service, regionCode: 'us-east-1', usagetype, ...attributes } };
}

function onDemand({ usd, unit = '1K tokens' }: SampleRow, sku: string) {
  const priceDimensions = { [`${sku}.J.6`]: { unit, beginRange: '0', endRange: 'Inf', pricePerUnit: { USD: usd } } };
  return { [`${sku}.J`]: { offerTermCode: 'J', sku, priceDimensions } };
}

/** A bulk offer file, as `offers/v1.0/aws/{code}/current/{region}/index.json` has it. */
export function bulkFile(service: string, rows: readonly SampleRow[]): object {
  const skus = rows.map((row, index) => [`SKU${index}`, row] as const);
  return {
    formatVersion: 'v1.0',
    offerCode: service,
    products: Object.fromEntries(skus.map(([sku, row]) => [sku, { sku, ...product(service, row) }])),
    terms: { OnDemand: Object.fromEntries(skus.map(([sku, row]) => [sku, onDemand(row, sku)])), Reserved: {} },
  };
}

/** The answer of GetProducts, whose items are JSON texts. */
export function getProducts(service: string, rows: readonly SampleRow[]): object {
  return {
    FormatVersion: 'aws_v1',
    PriceList: rows.map((row, index) =>
      JSON.stringify({
        serviceCode: service,
        product: { sku: `SKU${index}`, ...product(service, row) },
        terms: { OnDemand: onDemand(row, `SKU${index}`) },
      }),
    ),
  };
}
