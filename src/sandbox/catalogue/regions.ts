/** Destination regions of the profiles of a geography. */
const DESTINATIONS: Readonly<Record<string, readonly string[]>> = {
  us: ['us-east-1', 'us-east-2', 'us-west-2'],
  eu: ['eu-central-1', 'eu-north-1', 'eu-south-1', 'eu-west-1', 'eu-west-3'],
  apac: ['ap-northeast-1', 'ap-northeast-2', 'ap-south-1', 'ap-southeast-1', 'ap-southeast-2'],
  jp: ['ap-northeast-1', 'ap-northeast-3'],
  au: ['ap-southeast-2', 'ap-southeast-4'],
  in: ['ap-south-1', 'ap-south-2'],
  ca: ['ca-central-1', 'ca-west-1'],
  'us-gov': ['us-gov-east-1', 'us-gov-west-1'],
  global: ['us-east-1', 'us-east-2', 'us-west-2', 'eu-west-1', 'eu-central-1', 'ap-northeast-1', 'ap-southeast-2'],
};

/** Regions that a geography's profiles may be called from. */
const SOURCES: Readonly<Record<string, RegExp>> = {
  us: /^(us-(east|west)-\d|ca-)/,
  eu: /^(eu-|il-)/,
  apac: /^ap-/,
  jp: /^ap-northeast-[13]$/,
  au: /^ap-southeast-[24]$/,
  in: /^ap-south-\d$/,
  ca: /^ca-/,
  'us-gov': /^us-gov-/,
  global: /^(?!us-gov-|cn-)/,
};

export function destinationRegions(geography: string): readonly string[] {
  return DESTINATIONS[geography] ?? [];
}

/** A region does not know the profiles of other geographies. */
export function isCallableFrom(geography: string, region: string): boolean {
  return SOURCES[geography]?.test(region) ?? false;
}
