import { reportQuerySchema } from './report-query.js';

const MAY = { from: '2026-05-01', to: '2026-06-01T00:00:00Z' };

describe('reportQuerySchema', () => {
  it('reads dates, instants and Unix seconds', () => {
    expect(reportQuerySchema.parse({ from: '1777593600', to: MAY.to })).toMatchObject({
      from: new Date('2026-05-01T00:00:00Z'),
      to: new Date('2026-06-01T00:00:00Z'),
      group_by: ['tenant', 'model'],
      time_zone: 'UTC',
    });
  });

  it('takes each dimension once', () => {
    expect(reportQuerySchema.parse({ ...MAY, group_by: 'day, key,day' }).group_by).toEqual(['day', 'key']);
  });

  it.each([
    ['from', { ...MAY, from: 'yesterday' }],
    ['from', { ...MAY, from: '2026-13-01' }],
    ['from', { from: MAY.to, to: MAY.from }],
    ['to', { ...MAY, to: '' }],
    ['group_by', { ...MAY, group_by: 'tenant,colour' }],
    ['time_zone', { ...MAY, time_zone: 'Mars/Base' }],
  ])('names %s as the field at fault of %j', (field, query) => {
    expect(reportQuerySchema.safeParse(query).error?.issues[0]?.path[0]).toBe(field);
  });
});
