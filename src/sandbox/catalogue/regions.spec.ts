import { destinationRegions, isCallableFrom } from './regions.js';

const GEOGRAPHIES = ['us', 'eu', 'apac', 'jp', 'au', 'in', 'ca', 'us-gov', 'global'];

describe(isCallableFrom.name, () => {
  it.each([
    ['us-east-1', ['us', 'global']],
    ['ca-central-1', ['us', 'ca', 'global']],
    ['eu-west-1', ['eu', 'global']],
    ['ap-northeast-1', ['apac', 'jp', 'global']],
    ['ap-southeast-2', ['apac', 'au', 'global']],
    ['ap-south-1', ['apac', 'in', 'global']],
    ['sa-east-1', ['global']],
    ['us-gov-west-1', ['us-gov']],
  ])('gives %s the profiles of %j', (region, expected) => {
    expect(GEOGRAPHIES.filter((geography) => isCallableFrom(geography, region))).toEqual(expected);
  });
});

describe(destinationRegions.name, () => {
  it.each(GEOGRAPHIES.filter((geography) => geography !== 'global'))('keeps %s inside its geography', (geography) => {
    const regions = destinationRegions(geography);

    expect(regions.length).toBeGreaterThan(1);
    expect(regions.every((region) => isCallableFrom(geography, region))).toBe(true);
  });
});
