import { reportQuerySchema } from './report-query.js';

const MAY = { from: '2026-05-01', to: '2026-06-01T00:00:00Z' };

describe('reportQuerySchema', () => {
  it('reads dates, instants and Unix seconds', () => {
    expect(reportQuerySchema.parse({ from: '1777593600', to: MAY.to })).toMatchObject({
      selection: {
        from: new Date('2026-05-01T00:00:00Z'),
        to: new Date('2026-06-01T00:00:00Z'),
        groupBy: ['tenant', 'model'],
        timeZone: 'UTC',
      },
    });
  });

  it.each([
    '2026-05-01T02:00:00+02:00',
    '2026-05-01T02:00:00.000+0200',
    '2026-05-01T00:00Z',
    '2026-05-01T00:00:00z',
    '2026-04-30T24:00:00Z',
    '2026-05-01T00:00:00',
    '2026-05-01T00:00',
    '2026-05-01',
  ])('reads %s', (from) => {
    const { selection } = reportQuerySchema.parse({ ...MAY, from });
    expect(selection.from).toEqual(new Date('2026-05-01T00:00:00Z'));
  });

  it('takes each dimension once', () => {
    const { selection } = reportQuerySchema.parse({ ...MAY, group_by: 'day, key,day,tag:cost-centre' });
    expect(selection.groupBy).toEqual(['day', 'key', 'tag:cost-centre']);
  });

  it('takes filters once or several times', () => {
    const query = { ...MAY, tenant_id: 'ten_1', model: ['a', 'b'], tag: 'team=blue' };
    expect(reportQuerySchema.parse(query).selection.filters).toMatchObject({
      tenant: ['ten_1'],
      model: ['a', 'b'],
      tags: ['team=blue'],
      key: undefined,
    });
  });

  it('begins 30 days before the end, at midnight', () => {
    const { selection } = reportQuerySchema.parse({ to: '2026-05-31T10:20:00Z' });
    expect(selection.from).toEqual(new Date('2026-05-01T00:00:00Z'));
  });

  it.each([
    ['from', { ...MAY, from: 'yesterday' }],
    ['from', { ...MAY, from: '2026-13-01' }],
    ['from', { ...MAY, from: '2026-02-30' }],
    ['from', { ...MAY, from: '2026-02-29T10:00:00Z' }],
    ['from', { ...MAY, from: '2026-05-01T10:00:00 (noon)' }],
    ['from', { ...MAY, from: '0000-01-01' }],
    ['to', { ...MAY, to: '9999-12-31T23:59:59-23:59' }],
    ['from', { from: MAY.to, to: MAY.from }],
    ['to', { ...MAY, to: '' }],
    ['group_by', { ...MAY, group_by: 'tenant,colour' }],
    ['group_by', { ...MAY, group_by: 'tag:' }],
    ['from', { ...MAY, group_by: 'minute' }],
    ['from', { ...MAY, to: '2026-06-02', group_by: 'tenant,hour' }],
    ['tenant_id', { ...MAY, group_by: 'end_user' }],
    ['tenant_id', { ...MAY, end_user: 'alice' }],
    ['time_zone', { ...MAY, time_zone: 'Mars/Base' }],
    ['time_zone', { ...MAY, time_zone: '+02:00' }],
  ])('names %s as the field at fault of %j', (field, query) => {
    expect(reportQuerySchema.safeParse(query).error?.issues[0]?.path[0]).toBe(field);
  });
});
