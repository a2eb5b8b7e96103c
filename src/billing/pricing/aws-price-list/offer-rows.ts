import { z } from 'zod';

/** One on-demand price of AWS's price list. */
export interface OfferRow {
  /** For example `AmazonBedrock`. */
  service: string;
  attributes: Readonly<Record<string, string>>;
  /** For example `1K tokens`. */
  unit: string;
  usd: string;
}

const attributes = z.record(z.string(), z.string());
const terms = z.object({
  OnDemand: z
    .record(
      z.string(),
      z.object({
        priceDimensions: z.record(
          z.string(),
          z.object({ unit: z.string(), pricePerUnit: z.object({ USD: z.string().optional() }) }),
        ),
      }),
    )
    .prefault({}),
});

/** https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file-for-services.html */
const bulkSchema = z.object({
  offerCode: z.string(),
  products: z.record(z.string(), z.object({ attributes })),
  terms: z.object({ OnDemand: z.record(z.string(), terms.shape.OnDemand).prefault({}) }),
});

/** https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html */
const productSchema = z.object({ serviceCode: z.string(), product: z.object({ attributes }), terms });
const productsSchema = z.object({
  PriceList: z.array(
    z.union([z.string().transform((text): unknown => JSON.parse(text)), z.unknown()]).pipe(productSchema),
  ),
});

type Terms = z.infer<typeof terms>['OnDemand'];

/** The rows of a bulk offer file, or of an answer of GetProducts. Throws for anything else. */
export function toOfferRows(json: unknown): OfferRow[] {
  if (typeof json === 'object' && json !== null && 'PriceList' in json) {
    return productsSchema
      .parse(json)
      .PriceList.flatMap(({ serviceCode, product, terms: { OnDemand } }) =>
        toRows(serviceCode, product.attributes, OnDemand),
      );
  }
  const { offerCode, products, terms: offers } = bulkSchema.parse(json);
  return Object.entries(products).flatMap(([sku, product]) =>
    toRows(offerCode, product.attributes, offers.OnDemand[sku] ?? {}),
  );
}

function toRows(service: string, of: OfferRow['attributes'], onDemand: Terms): OfferRow[] {
  return Object.values(onDemand)
    .flatMap(({ priceDimensions }) => Object.values(priceDimensions))
    .flatMap(({ unit, pricePerUnit: { USD: usd } }) =>
      usd === undefined ? [] : [{ service, attributes: of, unit, usd }],
    );
}
